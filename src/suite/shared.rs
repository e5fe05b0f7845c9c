//! What the suites of one command share, and the models of one run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::config::Config;
use super::judges::{Overrides, Suite, model_options};
use super::loaded_models::LoadedModel;
use super::model_config::ModelConfig;
use super::options::RunOptions;
use super::replies::{Before, Replies};
use super::{budgets, cache};
use crate::error::Result;
use crate::model::{
    Budget, Cache, ConcurrencyLimiter, ConcurrencyOptions, Model, ModelOptions, Provider, RecordedTimes,
    Recorder, Reuse,
};

/// What the suites of one command share.
pub(crate) struct Shared {
    pub(crate) overrides: Overrides,
    pub(crate) budget: Option<Arc<Budget>>,
    /// How cached replies are used; `None` for not at all.
    pub(crate) reuse: Option<Reuse>,
    opened: OnceLock<Option<Arc<Cache>>>,
    /// By server, how much it is asked at a time.
    limiters: Mutex<BTreeMap<String, Arc<ConcurrencyLimiter>>>,
    record: Option<PathBuf>,
    recorder: OnceLock<Arc<Recorder>>,
}

impl Shared {
    pub(crate) fn new(config: &Config, options: &RunOptions) -> Result<Self> {
        Ok(Self {
            overrides: Overrides::of(options)?,
            budget: budgets::of_command(config, options.budget)?,
            reuse: options.reuse(),
            opened: OnceLock::new(),
            limiters: Mutex::default(),
            record: options.record.clone(),
            recorder: OnceLock::new(),
        })
    }

    /// The cache, opened when the first model that needs one is asked.
    pub(crate) fn cache(&self, config: &Config, model_config: &ModelConfig) -> Option<Arc<Cache>> {
        let reuse = self.reuse.filter(|_| !model_config.is_replayed())?;
        self.opened.get_or_init(|| cache::open(config, reuse)).clone()
    }

    /// The cache, where it was opened.
    pub(crate) fn opened(&self) -> Option<&Cache> {
        self.opened.get().and_then(Option::as_deref)
    }

    /// The gate of the model's server.
    pub(crate) fn limiter(
        &self,
        provider: &Provider,
        options: ConcurrencyOptions,
    ) -> Arc<ConcurrencyLimiter> {
        let server = provider.base_url().map_or_else(|| provider.name(), str::to_owned);
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let limiter = limiters.entry(server).or_insert_with(|| Arc::new(ConcurrencyLimiter::new(options)));
        limiter.allow(options.concurrency);
        Arc::clone(limiter)
    }

    /// The recording that was asked for. It is emptied only now, when there is
    /// something to record: a mistake before leaves it as it was.
    pub(crate) fn recorder(&self) -> Result<Option<Arc<Recorder>>> {
        let Some(path) = &self.record else {
            return Ok(None);
        };
        if let Some(recorder) = self.recorder.get() {
            return Ok(Some(Arc::clone(recorder)));
        }
        let recorder = Arc::new(Recorder::create(path, RecordedTimes::Drop)?);
        Ok(Some(Arc::clone(self.recorder.get_or_init(|| recorder))))
    }
}

/// What the models of a run share.
pub(crate) struct Models<'a> {
    pub(crate) config: &'a Config,
    pub(crate) shared: &'a Shared,
    budgets: Vec<Arc<Budget>>,
    /// The run's replies; none where no model is asked.
    replies: Option<Replies>,
}

impl<'a> Models<'a> {
    pub(crate) fn new(
        config: &'a Config,
        suite: &Suite,
        shared: &'a Shared,
        folder: &Path,
        before: &Before,
        [judge, subject]: [Option<&LoadedModel>; 2],
    ) -> Result<Self> {
        let budgets = budgets::budget(suite.file.budget)?.into_iter().chain(shared.budget.clone()).collect();
        let mut replies = None;
        if judge.or(subject).is_some() {
            let subject = subject.map(|loaded| loaded.opened.provider.name()).unwrap_or_default();
            replies = Some(Replies::open(folder, shared.recorder()?, before, &subject)?);
        }
        Ok(Self { config, shared, budgets, replies })
    }

    /// A model whose replies are kept, and which is asked no more than is allowed.
    pub(crate) fn model(&self, loaded: &LoadedModel, records: usize) -> Model {
        let (model_config, provider) = (&loaded.model_config, &loaded.opened.provider);
        let mut model_options = ModelOptions {
            cache: self.shared.cache(self.config, model_config),
            budgets: self.budgets.clone(),
            limiter: Some(self.shared.limiter(provider, limiter(model_config, records))),
            ..model_options(model_config)
        };
        if let Some(replies) = &self.replies {
            model_options = replies.around(model_options);
        }
        Model::new(provider.clone(), model_options)
    }
}

/// What the model's server may be asked.
fn limiter(model_config: &ModelConfig, records: usize) -> ConcurrencyOptions {
    ConcurrencyOptions {
        concurrency: model_config.calls_at_once(Some(records)),
        requests_per_minute: model_config.file.requests_per_minute,
        tokens_per_minute: model_config.file.tokens_per_minute,
    }
}
