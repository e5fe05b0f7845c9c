//! JSON that was escaped once more than needed.

use super::lookahead::{Comments, gap};

/// The reply with one level of escapes taken away, when its JSON has escaped quotes: `"{\"score\": 4}"`, or the same without
/// the outer quotes. `None` when it has not, or when JSON with plain quotes stands in it too.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let start = text.find('{')?;
    let first = gap(text, start + 1, Comments::Within(0)).end;
    if !text.get(first..)?.starts_with("\\\"") || text.contains("{\"") {
        return None;
    }
    let before = text.get(..start)?.trim_end_matches(|char: char| char == '[' || char.is_whitespace());
    let quoted = before.ends_with('"');
    if before.strip_suffix('"').unwrap_or(before).contains('"') {
        return None;
    }
    let mut out = before.strip_suffix('"').unwrap_or(before).to_owned();
    let mut chars = text.get(before.len()..)?.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted => {
                out.extend(chars);
                return Some(out);
            }
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(escaped @ ('"' | '\\' | '/')) => out.push(escaped),
                Some(other) => out.extend(['\\', other]),
                None => {}
            },
            _ => out.push(char),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_level_is_taken_away() {
        assert_eq!(decoded(r#""{\"a\": \"b\\nc\"}""#).as_deref(), Some(r#"{"a": "b\nc"}"#));
        assert_eq!(decoded("{\\n  \\\"a\\\": 1\\n}").as_deref(), Some("{\n  \"a\": 1\n}"));
        assert_eq!(decoded(r#"{"a": "{\"b\": 1}"}"#), None);
        assert_eq!(decoded(r#"he said "x" {\"b\": 1}"#), None);
        assert_eq!(decoded("no JSON"), None);
    }
}
