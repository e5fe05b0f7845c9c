//! What is like a record, by the words they share: Okapi BM25.

use std::collections::{BTreeMap, BTreeSet};

use super::candidate::Mix;
use super::demo_sets::Pool;
use super::example::Example;
use crate::signature::Demo;

/// How fast further mentions of a word stop counting, and how much long texts are held back
/// (Robertson & Zaragoza 2009, the usual middle values).
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// Texts by the words in them.
#[derive(Clone, Debug, Default)]
pub struct Bm25 {
    texts: Vec<BTreeMap<String, f64>>,
    lengths: Vec<f64>,
    holding: BTreeMap<String, f64>,
    mean_length: f64,
}

impl Bm25 {
    /// An index of these texts.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut index = Self::default();
        for text in texts {
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            for word in words(text) {
                *counts.entry(word).or_default() += 1.0;
            }
            for word in counts.keys() {
                *index.holding.entry(word.clone()).or_default() += 1.0;
            }
            index.lengths.push(counts.values().sum());
            index.texts.push(counts);
        }
        let whole: f64 = index.lengths.iter().sum();
        index.mean_length = (whole / count(index.texts.len())).max(1.0);
        index
    }

    /// How like the query each text is; 0 where they share no word.
    #[must_use]
    pub fn scores(&self, query: &str) -> Vec<f64> {
        let wanted: BTreeSet<String> = words(query).collect();
        let n = count(self.texts.len());
        let score = |(counts, length): (&BTreeMap<String, f64>, &f64)| {
            let share = |word: &String| {
                let times = counts.get(word).copied().unwrap_or(0.0);
                let holding = self.holding.get(word).copied().unwrap_or(0.0);
                let rarity = ((n - holding + 0.5) / (holding + 0.5)).ln_1p();
                rarity * times * (K1 + 1.0) / (times + K1 * (1.0 - B + B * length / self.mean_length))
            };
            wanted.iter().map(share).sum()
        };
        self.texts.iter().zip(&self.lengths).map(score).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of texts are far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

/// Runs of letters and digits, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// The training examples, looked up by what is like them.
#[derive(Clone, Debug, Default)]
pub struct Nearest {
    index: Bm25,
    pool: Pool,
}

impl Nearest {
    /// An index of the examples that can be shown.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { index: Bm25::new(pool.entries.iter().map(|entry| entry.text.as_str())), pool }
    }

    /// The `k` likest demos to a record, never the record itself, the likest last. Of equally like
    /// ones the earlier.
    #[must_use]
    pub fn demos(&self, record: &Example, k: usize, mix: Mix) -> Vec<Demo> {
        let scores = self.index.scores(&record.text());
        let mut order: Vec<usize> = (0..self.pool.entries.len()).collect();
        order.retain(|&place| self.pool.entries[place].id != record.id);
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        if mix == Mix::Balanced {
            order = self.pool.in_turn(&order);
        }
        order.truncate(k);
        order.into_iter().rev().map(|place| self.pool.entries[place].demo.clone()).collect()
    }
}
