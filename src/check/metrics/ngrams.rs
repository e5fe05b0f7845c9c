//! Counted n-grams.

use std::collections::HashMap;
use std::hash::Hash;

use crate::number::real;

/// How often each run of n neighbors stands in a text.
pub(super) type Counts<'a, T> = HashMap<&'a [T], u64>;

/// The n-grams of one length.
pub(super) fn counted<T: Eq + Hash>(items: &[T], n: usize) -> Counts<'_, T> {
    let mut counts = Counts::new();
    for gram in items.windows(n) {
        *counts.entry(gram).or_default() += 1;
    }
    counts
}

/// How many there are.
pub(super) fn total<T>(counts: &Counts<'_, T>) -> u64 {
    counts.values().sum()
}

/// How many of them are in the reference too, each at most as often as there.
pub(super) fn shared<T: Eq + Hash>(counts: &Counts<'_, T>, reference: &Counts<'_, T>) -> u64 {
    counts.iter().map(|(gram, count)| (*count).min(reference.get(gram).copied().unwrap_or_default())).sum()
}

/// A share of counts; 0 of nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { real(part) / real(whole) }
}
