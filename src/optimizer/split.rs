//! Training, validation and test records, parted once and for all.

use std::collections::BTreeMap;

use super::example::Example;
use crate::error::{Error, ErrorKind, Result};
use crate::stats::Random;

/// How much of the records each part gets; the shares need not add up to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// What demos are taken from.
    pub train: f64,
    /// What candidates are compared on.
    pub validation: f64,
    /// What the winner and the baseline are held against, once.
    pub test: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self { train: 0.25, validation: 0.4, test: 0.35 }
    }
}

/// What an optimizer may look at.
#[derive(Clone, Debug, Default)]
pub struct Learning {
    /// What demos are taken from.
    pub train: Vec<Example>,
    /// What candidates are compared on.
    pub validation: Vec<Example>,
}

/// The records that no optimizer sees. They can be counted, and be used up by the final comparison.
#[derive(Debug, Default)]
pub struct HeldOut {
    examples: Vec<Example>,
}

impl HeldOut {
    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.examples.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.examples.is_empty()
    }

    /// The records, for the one comparison they are there for.
    pub(super) fn open(self) -> Vec<Example> {
        self.examples
    }
}

/// Deals whole groups to the three parts so that each part gets its share of every stratum. The
/// same seed gives the same parts, whatever the order of the examples. Examples with the same
/// inputs count as one group: a text that is learned must not be asked again.
///
/// # Errors
/// A part would be empty: there are too few groups.
pub fn split(mut examples: Vec<Example>, shares: Shares, seed: u64) -> Result<(Learning, HeldOut)> {
    examples.sort_by(|a, b| a.id.cmp(&b.id));
    let shares = [shares.train, shares.validation, shares.test];
    let parts = deal(&examples, shares, seed);
    let mut dealt: [Vec<Example>; 3] = Default::default();
    for (example, part) in examples.into_iter().zip(parts) {
        dealt[part].push(example);
    }
    for (name, examples) in ["training", "validation", "test"].iter().zip(&dealt) {
        if examples.is_empty() {
            let detail = format!("too few labelled records, or groups of them, for a {name} part");
            return Err(Error::new(ErrorKind::Dataset, detail)
                .help("label more records; 60 are few, 200 are better; or part them by a finer --group"));
        }
    }
    let [train, validation, test] = dealt;
    Ok((Learning { train, validation }, HeldOut { examples: test }))
}

/// The part of each example.
fn deal(examples: &[Example], shares: [f64; 3], seed: u64) -> Vec<usize> {
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    for example in examples {
        *totals.entry(&example.stratum).or_default() += 1.0;
    }
    let mut groups = groups(examples);
    Random::new(seed).shuffle(&mut groups);
    // Large groups first, while there is room to even them out; of one size in the shuffled order.
    groups.sort_by_key(|members| std::cmp::Reverse(members.len()));
    let whole: f64 = shares.iter().sum();
    let mut have: [BTreeMap<&str, f64>; 3] = Default::default();
    let mut part_of = vec![0; examples.len()];
    for members in groups {
        let shortage = |part: usize| -> f64 {
            let missing = |&member: &usize| {
                let stratum = examples[member].stratum.as_str();
                let total = totals.get(stratum).copied().unwrap_or(1.0);
                shares[part] / whole - have[part].get(stratum).copied().unwrap_or(0.0) / total
            };
            members.iter().map(missing).sum()
        };
        let mut best = 0;
        for part in 1..3 {
            if shortage(part) > shortage(best) + 1e-12 {
                best = part;
            }
        }
        for &member in &members {
            part_of[member] = best;
            *have[best].entry(&examples[member].stratum).or_default() += 1.0;
        }
    }
    part_of
}

/// The examples that must stay together, by index.
fn groups(examples: &[Example]) -> Vec<Vec<usize>> {
    let mut first_of_text: BTreeMap<String, String> = BTreeMap::new();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, example) in examples.iter().enumerate() {
        let text = serde_json::Value::Object(example.inputs.clone()).to_string();
        let group = first_of_text.entry(text).or_insert_with(|| example.group.clone());
        groups.entry(group.clone()).or_default().push(index);
    }
    groups.into_values().collect()
}
