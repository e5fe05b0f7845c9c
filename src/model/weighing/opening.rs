//! Finding the place.

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
}
