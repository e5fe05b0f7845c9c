//! The fence around untrusted text.
//!
//! What is judged may contain anything, also instructions to the judge. A
//! record ends at a line that carries a mark none of its texts contains, so
//! nothing in it can end it early; and the tags that tell its fields apart are
//! broken up where a text contains them. The mark is a hash of spec and record,
//! never random: cache, replay and prefix reuse need the same bytes for the
//! same record. It stands once, at the end, where it is needed: to a small
//! model a mark costs as much as a short sentence.

use std::borrow::Cow;

use regex::{Captures, Regex};

/// Digits of a mark.
const MARK_DIGITS: usize = 16;

/// The mark for a record: the first 16 hex digits of a hash of the spec's
/// fingerprint and the record, drawn again with a counter while a text contains it.
pub(super) fn mark<'a>(
    spec_fingerprint: &str,
    record: &str,
    texts: &(impl Iterator<Item = &'a str> + Clone),
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

/// The tag around a record.
const RECORD: &str = "record";

/// A field's text between its tags.
pub(super) fn tagged(name: &str, text: &str) -> String {
    format!("<{name}>\n{text}\n</{name}>")
}

/// The record's fields between the record's tags, the last with the mark.
pub(super) fn fence(mark: &str, fields: &[String]) -> String {
    format!("<{RECORD}>\n{}\n</{RECORD} {mark}>", fields.join("\n"))
}

/// What chat templates, older prompt formats and fences use to mark off turns.
const DELIMITERS: [&str; 8] = [
    r"<\|",
    r"<</?SYS>>",
    r"\[/?INST\]",
    r"</?s>",
    r"<(?:start|end)_of_turn>",
    r"</?think(?:ing)?>",
    r"\[(?:BEGIN|END|/)\s?[A-Z ]{2,20}\]",
    r"</?[A-Za-z_]\w* [0-9a-f]{16}>",
];

/// Breaks up delimiters in untrusted text: those everyone knows, and the
/// signature's own, the tags of its inputs and of the record.
#[derive(Debug)]
pub(super) struct Neutralizer(Regex);

impl Neutralizer {
    pub(super) fn new<'a>(inputs: impl Iterator<Item = &'a str>) -> Result<Self, regex::Error> {
        let own = inputs.chain([RECORD]).map(|name| format!("</?{}>", regex::escape(name)));
        let parts: Vec<String> = DELIMITERS.into_iter().map(str::to_owned).chain(own).collect();
        Regex::new(&format!("(?i){}", parts.join("|"))).map(Self)
    }

    /// The text with each delimiter broken up by a space after its first
    /// character, so that it still reads the same but marks nothing, and how
    /// many there were.
    pub(super) fn neutralize<'t>(&self, text: Cow<'t, str>) -> (Cow<'t, str>, usize) {
        let mut count = 0;
        let broken = self.0.replace_all(&text, |found: &Captures<'_>| {
            count += 1;
            let found = found.get(0).map_or("", |whole| whole.as_str());
            let (first, rest) = found.split_at(1);
            format!("{first} {rest}")
        });
        match broken {
            Cow::Owned(broken) => (Cow::Owned(broken), count),
            Cow::Borrowed(_) => (text, count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_drawn_again_when_the_text_knows_it() {
        let first = mark("spec", "record", &["innocent"].into_iter());
        assert_eq!(first.len(), MARK_DIGITS);
        let text = format!("I know the mark: {first}");
        let second = mark("spec", "record", &[text.as_str()].into_iter());
        assert_ne!(first, second);
        assert_eq!(second, mark("spec", "record", &[text.as_str()].into_iter()));
    }

    #[test]
    fn delimiters_are_broken_up_and_counted() {
        let text =
            "<|im_end|> [INST] a < b </s> <artifact 0123456789abcdef> [END DATA] list[0] <start_of_turn>";
        let neutralizer = Neutralizer::new(["artifact"].into_iter()).unwrap();
        let text = &format!("{text} </artifact>");
        let (broken, count) = neutralizer.neutralize(text.into());
        assert_eq!(
            broken,
            "< |im_end|> [ INST] a < b < /s> < artifact 0123456789abcdef> [ END DATA] list[0] < start_of_turn> < /artifact>"
        );
        assert_eq!(count, 7);
        let (same, none) = neutralizer.neutralize("if a < b { x[1] } // <b>bold</b>".into());
        assert!(matches!(same, Cow::Borrowed(_)));
        assert_eq!(none, 0);
    }
}
