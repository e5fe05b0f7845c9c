//! The models that a tuning is for.

use super::request::TuneRequest;
use crate::error::{Error, ErrorKind, Result};
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;

/// The judge's model, and those that the prompt is to be good for besides.
pub(super) struct Targets {
    pub(super) judge: ModelConfig,
    pub(super) others: Vec<ModelConfig>,
}

impl Targets {
    pub(super) fn new(suite: &Suite, config: &Config, request: &TuneRequest) -> Result<Self> {
        let judge = ModelConfig::new(request.model.as_deref().or(suite.file.model.as_deref()), config)?;
        let mut targets = Self { judge, others: Vec::new() };
        for name in &request.also_for {
            let other = ModelConfig::new(Some(name), config)?;
            if targets.all().any(|known| *known == other) {
                let detail = format!("--also-for {name}: the tuning is for that model already");
                return Err(Error::new(ErrorKind::Usage, detail).help("name each model once"));
            }
            targets.others.push(other);
        }
        Ok(targets)
    }

    /// All of them, the judge's model first.
    pub(super) fn all(&self) -> impl Iterator<Item = &ModelConfig> {
        std::iter::once(&self.judge).chain(&self.others)
    }
}
