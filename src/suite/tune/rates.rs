//! What one judgment takes, as far as it is known.

use super::request::TuneRequest;
use super::setup::Setup;
use super::targets::Targets;
use crate::error::Result;
use crate::model::Price;
use crate::suite::config::Config;
use crate::suite::measured::measured;
use crate::suite::model_config::ModelConfig;

/// Bytes of a token in English prose, where nothing was measured.
const BYTES_PER_TOKEN: f64 = 4.0;

/// What one judgment by the baseline takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Calls, those for answers asked for again included.
    pub(super) calls: f64,
    pub(super) tokens_per_byte: f64,
    pub(super) completion_tokens: Option<f64>,
    /// Seconds from request to answer.
    pub(super) seconds: Option<f64>,
    /// Bytes of its prompts.
    pub(super) bytes: f64,
    /// Calls of earlier runs that this is from.
    pub(super) measured: u64,
}

impl Rates {
    /// What earlier runs of the model measured. `bytes` are those of a judgment.
    #[expect(clippy::cast_precision_loss, reason = "few calls a judgment")]
    pub(super) fn earlier(setup: &Setup, model_config: &ModelConfig, config: &Config, bytes: f64) -> Self {
        let calls = setup.calls_each as f64;
        let before = measured(config, &model_config.file.model, &setup.suite);
        let tokens = before.and_then(|before| before.prompt_tokens).map(|tokens| tokens * calls);
        Self {
            calls,
            tokens_per_byte: tokens
                .filter(|_| bytes > 0.0)
                .map_or(1.0 / BYTES_PER_TOKEN, |tokens| tokens / bytes),
            completion_tokens: before
                .and_then(|before| before.completion_tokens)
                .map(|tokens| tokens * calls),
            seconds: before.map(|before| before.seconds * calls),
            bytes,
            measured: before.map_or(0, |before| before.calls),
        }
    }
}

/// What the tokens of a tuning's models cost.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    /// Those of the models that it is tuned for, the judge's first.
    pub(super) judges: Vec<Option<Price>>,
    /// The teacher's; the judge's without one.
    pub(super) teacher: Option<Price>,
    /// The proposer's; nothing without one.
    pub(super) writer: Option<Price>,
}

impl Prices {
    pub(super) fn new(targets: &Targets, config: &Config, request: &TuneRequest) -> Result<Self> {
        let judge = targets.judge.budget_price();
        let of = |name: Option<&str>, otherwise: Option<Price>| match name {
            Some(name) => {
                ModelConfig::new(Some(name), config).map(|model_config| model_config.budget_price())
            }
            None => Ok(otherwise),
        };
        Ok(Self {
            judges: targets.all().map(ModelConfig::budget_price).collect(),
            teacher: of(request.teacher.as_deref(), judge)?,
            writer: of(request.proposer.as_deref(), Some(Price::default()))?,
        })
    }
}
