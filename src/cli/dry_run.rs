//! `evenhand run --dry-run`: what it would take, without asking anything.

use super::print;
use crate::error::Result;
use crate::report::{count, duration};
use crate::suite::Exit;
use crate::suite::config::Config;
use crate::suite::estimate::{Forecast, forecast};
use crate::suite::judges::{Overrides, Suite};
use crate::suite::prospect::judging;
use crate::suite::run::RunOptions;

pub(super) async fn dry_run(
    config: &Config,
    suites: &[Suite],
    options: &RunOptions,
    is_json: bool,
) -> Result<Exit> {
    let overrides = Overrides::of(options)?;
    for suite in suites {
        let model_config = judging(suite, options, config)?;
        let forecast = forecast(config, suite, model_config.as_ref(), options, &overrides).await?;
        if is_json {
            print(&format!("{}\n", serde_json::to_string(&forecast).unwrap_or_default()))?;
        } else {
            print(&text(&forecast))?;
        }
    }
    Ok(Exit::Success)
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
