//! A suite's calibration: where it lies, what it holds for, and how it reaches the judge.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::config::Config;
use super::judges::Suite;
use super::thresholds;
use crate::calibration::{BatchFile, CalibrationFile, CascadeFile, Fingerprints, StoredStage};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Panel;
use crate::judge::{Calibration, JuryMember};
use crate::stats::CalibrationMap;

/// The fingerprints of a panel's only judge, whatever checks stand beside it. `None` where there are several.
pub(crate) fn fingerprints(panel: &Panel) -> Option<Fingerprints> {
    let [member] = panel.judges.as_slice() else { return None };
    let judge = &member.judge;
    Some(Fingerprints {
        signature: judge.spec().fingerprint(),
        judge: judge.fingerprint(),
        model: panel.model().into_owned(),
        reading: panel.reading().name().to_owned(),
    })
}

/// A stored calibration.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Stored {
    /// Fitted to labels.
    Labelled(Box<CalibrationFile>),
    /// By the mean of what the judge said, without labels.
    Batch(Box<BatchFile>),
}

impl Stored {
    /// # Errors
    /// It is no calibration: why.
    fn parse(text: &str) -> serde_json::Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        if value.get("batch_mean").is_some() {
            return serde_json::from_value(value).map(|file| Self::Batch(Box::new(file)));
        }
        serde_json::from_str(text).map(|file| Self::Labelled(Box::new(file)))
    }

    /// What changed since it was fitted; it holds where this is empty.
    pub(crate) fn changes(&self, now: &Fingerprints) -> Vec<String> {
        match self {
            Self::Labelled(file) => file.check(now).err().unwrap_or_default(),
            Self::Batch(file) => file.changes(now),
        }
    }

    /// Why it is applied or not.
    pub(crate) fn decision(&self) -> String {
        match self {
            Self::Labelled(file) => file.fitted.decision.to_string(),
            Self::Batch(file) => file.in_words(),
        }
    }

    /// The ids that were fitted on: a run must not report on them. A fit without labels bars none.
    pub(crate) fn fitted_on(&self) -> &[String] {
        match self {
            Self::Labelled(file) => &file.fitted_on,
            Self::Batch(_) => &[],
        }
    }

    fn map(&self) -> Option<CalibrationMap> {
        match self {
            Self::Labelled(file) => file.map().cloned(),
            Self::Batch(file) => Some(file.map()),
        }
    }
}

/// The stored calibration of a suite that names one, compared with its judge.
///
/// # Errors
/// It cannot be read, or was fitted for another judge: what changed.
pub(crate) fn stored(file: Option<&Path>, panel: &Panel) -> Result<Option<Stored>> {
    let Some(path) = file else {
        return Ok(None);
    };
    let unusable = |problem: String| {
        Error::new(ErrorKind::Config, format!("calibration {}: {problem}", path.display()))
            .help("`evenhand calibrate SUITE --write` makes a new one; `--no-calibration` goes without")
    };
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let calibration = Stored::parse(&text).map_err(|error| unusable(format!("is none: {error}")))?;
    let now = fingerprints(panel)
        .ok_or_else(|| unusable("it is for one judge, and the suite has several".into()))?;
    let changed = calibration.changes(&now);
    if !changed.is_empty() {
        return Err(unusable(format!("it does not hold any more: {}", changed.join("; "))));
    }
    Ok(Some(calibration))
}

/// The score correction of a stored calibration, as judges apply it; none where none was worth it.
pub(crate) fn map(calibration: &Stored) -> Option<Calibration> {
    let map = calibration.map()?;
    let text = serde_json::to_string(calibration).unwrap_or_default();
    let hash: String = blake3::hash(text.as_bytes()).to_hex().chars().take(8).collect();
    Some(Calibration { name: format!("{}:{hash}", map.name()), map })
}

/// Where a suite's calibration lies if nobody says: `calibration/SUITE.json` beside evenhand.toml.
pub(crate) fn default_path(config: &Config, suite: &str) -> PathBuf {
    config.path(&Path::new("calibration").join(format!("{suite}.json")))
}

/// Reads a stored calibration.
pub(crate) fn open(path: &Path) -> Result<Stored> {
    let unusable = |problem: String| {
        Error::new(ErrorKind::Config, format!("{} is no calibration: {problem}", path.display()))
            .help("`evenhand calibrate SUITE --write` makes one")
    };
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    Stored::parse(&text).map_err(|error| unusable(error.to_string()))
}

/// Writes a calibration, and the folder it lies in.
pub(crate) fn store(path: &Path, file: &impl Serialize) -> Result<()> {
    let unwritable = |source: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let text = serde_json::to_string_pretty(file).map_err(|source| {
        Error::new(ErrorKind::Internal, "a calibration cannot be written as JSON").caused_by(source)
    })?;
    fs::write(path, text + "\n").map_err(unwritable)
}

/// A stage of a cascade as it is now, without its threshold.
pub(crate) fn stage(member: &JuryMember) -> StoredStage {
    let model = member.judge.model().name();
    StoredStage {
        stage: member.name.clone(),
        judge: member.judge.fingerprint(),
        // A recording that stands for one of several models ends with its name.
        model: model.split_once('#').map_or(model, |(_, stood_for)| stood_for).to_owned(),
        reading: member.judge.options().reading.name().to_owned(),
        threshold: None,
    }
}

/// Whether the stored thresholds hold for a suite's cascades as they are.
///
/// # Errors
/// They do not: what changed.
pub(crate) fn check_thresholds(suite: &Suite, panel: &Panel) -> Result<()> {
    for (name, thresholds) in suite.thresholds() {
        let stored = thresholds.file()?;
        let judge = panel.judges.iter().find(|member| member.name == name);
        let stages = judge.map(|member| member.judge.members()).unwrap_or_default();
        let changed: Vec<String> = stages.iter().filter_map(|member| stored.change(&stage(member))).collect();
        if !changed.is_empty() {
            return Err(thresholds.no_longer(&changed.join("; ")));
        }
    }
    Ok(())
}

/// Where a cascade's thresholds lie if nobody says: `calibration/SUITE.cascade.json` beside evenhand.toml, or
/// `calibration/SUITE.JUDGE.cascade.json` of a further judge.
pub(crate) fn thresholds_path(config: &Config, suite: &str, judge: &str) -> PathBuf {
    let is_further = config.file.suites.get(suite).is_some_and(|file| file.judges.contains_key(judge));
    let name = if is_further { format!("{suite}.{judge}") } else { suite.to_owned() };
    config.path(&Path::new("calibration").join(format!("{name}.cascade.json")))
}

/// Stored thresholds, and what changed in their stages since; they hold where nothing did.
pub(crate) fn changed_thresholds(path: &Path, stages: &[StoredStage]) -> Result<(CascadeFile, Vec<String>)> {
    let file = thresholds::open(path)?;
    let changes = match file.other_stages(stages.iter().map(|stage| stage.stage.as_str())) {
        Some(changed) => vec![changed],
        None => stages.iter().filter_map(|stage| file.change(stage)).collect(),
    };
    Ok((file, changes))
}
