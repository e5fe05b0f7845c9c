//! The command line of `evenhand cost`.

use clap::Args;

use super::help_texts::{JSON, KWH_PRICE, MACHINE_PRICE, MACHINE_YEARS, WATTS};

#[derive(Clone, Debug, Args)]
pub(super) struct CostArgs {
    /// Tokens in prompts per day: 150000, 150k, 1.5m.
    #[arg(long, value_name = "N", value_parser = amount, conflicts_with = "input_tokens", requires = "output_tokens_a_day")]
    pub(super) input_tokens_a_day: Option<f64>,
    /// Tokens in answers per day.
    #[arg(long, value_name = "N", value_parser = amount, conflicts_with = "output_tokens", requires = "input_tokens_a_day")]
    pub(super) output_tokens_a_day: Option<f64>,
    /// Calls per day. With the tokens of a day it gives the cost of a call; with the tokens of a call, the cost of a
    /// day.
    #[arg(long, value_name = "N", value_parser = amount)]
    pub(super) calls_a_day: Option<f64>,
    /// Tokens in the prompt of a call.
    #[arg(long, value_name = "N", value_parser = amount, requires_all = ["output_tokens", "calls_a_day"])]
    pub(super) input_tokens: Option<f64>,
    /// Tokens in the answer of a call.
    #[arg(long, value_name = "N", value_parser = amount, requires_all = ["input_tokens", "calls_a_day"])]
    pub(super) output_tokens: Option<f64>,
    /// Price of a million tokens in prompts, in US dollars.
    #[arg(long, value_name = "USD", value_parser = amount, requires = "output_price")]
    pub(super) input_price: Option<f64>,
    /// Price of a million tokens in answers, in US dollars.
    #[arg(long, value_name = "USD", value_parser = amount, requires = "input_price")]
    pub(super) output_price: Option<f64>,
    /// Models with a price in evenhand.toml, separated by commas: roles, or PROVIDER/NAME.
    #[arg(long, short, value_name = "MODEL", value_delimiter = ',')]
    pub(super) model: Vec<String>,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) machine: MachineArgs,
}

/// A machine of one's own.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "A machine of your own")]
pub(super) struct MachineArgs {
    #[arg(long, value_name = "W", value_parser = amount, requires_all = ["kwh_price", "seconds"], help = WATTS)]
    pub(super) watts: Option<f64>,
    #[arg(long, value_name = "USD", value_parser = amount, requires = "watts", help = KWH_PRICE)]
    pub(super) kwh_price: Option<f64>,
    /// Time that the machine works on a call, in seconds.
    #[arg(long, value_name = "S", value_parser = amount, requires_all = ["watts", "calls_a_day"])]
    pub(super) seconds: Option<f64>,
    #[arg(long, value_name = "USD", value_parser = amount, requires = "watts", default_value = "0", help = MACHINE_PRICE)]
    pub(super) machine_price: f64,
    #[arg(long, value_name = "N", value_parser = amount, requires = "watts", default_value = "3", help = MACHINE_YEARS)]
    pub(super) machine_years: f64,
}

/// A number that may end in k or m: 150k.
pub(super) fn amount(text: &str) -> std::result::Result<f64, String> {
    let text = text.trim().replace([',', '_'], "").to_lowercase();
    let (digits, times) = match (text.strip_suffix('k'), text.strip_suffix('m')) {
        (Some(digits), _) => (digits, 1e3),
        (_, Some(digits)) => (digits, 1e6),
        _ => (text.as_str(), 1.0),
    };
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number * times),
        _ => Err("it is a number from 0 on: 300, 2.50, 150k, 1.5m".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn numbers_may_be_in_thousands_and_millions() {
        for (text, number) in [("150k", 150_000.0), ("1.5M", 1.5e6), ("90,000", 90_000.0), ("2.50", 2.5)] {
            assert_eq!(amount(text), Ok(number));
        }
        for text in ["", "k", "-1", "nan", "inf", "3 apples", "5kk"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
