//! What a run would take, without asking anything, and what earlier runs took.

use std::fs;

use serde::Serialize;
use serde_json::{Value, json};

use super::cache;
use super::config::Config;
use super::judges::{Asked, Overrides, Suite};
use super::model_config::ModelConfig;
use super::run::{CacheUse, RunOptions};
use super::subjects::nobody;
use crate::error::Result;
use crate::eval::{Journal, Panel, Plan, RuleForecast, preview};
use crate::judge::{Attempt, Planned, StrategyChoice};
use crate::model::{Estimate, Identity, PromptSizes, Request};
use crate::number::{real, to_u64};
use crate::store::Store;
use crate::subject::Subject;

/// Bytes of a token in English prose, where nothing was measured.
const BYTES_PER_TOKEN: f64 = 4.0;

/// What a suite would take. Answers asked for again and calls sent again come on top.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Forecast {
    pub(crate) suite: String,
    pub(crate) model: String,
    /// The strategy of all judges, where the command line names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) strategy: Option<StrategyChoice>,
    pub(crate) records: u64,
    /// The fewest calls that it takes: `calls` is the most.
    #[serde(skip)]
    pub(crate) least_calls: u64,
    #[serde(flatten)]
    pub(crate) calls: CallForecast,
    /// Whether the outputs are produced by the run: then neither their own cost nor their length is counted.
    pub(crate) outputs_to_come: bool,
    /// The calls that producing them takes, where a model does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output_calls: Option<OutputCalls>,
    /// What each model would take, where the judges ask several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) models: Vec<ModelForecast>,
    /// Where routes would send the records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) routes: Vec<RuleForecast>,
}

impl Forecast {
    /// It as JSON, with the fewest calls where they are fewer than the most.
    pub(crate) fn line(&self) -> Value {
        let mut line = json!(self);
        if let Some(table) = line.as_object_mut().filter(|_| self.least_calls < self.calls.calls) {
            table.insert("least_calls".to_owned(), self.least_calls.into());
        }
        line
    }
}

/// The calls that producing the outputs takes.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct OutputCalls {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

impl OutputCalls {
    fn of(plan: &Plan, records: u64) -> Option<Self> {
        let Subject::Produced { producer, .. } = &plan.subject else { return None };
        let (outputs, each) = (records * plan.repeats.clone().count() as u64, producer.calls());
        (*each.end() > 0).then(|| Self { least: outputs * each.start(), most: outputs * each.end() })
    }
}

/// What one of several models would take.
#[derive(Debug, Serialize)]
pub(crate) struct ModelForecast {
    pub(crate) model: String,
    #[serde(flatten)]
    pub(crate) calls: CallForecast,
}

/// What calls would take.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct CallForecast {
    pub(crate) calls: u64,
    /// Calls of those that the cache would answer.
    pub(crate) cached: u64,
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: Option<u64>,
    pub(crate) most_prompt_tokens: u64,
    pub(crate) most_completion_tokens: u64,
    pub(crate) cost_usd: Option<f64>,
    pub(crate) most_cost_usd: Option<f64>,
    pub(crate) seconds: Option<f64>,
    pub(crate) concurrency: usize,
    /// Calls of earlier runs that the estimates are from; 0 where nothing was measured.
    pub(crate) measured_calls: u64,
}

impl CallForecast {
    /// The same calls n times, one time after the other.
    pub(crate) fn times(self, n: u64) -> Self {
        let usd = |usd: Option<f64>| usd.map(|usd| usd * real(n));
        Self {
            calls: self.calls * n,
            cached: self.cached * n,
            prompt_tokens: self.prompt_tokens * n,
            completion_tokens: self.completion_tokens.map(|tokens| tokens * n),
            most_prompt_tokens: self.most_prompt_tokens * n,
            most_completion_tokens: self.most_completion_tokens * n,
            cost_usd: usd(self.cost_usd),
            most_cost_usd: usd(self.most_cost_usd),
            seconds: self.seconds.map(|seconds| seconds * real(n)),
            ..self
        }
    }

    /// What both take, asked side by side. What is not known of one is not known of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            cached: self.cached + other.cached,
            prompt_tokens: self.prompt_tokens + other.prompt_tokens,
            completion_tokens: self
                .completion_tokens
                .zip(other.completion_tokens)
                .map(|(one, two)| one + two),
            most_prompt_tokens: self.most_prompt_tokens + other.most_prompt_tokens,
            most_completion_tokens: self.most_completion_tokens + other.most_completion_tokens,
            cost_usd: self.cost_usd.zip(other.cost_usd).map(|(one, two)| one + two),
            most_cost_usd: self.most_cost_usd.zip(other.most_cost_usd).map(|(one, two)| one + two),
            seconds: self.seconds.zip(other.seconds).map(|(one, two)| one.max(two)),
            concurrency: self.concurrency.max(other.concurrency),
            measured_calls: self.measured_calls + other.measured_calls,
        }
    }
}

