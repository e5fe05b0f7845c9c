//! Finding the place in the text of an answer, and whether one of the weighed answers stands there.

/// How far a text goes with an opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is a part of the opening.
    Inside,
    /// It goes through the whole opening, which ends before this byte.
    Past(usize),
    /// It is something else.
    Off,
}

/// Holds a text against an opening such as `{"verdict":"`. Where JSON allows
/// white space, the text may have any.
pub(super) fn reach(text: &[u8], opening: &[u8]) -> Reach {
    let mut at = 0;
    let mut string = Quoting::default();
    for &wanted in opening {
        if !string.is_open {
            at += blank(text.get(at..).unwrap_or_default());
        }
        match text.get(at) {
            None => return Reach::Inside,
            Some(&found) if found == wanted => at += 1,
            Some(_) => return Reach::Off,
        }
        string.read(wanted);
    }
    Reach::Past(at)
}

/// Where the last opening of a text begins, and the place after it. The last
/// one is the answer: what stands before it may be thoughts about it.
pub(super) fn last_opening(text: &[u8], opening: &[u8]) -> Option<(usize, usize)> {
    let first = opening.first()?;
    let starts = (0..text.len()).rev().filter(|start| text.get(*start) == Some(first));
    starts.into_iter().find_map(|start| match reach(text.get(start..)?, opening) {
        Reach::Past(length) => Some((start, start + length)),
        Reach::Inside | Reach::Off => None,
    })
}

/// How many bytes of white space a text begins with, as JSON knows it.
pub(super) fn blank(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_blank(**byte)).count()
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a string is open, byte by byte.
#[derive(Default)]
struct Quoting {
    is_open: bool,
    is_escaped: bool,
}

impl Quoting {
    fn read(&mut self, byte: u8) {
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = self.is_open,
            b'"' => self.is_open = !self.is_open,
            _ => {}
        }
    }
}

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

    const OPENING: &[u8] = b"{\"verdict\":\"";

    #[test]
    fn white_space_may_stand_where_json_allows_it_and_nowhere_else() {
        assert_eq!(reach(b"{\"verdict\":\"pass", OPENING), Reach::Past(12));
        assert_eq!(reach(b"{\n  \"verdict\" : \"pass", OPENING), Reach::Past(17));
        assert_eq!(reach(b"{ \"verd", OPENING), Reach::Inside);
        assert_eq!(reach(b"", OPENING), Reach::Inside);
        assert_eq!(reach(b"{\"ver dict\":\"", OPENING), Reach::Off);
        assert_eq!(reach(b"{\"reasoning\":\"", OPENING), Reach::Off);
        assert_eq!(reach(b"{\"a \\\" b\": 1", b"{\"a \\\" b\":"), Reach::Past(10));
    }

    #[test]
    fn the_last_opening_is_the_answers() {
        let text = b"If {\"verdict\":\"fail\"} then no.\n```json\n{\"verdict\": \"pass\"}\n```";
        let (start, place) = last_opening(text, OPENING).unwrap();
        assert_eq!(&text[start..place], b"{\"verdict\": \"");
        assert_eq!(&text[place..place + 4], b"pass");
        assert_eq!(last_opening(b"{\"verdict\"", OPENING), None);
    }

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
