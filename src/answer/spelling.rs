//! When two spellings of a key or a label are the same word.

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