/// What a suite would take.
pub(crate) async fn forecast(
    config: &Config,
    suite: &Suite,
    options: &RunOptions,
    overrides: &Overrides,
) -> Result<Forecast> {
    forecast_changed(config, suite, options, overrides, |_| {}).await
}

/// The suite's judges on models that nobody asks: they say what they would be sent.
pub(super) fn panel_of_nobody(suite: &Suite, models: &[ModelConfig], options: &RunOptions) -> Result<Panel> {
    let asked = |(judge, model_config): (usize, _)| {
        let model_config: &ModelConfig = model_config;
        let reading = suite.reading(judge, options.reading).unwrap_or_else(|| model_config.default_reading());
        Asked {
            samples: options.samples,
            orders: options.orders,
            ..Asked::plainly(nobody(model_config.decision_limits()), model_config, reading)
        }
    };
    suite.panel(&models.iter().enumerate().map(asked).collect::<Vec<_>>())
}

/// What a suite would take, run by a plan that is changed.
pub(crate) async fn forecast_changed(
    config: &Config,
    suite: &Suite,
    options: &RunOptions,
    overrides: &Overrides,
    change: impl FnOnce(&mut Plan),
) -> Result<Forecast> {
    let models = suite.models(options, config)?;
    let panel = panel_of_nobody(suite, &models, options)?;
    let mut plan = suite.plan(config, &models, overrides)?;
    change(&mut plan);
    let mut reckoned: Vec<Reckoned<'_>> = Vec::new();
    for model_config in &models {
        if !reckoned.iter().any(|known| known.model_config == model_config) {
            reckoned.push(Reckoned::new(config, model_config, options).await?);
        }
    }
    let survey = preview(&panel, &plan, suite.dataset(config)?, |judge, planned| {
        let own = |reckoned: &&mut Reckoned<'_>| models.get(judge) == Some(reckoned.model_config);
        if let Some(reckoned) = reckoned.iter_mut().find(own) {
            reckoned.add(&planned);
        }
    })?;
    let concurrency = plan.judged_at_once.max(1);
    let each: Vec<ModelForecast> =
        reckoned.into_iter().map(|reckoned| reckoned.forecast(config, &suite.name, concurrency)).collect();
    let name = each.iter().map(|model| model.model.as_str()).collect::<Vec<_>>().join(" + ");
    let calls = each.iter().map(|model| model.calls).reduce(CallForecast::and);
    let free = || CallForecast { most_cost_usd: Some(0.0), concurrency, ..CallForecast::default() };
    Ok(Forecast {
        suite: suite.name.clone(),
        model: if each.is_empty() { panel.model().into_owned() } else { name },
        strategy: options.strategy.clone(),
        records: survey.records,
        least_calls: survey.least_calls,
        calls: calls.unwrap_or_else(free),
        outputs_to_come: matches!(plan.subject, Subject::Produced { .. }),
        output_calls: OutputCalls::of(&plan, survey.records),
        models: if each.len() > 1 { each } else { Vec::new() },
        routes: survey.routing.rules,
    })
}

/// What requests of their own to a model would take.
pub(crate) async fn forecast_requests(
    config: &Config,
    model_config: &ModelConfig,
    options: &RunOptions,
    requests: impl Iterator<Item = Request>,
) -> Result<CallForecast> {
    let mut reckoned = Reckoned::new(config, model_config, options).await?;
    for request in requests {
        reckoned.add(&Planned::new(request));
    }
    Ok(reckoned.forecast(config, "", model_config.calls_at_once(None)).calls)
}

/// What a model would be asked.
struct Reckoned<'m> {
    model_config: &'m ModelConfig,
    cache: Option<Cached>,
    sizes: PromptSizes,
    calls: CallForecast,
    /// Calls that the cache has not, and the bytes of their prompts.
    asked: u64,
    bytes: u64,
}

impl<'m> Reckoned<'m> {
    async fn new(config: &Config, model_config: &'m ModelConfig, options: &RunOptions) -> Result<Self> {
        let cache = Cached::open(config, model_config, options).await?;
        let (sizes, calls) = (PromptSizes::default(), CallForecast::default());
        Ok(Self { model_config, cache, sizes, calls, asked: 0, bytes: 0 })
    }

    fn add(&mut self, Planned { request, follow_ups, .. }: &Planned) {
        let calls = 1 + u64::from(*follow_ups);
        self.calls.calls += calls;
        // Whether what follows is cached hangs on the reply.
        if self.cache.as_ref().is_some_and(|cache| cache.has(request)) {
            self.calls.cached += calls;
            return;
        }
        let most: Estimate = self.sizes.estimate(request);
        self.asked += calls;
        self.bytes += calls * most.prompt_tokens;
        // A call that follows repeats the prompt and the answers before it.
        let answers = calls * (calls - 1) / 2 * most.completion_tokens;
        self.calls.most_prompt_tokens += calls * most.prompt_tokens + answers;
        self.calls.most_completion_tokens += calls * most.completion_tokens;
    }

