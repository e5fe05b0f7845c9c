//! How an answer is spelled: strict JSON without repeated keys, and words that are the same however written.

use serde_json::Value;

use crate::data::parse_json;

/// The whole text as one JSON value; `None` when it is anything else, or when an object repeats a key.
pub(crate) fn read(text: &str) -> Option<Value> {
    parse_json(text).ok()
}

/// The text with case, spaces, quotes and other decoration taken away.
///
/// What can change a meaning stays: letters, digits, `<>=+&|%`, a point between digits, and a minus before a digit.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(now) = chars.next() {
        let digit_next = chars.peek().is_some_and(char::is_ascii_digit);
        match now {
            _ if now.is_alphanumeric() => out.extend(now.to_lowercase()),
            '<' | '>' | '=' | '+' | '&' | '|' | '%' => out.push(now),
            '.' if before.is_ascii_digit() && digit_next => out.push('.'),
            '-' | '−' if digit_next && !before.is_alphanumeric() => out.push('-'),
            _ => {}
        }
        before = now;
    }
    out
}

/// Names under which models send the free text that explains a verdict.
const EXPLANATIONS: &[&str] = &[
    "reasoning",
    "reason",
    "reasons",
    "rationale",
    "explanation",
    "justification",
    "analysis",
    "thought",
    "thoughts",
    "thinking",
];

/// Whether the key names the explanation of a verdict.
pub(crate) fn is_explanation(key: &str) -> bool {
    EXPLANATIONS.contains(&plain(key).as_str())
}

/// The boolean that a word states outright.
pub(crate) fn boolean(word: &str) -> Option<bool> {
    match plain(word).as_str() {
        "true" | "yes" | "y" => Some(true),
        "false" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// Whether the word says that there is no value.
pub(crate) fn is_null(word: &str) -> bool {
    matches!(plain(word).as_str(), "null" | "none" | "na" | "nil" | "undefined")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_serde_json_reads_except_repeated_keys() {
        let text = r#"{"a":[1,-2,0.5,true,null,"x\ny"],"b":{"a":"ü"}}"#;
        assert_eq!(read(text), serde_json::from_str(text).ok());
        assert_eq!(read(r#"{"a":1,"a":1}"#), None);
        assert_eq!(read(r#"{"a":{"b":1,"b":2}}"#), None);
        assert_eq!(read("{} {}"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn decoration_goes_and_meaning_stays() {
        assert_eq!(plain(" **Partially_Correct.** "), "partiallycorrect");
        assert_eq!(plain("[[A>>B]]"), "a>>b");
        assert_ne!(plain("A>B"), plain("A=B"));
        assert_eq!(plain("−1"), "-1");
        assert_ne!(plain("-1"), plain("1"));
        assert_ne!(plain("1.5"), plain("15"));
        assert_eq!(plain("off-topic"), plain("Off topic"));
        assert_ne!(plain("C"), plain("C++"));
    }
}
