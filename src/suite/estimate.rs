//! What a run would take, without asking anything, and what earlier runs took.

use std::fs;

use serde::Serialize;

use super::cache;
use super::config::Config;
use super::judges::{Asked, Overrides, Suite};
use super::model_config::ModelConfig;
use super::run::{CacheUse, RunOptions};
use super::subjects::nobody;
use crate::error::Result;
use crate::eval::{Journal, preview};
use crate::judge::{Attempt, Planned};
use crate::model::{Estimate, Identity, Price, PromptSizes, Request};
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
    pub(crate) records: u64,
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
    /// Whether the outputs are produced by the run: then neither their own cost nor their length is counted.
    pub(crate) outputs_to_come: bool,
}

/// What a suite would take.
pub(crate) async fn forecast(
    config: &Config,
    suite: &Suite,
    model_config: Option<&ModelConfig>,
    options: &RunOptions,
    overrides: &Overrides,
) -> Result<Forecast> {
    let asked = model_config.map(|model_config| {
        let reading =
            options.reading.or(suite.file.reading).unwrap_or_else(|| model_config.default_reading());
        Asked { model: nobody(), model_config, reading, calibration: None, samples: options.samples }
    });
    let panel = suite.panel(asked.as_ref())?;
    let plan = suite.plan(config, model_config, overrides)?;
    let cache = match model_config {
        Some(model_config) => Cached::open(config, model_config, options).await?,
        None => None,
    };
    let sizes = PromptSizes::default();
    let mut forecast = Forecast {
        suite: suite.name.clone(),
        model: model_config
            .map_or_else(|| panel.model().to_owned(), |model_config| model_config.file.model.clone()),
        concurrency: plan.judged_at_once.max(1),
        outputs_to_come: matches!(plan.subject, Subject::Produced { .. }),
        ..Forecast::default()
    };
    let (mut asked, mut bytes) = (0_u64, 0_u64);
    let survey = preview(&panel, &plan, suite.dataset(config)?, |planned| {
        for Planned { request, follow_ups, .. } in planned {
            let calls = 1 + u64::from(follow_ups);
            forecast.calls += calls;
            // Whether what follows is cached hangs on the reply.
            if cache.as_ref().is_some_and(|cache| cache.has(&request)) {
                forecast.cached += calls;
                continue;
            }
            let most: Estimate = sizes.estimate(&request);
            asked += calls;
            bytes += calls * most.prompt_tokens;
            // A call that follows repeats the prompt and the answers before it.
            let answers = calls * (calls - 1) / 2 * most.completion_tokens;
            forecast.most_prompt_tokens += calls * most.prompt_tokens + answers;
            forecast.most_completion_tokens += calls * most.completion_tokens;
        }
    })?;
    forecast.records = survey.records;
    let before = measured(config, &forecast.model, &suite.name);
    let price = model_config.map_or_else(|| Some(Price::default()), ModelConfig::budget_price);
    reckon(&mut forecast, asked, bytes, before.as_ref(), price);
    Ok(forecast)
}

fn reckon(forecast: &mut Forecast, asked: u64, bytes: u64, before: Option<&Measured>, price: Option<Price>) {
    let calls = real(asked);
    let prompt = before.and_then(|before| before.prompt_tokens).map(|tokens| tokens * calls);
    forecast.prompt_tokens = to_u64(prompt.unwrap_or(real(bytes) / BYTES_PER_TOKEN).ceil());
    let completion = before.and_then(|before| before.completion_tokens);
    forecast.completion_tokens = completion.map(|tokens| to_u64((tokens * calls).ceil()));
    forecast.seconds = before.map(|before| before.seconds * calls / real(forecast.concurrency.max(1)));
    forecast.measured_calls = before.map_or(0, |before| before.calls);
    let completion = forecast.completion_tokens;
    forecast.cost_usd =
        price.zip(completion).map(|(price, completion)| price.of(forecast.prompt_tokens, completion));
    forecast.most_cost_usd =
        price.map(|price| price.of(forecast.most_prompt_tokens, forecast.most_completion_tokens));
}

/// The cache, where it can be looked into without asking the server anything.
struct Cached {
    store: Store,
    identity: Identity,
}

impl Cached {
    async fn open(config: &Config, model_config: &ModelConfig, options: &RunOptions) -> Result<Option<Self>> {
        let asks_nothing = model_config.provider.server().is_some_and(|server| !server.loads_models);
        if options.cache != CacheUse::Use || !asks_nothing || !cache::path(config).exists() {
            return Ok(None);
        }
        let identity = model_config.open(config).await?.provider.identity().await;
        Ok(cache::store(config).ok().zip(identity).map(|(store, identity)| Self { store, identity }))
    }

    fn has(&self, request: &Request) -> bool {
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
        (head.model == model).then_some((folder, head.suite == suite))
    });
    for (folder, is_same_suite) in of_model.take(RUNS) {
        // A journal that cannot be read to its end is measured as far as it goes.
        let _ = Journal::each(folder, |outcome| {
            outcome.attempts.iter().for_each(|call| sums.add(call, is_same_suite));
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
