//! A strategy with its options, as a suite gives it.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

/// How a model that produces outputs is asked for one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum OutputStrategy {
    /// Asks once.
    Direct {},
    /// Asks, then shows the model its answer and the task once more: the answer is confirmed or changed.
    ReRead {},
    /// Asks several times at one temperature; the output of most answers.
    SelfConsistency {
        /// How many answers are drawn, 1 to 1000; 5 by default.
        #[serde(default = "five")]
        n: u32,
        /// Their temperature, above 0; 0.7 by default.
        #[serde(default = "warm")]
        temperature: f64,
        /// The output field by which answers are the same; needed where the signature has several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Asks once at each of several temperatures; the output of most answers.
    DiverseSampling {
        /// 1 to 50 temperatures from 0 to 2; 0.1, 0.5 and 0.9 by default.
        #[serde(default = "ladder")]
        temperatures: Vec<f64>,
        /// The output field by which answers are the same; needed where the signature has several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Asks several times at one temperature; the best answer, as the scorer says.
    BestOfN {
        /// How many answers are drawn, 1 to 100; 3 by default.
        #[serde(default = "three")]
        n: u32,
        /// Their temperature, above 0; 0.7 by default.
        #[serde(default = "warm")]
        temperature: f64,
        /// What the best is chosen by.
        scorer: Scorer,
    },
    /// Lets the model list observations first; then asks, with the list.
    PlanSearch {},
    /// Asks, lets the model check its answer, and asks it to correct what the check objects to.
    ProverVerifier {
        /// How often the answer is checked at most, 1 to 10; 1 by default.
        #[serde(default = "one")]
        rounds: u32,
    },
    /// Draws answers, then rounds in which each new answer is made from some of those before; the output of most of
    /// the last round.
    SelfAggregation {
        /// How many answers each round has, 2 to 100; 4 by default.
        #[serde(default = "four")]
        population: u32,
        /// How many of the answers before are shown for each new one, 2 to `population`; 2 by default.
        #[serde(default = "two")]
        subset: u32,
        /// How many rounds follow the first answers, 1 to 20; 2 by default.
        #[serde(default = "two")]
        rounds: u32,
        /// The temperature of all answers, above 0; 0.7 by default.
        #[serde(default = "warm")]
        temperature: f64,
        /// Decides which answers are shown; 0 by default.
        #[serde(default)]
        seed: u32,
        /// The output field by which answers are the same; needed where the signature has several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
}

/// What the best of several answers is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scorer {
    /// A further call that sees all valid answers.
    Call,
    /// The number that each answer gives in its field `confidence`.
    Confidence,
}

fn one() -> u32 {
    1
}
fn two() -> u32 {
    2
}
fn three() -> u32 {
    3
}
fn four() -> u32 {
    4
}
fn five() -> u32 {
    5
}
fn warm() -> f64 {
    0.7
}
fn ladder() -> Vec<f64> {
    vec![0.1, 0.5, 0.9]
}

impl Default for OutputStrategy {
    fn default() -> Self {
        Self::Direct {}
    }
}

impl OutputStrategy {
    /// How many calls an output takes at least and at most, where every answer is valid at once.
    #[must_use]
    pub(crate) fn calls(&self) -> RangeInclusive<u64> {
        match self {
            Self::Direct {} => 1..=1,
            Self::ReRead {} | Self::PlanSearch {} => 2..=2,
            Self::SelfConsistency { n, .. } => u64::from(*n)..=u64::from(*n),
            Self::DiverseSampling { temperatures, .. } => {
                let number = temperatures.len() as u64;
                number..=number
            }
            Self::BestOfN { n, scorer, .. } => {
                let n = u64::from(*n);
                n..=n + u64::from(*scorer == Scorer::Call && n > 1)
            }
            Self::ProverVerifier { rounds } => 2..=1 + 2 * u64::from(*rounds),
            Self::SelfAggregation { population, rounds, .. } => {
                let answers = u64::from(*population) * (u64::from(*rounds) + 1);
                answers..=answers
            }
        }
    }

    /// Whether two outputs for the same record may differ at whatever temperature the model is asked otherwise.
    pub(crate) fn draws(&self) -> bool {
        match self {
            Self::SelfConsistency { .. } | Self::BestOfN { .. } | Self::SelfAggregation { .. } => true,
            Self::DiverseSampling { temperatures, .. } => temperatures.iter().any(|each| *each > 0.0),
            _ => false,
        }
    }

    /// The field by which answers are the same.
    pub(super) fn by(&self) -> Option<&str> {
        match self {
            Self::SelfConsistency { by, .. }
            | Self::DiverseSampling { by, .. }
            | Self::SelfAggregation { by, .. } => by.as_deref(),
            _ => None,
        }
    }

    /// What an option may not be, with what it may.
    pub(crate) fn fault(&self) -> Option<String> {
        let count = |name: &str, value: u32, least: u32, most: u32| {
            let is_in = (least..=most).contains(&value);
            (!is_in)
                .then(|| format!("`{name}` is {value}, and must be a whole number from {least} to {most}"))
        };
        let warm = |temperature: f64| {
            let is_in = temperature > 0.0 && temperature <= 2.0;
            (!is_in).then(|| format!("`temperature` is {temperature}, and must be above 0 and at most 2"))
        };
        match self {
            Self::Direct {} | Self::ReRead {} | Self::PlanSearch {} => None,
            Self::SelfConsistency { n, temperature, .. } => {
                count("n", *n, 1, 1000).or_else(|| warm(*temperature))
            }
            Self::DiverseSampling { temperatures, .. } => {
                let are_in = temperatures.iter().all(|each| (0.0..=2.0).contains(each));
                let is_usable = are_in && (1..=50).contains(&temperatures.len());
                (!is_usable).then(|| "`temperatures` must be 1 to 50 numbers from 0 to 2".to_owned())
            }
            Self::BestOfN { n, temperature, .. } => count("n", *n, 1, 100).or_else(|| warm(*temperature)),
            Self::ProverVerifier { rounds } => count("rounds", *rounds, 1, 10),
            Self::SelfAggregation { population, subset, rounds, temperature, .. } => {
                count("population", *population, 2, 100)
                    .or_else(|| count("subset", *subset, 2, *population))
                    .or_else(|| count("rounds", *rounds, 1, 20))
                    .or_else(|| warm(*temperature))
            }
        }
    }

    /// What a fingerprint has of it besides its texts: nothing where it asks once, so that it stays what it always was.
    pub(super) fn mark(&self) -> String {
        if *self == Self::default() { String::new() } else { json!(self).to_string() }
    }
}

/// Reads a strategy's name, or a table with its `name` and its options.
pub(crate) fn by_name_or_table<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<OutputStrategy>, D::Error> {
    let table = match Value::deserialize(deserializer)? {
        Value::String(name) => json!({"name": name}),
        other => other,
    };
    OutputStrategy::deserialize(table).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<OutputStrategy, serde_json::Error> {
        by_name_or_table(&mut serde_json::Deserializer::from_str(text)).map(Option::unwrap)
    }

    #[test]
    fn a_name_stands_for_the_defaults_and_an_unknown_option_is_refused() {
        assert_eq!(read(r#""plan_search""#).unwrap(), OutputStrategy::PlanSearch {});
        assert_eq!(read(r#""self_consistency""#).unwrap().calls(), 5..=5);
        let best = read(r#"{"name": "best_of_n", "n": 4, "scorer": "call"}"#).unwrap();
        assert_eq!((best.calls(), best.fault()), (4..=5, None));
        assert!(read(r#""best_of_n""#).unwrap_err().to_string().contains("scorer"));
        assert!(read(r#"{"name": "direct", "n": 4}"#).unwrap_err().to_string().contains("unknown field"));
        assert!(read(r#""leap""#).unwrap_err().to_string().contains("unknown variant"));
    }

    #[test]
    fn an_option_out_of_its_range_is_named() {
        let fault = |text| read(text).unwrap().fault().unwrap();
        assert!(fault(r#"{"name": "self_aggregation", "subset": 9}"#).contains("from 2 to 4"));
        assert!(fault(r#"{"name": "self_consistency", "temperature": 0}"#).contains("above 0"));
        assert!(fault(r#"{"name": "diverse_sampling", "temperatures": []}"#).contains("1 to 50"));
    }

    #[test]
    fn asking_once_leaves_the_fingerprint_as_it_was() {
        assert_eq!(OutputStrategy::default().mark(), "");
        assert_ne!(read(r#""re_read""#).unwrap().mark(), read(r#""plan_search""#).unwrap().mark());
    }
}
