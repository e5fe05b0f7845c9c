//! One of the answers that are weighed.

use super::opening::{blank, is_blank};

/// A possible answer, and what may follow it.
#[derive(Debug)]
pub(super) struct PossibleAnswer<'a> {
    core: &'a [u8],
    end: End,
}

/// What closes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The mark that closes a string.
    Quote,
    /// What may follow a number or a word of JSON: a bracket, a comma, white space.
    Value,
    /// Nothing: the answer ends where it ends.
    Nothing,
}

/// How a text stands to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is something else.
    Off,
    /// It is a beginning of the answer.
    Begun,
    /// It is the answer, but for the mark that closes it.
    Open,
    /// It is the answer, whatever follows.
    Whole,
}

impl<'a> PossibleAnswer<'a> {
    /// An answer through its closing mark: `pass"`, `10}`.
    pub(super) fn new(text: &'a str) -> Self {
        let ends = [('"', End::Quote), ('}', End::Value)];
        let closed = ends.into_iter().find_map(|(mark, end)| Some((text.strip_suffix(mark)?, end)));
        let (core, end) = closed.unwrap_or((text, End::Nothing));
        Self { core: core.as_bytes(), end }
    }

    /// How a text at the answer's place stands to it.
    pub(super) fn fit(&self, text: &[u8]) -> Fit {
        let text = self.after_blank(text);
        if text.len() < self.core.len() {
            return if self.core.starts_with(text) { Fit::Begun } else { Fit::Off };
        }
        match (text.strip_prefix(self.core).map(<[u8]>::first), self.end) {
            (None, _) => Fit::Off,
            (Some(None), End::Quote | End::Value) => Fit::Open,
            (_, End::Nothing) | (Some(Some(b'"')), End::Quote) => Fit::Whole,
            (Some(Some(&next)), End::Value) if matches!(next, b'}' | b']' | b',') || is_blank(next) => {
                Fit::Whole
            }
            _ => Fit::Off,
        }
    }

    /// Whether a text says nothing about it yet: empty, or white space before a number.
    pub(super) fn is_before(&self, text: &[u8]) -> bool {
        self.after_blank(text).is_empty()
    }

    /// Whether white space may stand before it.
    pub(super) fn may_follow_blank(&self) -> bool {
        self.end == End::Value
    }

    fn after_blank<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let skipped = if self.may_follow_blank() { blank(text) } else { 0 };
        text.get(skipped..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_ends_with_its_quote() {
        let label = PossibleAnswer::new("pass\"");
        let fits = ["", "pa", "pass", "pass\"", "pass\"}", "passed", " pass", "fail"]
            .map(|text| label.fit(text.as_bytes()));
        assert_eq!(
            fits,
            [Fit::Begun, Fit::Begun, Fit::Open, Fit::Whole, Fit::Whole, Fit::Off, Fit::Off, Fit::Off]
        );
    }

    #[test]
    fn a_number_ends_where_json_says() {
        let one = PossibleAnswer::new("1}");
        let fits = ["1", " 1", "1}", "1\n}", "1,", "10", "1.5", "-1"].map(|text| one.fit(text.as_bytes()));
        assert_eq!(
            fits,
            [Fit::Open, Fit::Open, Fit::Whole, Fit::Whole, Fit::Whole, Fit::Off, Fit::Off, Fit::Off]
        );
        assert!(one.is_before(b" ") && !one.is_before(b" 1") && !PossibleAnswer::new("a\"").is_before(b" "));
    }

    #[test]
    fn words_beside_texts_keep_their_quotes() {
        assert_eq!(PossibleAnswer::new("\"unclear\"}").fit(b" \"uncl"), Fit::Begun);
        assert_eq!(PossibleAnswer::new("true}").fit(b"true}"), Fit::Whole);
        assert_eq!(PossibleAnswer::new("A").fit(b"A."), Fit::Whole);
    }
}
