//! What the suites of one command share, what may be spent, the models of one run, and the replies that
//! a run has already.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::cache;
use super::config::{BudgetFile, Config};
use super::judges::{Overrides, Suite, model_options};
use super::loaded_models::{LoadedModel, SuiteModels};
use super::model_config::{ModelConfig, one_model};
use super::run::{RunOptions, Spending};
use super::worker_share::WorkerShare;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Earlier, Outcome};
use crate::judge::Attempt;
use crate::model::{
    BatchResults, Budget, BudgetLimits, Cache, ConcurrencyLimiter, ConcurrencyOptions, KeptReplies, Key,
    Live, Model, ModelOptions, Provider, Recorded, RecordedTimes, Recorder, Reuse, RunParts,
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
    batch: Option<Arc<BatchResults>>,
    live: Live,
}

impl Shared {
    pub(crate) fn new(config: &Config, options: &RunOptions) -> Result<Self> {
        Ok(Self {
            overrides: Overrides::of(options)?,
            budget: of_command(config, options.budget)?,
            reuse: options.reuse(),
            opened: OnceLock::new(),
            limiters: Mutex::default(),
            record: options.record.clone(),
            recorder: OnceLock::new(),
            batch: batch(&options.import_batch)?,
            live: if options.no_live { Live::NotAsked } else { Live::Asked },
        })
    }

