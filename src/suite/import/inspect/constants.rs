//! JSON as Python writes it, which may have `NaN` and `Infinity` where a number stands.

use std::borrow::Cow;

use serde_json::Value;

/// Reads JSON. What is no finite number becomes null.
pub(super) fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&without(text))
}

/// The text with `null` in place of those words, outside of strings.
fn without(text: &str) -> Cow<'_, str> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return Cow::Borrowed(text);
    }
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', 'N', 'I', '-']) {
        let (before, from) = rest.split_at(at);
        mended.push_str(before);
        let word = ["NaN", "-Infinity", "Infinity"].into_iter().find(|word| from.starts_with(word));
        let length = match word {
            Some(word) => {
                mended.push_str("null");
                rest = from.get(word.len()..).unwrap_or_default();
                continue;
            }
            None if from.starts_with('"') => string_length(from),
            None => 1,
        };
        let (kept, after) = from.split_at(length);
        mended.push_str(kept);
        rest = after;
    }
    mended.push_str(rest);
    Cow::Owned(mended)
}

/// How many bytes a string has, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_numbers_that_are_none_become_null() {
        let text = r#"{"a": NaN, "b": "NaN \" NaN é", "c": [-Infinity, -1, Infinity], "NaN": "\\"}"#;
        assert_eq!(
            parse(text).unwrap(),
            json!({"a": null, "b": "NaN \" NaN é", "c": [null, -1, null], "NaN": "\\"})
        );
        assert!(parse("{\"a\": NaN, \"b\": \"").is_err());
    }
}