    fn forecast(self, config: &Config, suite: &str, concurrency: usize) -> ModelForecast {
        let Self { model_config, mut calls, asked, bytes, .. } = self;
        let model = model_config.file.model.clone();
        let (before, price) = (measured(config, &model, suite), model_config.budget_price());
        let asked = real(asked);
        calls.concurrency = concurrency;
        let of_each = |tokens: Option<f64>| tokens.map(|tokens| tokens * asked);
        let prompt = of_each(before.and_then(|before| before.prompt_tokens));
        calls.prompt_tokens = to_u64(prompt.unwrap_or(real(bytes) / BYTES_PER_TOKEN).ceil());
        let completion = of_each(before.and_then(|before| before.completion_tokens));
        calls.completion_tokens = completion.map(|tokens| to_u64(tokens.ceil()));
        calls.seconds = of_each(before.map(|before| before.seconds / real(concurrency)));
        calls.measured_calls = before.map_or(0, |before| before.calls);
        let likely = price.zip(calls.completion_tokens);
        calls.cost_usd = likely.map(|(price, completion)| price.of(calls.prompt_tokens, completion));
        calls.most_cost_usd =
            price.map(|price| price.of(calls.most_prompt_tokens, calls.most_completion_tokens));
        ModelForecast { model, calls }
    }
}

/// The cache, where it can be looked into without asking the server anything.
pub(super) struct Cached {
    store: Store,
    identity: Identity,
}

impl Cached {
    pub(super) async fn open(
        config: &Config,
        model_config: &ModelConfig,
        options: &RunOptions,
    ) -> Result<Option<Self>> {
        let asks_nothing = model_config.provider.server().is_some_and(|server| !server.loads_models);
        if options.cache != CacheUse::Use || !asks_nothing || !cache::path(config).exists() {
            return Ok(None);
        }
        let identity = model_config.open(config).await?.provider.identity().await;
        Ok(cache::store(config).ok().zip(identity).map(|(store, identity)| Self { store, identity }))
    }

    pub(super) fn has(&self, request: &Request) -> bool {
        let key = self.identity.key(&request.key());
        self.store.get(&key).is_ok_and(|body| body.is_some())
    }
}

/// So many of the last runs of a model are looked at.
const RUNS: usize = 3;

/// What calls to a model took on average.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Measured {
    /// Calls that were measured.
    pub(crate) calls: u64,
    /// Seconds of a call.
    pub(crate) seconds: f64,
    /// Tokens of an answer, where the server counted them.
    pub(crate) completion_tokens: Option<f64>,
    /// Tokens of a prompt, where the server counted them; of this suite alone.
    pub(crate) prompt_tokens: Option<f64>,
}

/// Sums over calls.
#[derive(Default)]
struct Sums {
    calls: u32,
    seconds: f64,
    completion: (f64, u32),
    prompt: (f64, u32),
}

/// What the last runs of a model measured; `None` if there are none here.
pub(crate) fn measured(config: &Config, model: &str, suite: &str) -> Option<Measured> {
    let mut folders: Vec<_> =
        fs::read_dir(config.state_dir.join("runs")).ok()?.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let mut sums = Sums::default();
    let of_model = folders.iter().rev().filter_map(|folder| {
        let head = Journal::head(folder).ok()?;
        let is_asked = head.model == model || head.judges.values().any(|asked| asked == model);
        is_asked.then_some((folder, head.suite == suite))
    });
    for (folder, is_same_suite) in of_model.take(RUNS) {
        // A journal that cannot be read to its end is measured as far as it goes.
        let _ = Journal::each(folder, |outcome| {
            let own = |call: &&Attempt| call.model.as_ref().is_none_or(|asked| asked == model);
            outcome.attempts.iter().filter(own).for_each(|call| sums.add(call, is_same_suite));
        });
    }
    sums.mean()
}

impl Sums {
    fn add(&mut self, attempt: &Attempt, is_same_suite: bool) {
        let Some(response) = attempt.response.as_ref().filter(|response| !response.cached) else {
            return;
        };
        self.calls += 1;
        self.seconds += response.timing.total_ms / 1000.0;
        add(&mut self.completion, response.usage.completion_tokens);
        if is_same_suite {
            add(&mut self.prompt, response.usage.prompt_tokens);
        }
    }

    fn mean(&self) -> Option<Measured> {
        let mean = |(sum, n): (f64, u32)| (n > 0).then(|| sum / f64::from(n));
        Some(Measured {
            calls: u64::from(self.calls),
            seconds: mean((self.seconds, self.calls))?,
            completion_tokens: mean(self.completion),
            prompt_tokens: mean(self.prompt),
        })
    }
}

fn add(sum: &mut (f64, u32), tokens: Option<u64>) {
    if let Some(tokens) = tokens {
        sum.0 += real(tokens);
        sum.1 += 1;
    }
}
