//! How near a text is to reference texts: BLEU, chrF, ROUGE, edit similarity, each in `0..=1`.

mod bleu;
mod chrf;
mod measure;
mod ngrams;
mod rouge;
mod words;

pub(super) use self::measure::measure;
pub use self::measure::{Measured, Metric};
pub(super) use self::words::{letters_and_digits, words_13a};
