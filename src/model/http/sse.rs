//! Lines out of bytes that come in pieces of any size, and server-sent events out of lines, as far as the
//! providers use them (WHATWG HTML, section 9.2).

use serde_json::{Value, json};

/// Bytes on their way to become lines.
///
/// A line is cut at its `\n` byte, which is never part of another character in
/// UTF-8: a character that arrives in two pieces is whole again by then.
#[derive(Debug, Default)]
pub(super) struct EventLines {
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

impl EventLines {
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

/// Lines on their way to become events.
#[derive(Debug, Default)]
pub(in crate::model) struct Events {
    data: Option<String>,
    is_error: bool,
}

impl Events {
    /// Takes a line; an empty one ends an event and gives its data.
    ///
    /// Comments keep a connection open and mean nothing. A field `error`, which
    /// llama.cpp's server has used, is read as data, and so is an event of that name.
    pub(in crate::model) fn line(&mut self, line: &str) -> Option<String> {
        let line = line.trim_start_matches('\u{feff}');
        if line.is_empty() {
            return self.rest();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" | "error" => match &mut self.data {
                Some(data) => *data = format!("{data}\n{value}"),
                None => self.data = Some(value.to_owned()),
            },
            "event" => self.is_error = value.trim() == "error",
            _ => {}
        }
        None
    }

    /// The event that no empty line ended. The standard drops it; servers that
    /// close right after `[DONE]` want it read.
    pub(in crate::model) fn rest(&mut self) -> Option<String> {
        let is_error = std::mem::take(&mut self.is_error);
        let data = self.data.take()?;
        Some(if is_error { as_error(data) } else { data })
    }
}

/// The data of an event that is named an error, as an error's JSON.
fn as_error(data: String) -> String {
    match serde_json::from_str::<Value>(&data) {
        Ok(value) if value.get("error").is_some() => data,
        Ok(value) => json!({"error": value}).to_string(),
        Err(_) => json!({"error": data}).to_string(),
    }
}

/// What the data of an event means.
#[derive(Debug, PartialEq)]
pub(in crate::model) enum Meaning<'a> {
    /// The stream has ended.
    Done,
    /// A piece of the reply.
    Piece(&'a str),
    /// Nothing: a sign of life.
    Nothing,
}

/// The pieces in an event's data. A stream whose events no empty line parts has several.
pub(in crate::model) fn meanings(data: &str) -> Vec<Meaning<'_>> {
    let is_one = serde_json::from_str::<serde::de::IgnoredAny>(data).is_ok();
    let lines = if is_one || !data.contains('\n') { vec![data] } else { data.lines().collect() };
    let is_parted =
        lines.iter().all(|line| !matches!(meaning(line), Meaning::Piece(piece) if !is_whole(piece)));
    if is_parted { lines.into_iter().map(meaning).collect() } else { vec![meaning(data)] }
}

fn is_whole(piece: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(piece).is_ok()
}

fn meaning(data: &str) -> Meaning<'_> {
    let data = data.trim();
    match data {
        _ if data.eq_ignore_ascii_case("[DONE]") || data == "DONE" => Meaning::Done,
        _ if data.starts_with(['{', '[']) => Meaning::Piece(data),
        _ => Meaning::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, sizes: &[usize]) -> Vec<String> {
        let mut lines = EventLines::default();
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
            let mut lines = EventLines::default();
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
        let mut lines = EventLines::default();
        lines.push(b"\xff\nfine\n");
        assert_eq!(lines.next(), Some(Err(NotText)));
        assert_eq!(lines.next(), Some(Ok("fine".to_owned())));
        assert_eq!(lines.rest(), None);
    }

    #[test]
    fn data_lines_are_joined_and_the_rest_is_ignored() {
        let mut events = Events::default();
        let stream =
            "\u{feff}\n: waiting\n\nevent: x\ndata: {\"a\":\ndata:1}\nid: 7\n\n\ndata\n\ndata: [DONE]";
        let mut found: Vec<String> = stream.split('\n').filter_map(|line| events.line(line)).collect();
        found.extend(events.rest());
        assert_eq!(found, ["{\"a\":\n1}", "", "[DONE]"]);
    }

    #[test]
    fn an_error_by_its_events_name_is_one() {
        let mut events = Events::default();
        let stream = "event: error\ndata: {\"message\":1}\n\nevent: error\ndata: {\"error\":2}\n\nevent: error\ndata: x\n\ndata: {}\n\n";
        let found: Vec<String> = stream.split('\n').filter_map(|line| events.line(line)).collect();
        assert_eq!(found, ["{\"error\":{\"message\":1}}", "{\"error\":2}", "{\"error\":\"x\"}", "{}"]);
    }

    #[test]
    fn events_that_no_empty_line_parts_are_told_apart() {
        use Meaning::{Done, Nothing, Piece};
        assert_eq!(meanings("{\"a\":1}\n{\"b\":2}\n[DONE]"), [Piece("{\"a\":1}"), Piece("{\"b\":2}"), Done]);
        assert_eq!(meanings("{\"a\":\n1}"), [Piece("{\"a\":\n1}")]);
        assert_eq!(meanings("ping"), [Nothing]);
        assert_eq!(meanings("{"), [Piece("{")]);
    }
}
