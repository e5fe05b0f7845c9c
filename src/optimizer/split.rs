//! Training, validation and test records, parted once and for all.

use std::collections::BTreeMap;

use super::example::Example;
use crate::error::{Error, ErrorKind, Result};
use crate::stats::{Random, Together};

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
pub(crate) struct Learning {
    /// What demos are taken from.
    pub train: Vec<Example>,
    /// What candidates are compared on.
    pub validation: Vec<Example>,
}

/// The records that no optimizer sees. They can be counted, and be used up by the final comparison.
#[derive(Debug, Default)]
pub(crate) struct HeldOut {
    examples: Vec<Example>,
}

impl HeldOut {
    /// How many they are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.examples.len()
    }

    /// The records, for the one comparison they are there for.
    pub(super) fn open(self) -> Vec<Example> {
        self.examples
    }
}

/// Deals whole groups to the three parts so that each part gets its share of every stratum. The
/// same seed gives the same parts, whatever the order of the examples. Examples with the same inputs
/// stay together, and so do all groups that have one in common: a text that is learned must not be asked
/// again. A pair with its sides exchanged is the same text. Merged groups have one name from then on.
///
/// # Errors
/// A part would be empty: there are too few groups.
pub(crate) fn split(mut examples: Vec<Example>, shares: Shares, seed: u64) -> Result<(Learning, HeldOut)> {
    examples.sort_by(|a, b| a.id.cmp(&b.id));
    merge(&mut examples);
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
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, example) in examples.iter().enumerate() {
        groups.entry(&example.group).or_default().push(index);
    }
    groups.into_values().collect()
}

/// Gives groups that have a text in common one name, that of their first example.
fn merge(examples: &mut [Example]) {
    let mut together = Together::new(examples.len());
    together.join_alike(examples.iter().map(|example| &example.group).enumerate());
    together.join_alike(examples.iter().map(texts).enumerate());
    for members in together.groups() {
        let name = members.first().and_then(|&first| examples.get(first)).map(|first| first.group.clone());
        for (index, name) in members.into_iter().zip(std::iter::repeat(name)) {
            if let (Some(example), Some(name)) = (examples.get_mut(index), name) {
                example.group = name;
            }
        }
    }
}

/// What an example is asked about, whatever the order of its inputs: so a pair is the same with its sides
/// exchanged.
fn texts(example: &Example) -> Vec<String> {
    let mut texts: Vec<String> = example.inputs.values().map(serde_json::Value::to_string).collect();
    texts.sort_unstable();
    texts
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::eval::Expected;
    use crate::number::real;

    fn example(number: usize, group: Option<usize>, inputs: &Value, good: bool) -> Example {
        let id = format!("r{number:03}");
        let label = if good { "good" } else { "bad" };
        Example {
            group: group.map_or_else(|| id.clone(), |group| format!("g{group}")),
            id,
            stratum: label.to_owned(),
            inputs: inputs.as_object().unwrap().clone(),
            expected: Expected { label: label.to_owned(), value: Some(f64::from(u8::from(good))) },
            told: serde_json::Map::new(),
        }
    }

    /// The three parts, and in each the ids.
    fn parts(examples: Vec<Example>, seed: u64) -> Result<[Vec<Example>; 3]> {
        let (learning, held_out) = split(examples, Shares::default(), seed)?;
        Ok([learning.train, learning.validation, held_out.open()])
    }

    /// In how many parts the holders of each key stand.
    fn spread<'a>(
        parts: &[Vec<Example>; 3],
        key: impl Fn(&Example) -> &'a str,
    ) -> HashMap<&'a str, BTreeSet<usize>> {
        let mut spread: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        for (part, examples) in parts.iter().enumerate() {
            for example in examples {
                spread.entry(key(example)).or_default().insert(part);
            }
        }
        spread
    }

    proptest! {
        #[test]
        fn no_group_and_no_text_stands_in_two_parts(
            records in prop::collection::vec((0_usize..30, 0_usize..60, any::<bool>(), any::<bool>()), 40..90),
            seed in 0_u64..50,
        ) {
            let examples: Vec<Example> = records
                .iter()
                .enumerate()
                .map(|(number, (group, text, good, alone))| {
                    let group = if *alone { None } else { Some(*group) };
                    example(number, group, &json!({"text": format!("t{text}")}), *good)
                })
                .collect();
            let said: HashMap<String, (String, String)> = examples
                .iter()
                .map(|one| (one.id.clone(), (one.group.clone(), texts(one).concat())))
                .collect();
            // Where everything hangs together there is nothing to part.
            if let Ok(parts) = parts(examples, seed) {
                prop_assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), records.len());
                for spread in [spread(&parts, |one| &said[&one.id].0), spread(&parts, |one| &said[&one.id].1)] {
                    for (key, parts) in spread {
                        prop_assert!(parts.len() == 1, "{key} stands in {parts:?}");
                    }
                }
                // Groups as they are named afterwards are not parted either: races and intervals go by them.
                let names: Vec<(String, usize)> = parts
                    .iter()
                    .enumerate()
                    .flat_map(|(part, examples)| examples.iter().map(move |one| (one.group.clone(), part)))
                    .collect();
                let places: BTreeMap<&String, usize> = names.iter().map(|(name, part)| (name, *part)).collect();
                prop_assert!(names.iter().all(|(name, part)| places[name] == *part));
            }
        }
    }

    #[test]
    fn overlapping_groups_leave_the_parts_their_shares() {
        // 40 groups of three; every fifth has a text of the next one.
        let of = |number: usize| {
            let group = number / 3;
            let text =
                if number.is_multiple_of(15) { format!("t{}", number + 3) } else { format!("t{number}") };
            example(number, Some(group), &json!({"text": text}), group.is_multiple_of(2))
        };
        let parts = parts((0..120).map(of).collect(), 3).unwrap();
        for (part, share) in parts.iter().zip([0.25, 0.4, 0.35]) {
            let found = real(part.len()) / 120.0;
            assert!((found - share).abs() < 0.06, "{found} instead of {share}");
        }
    }

    #[test]
    fn a_pair_with_its_sides_exchanged_stays_with_itself() {
        for seed in 0..20 {
            let of = |number: usize| {
                let (a, b) = (format!("a{}", number / 2), format!("b{}", number / 2));
                let inputs = if number.is_multiple_of(2) {
                    json!({"question": "q", "first": a, "second": b})
                } else {
                    json!({"question": "q", "first": b, "second": a})
                };
                example(number, None, &inputs, number % 4 < 2)
            };
            let parts = parts((0..40).map(of).collect(), seed).unwrap();
            for part in parts {
                let numbers: Vec<usize> = part.iter().map(|one| one.id[1..].parse().unwrap()).collect();
                assert!(numbers.iter().all(|number| numbers.contains(&(number ^ 1))), "{numbers:?}");
            }
        }
    }
}
