//! Two sides held against each other: runs that are there, or a suite judged by two models.

use std::path::PathBuf;

use super::comparable::Comparable;
use super::config::Config;
use super::judges::Suite;
use super::model_config::ModelConfig;
use super::options::RunOptions;
use crate::comparison::{Comparison, compare};
use crate::error::{Error, ErrorKind, Result};

/// Two runs that are there, by their names; `last` is of a suite, or of any.
pub(crate) fn named(config: &Config, suite: Option<&str>, [old, new]: [&str; 2]) -> Result<[Comparable; 2]> {
    let named = |name| Comparable::named(config, suite, name);
    Ok([named(old)?, named(new)?])
}

/// The comparison of two sides.
pub(crate) fn comparison(config: &Config, old: &Comparable, new: &Comparable) -> Result<Comparison> {
    Ok(compare(&old.side(config)?, &new.side(config)?, old.changed(new)))
}

/// A suite that two models judge.
pub(crate) struct TwoModels<'a> {
    pub(crate) suite: Suite,
    names: [&'a str; 2],
    /// The models, as evenhand.toml has them.
    pub(crate) models: [ModelConfig; 2],
}

impl<'a> TwoModels<'a> {
    pub(crate) fn open(config: &Config, suite: &str, names: [&'a str; 2]) -> Result<Self> {
        let suite = Suite::open(suite, config)?;
        if !suite.has_judges() {
            let detail = format!("suite {} asks no model: it has checks alone", suite.name);
            return Err(Error::new(ErrorKind::Usage, detail).help("compare two of its runs instead"));
        }
        let [old, new] = names;
        let model = |name| ModelConfig::new(Some(name), config);
        Ok(Self { suite, names, models: [model(old)?, model(new)?] })
    }

    /// How the suite is run, once by each model.
    pub(crate) fn options(&self, options: &RunOptions) -> [RunOptions; 2] {
        self.names.map(|name| RunOptions { model: Some(name.to_owned()), ..options.clone() })
    }

    /// Their runs, by their folders.
    pub(crate) fn sides(&self, folders: Vec<PathBuf>) -> Result<[Comparable; 2]> {
        let runs = self.names.iter().zip(folders).map(|(name, folder)| Comparable::run(name, folder));
        let runs = runs.collect::<Result<Vec<Comparable>>>()?;
        <[Comparable; 2]>::try_from(runs)
            .map_err(|_| Error::new(ErrorKind::Internal, "two models make two runs"))
    }
}