    /// The results of a batch that are taken in place of replies.
    pub(crate) fn batch(&self) -> Option<&BatchResults> {
        self.batch.as_deref()
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

fn batch(files: &[PathBuf]) -> Result<Option<Arc<BatchResults>>> {
    let is_named = !files.is_empty();
    let open = || BatchResults::open(files.iter().map(PathBuf::as_path)).map(Arc::new);
    is_named.then(open).transpose()
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
        loaded: &SuiteModels,
    ) -> Result<Self> {
        let budgets = budget(suite.file.budget)?.into_iter().chain(shared.budget.clone()).collect();
        if shared.batch.is_some() {
            one_model(&suite.name, loaded.judge_configs())?;
        }
        let mut replies = None;
        if !loaded.judges.is_empty() || loaded.subject.is_some() {
            let subject =
                loaded.subject.as_ref().map(|loaded| loaded.opened.provider.name()).unwrap_or_default();
            replies = Some(Replies::open(folder, shared.recorder()?, before, &subject)?);
        }
        Ok(Self { config, shared, budgets, replies })
    }

    /// Models of which no run keeps the replies: the cache alone has them.
    #[cfg(feature = "cli")]
    pub(crate) fn unkept(config: &'a Config, suite: &Suite, shared: &'a Shared) -> Result<Self> {
        let budgets = budget(suite.file.budget)?.into_iter().chain(shared.budget.clone()).collect();
        Ok(Self { config, shared, budgets, replies: None })
    }

    /// A model whose replies are kept, and which is asked no more than is allowed.
    pub(crate) fn model(&self, loaded: &LoadedModel, records: usize) -> Model {
        let (model_config, provider) = (&loaded.model_config, &loaded.opened.provider);
        let options = ModelOptions { budgets: self.budgets.clone(), ..model_options(model_config) };
        let parts = RunParts {
            batch: self.shared.batch.clone(),
            live: self.shared.live,
            cache: self.shared.cache(self.config, model_config),
            limiter: Some(self.shared.limiter(provider, limiter(model_config, records))),
            ..self.replies.as_ref().map(Replies::parts).unwrap_or_default()
        };
        Model::of_run(provider.clone(), options, parts)
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

/// The budget of the whole command: what the options say over what evenhand.toml says.
pub(crate) fn of_command(config: &Config, limits: Spending) -> Result<Option<Arc<Budget>>> {
    of_worker(config, limits, WorkerShare::WHOLE)
}

/// A worker's share of the same.
pub(crate) fn of_worker(
    config: &Config,
    limits: Spending,
    share: WorkerShare,
) -> Result<Option<Arc<Budget>>> {
    let file = config.file.budget;
    budget(share.of_budget(BudgetFile {
        max_cost_usd: limits.cost_usd.or(file.max_cost_usd),
        max_calls: limits.calls.or(file.max_calls),
        max_tokens: limits.tokens.or(file.max_tokens),
        max_minutes: limits.minutes.or(file.max_minutes),
    }))
}

/// A budget as evenhand.toml has it; its time begins now.
pub(crate) fn budget(file: BudgetFile) -> Result<Option<Arc<Budget>>> {
    let positive = |what: &str, number: Option<f64>| match number {
        Some(number) if !number.is_finite() || number < 0.0 => {
            Err(Error::new(ErrorKind::Usage, format!("a budget of {number} {what} makes no sense")))
        }
        other => Ok(other),
    };
    let minutes = positive("minutes", file.max_minutes)?;
    let limits = BudgetLimits {
        calls: file.max_calls,
        tokens: file.max_tokens,
        cost_usd: positive("US dollars", file.max_cost_usd)?,
        // Longer than a year is no limit.
        time: minutes
            .filter(|minutes| *minutes < 525_600.0)
            .map(|minutes| Duration::from_secs_f64(minutes * 60.0)),
    };
    Ok((!limits.is_empty()).then(|| Arc::new(Budget::new(limits))))
}

/// A model without a price cannot be held to a limit on money.
pub(crate) fn check_price(
    model_config: &ModelConfig,
    suite: BudgetFile,
    command: Option<&Budget>,
) -> Result<()> {
    let is_limited = suite.max_cost_usd.is_some() || command.is_some_and(Budget::limits_cost);
    if !is_limited || model_config.budget_price().is_some() {
        return Ok(());
    }
    let detail =
        format!("{} has no price, and what may be spent is limited in US dollars", model_config.file.model);
    Err(Error::new(ErrorKind::Config, detail).help(
        "add `price = { input_per_million = ..., output_per_million = ... }` to its [models.NAME] (0 for a server of your own)",
    ))
}

/// A run's replies, which all its models share.
pub(crate) struct Replies {
    kept: Option<Arc<KeptReplies>>,
    log: Arc<Recorder>,
    record: Option<Arc<Recorder>>,
}

/// What an earlier part of a run left.
#[derive(Default)]
pub(crate) struct Before {
    /// What it has settled.
    pub(crate) earlier: Earlier,
    /// The keys of invalid replies to questions that are asked again.
    pub(crate) invalid: HashSet<Key>,
}

impl Before {
    /// Notes what an outcome says of a record that is judged again.
    pub(crate) fn again(invalid: &mut HashSet<Key>, outcome: &Outcome) {
        let attempts = outcome.attempts.iter().chain(asked(outcome));
        let faulty = attempts.filter(|attempt| !attempt.faults.is_empty());
        invalid.extend(faulty.map(|attempt| attempt.key.clone()));
    }
}

impl Replies {
    /// The replies that the run has paid for already, but for invalid ones of records that are
    /// judged again: those are asked for again. All of them go into `record` too.
    pub(crate) fn open(
        folder: &Path,
        record: Option<Arc<Recorder>>,
        before: &Before,
        subject: &str,
    ) -> Result<Self> {
        let path = folder.join("replies.jsonl");
        let mut kept = None;
        if path.exists() {
            let replies = KeptReplies::open(&path, &before.invalid)?;
            if let Some(record) = &record {
                replies.each(|recorded| record.copy_one(&recorded))?;
                before.earlier.each(|outcome| {
                    record_cached(record, &outcome.model, &outcome.attempts)?;
                    record_cached(record, subject, asked(&outcome))
                })?;
            }
            kept = Some(Arc::new(replies));
        }
        Ok(Self { kept, log: Arc::new(Recorder::append(&path, RecordedTimes::Keep)?), record })
    }

    /// Where the replies of one of the run's models are kept.
    fn parts(&self) -> RunParts {
        RunParts {
            kept: self.kept.clone(),
            log: Some(Arc::clone(&self.log)),
            recorders: self.record.iter().cloned().collect(),
            ..RunParts::default()
        }
    }
}

/// The calls of a model that is the subject.
fn asked(outcome: &Outcome) -> impl Iterator<Item = &Attempt> {
    outcome.subjects().flat_map(|subject| &subject.trace.attempts)
}

/// Replies of a settled record that came from the cache are in the journal alone.
fn record_cached<'a>(
    recorder: &Recorder,
    model: &str,
    attempts: impl IntoIterator<Item = &'a Attempt>,
) -> Result<()> {
    let replies = attempts.into_iter().filter_map(|attempt| Some((attempt, attempt.response.clone()?)));
    let mut cached = replies.filter(|(_, response)| response.cached);
    cached.try_for_each(|(attempt, response)| {
        let weighed = response.weights.is_some();
        let (key, model) = (attempt.key.clone(), model.to_owned());
        recorder.copy_one(&Recorded { key, model, parts: BTreeMap::new(), weighed, response })
    })
}
