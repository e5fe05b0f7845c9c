//! `evenhand run --dry-run` and `evenhand bench --dry-run`: what it would take, without asking anything.

use serde_json::json;

use super::print;
use crate::error::Result;
use crate::report::{WIDTH, count, count_of, dollars, duration, folded};
use crate::suite::Exit;
use crate::suite::bench::{BenchForecast, Work, bench_forecast};
use crate::suite::config::Config;
use crate::suite::estimate::{CallForecast, Forecast, OutputCalls, forecast};
use crate::suite::judges::{Overrides, Suite};
use crate::suite::run::RunOptions;

pub(super) async fn dry_run(
    config: &Config,
    runs: impl IntoIterator<Item = (&Suite, RunOptions)>,
    is_json: bool,
) -> Result<Exit> {
    for (suite, options) in runs {
        let overrides = Overrides::of(&options)?;
        let forecast = forecast(config, suite, &options, &overrides).await?;
        if is_json {
            print(&format!("{}\n", forecast.line()))?;
        } else {
            print(&forecast_text(&forecast))?;
        }
    }
    Ok(Exit::Success)
}

/// A forecast as lines.
pub(super) fn forecast_text(forecast: &Forecast) -> String {
    text(forecast).lines().map(|line| folded(line, WIDTH, 10) + "\n").collect()
}

/// What a bench would take.
pub(super) async fn bench_dry_run(work: &Work<'_>, is_json: bool) -> Result<Exit> {
    let forecast = bench_forecast(work).await?;
    if is_json {
        print(&format!("{}\n", json!(forecast)))?;
    } else {
        print(&bench_text(&forecast).lines().map(|line| folded(line, WIDTH, 4) + "\n").collect::<String>())?;
    }
    Ok(Exit::Success)
}

fn bench_text(forecast: &BenchForecast) -> String {
    let total = forecast.total();
    let times = match forecast.repeats {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    };
    let at_once: Vec<String> = forecast.at_once.iter().map(usize::to_string).collect();
    let at_once = match at_once.as_slice() {
        [] => String::new(),
        numbers => format!(", then once more at {} at the same time", numbers.join(", at ")),
    };
    let mut text = format!("{}: {}{}\n", forecast.suite, count_of(total.calls, "call"), dues(&total));
    text += &format!(
        "  {}, judged {times} by each of {}{at_once}\n",
        count_of(forecast.records, "record"),
        forecast.cells.len()
    );
    for cell in &forecast.cells {
        text += &format!("  {}: {}{}\n", cell.cell, count_of(cell.calls.calls, "call"), dues(&cell.calls));
    }
    text += &format!(
        "  Cold starts, warm-up and short answers come on top: {} at most. So does what is asked again or sent again.\n",
        count_of(forecast.beside, "call")
    );
    text
}

/// What calls cost, and how long they take, where that is known.
fn dues(calls: &CallForecast) -> String {
    let cost = match (calls.cost_usd, calls.most_cost_usd) {
        (_, Some(most)) if most <= 0.0 => String::new(),
        (Some(cost), Some(most)) => format!(", about {}, at most {}", dollars(cost), dollars(most)),
        (None, Some(most)) => format!(", at most {}", dollars(most)),
        _ => ", cost unknown: no price in evenhand.toml".to_owned(),
    };
    let time = calls.seconds.map_or_else(
        || ", time unknown: no earlier run here".to_owned(),
        |seconds| format!(", about {}", duration(seconds)),
    );
    cost + &time
}

fn text(forecast: &Forecast) -> String {
    let all = &forecast.calls;
    let strategy = forecast.strategy.as_ref().map_or_else(String::new, |strategy| format!(", {strategy}"));
    let mut text = format!(
        "{} by {}{strategy}: {}, {}\n",
        forecast.suite,
        forecast.model,
        count_of(forecast.records, "record"),
        calls(all, Some(forecast.least_calls))
    );
    for model in &forecast.models {
        let cost = model.calls.most_cost_usd.filter(|most| *most > 0.0);
        let cost = cost.map_or_else(String::new, |most| format!(", at most {}", dollars(most)));
        text += &format!("  {}: {}{cost}\n", model.model, calls(&model.calls, None));
    }
    for rule in &forecast.routes {
        let records = count_of(rule.records, "record");
        text += &match &rule.rule {
            Some(name) => format!(
                "  route of {}, rule \"{name}\": {records} to {}, {}\n",
                rule.judge,
                rule.to.join(", then "),
                count_of(rule.calls, "call")
            ),
            None => format!("  route of {}, no rule fits: {records}, unscored\n", rule.judge),
        };
    }
    if let Some(OutputCalls { least, most }) = forecast.output_calls {
        let least = if least < most { format!(" at most, {} at least", count(least)) } else { String::new() };
        text += &format!("  outputs {}{least}, on top\n", count_of(most, "call"));
    }
    if all.calls == 0 {
        return text;
    }
    let answers = all.completion_tokens.map_or_else(String::new, |n| format!(", {} in answers", count(n)));
    text += &format!("  tokens  about {} in prompts{answers}", count(all.prompt_tokens));
    text +=
        &format!("; at most {} and {}\n", count(all.most_prompt_tokens), count(all.most_completion_tokens));
    text += &match (all.cost_usd, all.most_cost_usd) {
        // Recorded replies, or a model of one's own.
        (_, Some(most)) if most <= 0.0 => String::new(),
        (Some(cost), Some(most)) => format!("  cost    about {}; at most {}\n", dollars(cost), dollars(most)),
        (None, Some(most)) => format!("  cost    at most {}\n", dollars(most)),
        _ => "  cost    unknown: the model has no price in evenhand.toml\n".to_owned(),
    };
    text += &match all.seconds {
        Some(seconds) => format!(
            "  time    about {}, {} at a time, as {} took\n",
            duration(seconds),
            all.concurrency,
            count_of(all.measured_calls, "earlier call")
        ),
        None => "  time    unknown: there is no earlier run of this model here\n".to_owned(),
    };
    if forecast.outputs_to_come {
        text += "  The outputs are still to be produced: they come on top, and so does their length in prompts.\n";
    }
    if all.measured_calls == 0 {
        text += "  Tokens are reckoned from bytes, since no earlier run has counted them.\n";
    }
    text += "  What is asked again or sent again comes on top.\n";
    text
}

/// How many calls there are: at most, and at least where that is known and fewer.
fn calls(forecast: &CallForecast, least: Option<u64>) -> String {
    let least = least.filter(|least| *least < forecast.calls);
    let least = least.map_or_else(String::new, |least| format!(" at most, {} at least", count(least)));
    match forecast.cached {
        0 => format!("{}{least}", count_of(forecast.calls, "call")),
        n => format!("{}{least}, {} of them from the cache", count_of(forecast.calls, "call"), count(n)),
    }
}
