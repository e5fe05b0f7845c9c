//! Looks ahead: past what stands between two tokens, and past a quote, to tell whether a string ends there.
//!
//! Every look is bounded, white space aside.

use std::ops::Range;

use crate::answer::shape::Shapes;
use crate::answer::thinking;

/// What lies between two tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Gap {
    /// Where the next token begins.
    pub(super) end: usize,
    /// A line break was crossed.
    pub(super) newline: bool,
    /// A comment was crossed.
    pub(super) comment: bool,
    /// Characters were crossed that JSON does not allow between tokens.
    pub(super) stray: bool,
}

/// How far a comment is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comments {
    /// To its end.
    Whole,
    /// One comment of at most this many bytes; what is longer, or comes after it, is no comment.
    Within(usize),
}

/// The gap that begins at this byte.
pub(super) fn gap(text: &str, at: usize, comments: Comments) -> Gap {
    let bytes = text.as_bytes();
    let mut gap = Gap { end: at, ..Gap::default() };
    while let Some(&byte) = bytes.get(gap.end) {
        match byte {
            b' ' | b'\t' | b'\r' => gap.end += 1,
            b'\n' => {
                gap.end += 1;
                gap.newline = true;
            }
            b'/' | b'#' | b'<' if gap.comment && comments != Comments::Whole => return gap,
            b'/' | b'#' | b'<' => match comment(text, gap.end, comments) {
                Some(length) => {
                    gap.newline |=
                        text.get(gap.end..gap.end + length).is_some_and(|comment| comment.ends_with('\n'));
                    gap.end += length;
                    gap.comment = true;
                }
                None => return gap,
            },
            _ => match stray(text, gap.end) {
                0 => return gap,
                length => {
                    gap.end += length;
                    gap.stray = true;
                }
            },
        }
    }
    gap
}

/// The length of the comment that begins here.
fn comment(text: &str, at: usize, comments: Comments) -> Option<usize> {
    let rest = match comments {
        Comments::Whole => text.get(at..)?,
        Comments::Within(limit) => text.get(at..text.floor_char_boundary(at.saturating_add(limit)))?,
    };
    let whole = at + rest.len() == text.len();
    let ends = |opening: &str, closing: &str| {
        let body = rest.strip_prefix(opening)?;
        let length = body.find(closing).map(|found| opening.len() + found + closing.len());
        length.or((whole && closing == "\n").then_some(rest.len()))
    };
    ends("//", "\n").or_else(|| ends("#", "\n")).or_else(|| ends("/*", "*/")).or_else(|| ends("<!--", "-->"))
}

/// The length of the meaningless characters that begin here; zero when there are none.
fn stray(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with("...") {
        return rest.bytes().take_while(|byte| *byte == b'.').count();
    }
    if ["\\n", "\\t", "\\r", "\\\n"].iter().any(|escape| rest.starts_with(escape)) {
        return 2;
    }
    match rest.chars().next() {
        Some(odd)
            if odd.is_whitespace()
                || odd.is_control()
                || matches!(odd, '…' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}') =>
        {
            odd.len_utf8()
        }
        _ => 0,
    }
}

/// The longest key that is looked for, in bytes.
const KEY: usize = 256;
/// The longest comment that is looked past, in bytes.
const COMMENT: usize = 200;

/// A key that begins somewhere ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyAhead {
    /// The contract has a field of this name.
    pub(super) known: bool,
    /// It has its opening quote.
    pub(super) quoted: bool,
    /// It has its closing quote, and a colon after it.
    pub(super) closed: bool,
}

/// Brackets that are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) object: bool,
    pub(super) list: bool,
}

/// What surrounds the value whose end is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// The value is an element of a list, not that of a member.
    pub(super) in_list: bool,
    /// What is open further out.
    pub(super) outside: Open,
    /// What the text of the value itself has opened and not closed.
    pub(super) inside: Open,
    /// Its text may hold separators: it has no quotes around it, or unescaped ones inside.
    pub(super) loose: bool,
}

impl Around {
    fn ends_at_brace(self) -> bool {
        !self.inside.object && (self.outside.object || !self.in_list)
    }

    fn ends_at_bracket(self) -> bool {
        !self.inside.list && (self.in_list || self.outside.list)
    }
}

/// Whether a value can end here, judged by what follows.
pub(super) fn ends_value(text: &str, at: usize, around: Around, shapes: &Shapes) -> bool {
    let next = gap(text, at, Comments::Within(COMMENT));
    match text.as_bytes().get(next.end) {
        None => true,
        Some(b'}') => around.ends_at_brace(),
        Some(b']') => around.ends_at_bracket(),
        Some(b',' | b';') => comma_separates(text, next.end + 1, around, shapes),
        Some(_) if text.get(next.end..).is_some_and(|rest| rest.starts_with(['，', '；', '、'])) => {
            comma_separates(text, next.end + '，'.len_utf8(), around, shapes)
        }
        Some(_) if closes_reply(text, next.end) => next.newline,
        Some(_) => separates_without_comma(text, next, around, shapes),
    }
}

fn comma_separates(text: &str, at: usize, around: Around, shapes: &Shapes) -> bool {
    let next = gap(text, at, Comments::Within(COMMENT));
    match text.as_bytes().get(next.end) {
        None | Some(b',') => true,
        Some(b'}') => around.ends_at_brace(),
        Some(b']') => around.ends_at_bracket(),
        Some(_) if around.in_list => starts_value(text, next.end),
        Some(_) if is_last_word(text, next.end) => true,
        Some(b'{') => around.outside.list,
        Some(_) => key_ahead(text, next.end, shapes)
            .is_some_and(|key| key.quoted || key.known || (!around.loose && word_key_ahead(text, next.end))),
    }
}

