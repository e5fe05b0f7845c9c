//! JSON as it comes from a server, with spellings that some servers' writers produce and JSON does not have.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use super::peer::{Address, Peer};
use crate::model::{Failure, FailureKind};

/// The text with `NaN` and `Infinity` as `null`, and with halves of characters (`"\ud83d"`) as the replacement
/// character; `None` when it has neither.
pub(super) fn mended(text: &str) -> Option<String> {
    if !["NaN", "Infinity", "\\ud", "\\uD"].iter().any(|odd| text.contains(odd)) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    while let Some(next) = rest.chars().next() {
        let (taken, written) = match next {
            '\\' if in_string => escape(rest),
            '"' => {
                in_string = !in_string;
                (1, "\"")
            }
            _ if !in_string => bare(rest, next),
            _ => (next.len_utf8(), ""),
        };
        let (head, tail) = rest.split_at(taken.min(rest.len()));
        out.push_str(if written.is_empty() { head } else { written });
        rest = tail;
    }
    (out != text).then_some(out)
}

/// A number that JSON has no spelling for.
fn bare(rest: &str, next: char) -> (usize, &'static str) {
    let odd = ["-Infinity", "Infinity", "-NaN", "NaN"].into_iter().find(|odd| rest.starts_with(odd));
    odd.map_or((next.len_utf8(), ""), |odd| (odd.len(), "null"))
}

/// An escape as it is, unless it is one half of a character without the other.
fn escape(rest: &str) -> (usize, &'static str) {
    match (unit(rest), rest.get(6..).and_then(unit)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (12, ""),
        (Some(0xd800..=0xdfff), _) => (6, "\\ufffd"),
        (Some(_), _) => (6, ""),
        (None, _) => (1 + rest.chars().nth(1).map_or(0, char::len_utf8), ""),
    }
}

fn unit(rest: &str) -> Option<u32> {
    u32::from_str_radix(rest.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// Decodes JSON; the fault never repeats the text.
pub(in crate::model) fn decode<T: DeserializeOwned>(
    peer: &Peer,
    address: &Address,
    text: &str,
) -> Result<T, Failure> {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).or_else(|error| {
        let mended = mended(text).and_then(|mended| serde_json::from_str(&mended).ok());
        mended.ok_or_else(|| fault(peer, address, text, &error))
    })
}

/// The documents of a body that came whole: one, or those of a stream of lines that nobody asked for.
pub(in crate::model) fn documents(peer: &Peer, address: &Address, text: &str) -> Result<Vec<Value>, Failure> {
    let one = decode(peer, address, text);
    if let Ok(Value::Array(items)) = &one
        && !items.is_empty()
        && items.iter().all(Value::is_object)
    {
        return Ok(items.clone());
    }
    let lines = text.trim_start_matches('\u{feff}').lines();
    let lines = lines.filter(|line| !matches!(line.trim(), "" | "[DONE]"));
    let mut lines = lines.peekable();
    let is_stream = one.is_err() && lines.peek().is_some_and(|line| is_document(line));
    if !is_stream {
        return one.map(|document| vec![document]);
    }
    lines.map(|line| decode(peer, address, line)).collect()
}

fn is_document(line: &str) -> bool {
    line.trim_start().starts_with('{') && serde_json::from_str::<Value>(line).is_ok()
}

fn fault(peer: &Peer, address: &Address, text: &str, error: &serde_json::Error) -> Failure {
    if is_page(text) {
        return web_page(peer, address);
    }
    let (kind, fault) = match error.classify() {
        Category::Eof if text.trim().is_empty() => (FailureKind::BadReply, "the reply is empty".to_owned()),
        Category::Eof => {
            (FailureKind::BadReply, format!("the reply's JSON breaks off after {} bytes", text.len()))
        }
        // A decoder that has to look at a value twice no longer knows its place.
        Category::Data if error.line() == 0 => {
            (FailureKind::BadReply, "the reply's JSON is not as documented".to_owned())
        }
        Category::Data => (
            FailureKind::BadReply,
            format!(
                "the reply's JSON is not as documented at column {} of line {}",
                error.column(),
                error.line()
            ),
        ),
        Category::Syntax | Category::Io => {
            let fault =
                format!("the reply is not JSON at column {} of line {}", error.column(), error.line());
            return address.failure(FailureKind::NotJson, fault).remedy(peer.when_lost());
        }
    };
    address.failure(kind, fault)
}

/// Whether a reply is a web page: a site, or a gateway's own page, answers every
/// path with one, and the status is a success.
pub(super) fn is_page(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// The next call would find the same page.
pub(super) fn web_page(peer: &Peer, address: &Address) -> Failure {
    address.failure(FailureKind::WrongAddress, "the reply is a web page, not JSON").remedy(peer.when_lost())
}

/// Whether a value says nothing: `null`, `false`, 0, an empty text, or a list or object of such.
pub(in crate::model) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is_set) => !is_set,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(members) => members.values().all(is_blank),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_numbers_and_half_characters_are_mended_and_nothing_else() {
        let odd = r#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" \\", "d": "x\ud83d", "e": "\ud83e\udd80é"}"#;
        let mended = mended(odd).expect("it is odd");
        let value: serde_json::Value = serde_json::from_str(&mended).expect("JSON");
        let expected =
            serde_json::json!({"a": null, "b": [null, null], "c": "NaN \" \\", "d": "x\u{fffd}", "e": "🦀é"});
        assert_eq!(value, expected);
        assert_eq!(super::mended(r#"{"c": "NaN"}"#), None);
        assert_eq!(super::mended("{\"a\": 1}"), None);
        assert_eq!(super::mended("NaN \"\\ud83").as_deref(), Some("null \"\\ud83"));
    }
}
