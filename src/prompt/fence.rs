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
use std::sync::LazyLock;

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

/// What chat templates, older prompt formats and fences use to mark off turns, in ASCII: with
/// Unicode's classes and cases, building the expression took a third of the command's start.
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

/// All of them, and any tag, of which the signature's own are meant. Built for the first text that may
/// need it: that takes a third of the command's start, and most records never do.
static DELIMITER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = format!(r"(?i-u){}|</?(?<tag>(?u:[^\s<>/]+))>", DELIMITERS.join("|"));
    Regex::new(&pattern).expect("a constant pattern, which a test builds")
});

/// Breaks up delimiters in untrusted text: those everyone knows, and the
/// signature's own, the tags of its inputs and of the record.
#[derive(Debug)]
pub(super) struct Neutralizer {
    own: Vec<String>,
}

impl Neutralizer {
    pub(super) fn new<'a>(inputs: impl Iterator<Item = &'a str>) -> Self {
        Self { own: inputs.chain([RECORD]).map(str::to_owned).collect() }
    }

    /// The text with each delimiter broken up by a space after its first
    /// character, so that it still reads the same but marks nothing, and how
    /// many there were.
    pub(super) fn neutralize<'t>(&self, text: Cow<'t, str>) -> (Cow<'t, str>, usize) {
        // Every delimiter begins with one of these, and most texts hold neither.
        if memchr::memchr2(b'<', b'[', text.as_bytes()).is_none() {
            return (text, 0);
        }
        let mut count = 0;
        let broken = DELIMITER.replace_all(&text, |found: &Captures<'_>| {
            let whole = found.get(0).map_or("", |whole| whole.as_str());
            if found.name("tag").is_some_and(|tag| !self.is_own(tag.as_str())) {
                return whole.to_owned();
            }
            count += 1;
            let (first, rest) = whole.split_at(1);
            format!("{first} {rest}")
        });
        match broken {
            Cow::Owned(broken) if count > 0 => (Cow::Owned(broken), count),
            _ => (text, 0),
        }
    }

    fn is_own(&self, tag: &str) -> bool {
        self.own.iter().any(|own| own.eq_ignore_ascii_case(tag))
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
        let neutralizer = Neutralizer::new(["artifact"].into_iter());
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
