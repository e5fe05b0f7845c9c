//! A suite that is judged in several ways: by other models, with other signatures or names for the answers, or by other
//! strategies.

use std::path::{Path, PathBuf};

use super::comparable::Comparable;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{AnswerLabels, StrategyChoice};
use crate::suite::config::{Config, SuiteFile};
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;
use crate::suite::run::RunOptions;
use crate::suite::shell::quoted;

/// The ways, the old one first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ways<'a> {
    /// By these models or routes.
    Models([&'a str; 2]),
    /// With these signatures, each a name or a file.
    Signatures {
        /// The signatures.
        names: [&'a str; 2],
        /// The judge that gets them; needed where the suite has several.
        judge: Option<&'a str>,
    },
    /// With these names for the possible answers, of all judges.
    AnswerLabels([AnswerLabels; 2]),
    /// By these strategies of all judges: all others are compared with the first.
    Strategies(&'a [StrategyChoice]),
}

/// A suite, and how it is judged in one of the ways.
pub(crate) struct Way {
    name: String,
    pub(crate) suite: Suite,
    pub(crate) options: RunOptions,
}

/// A suite that is judged in several ways.
pub(crate) struct JudgedWays {
    pub(crate) each: Vec<Way>,
    /// The models that judge.
    pub(crate) models: Vec<ModelConfig>,
}

impl JudgedWays {
    /// Reads what all ways need; `options` say which model judges where the ways do not.
    pub(crate) fn open(config: &Config, suite: &str, ways: Ways<'_>, options: &RunOptions) -> Result<Self> {
        let mut as_it_is = Suite::open(suite, config)?;
        as_it_is.overridden(options, config)?;
        if !as_it_is.has_judges() {
            let detail = format!("suite {suite} asks no model: it has checks alone");
            return Err(Error::new(ErrorKind::Usage, detail).help("compare two of its runs instead"));
        }
        if as_it_is.file.calibration.is_some() {
            config.environment.tell(&format!(
                "suite {suite}: its score correction is for one judge setup, so all sides are compared without it"
            ));
        }
        let options = RunOptions { uncalibrated: true, ..options.clone() };
        let each: Vec<Way> = match ways {
            Ways::Models(names) => {
                let by = |name: &str| by_model(config, suite, name, &options);
                names.map(by).into_iter().collect::<Result<_>>()?
            }
            Ways::Signatures { names, judge } => {
                let judge = replaced(&as_it_is, judge)?;
                let with = |name: &str| {
                    way(config, suite, with_signature(&as_it_is.file, judge, name), name, &options)
                };
                names.map(with).into_iter().collect::<Result<_>>()?
            }
            Ways::AnswerLabels(labels) => {
                let with = |labels: AnswerLabels| {
                    let mut file = as_it_is.file.clone();
                    file.answer_labels = Some(labels);
                    file.judges.values_mut().for_each(|judge| judge.answer_labels = None);
                    way(config, suite, file, labels.name(), &options)
                };
                labels.map(with).into_iter().collect::<Result<_>>()?
            }
            Ways::Strategies(strategies) => {
                let by = |strategy| by_strategy(config, suite, strategy, &options);
                strategies.iter().map(by).collect::<Result<_>>()?
            }
        };
        let mut models: Vec<ModelConfig> = Vec::new();
        for way in &each {
            models.extend(way.suite.models(&way.options, config)?);
        }
        Ok(Self { each, models })
    }

    /// Their runs, by their folders.
    pub(crate) fn sides(&self, folders: Vec<PathBuf>) -> Result<Vec<Comparable>> {
        self.each.iter().zip(folders).map(|(way, folder)| Comparable::run(&way.name, folder)).collect()
    }
}

/// The suite as a changed file has it.
fn way(config: &Config, suite: &str, file: SuiteFile, name: &str, options: &RunOptions) -> Result<Way> {
    let mut suite = Suite::of(suite, file, config)?;
    suite.overridden(options, config)?;
    suite.go_by_own_thresholds();
    Ok(Way { name: name.to_owned(), suite, options: options.clone() })
}

fn by_model(config: &Config, suite: &str, model: &str, options: &RunOptions) -> Result<Way> {
    let mut suite = Suite::open(suite, config)?;
    let options = RunOptions { model: Some(model.to_owned()), ..options.clone() };
    suite.overridden(&options, config)?;
    suite.go_by_own_thresholds();
    Ok(Way { name: model.to_owned(), suite, options })
}

fn by_strategy(config: &Config, suite: &str, strategy: &StrategyChoice, options: &RunOptions) -> Result<Way> {
    let mut suite = Suite::open(suite, config)?;
    let options = RunOptions { strategy: Some(strategy.clone()), ..options.clone() };
    suite.change(&options, config)?;
    Ok(Way { name: strategy.to_string(), suite, options })
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
