//! Escapes inside strings.

use super::reader::{Broken, Quoting, Reader};
use super::text::{Draft, Quote};
use crate::answer::repair::Repair;

/// LaTeX commands that begin like the escapes of a tab, a line feed, a carriage return, or a character's number.
const LATEX: &[&str] = &[
    "tan",
    "tau",
    "text",
    "textbf",
    "textit",
    "texttt",
    "tfrac",
    "theta",
    "times",
    "to",
    "top",
    "triangle",
    "nabla",
    "ne",
    "neg",
    "neq",
    "ni",
    "not",
    "notin",
    "nu",
    "rangle",
    "rceil",
    "rfloor",
    "rho",
    "right",
    "rightarrow",
    "rm",
    "root",
    "underbrace",
    "underline",
    "upsilon",
];

impl Reader<'_> {
    /// The escape whose backslash stands here.
    pub(super) fn escape(&mut self, draft: &mut Draft, quote: Quote) -> Result<(), Broken> {
        let Some(escaped) = self.rest().chars().nth(1) else {
            self.at = self.text.len();
            return Ok(());
        };
        let plain = match escaped {
            _ if self.quoting != Quoting::Exact && is_latex(self.rest()) => None,
            '"' | '\\' | '/' => Some(escaped),
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'u' => return self.unicode_escape(draft),
            _ => None,
        };
        if plain.is_none() && !(escaped == '\'' && quote == Quote::Single) {
            self.note(Repair::InvalidEscape)?;
        }
        self.at += 1 + escaped.len_utf8();
        match (plain, escaped) {
            (Some(char), _) => draft.out.push(char),
            (None, '\'' | '_' | '*' | '`' | '\n') => draft.out.push(escaped),
            (None, _) => draft.out.extend(['\\', escaped]),
        }
        Ok(())
    }

    /// `\u` and four hexadecimal digits, twice for a character beyond the first plane.
    fn unicode_escape(&mut self, draft: &mut Draft) -> Result<(), Broken> {
        let rest = self.rest();
        let digits = rest.get(2..).unwrap_or_default();
        if digits.len() < 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            self.at = self.text.len();
            return Ok(());
        }
        let Some(first) = hex_escape(rest) else {
            self.note(Repair::InvalidEscape)?;
            self.at += 2;
            draft.out.push_str("\\u");
            return Ok(());
        };
        let second = rest.get(6..).and_then(hex_escape);
        let units = [first, second.unwrap_or(0)];
        let decoded = char::decode_utf16(units).next().and_then(Result::ok);
        self.at += if decoded.is_some_and(|char| char > '\u{ffff}') { 12 } else { 6 };
        if decoded.is_none() {
            self.note(Repair::InvalidEscape)?;
        }
        draft.out.push(decoded.unwrap_or('\u{fffd}'));
        Ok(())
    }
}

/// Whether a LaTeX command stands here whose first letter JSON would take for an escape. Nobody sends a backspace or a form feed
/// before a letter; tabs and line breaks are common, so that these count only before the rest of a known command.
fn is_latex(escape: &str) -> bool {
    let letters = escape.bytes().skip(1).take_while(u8::is_ascii_alphabetic).count();
    let command = escape.get(1..=letters).unwrap_or_default();
    (command.len() > 1 && command.starts_with(['b', 'f'])) || LATEX.contains(&command)
}

fn hex_escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}
