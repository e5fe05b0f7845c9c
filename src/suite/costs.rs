//! What the tokens of a project's models cost.

use super::config::Config;
use super::model_config::ModelConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Price;

pub(crate) use crate::bench::cost::{Cost, Machine, Tariff, Workload};

/// The tariff of a model, by its role or by PROVIDER/NAME. One on this machine that has no price costs no tokens.
pub(crate) fn tariff(name: &str, config: &Config) -> Result<Tariff> {
    let model_config = ModelConfig::new(Some(name), config)?;
    let price = model_config.budget_price().ok_or_else(|| unpriced(name, &model_config))?;
    Ok(Tariff::Tokens(price))
}

/// A tariff by two prices.
pub(crate) fn by_price(input_per_million: f64, output_per_million: f64) -> Tariff {
    Tariff::Tokens(Price { input_per_million, output_per_million, batch: None })
}

fn unpriced(name: &str, model_config: &ModelConfig) -> Error {
    Error::new(ErrorKind::Config, format!("{} has no price", model_config.file.model)).help(format!(
        "add `price = {{ input_per_million = ..., output_per_million = ... }}` to [models.{}], or give --input-price \
         and --output-price instead",
        if name.contains('/') { "NAME" } else { name }
    ))
}
