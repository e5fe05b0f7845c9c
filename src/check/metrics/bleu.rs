//! BLEU (Papineni et al. 2002) as sacrebleu computes it: up to 4 words, tokenizer 13a, smoothing `exp`.

use super::ngrams::{Counts, counted, shared, total};
use super::words::words_13a;
use crate::number::real;

/// The longest n-gram.
const ORDER: usize = 4;

/// The counts of a text: its length, that of the nearest reference, the n-grams found in a reference by n, all
/// n-grams by n. They add up over texts.
pub(super) fn counts(text: &str, references: &[String]) -> Vec<u64> {
    let words = words_13a(text);
    let references: Vec<Vec<String>> = references.iter().map(|reference| words_13a(reference)).collect();
    let length = words.len() as u64;
    let nearest = references
        .iter()
        .map(|reference| reference.len() as u64)
        .min_by_key(|other| (other.abs_diff(length), *other));
    let mut counts = vec![length, nearest.unwrap_or_default()];
    let own: Vec<_> = (1..=ORDER).map(|n| counted(&words, n)).collect();
    counts.extend((1..).zip(&own).map(|(n, own)| shared(own, &most(&references, n))));
    counts.extend(own.iter().map(total));
    counts
}

/// Each n-gram as often as it is in the reference that has it most often.
fn most(references: &[Vec<String>], n: usize) -> Counts<'_, String> {
    let mut most = Counts::new();
    for (gram, count) in references.iter().flat_map(|reference| counted(reference, n)) {
        let known = most.entry(gram).or_default();
        *known = count.max(*known);
    }
    most
}

/// Which lengths of n-grams count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Orders {
    /// Those that the text is long enough for: sacrebleu's effective order, for single texts.
    Reached,
    /// All four.
    All,
}

/// BLEU in `0..=1` from counts of one text or of many.
pub(super) fn value(counts: &[u64], orders: Orders) -> Option<f64> {
    let ([length, reference], rest) = counts.split_first_chunk::<2>()?;
    let (found, all) = rest.split_at_checked(ORDER)?;
    if found.iter().all(|count| *count == 0) {
        return Some(0.0);
    }
    let (mut logarithms, mut reached, mut smoothing) = (0.0, 0_usize, 1.0);
    for (found, all) in found.iter().zip(all).take_while(|(_, all)| **all > 0) {
        let found = if *found == 0 {
            smoothing /= 2.0;
            smoothing
        } else {
            real(*found)
        };
        logarithms += (found / real(*all)).ln();
        reached += 1;
    }
    if orders == Orders::All && reached < ORDER {
        return Some(0.0);
    }
    let brevity = if length < reference { (1.0 - real(*reference) / real(*length)).exp() } else { 1.0 };
    Some(brevity * (logarithms / real(reached)).exp())
}
