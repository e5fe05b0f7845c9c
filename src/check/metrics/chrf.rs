//! chrF (Popović 2015) and chrF++ (2017) as sacrebleu computes them: 1 to 6 characters without white space, for
//! chrF++ 1 and 2 words too, recall twice as heavy as precision.

use std::hash::Hash;

use super::ngrams::{counted, shared, total};
use super::words::between_spaces;
use crate::number::real;

/// The longest run of characters.
const CHARACTERS: usize = 6;

/// β², by how much recall outweighs precision.
const RECALL: f64 = 4.0;

/// The counts of a text against the reference that it is nearest to, three for each n: its n-grams, the
/// reference's, those in both. They add up over texts.
pub(super) fn counts(text: &str, references: &[String], words: usize) -> Vec<u64> {
    let mut best: Option<(f64, Vec<u64>)> = None;
    for reference in references {
        let counts = against(text, reference, words);
        let found = value(&counts);
        if best.as_ref().is_none_or(|(best, _)| found > *best) {
            best = Some((found, counts));
        }
    }
    best.map(|(_, counts)| counts).unwrap_or_default()
}

fn against(text: &str, reference: &str, words: usize) -> Vec<u64> {
    let characters = |text: &str| between_spaces(text).flat_map(str::chars).collect::<Vec<char>>();
    let (own, other) = (characters(text), characters(reference));
    let mut counts: Vec<u64> = (1..=CHARACTERS).flat_map(|n| compared(&own, &other, n)).collect();
    let (own, other) = (words_apart(text), words_apart(reference));
    counts.extend((1..=words).flat_map(|n| compared(&own, &other, n)));
    counts
}

fn compared<T: Eq + Hash>(own: &[T], other: &[T], n: usize) -> [u64; 3] {
    let (own, other) = (counted(own, n), counted(other, n));
    let all = total(&other);
    [if all == 0 { 0 } else { total(&own) }, all, shared(&own, &other)]
}

/// Words with one mark of punctuation taken off: the last character if it is one, else the first.
fn words_apart(text: &str) -> Vec<&str> {
    between_spaces(text).flat_map(apart).filter(|word| !word.is_empty()).collect()
}

fn apart(word: &str) -> [&str; 2] {
    let mark = |letter: char| letter.is_ascii_punctuation();
    if word.chars().nth(1).is_none() {
        return [word, ""];
    }
    if word.ends_with(mark) {
        return word.split_at(word.len() - 1).into();
    }
    if word.starts_with(mark) { word.split_at(1).into() } else { [word, ""] }
}

/// chrF in `0..=1` from counts of one text or of many: the F-score of the mean precision and the mean recall over
/// those n that both sides are long enough for.
pub(super) fn value(counts: &[u64]) -> f64 {
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0_usize);
    for [own, other, both] in counts.as_chunks::<3>().0 {
        if *own > 0 && *other > 0 {
            precision += real(*both) / real(*own);
            recall += real(*both) / real(*other);
            orders += 1;
        }
    }
    if orders == 0 || precision + recall <= 0.0 {
        return 0.0;
    }
    let (precision, recall) = (precision / real(orders), recall / real(orders));
    (1.0 + RECALL) * precision * recall / (RECALL * precision + recall)
}
