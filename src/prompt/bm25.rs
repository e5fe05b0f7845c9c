//! What is like a text, by the words they share: Okapi BM25.

use std::collections::{BTreeMap, BTreeSet};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_rank_as_the_formula_says() {
        // By hand: N 3, mean length 3; "cat" stands in two texts, rarity ln(1 + 1.5/2.5), "mat" in one, ln(1 + 2.5/1.5).
        let index = Bm25::new(["cat sat mat", "cat cat dog", "the bird flew"]);
        let cat = (1.0_f64 + 1.5 / 2.5).ln();
        let mat = (1.0_f64 + 2.5 / 1.5).ln();
        let by_hand = [cat + mat, cat * 2.0 * 2.2 / 3.2, 0.0];
        for (score, expected) in index.scores("Cat, mat?").iter().zip(by_hand) {
            assert!((score - expected).abs() < 1e-12, "{score} {expected}");
        }
    }
}
