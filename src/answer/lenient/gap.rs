//! What may stand between two tokens: white space, comments, and characters that mean nothing.

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

#[cfg(test)]
mod tests {
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
}
