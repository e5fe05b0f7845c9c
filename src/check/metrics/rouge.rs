//! ROUGE (Lin 2004) as rouge-score computes it, without a stemmer.

use super::ngrams::{counted, share, shared, total};
use super::words::letters_and_digits;

/// What two texts have in common.
#[derive(Clone, Copy)]
pub(super) enum Common {
    /// Runs of n words.
    Runs(usize),
    /// The longest common subsequence of words.
    Subsequence,
}

/// Precision, recall and their harmonic mean.
#[derive(Clone, Copy, Default)]
pub(super) struct Overlap {
    pub(super) precision: f64,
    pub(super) recall: f64,
    pub(super) f1: f64,
}

/// Against the reference with the highest F1; of several the first.
pub(super) fn overlap(text: &str, references: &[String], common: Common) -> Overlap {
    let words = letters_and_digits(text);
    let mut best: Option<Overlap> = None;
    for reference in references {
        let overlap = against(&words, &letters_and_digits(reference), common);
        if best.is_none_or(|best| overlap.f1 > best.f1) {
            best = Some(overlap);
        }
    }
    best.unwrap_or_default()
}

fn against(words: &[String], reference: &[String], common: Common) -> Overlap {
    let (both, own, other) = match common {
        Common::Runs(n) => {
            let (own, other) = (counted(words, n), counted(reference, n));
            (shared(&own, &other), total(&own), total(&other))
        }
        Common::Subsequence => (longest_common(words, reference), words.len() as u64, reference.len() as u64),
    };
    let (precision, recall) = (share(both, own), share(both, other));
    let sum = precision + recall;
    Overlap { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
}

/// The length of the longest common subsequence.
fn longest_common(one: &[String], other: &[String]) -> u64 {
    let mut row = vec![0_u64; other.len() + 1];
    for word in one {
        let (mut left, mut above_left) = (0, 0);
        for (other, place) in other.iter().zip(row.iter_mut().skip(1)) {
            let above = *place;
            *place = if word == other { above_left + 1 } else { above.max(left) };
            (left, above_left) = (*place, above);
        }
    }
    row.last().copied().unwrap_or_default()
}
