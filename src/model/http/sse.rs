//! Server-sent events, as far as the providers use them (WHATWG HTML, section 9.2).

use serde_json::{Value, json};

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
    use super::*;

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
