//! A suite that is judged in two ways: by two models, or with two signatures.

use std::path::{Path, PathBuf};

use super::comparable::Comparable;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::suite::config::{Config, SuiteFile};
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;
use crate::suite::run::RunOptions;
use crate::suite::shell::quoted;

/// The two ways, old and new.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ways<'a> {
    /// By these models.
    Models([&'a str; 2]),
    /// With these signatures, each a name or a file.
    Signatures {
        /// The signatures.
        names: [&'a str; 2],
        /// The judge that gets them; needed where the suite has several.
        judge: Option<&'a str>,
    },
}

/// A suite that is judged in two ways.
pub(crate) struct TwoWays<'a> {
    ways: Ways<'a>,
    old: Suite,
    /// With another signature; the same suite where another model judges it.
    new: Option<Suite>,
    /// The models that judge.
    pub(crate) models: Vec<ModelConfig>,
}

impl<'a> TwoWays<'a> {
    /// Reads what both ways need; `options` say which model judges with two signatures.
    pub(crate) fn open(config: &Config, suite: &str, ways: Ways<'a>, options: &RunOptions) -> Result<Self> {
        let mut as_it_is = Suite::open(suite, config)?;
        as_it_is.overridden(options);
        if !as_it_is.has_judges() {
            let detail = format!("suite {suite} asks no model: it has checks alone");
            return Err(Error::new(ErrorKind::Usage, detail).help("compare two of its runs instead"));
        }
        if as_it_is.file.calibration.is_some() {
            config.environment.tell(&format!(
                "suite {suite}: its score correction is for one judge setup, so both sides are compared without it"
            ));
        }
        let (old, new, models) = match ways {
            Ways::Models([old, new]) => {
                let model = |name| ModelConfig::new(Some(name), config);
                as_it_is.unroute(|_| true);
                (as_it_is, None, vec![model(old)?, model(new)?])
            }
            Ways::Signatures { names: [old, new], judge } => {
                let judge = replaced(&as_it_is, judge)?;
                let with = |signature| {
                    let mut suite =
                        Suite::of(suite, with_signature(&as_it_is.file, judge, signature), config)?;
                    suite.overridden(options);
                    Ok::<_, Error>(suite)
                };
                (with(old)?, Some(with(new)?), as_it_is.models(options, config)?)
            }
        };
        Ok(Self { ways, old, new, models })
    }

    /// The suite and how it is run, once for each way.
    pub(crate) fn runs(&self, options: &RunOptions) -> [(&Suite, RunOptions); 2] {
        let (old, new) = (&self.old, self.new.as_ref().unwrap_or(&self.old));
        let options = RunOptions { uncalibrated: true, ..options.clone() };
        match self.ways {
            Ways::Models(names) => {
                let [by_old, by_new] =
                    names.map(|name| RunOptions { model: Some(name.to_owned()), ..options.clone() });
                [(old, by_old), (new, by_new)]
            }
            Ways::Signatures { .. } => [(old, options.clone()), (new, options)],
        }
    }

    /// Their runs, by their folders.
    pub(crate) fn sides(&self, folders: Vec<PathBuf>) -> Result<[Comparable; 2]> {
        let (Ways::Models(names) | Ways::Signatures { names, .. }) = self.ways;
        let runs = names.iter().zip(folders).map(|(name, folder)| Comparable::run(name, folder));
        let runs = runs.collect::<Result<Vec<Comparable>>>()?;
        <[Comparable; 2]>::try_from(runs)
            .map_err(|_| Error::new(ErrorKind::Internal, "two ways make two runs"))
    }
}

/// The judge whose signature is replaced; none where it is the suite's own `signature`.
fn replaced<'s>(suite: &'s Suite, wished: Option<&str>) -> Result<Option<&'s str>> {
    let names: Vec<&str> = suite.seat_names().collect();
    let found = match (wished, names.as_slice()) {
        (Some(wished), _) => {
            names.iter().find(|name| **name == wished).ok_or_else(|| unknown(suite, wished))?
        }
        (None, [only]) => only,
        (None, _) => return Err(several(suite)),
    };
    Ok(suite.file.judges.contains_key(*found).then_some(*found))
}

fn several(suite: &Suite) -> Error {
    let names: Vec<&str> = suite.seat_names().collect();
    let detail = format!("suite {} has {} judges: {}", suite.name, names.len(), names.join(", "));
    let first = names.first().unwrap_or(&"NAME");
    let help = format!("say which of them gets the two signatures: --judge {}", quoted(first));
    Error::new(ErrorKind::Usage, detail).help(help)
}

fn unknown(suite: &Suite, wished: &str) -> Error {
    let names: Vec<&str> = suite.seat_names().collect();
    let help = match closest(wished, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its judges: {}", names.join(", ")),
    };
    Error::new(ErrorKind::Usage, format!("suite {} has no judge `{wished}`", suite.name)).help(help)
}

/// The suite with another signature. A file is looked for from here, as any file of a command line.
fn with_signature(file: &SuiteFile, judge: Option<&str>, signature: &str) -> SuiteFile {
    let mut file = file.clone();
    let signature = match std::path::absolute(Path::new(signature)) {
        Ok(path) if is_file(signature) => path.display().to_string(),
        _ => signature.to_owned(),
    };
    match judge {
        None => file.signature = Some(signature),
        Some(name) => {
            if let Some(judge) = file.judges.get_mut(name) {
                judge.signature = signature;
            }
        }
    }
    file
}

/// Whether a signature is named by its file.
pub(crate) fn is_file(signature: &str) -> bool {
    signature.contains(['/', '\\']) || signature.to_lowercase().ends_with(".toml")
}
