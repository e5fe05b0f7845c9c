//! What work costs: tokens at a price, or a machine of one's own by its power and its purchase.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Price;

/// The days of a year. A month is a twelfth of it.
const DAYS: f64 = 365.0;

/// So many calls are a batch.
const BATCH: f64 = 100_000.0;

/// What is to be done in a day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the unit belongs to the name")]
pub(crate) struct Workload {
    /// Calls a day, where they are known: without them there is no cost of a call.
    pub(crate) calls_a_day: Option<f64>,
    /// Tokens of prompts a day.
    pub(crate) input_tokens_a_day: f64,
    /// Tokens of answers a day.
    pub(crate) output_tokens_a_day: f64,
}

impl Workload {
    /// So many calls a day of so many tokens each.
    pub(crate) fn of_calls(calls_a_day: f64, input_tokens: f64, output_tokens: f64) -> Self {
        Self {
            calls_a_day: Some(calls_a_day),
            input_tokens_a_day: calls_a_day * input_tokens,
            output_tokens_a_day: calls_a_day * output_tokens,
        }
    }
}

/// A machine of one's own that does the work.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Machine {
    /// What it draws while it works, in watts.
    pub(crate) watts: f64,
    /// US dollars a kilowatt-hour.
    pub(crate) usd_per_kwh: f64,
    /// How long it works in a day, in seconds.
    pub(crate) seconds_a_day: f64,
    /// What it was bought for, in US dollars.
    pub(crate) purchase_usd: f64,
    /// The years after which it is worth nothing.
    pub(crate) years: f64,
}

/// What the work is paid by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tariff {
    /// By the token.
    Tokens(Price),
    /// By the machine.
    Machine(Machine),
}

impl Tariff {
    /// The names of the two parts of its costs.
    pub(crate) fn parts(&self) -> [&'static str; 2] {
        match self {
            Self::Tokens(_) => ["input", "output"],
            Self::Machine(_) => ["power", "purchase"],
        }
    }

    /// What a day costs, by its two parts, in millionths of a dollar: so whole prices stay exact.
    fn a_day(&self, work: &Workload) -> [f64; 2] {
        match self {
            Self::Tokens(price) => [
                work.input_tokens_a_day * price.input_per_million,
                work.output_tokens_a_day * price.output_per_million,
            ],
            Self::Machine(machine) => {
                let kwh = machine.watts * machine.seconds_a_day / 3.6e6;
                let days = machine.years * DAYS;
                let share = if days > 0.0 { machine.purchase_usd / days } else { 0.0 };
                [kwh * machine.usd_per_kwh * 1e6, share * 1e6]
            }
        }
    }
}

/// US dollars, by the two parts of a tariff and together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Amount {
    pub(crate) parts: [f64; 2],
    pub(crate) total: f64,
}

impl Amount {
    fn of([first, second]: [f64; 2], times: f64) -> Self {
        let parts = [first, second].map(|part| part * times / 1e6);
        Self { parts, total: (first + second) * times / 1e6 }
    }
}

/// What work costs at one tariff.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Cost {
    /// Whose tariff it is, where several are compared.
    pub(crate) who: String,
    pub(crate) tariff: Tariff,
    /// A call, where the calls of a day are known.
    pub(crate) a_call: Option<Amount>,
    /// 100,000 calls.
    pub(crate) a_batch: Option<Amount>,
    pub(crate) a_day: Amount,
    /// A twelfth of a year.
    pub(crate) a_month: Amount,
    /// 365 days.
    pub(crate) a_year: Amount,
}

impl Cost {
    /// What the work costs.
    pub(crate) fn new(who: impl Into<String>, work: &Workload, tariff: Tariff) -> Self {
        let day = tariff.a_day(work);
        let each =
            |calls: f64| work.calls_a_day.filter(|all| *all > 0.0).map(|all| Amount::of(day, calls / all));
        Self {
            who: who.into(),
            tariff,
            a_call: each(1.0),
            a_batch: each(BATCH),
            a_day: Amount::of(day, 1.0),
            a_month: Amount::of(day, DAYS / 12.0),
            a_year: Amount::of(day, DAYS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums of two reports: 150,000 tokens of input and 90,000 of output a day.
    #[test]
    fn a_year_at_two_prices() {
        let work =
            Workload { calls_a_day: Some(300.0), input_tokens_a_day: 150e3, output_tokens_a_day: 90e3 };
        let year = |input_per_million, output_per_million| {
            let price = Price { input_per_million, output_per_million, batch: None };
            let [input, output] = Cost::new("", &work, Tariff::Tokens(price)).a_year.parts;
            [format!("{input:.2}"), format!("{output:.2}")]
        };
        assert_eq!(year(2.5, 10.0), ["136.88", "328.50"]);
        assert_eq!(year(3.0, 15.0), ["164.25", "492.75"]);
    }

    #[test]
    fn calls_of_a_size_are_the_same_work_and_a_batch_is_100_000_of_them() {
        let work = Workload::of_calls(300.0, 500.0, 300.0);
        assert_eq!((work.input_tokens_a_day, work.output_tokens_a_day), (150e3, 90e3));
        let price = Price { input_per_million: 2.5, output_per_million: 10.0, batch: None };
        let cost = Cost::new("", &work, Tariff::Tokens(price));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(cost.a_call.unwrap().total, 0.004_25) && near(cost.a_batch.unwrap().total, 425.0));
        assert!(near(cost.a_month.total * 12.0, cost.a_year.total));
        let unknown = Workload { calls_a_day: None, ..work };
        assert_eq!(Cost::new("", &unknown, Tariff::Tokens(price)).a_call, None);
    }

    #[test]
    fn a_machine_costs_its_power_while_it_works_and_its_purchase_all_the_time() {
        let work = Workload::of_calls(450.0, 500.0, 300.0);
        let machine = Machine {
            watts: 100.0,
            usd_per_kwh: 0.4,
            seconds_a_day: 3600.0,
            purchase_usd: 1095.0,
            years: 3.0,
        };
        let cost = Cost::new("", &work, Tariff::Machine(machine));
        let [power, purchase] = cost.a_day.parts;
        assert!((power - 0.04).abs() < 1e-12 && (purchase - 1.0).abs() < 1e-12, "{power} {purchase}");
    }
}
