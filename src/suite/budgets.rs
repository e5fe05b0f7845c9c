//! What may be spent.

use std::sync::Arc;
use std::time::Duration;

use super::config::{BudgetFile, Config};
use super::model_config::ModelConfig;
use super::options::Spending;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Budget, BudgetLimits};

/// The budget of the whole command: what the options say over what evenhand.toml says.
pub(crate) fn of_command(config: &Config, limits: Spending) -> Result<Option<Arc<Budget>>> {
    let file = config.file.budget;
    budget(BudgetFile {
        max_cost_usd: limits.cost_usd.or(file.max_cost_usd),
        max_calls: limits.calls.or(file.max_calls),
        max_tokens: limits.tokens.or(file.max_tokens),
        max_minutes: limits.minutes.or(file.max_minutes),
    })
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
