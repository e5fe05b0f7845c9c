//! Lines out of bytes that come in pieces of any size.

/// Bytes on their way to become lines.
///
/// A line is cut at its `\n` byte, which is never part of another character in
/// UTF-8: a character that arrives in two pieces is whole again by then.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// How far there is no line end, so that a long line is looked through once.
    searched: usize,
}

/// How a body begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Opening {
    /// Like server-sent events.
    Events,
    /// Like anything else: a JSON document, lines of such, a page, nothing.
    Document,
}

/// The fields of server-sent events; a comment has none.
const FIELDS: [&[u8]; 6] = [b":", b"data:", b"event:", b"id:", b"retry:", b"error:"];

/// A line that is not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotText;

impl Lines {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// How the body begins, as soon as that can be told.
    pub(super) fn opening(&self, has_ended: bool) -> Option<Opening> {
        let bytes = self.bytes.strip_prefix(BOM).unwrap_or(&self.bytes).trim_ascii_start();
        if FIELDS.iter().any(|field| bytes.starts_with(field)) {
            return Some(Opening::Events);
        }
        let may_become = |field: &&[u8]| field.starts_with(bytes);
        let is_open = bytes.is_empty() || FIELDS.iter().any(may_become) || BOM.starts_with(&self.bytes);
        (has_ended || !is_open).then_some(Opening::Document)
    }

    /// The next whole line, without its end.
    pub(super) fn next(&mut self) -> Option<Result<String, NotText>> {
        let unseen = self.bytes.get(self.searched..).unwrap_or_default();
        let Some(offset) = unseen.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            return None;
        };
        let rest = self.bytes.split_off(self.searched + offset + 1);
        self.searched = 0;
        Some(text(std::mem::replace(&mut self.bytes, rest)))
    }

    /// What is left when nothing more comes: a last line without its end.
    pub(super) fn rest(&mut self) -> Option<Result<String, NotText>> {
        let rest = self.take();
        (!rest.is_empty()).then(|| text(rest))
    }

    /// All that has come and was not read as a line.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.searched = 0;
        std::mem::take(&mut self.bytes)
    }
}

/// What some servers put before UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

fn text(line: Vec<u8>) -> Result<String, NotText> {
    let mut line = String::from_utf8(line).map_err(|_| NotText)?;
    line.truncate(line.trim_end_matches(['\n', '\r']).len());
    Ok(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, sizes: &[usize]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let mut bytes = text.as_bytes();
        for size in sizes.iter().cycle() {
            if bytes.is_empty() {
                break;
            }
            let (piece, rest) = bytes.split_at((*size).min(bytes.len()));
            lines.push(piece);
            bytes = rest;
            found.extend(std::iter::from_fn(|| lines.next()));
        }
        found.extend(lines.rest());
        found.into_iter().map(|line| line.expect("valid UTF-8")).collect()
    }

    proptest! {
        #[test]
        fn where_the_pieces_are_cut_does_not_matter(
            text in "([a-zé✓🦀 ]{0,6}\r?\n){0,5}[a-z🦀]{0,4}",
            sizes in prop::collection::vec(1_usize..9, 1..6),
        ) {
            let expected: Vec<&str> = text.lines().collect();
            prop_assert_eq!(cut(&text, &sizes), expected);
        }
    }

    #[test]
    fn a_body_is_told_by_its_first_bytes() {
        let opening = |text: &str, has_ended| {
            let mut lines = Lines::default();
            lines.push(text.as_bytes());
            lines.opening(has_ended)
        };
        for text in ["data: {", "\u{feff}data:", "\r\n\n: waiting", "event: x", "retry: 3"] {
            assert_eq!(opening(text, false), Some(Opening::Events), "{text}");
        }
        for text in ["{", " [", "<html>", "OK", "datum"] {
            assert_eq!(opening(text, false), Some(Opening::Document), "{text}");
        }
        for text in ["", "\n", "\u{feff}", "dat", "event"] {
            assert_eq!(opening(text, false), None, "{text}");
            assert_eq!(opening(text, true), Some(Opening::Document), "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_told() {
        let mut lines = Lines::default();
        lines.push(b"\xff\nfine\n");
        assert_eq!(lines.next(), Some(Err(NotText)));
        assert_eq!(lines.next(), Some(Ok("fine".to_owned())));
        assert_eq!(lines.rest(), None);
    }
}
