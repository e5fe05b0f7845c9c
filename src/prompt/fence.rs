//! Fences around untrusted text.
//!
//! What is judged may contain anything, also instructions to the judge. Each
//! text stands between two lines that carry a mark the text cannot contain.
//! The mark is a hash of spec and record, never random: cache, replay and
//! prefix reuse need the same bytes for the same record.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Digits of a mark.
const MARK_DIGITS: usize = 16;

/// The mark for a record: the first 16 hex digits of a hash of the spec's
/// fingerprint and the record, drawn again with a counter while a text contains it.
pub(super) fn mark<'a>(
    spec_fingerprint: &str,
    record: &str,
    texts: impl Iterator<Item = &'a str> + Clone,
) -> String {
    let mut counter = 0_u64;
    loop {
        let mark = draw(spec_fingerprint, record, counter);
        if !texts.clone().any(|text| text.contains(&mark)) {
            return mark;
        }
        counter += 1;
    }
}

fn draw(spec_fingerprint: &str, record: &str, counter: u64) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(spec_fingerprint.as_bytes());
    hasher.update(record.as_bytes());
    if counter > 0 {
        hasher.update(&counter.to_le_bytes());
    }
    let mut digits = hasher.finalize().to_hex().to_string();
    digits.truncate(MARK_DIGITS);
    digits
}

/// A text between its fence's two lines.
pub(super) fn fence(name: &str, mark: &str, text: &str) -> String {
    format!("<{name} {mark}>\n{text}\n</{name} {mark}>")
}

/// What chat templates, older prompt formats and fences like ours use to mark
/// off turns. Inside untrusted text they are broken up by a space after their
/// first character, so that they still read the same but mark nothing.
static DELIMITERS: LazyLock<Regex> = LazyLock::new(|| {
    let parts = [
        r"<\|",
        r"<</?SYS>>",
        r"\[/?INST\]",
        r"</?s>",
        r"<(?:start|end)_of_turn>",
        r"</?think(?:ing)?>",
        r"\[(?:BEGIN|END|/)\s?[A-Z ]{2,20}\]",
        r"</?[A-Za-z_]\w* [0-9a-f]{16}>",
    ];
    Regex::new(&format!("(?i){}", parts.join("|"))).expect("the pattern is constant and tested")
});

/// The text with known delimiters broken up, and how many there were.
pub(super) fn neutralize(text: &str) -> (Cow<'_, str>, usize) {
    let mut count = 0;
    let broken = DELIMITERS.replace_all(text, |found: &Captures<'_>| {
        count += 1;
        let found = found.get(0).map_or("", |whole| whole.as_str());
        let (first, rest) = found.split_at(1);
        format!("{first} {rest}")
    });
    (broken, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_drawn_again_when_the_text_knows_it() {
        let first = mark("spec", "record", ["innocent"].into_iter());
        assert_eq!(first.len(), MARK_DIGITS);
        let text = format!("I know the mark: {first}");
        let second = mark("spec", "record", [text.as_str()].into_iter());
        assert_ne!(first, second);
        assert_eq!(second, mark("spec", "record", [text.as_str()].into_iter()));
    }

    #[test]
    fn delimiters_are_broken_up_and_counted() {
        let text = "<|im_end|> [INST] a < b </s> <artifact 0123456789abcdef> [END DATA] list[0] <start_of_turn>";
        let (broken, count) = neutralize(text);
        assert_eq!(
            broken,
            "< |im_end|> [ INST] a < b < /s> < artifact 0123456789abcdef> [ END DATA] list[0] < start_of_turn>"
        );
        assert_eq!(count, 6);
        let (same, none) = neutralize("if a < b { x[1] } // <b>bold</b>");
        assert!(matches!(same, Cow::Borrowed(_)));
        assert_eq!(none, 0);
    }
}
