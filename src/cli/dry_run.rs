//! `evenhand run --dry-run`: what it would take, without asking anything.

use serde::Serialize;

use super::args::RunArgs;
use super::cache;
use super::config::Config;
use super::exit::Exit;
use super::judges::{Asked, Overrides, Suite, nobody};
use super::measured::{Measured, measured};
use super::models::ModelConfig;
use super::print;
use super::prompt::default_reading;
use super::run::judging;
use crate::error::Result;
use crate::eval::preview;
use crate::model::{Estimate, Identity, Price, PromptSizes, Request};
use crate::report::{count, duration};
use crate::store::Store;
use crate::subject::Subject;

/// Bytes of a token in English prose, where nothing was measured.
const BYTES_PER_TOKEN: f64 = 4.0;

/// What a suite would take. Answers asked for again and calls sent again come on top.
#[derive(Debug, Default, Serialize)]
struct Forecast {
    suite: String,
    model: String,
    records: u64,
    calls: u64,
    /// Calls of those that the cache would answer.
    cached: u64,
    prompt_tokens: u64,
    completion_tokens: Option<u64>,
    most_prompt_tokens: u64,
    most_completion_tokens: u64,
    cost_usd: Option<f64>,
    most_cost_usd: Option<f64>,
    seconds: Option<f64>,
    concurrency: usize,
    /// Calls of earlier runs that the estimates are from; 0 where nothing was measured.
    measured_calls: u64,
    /// Whether the outputs are produced by the run: then neither their own cost nor their length is counted.
    outputs_to_come: bool,
}

pub(super) async fn dry_run(
    config: &Config,
    suites: &[Suite],
    args: &RunArgs,
    overrides: &Overrides,
) -> Result<Exit> {
    for suite in suites {
        let model_config = judging(suite, args, config)?;
        let forecast = forecast(config, suite, model_config.as_ref(), args, overrides).await?;
        if args.json {
            print(&format!("{}\n", serde_json::to_string(&forecast).unwrap_or_default()))?;
        } else {
            print(&text(&forecast))?;
        }
    }
    Ok(Exit::Success)
}

async fn forecast(
    config: &Config,
    suite: &Suite,
    model_config: Option<&ModelConfig>,
    args: &RunArgs,
    overrides: &Overrides,
) -> Result<Forecast> {
    let asked = model_config.map(|model_config| {
        let reading =
            args.judging.reading.or(suite.file.reading).unwrap_or_else(|| default_reading(model_config));
        Asked { model: nobody(), model_config, reading, calibration: None, samples: args.samples }
    });
    let panel = suite.panel(asked.as_ref())?;
    let plan = suite.plan(config, model_config, overrides)?;
    let cache = match model_config {
        Some(model_config) => Cached::open(config, model_config, args).await?,
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
    let survey = preview(&panel, &plan, suite.dataset(config)?, |requests| {
        for request in requests {
            forecast.calls += 1;
            if cache.as_ref().is_some_and(|cache| cache.has(&request)) {
                forecast.cached += 1;
                continue;
            }
            let most: Estimate = sizes.estimate(&request);
            asked += 1;
            bytes += most.prompt_tokens;
            forecast.most_prompt_tokens += most.prompt_tokens;
            forecast.most_completion_tokens += most.completion_tokens;
        }
    })?;
    forecast.records = survey.records;
    let before = measured(config, &forecast.model, &suite.name);
    let price = model_config.map_or_else(|| Some(Price::default()), ModelConfig::budget_price);
    reckon(&mut forecast, asked, bytes, before.as_ref(), price);
    Ok(forecast)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "estimates of sums far below 2^53, never negative"
)]
fn reckon(forecast: &mut Forecast, asked: u64, bytes: u64, before: Option<&Measured>, price: Option<Price>) {
    let calls = asked as f64;
    let prompt = before.and_then(|before| before.prompt_tokens).map(|tokens| tokens * calls);
    forecast.prompt_tokens = prompt.unwrap_or(bytes as f64 / BYTES_PER_TOKEN).ceil() as u64;
    let completion = before.and_then(|before| before.completion_tokens);
    forecast.completion_tokens = completion.map(|tokens| (tokens * calls).ceil() as u64);
    forecast.seconds = before.map(|before| before.seconds * calls / forecast.concurrency.max(1) as f64);
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
    async fn open(config: &Config, model_config: &ModelConfig, args: &RunArgs) -> Result<Option<Self>> {
        let asks_nothing = !matches!(model_config.provider.as_str(), "ollama" | "local" | "replay");
        if args.no_cache || args.refresh || !asks_nothing || !cache::path(config).exists() {
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

fn text(forecast: &Forecast) -> String {
    let cached = match forecast.cached {
        0 => String::new(),
        n => format!(", {} of them from the cache", count(n)),
    };
    let is_measured = forecast.measured_calls > 0;
    let mut text = format!(
        "{} by {}: {} records, {} calls{cached}\n",
        forecast.suite,
        forecast.model,
        count(forecast.records),
        count(forecast.calls)
    );
    if forecast.calls == 0 {
        return text;
    }
    let answers =
        forecast.completion_tokens.map_or_else(String::new, |n| format!(", {} in answers", count(n)));
    text += &format!("  tokens  about {} in prompts{answers}", count(forecast.prompt_tokens));
    text += &format!(
        "; at most {} and {}\n",
        count(forecast.most_prompt_tokens),
        count(forecast.most_completion_tokens)
    );
    text += &match (forecast.cost_usd, forecast.most_cost_usd) {
        (Some(cost), Some(most)) => format!("  cost    about ${cost:.4}; at most ${most:.4}\n"),
        (None, Some(most)) => format!("  cost    at most ${most:.4}\n"),
        _ => "  cost    unknown: the model has no price in evenhand.toml\n".to_owned(),
    };
    text += &match forecast.seconds {
        Some(seconds) => format!(
            "  time    about {}, {} at a time, as {} earlier calls took\n",
            duration(seconds),
            forecast.concurrency,
            count(forecast.measured_calls)
        ),
        None => "  time    unknown: there is no earlier run of this model here\n".to_owned(),
    };
    if forecast.outputs_to_come {
        text += "  The outputs are still to be produced: what they take, and their length in prompts, come on top.\n";
    }
    if !is_measured {
        text += "  Tokens are reckoned from bytes, since no earlier run has counted them.\n";
    }
    text += "  Invalid answers that are asked for again and calls that are sent again come on top.\n";
    text
}
