//! The judge that is compared with labels, the runs that its calibration is made from, and whether a
//! stored calibration still holds.

use std::path::{Path, PathBuf};

use crate::calibration::Fingerprints;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, Outcome, Panel, RunHead};
use crate::judge::Reading;
use crate::model::Model;
use crate::signature::Scale;
use crate::suite::calibrations::fingerprints;
use crate::suite::config::Config;
use crate::suite::judges::{Asked, Suite, model_options};
use crate::suite::model_config::ModelConfig;
use crate::suite::one_judge::OneJudge;
use crate::suite::run::RunOptions;
use crate::suite::subjects::nobody;
use crate::suite::{calibrations, runs};

/// The model that judges; where nobody names one, that of the earlier run.
pub(super) fn model_config(
    suite: &Suite,
    config: &Config,
    options: &RunOptions,
    from: Option<&JudgedRun>,
) -> Result<ModelConfig> {
    let named = suite.first_model(options, config);
    match (named, from) {
        (Err(_), Some(run)) if options.model.is_none() => ModelConfig::new(Some(&run.head.model), config),
        (named, _) => named,
    }
}

/// The suite's panel without a model that answers.
pub(super) fn silent(suite: &Suite, model_config: &ModelConfig, reading: Reading) -> Result<Panel> {
    let panel =
        suite.panel(&[Asked::plainly(nobody(model_config.decision_limits()), model_config, reading)])?;
    Ok(panel)
}

pub(super) fn scale(suite: &Suite, model_config: &ModelConfig, options: &RunOptions) -> Result<Scale> {
    let reading = suite.reading(0, options.reading).unwrap_or_else(|| model_config.default_reading());
    silent(suite, model_config, reading)?.scale().ok_or_else(|| {
        Error::new(ErrorKind::Signature, format!("suite {}: its judge gives no verdict", suite.name))
            .help("its signature needs a [score]")
    })
}

/// The judge as it judged these outcomes, without its model.
pub(super) fn asked<'c>(outcomes: &[Outcome], model_config: &'c ModelConfig) -> Asked<'c> {
    let reading = outcomes.first().map_or_else(|| model_config.default_reading(), |outcome| outcome.reading);
    Asked::plainly(nobody(model_config.decision_limits()), model_config, reading)
}

/// What the judge says to records without content.
pub(super) async fn content_free(
    config: &Config,
    suite: &Suite,
    model_config: &ModelConfig,
    outcomes: &[Outcome],
) -> Result<Vec<f64>> {
    let opened = model_config.open(config).await?;
    let model = Model::new(opened.provider, model_options(model_config));
    let panel = suite.panel(&[Asked { model, ..asked(outcomes, model_config) }])?;
    let judge = panel
        .alone()
        .ok_or_else(|| Error::new(ErrorKind::Config, format!("suite {} is no judge alone", suite.name)))?;
    judge.content_free().await.map_err(|unscored| {
        Error::new(ErrorKind::Model, format!("the records without content: {unscored}"))
            .help("leave out --content-free")
    })
}

/// A run whose journal is read.
pub(super) struct JudgedRun {
    pub(super) folder: PathBuf,
    pub(super) head: RunHead,
}

impl JudgedRun {
    /// The run in a folder.
    pub(super) fn open(folder: PathBuf) -> Result<Self> {
        let head = Journal::head(&folder)?;
        Ok(Self { folder, head })
    }

    pub(super) fn outcomes(&self) -> Result<Vec<Outcome>> {
        Journal::read(&self.folder)
    }
}

/// An earlier run of the suite.
pub(super) fn earlier(config: &Config, suite: &Suite, name: &str) -> Result<JudgedRun> {
    let run = JudgedRun::open(runs::named_folder(config, &suite.name, name)?)?;
    if run.head.suite != suite.name {
        let (folder, other) = (run.folder.display(), &run.head.suite);
        let detail = format!("{folder} is a run of suite {other}, not of {}", suite.name);
        return Err(Error::new(ErrorKind::Journal, detail).help("name a run of this suite, or `last`"));
    }
    Ok(run)
}

/// A run that differs from another one in nothing but chance.
pub(super) fn same_judge(again: JudgedRun, run: &JudgedRun) -> Result<JudgedRun> {
    if (&again.head.judge, &again.head.model) == (&run.head.judge, &run.head.model) {
        return Ok(again);
    }
    let detail =
        format!("the run in {} was judged by another prompt, reading or model", again.folder.display());
    Err(Error::new(ErrorKind::Journal, detail).help("verdicts flip only between runs of the same judge"))
}

/// A stored calibration, compared with the suite as it is.
pub(crate) struct StoredCalibration {
    pub(crate) path: PathBuf,
    pub(crate) file: calibrations::Stored,
    /// What changed since it was fitted; it holds where this is empty.
    pub(crate) changes: Vec<String>,
}

/// Whether the stored calibration still holds.
pub(crate) async fn check(
    suite: Suite,
    config: &Config,
    options: &RunOptions,
    (judge, file): (Option<&str>, Option<&Path>),
) -> Result<StoredCalibration> {
    let OneJudge { suite, .. } = suite.judge_for_labels(judge, options, config)?;
    let suite = &suite;
    let path = file.map_or_else(|| calibrations::default_path(config, &suite.name), Path::to_owned);
    let stored = calibrations::open(&path)?;
    let model_config = model_config(suite, config, options, None)?;
    let reading = match suite.reading(0, options.reading) {
        Some(reading) => reading,
        None => model_config.usual_reading(config)?,
    };
    let panel = silent(suite, &model_config, reading)?;
    let Some(now) = fingerprints(&panel) else {
        return Err(Error::new(ErrorKind::Internal, "a panel of one judge has fingerprints"));
    };
    let changes = stored.changes(&Fingerprints { model: model_config.full_name(), ..now });
    Ok(StoredCalibration { path, file: stored, changes })
}
