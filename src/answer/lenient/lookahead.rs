//! Looks past a quote to tell whether the string ends there. Every look is bounded, white space aside.

use super::gap::{Comments, Gap, gap};
use crate::answer::shape::Shapes;

/// The longest key that is looked for, in bytes.
pub(super) const KEY: usize = 256;
/// The longest comment that is looked past, in bytes.
const COMMENT: usize = 200;

/// A key that begins somewhere ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyAhead {
    /// The contract has a field of this name.
    pub(super) known: bool,
    /// It has its quotes.
    pub(super) quoted: bool,
}

/// What surrounds the string whose end is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// The string is an element of a list, not the value of a member.
    pub(super) in_list: bool,
    /// A list is open further out.
    pub(super) list_open: bool,
    /// An object is open further out.
    pub(super) object_open: bool,
    /// The string so far holds more opening than closing braces.
    pub(super) brace_open: bool,
    /// The string so far holds more opening than closing brackets.
    pub(super) bracket_open: bool,
}

/// Whether a value can end here, judged by what follows.
pub(super) fn ends_value(text: &str, at: usize, around: Around, shapes: &Shapes) -> bool {
    let next = gap(text, at, Comments::Within(COMMENT));
    match text.as_bytes().get(next.end) {
        None => true,
        Some(b'}') => !around.brace_open && (around.object_open || !around.in_list),
        Some(b']') => !around.bracket_open && (around.in_list || around.list_open),
        Some(b',') => comma_separates(text, next.end + 1, around, shapes),
        Some(_) if closes_reply(text, next.end) => next.newline,
        Some(_) => separates_without_comma(text, next, around, shapes),
    }
}

fn comma_separates(text: &str, at: usize, around: Around, shapes: &Shapes) -> bool {
    let next = gap(text, at, Comments::Within(COMMENT));
    match text.as_bytes().get(next.end) {
        None => true,
        Some(b'}') => !around.brace_open,
        Some(b']') => !around.bracket_open && (around.in_list || around.list_open),
        Some(b',') => true,
        Some(_) if around.in_list => starts_value(text, next.end),
        Some(b'{') => around.list_open,
        Some(_) => key_ahead(text, next.end, shapes).is_some_and(|key| key.quoted || key.known),
    }
}

fn separates_without_comma(text: &str, next: Gap, around: Around, shapes: &Shapes) -> bool {
    if around.in_list {
        return next.newline && starts_value(text, next.end);
    }
    key_ahead(text, next.end, shapes).is_some_and(|key| key.known || (next.newline && key.quoted))
}

/// Whether a value in clear JSON spelling begins here.
fn starts_value(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    match rest.chars().next() {
        Some('"' | '\'' | '“' | '‘' | '{' | '[') => true,
        Some(first) if first == '-' || first.is_ascii_digit() => true,
        Some(_) => {
            ["true", "false", "null", "True", "False", "None"].iter().any(|literal| rest.starts_with(literal))
        }
        None => true,
    }
}

/// The key, with its colon, that begins here.
pub(super) fn key_ahead(text: &str, at: usize, shapes: &Shapes) -> Option<KeyAhead> {
    let window = text.get(at..text.floor_char_boundary(at.saturating_add(KEY)))?;
    let quote = window.chars().next().filter(|first| is_quote(*first));
    let opening = quote.map_or(0, char::len_utf8);
    let stops = |char: char| {
        matches!(char, '\n' | '{' | '}' | '[' | ']')
            || if quote.is_some() { is_quote(char) } else { ":=,".contains(char) }
    };
    let name = window.get(opening..)?.split(stops).next()?;
    let stop = window.get(opening + name.len()..)?.chars().next()?;
    let after = match quote {
        Some(_) if is_quote(stop) && !name.trim().is_empty() => at + opening + name.len() + stop.len_utf8(),
        None if is_bare_name(name.trim_end()) => at + name.len(),
        _ => return None,
    };
    let next = gap(text, after, Comments::Within(0)).end;
    let colon = text.get(next..)?.starts_with([':', '=', '：']);
    colon.then(|| KeyAhead { known: shapes.knows(name), quoted: quote.is_some() })
}

/// A key without quotes: letters, digits, and `_`, `-`, `.` or single words.
fn is_bare_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '$')
        && name
            .chars()
            .all(|char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | ' ' | '$' | '"' | '\''))
}

/// A mark at which no model goes on with its JSON: the end of a fence, or a tag.
pub(super) fn closes_reply(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let tag =
        rest.strip_prefix("</").or_else(|| rest.strip_prefix("<|")).or_else(|| rest.strip_prefix("<end_of"));
    rest.starts_with("```") || tag.is_some() || rest.starts_with("[/INST]") || rest.starts_with("<｜")
}

pub(super) fn is_quote(char: char) -> bool {
    matches!(char, '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’')
}
