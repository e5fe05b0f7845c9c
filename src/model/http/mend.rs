//! Spellings that some servers' JSON writers produce and JSON does not have.

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