fn separates_without_comma(text: &str, next: Gap, around: Around, shapes: &Shapes) -> bool {
    if around.in_list {
        return next.newline && starts_value(text, next.end);
    }
    key_ahead(text, next.end, shapes)
        .is_some_and(|key| if next.newline { key.quoted || key.known } else { key.quoted && key.known })
}

/// Whether only one word is left of the text, as when it was cut in a key.
pub(super) fn is_last_word(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.strip_prefix(is_quote).unwrap_or(rest);
    let word = word.strip_suffix(is_quote).unwrap_or(word);
    word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a value in clear JSON spelling begins here.
fn starts_value(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    match rest.chars().next() {
        None | Some('"' | '\'' | '“' | '‘' | '{' | '[') => true,
        Some(first) if first == '-' || first.is_ascii_digit() => true,
        Some(_) => {
            ["true", "false", "null", "True", "False", "None"].iter().any(|literal| rest.starts_with(literal))
        }
    }
}

/// Whether a single word with a colon stands here.
fn word_key_ahead(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let word =
        rest.bytes().take(KEY).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    rest.get(word..).is_some_and(|rest| word > 0 && rest.starts_with(':'))
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
    let end = at + opening + name.len();
    let stop = text.get(end..)?.chars().next()?;
    let key =
        |name: &str, closed: bool| KeyAhead { known: shapes.knows(name), quoted: quote.is_some(), closed };
    if quote.is_none() {
        return (is_bare_name(name.trim_end()) && ":=".contains(stop))
            .then(|| key(name, name.ends_with(is_quote)));
    }
    if is_quote(stop) && !name.trim().is_empty() && !name.ends_with('\\') {
        let next = gap(text, end + stop.len_utf8(), Comments::Within(0)).end;
        let rest = text.get(next..)?;
        let starts_value = |char: char| char.is_ascii_digit() || "-{[".contains(char) || is_quote(char);
        let valued = || rest.starts_with(starts_value) && shapes.knows(name);
        if rest.starts_with([':', '=', '：']) || valued() {
            return Some(key(name, rest.starts_with([':', '：'])));
        }
    }
    let (unclosed, _) = name.split_once(':')?;
    shapes.knows(unclosed).then(|| key(unclosed, false))
}

/// Whether a field of the contract, in quotes and with its colon, stands in this stretch of the text.
pub(super) fn names_field(text: &str, range: Range<usize>, shapes: &Shapes) -> bool {
    let stretch = text.get(range.clone()).unwrap_or_default();
    let named = |at: usize| key_ahead(text, at, shapes).is_some_and(|key| key.known && key.closed);
    stretch.match_indices(is_quote).any(|(offset, _)| named(range.start + offset))
}

/// A key without quotes, or with the closing one only: letters, digits, `_`, `-`, `.`, and single spaces.
fn is_bare_name(name: &str) -> bool {
    let name = name.strip_suffix(is_quote).unwrap_or(name);
    name.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '$')
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | ' ' | '$'))
}

/// A mark at which no model goes on with its JSON: the end of a fence, or a tag.
pub(super) fn closes_reply(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    if thinking::mark_at(text, at).is_some() {
        return false;
    }
    let tag =
        rest.strip_prefix("</").or_else(|| rest.strip_prefix("<|")).or_else(|| rest.strip_prefix("<end_of"));
    rest.starts_with("```") || tag.is_some() || rest.starts_with("[/INST]") || rest.starts_with("<｜")
}

pub(super) fn is_quote(char: char) -> bool {
    matches!(char, '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn gaps_of_all_sorts() {
        let whole = |text| gap(text, 0, Comments::Whole);
        assert_eq!(whole("  x"), Gap { end: 2, ..Gap::default() });
        assert_eq!(whole("\n// note\n/* b */x").end, 16);
        assert!(whole("# a\nx").comment && whole("# a\nx").newline);
        assert!(whole("\u{feff}\u{a0}\\n…x").stray);
        assert_eq!(whole("...]").end, 3);
        assert_eq!(whole(".5").end, 0);
        assert_eq!(whole("/x").end, 0);
        assert_eq!(whole("// no end").end, 9);
        assert_eq!(whole("/* no end").end, 0);
        assert_eq!(gap("// a long comment\nx", 0, Comments::Within(5)).end, 0);
        assert_eq!(gap("# ünd", 0, Comments::Within(3)).end, 0);
    }

    #[test]
    fn a_bracket_ends_a_value_only_where_a_list_is_open_around_it() {
        let shapes = Shapes::of(&json!({"type": "object"}));
        let ends = |around: Around| ends_value(" ]}", 0, around, &shapes);
        let list = Open { list: true, object: false };
        let member =
            Around { in_list: false, outside: Open::default(), inside: Open::default(), loose: false };
        assert!(!ends(member), "a member of an object without any list");
        assert!(ends(Around { in_list: true, ..member }), "an element of a list");
        assert!(ends(Around { outside: list, ..member }), "a member of an object in a list");
        assert!(!ends(Around { in_list: true, inside: list, ..member }), "the text itself has opened one");
    }
}
