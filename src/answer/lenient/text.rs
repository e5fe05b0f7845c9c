//! Strings and keys in quotes of all sorts, with their escapes and the ends that models give them.

use super::lookahead::{key_ahead, names_field};
use super::reader::{Broken, Quoting, Reader, StringRole};
use crate::answer::fault::Repair;

/// The quote that opened a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    Double,
    Single,
    Smart,
    SmartSingle,
    Backtick,
    /// Three of these.
    Triple(char),
}

impl Quote {
    /// The quote may be closed by this character.
    pub(super) fn closes_with(self, char: char) -> bool {
        match self {
            Quote::Double => matches!(char, '"' | '”' | '“' | '„'),
            Quote::Single => matches!(char, '\'' | '’'),
            Quote::Smart => matches!(char, '”' | '“' | '„' | '"'),
            Quote::SmartSingle => matches!(char, '’' | '‘' | '\''),
            Quote::Backtick => char == '`',
            Quote::Triple(_) => false,
        }
    }

    fn repair(self) -> Option<Repair> {
        match self {
            Quote::Double => None,
            Quote::Single => Some(Repair::SingleQuotes),
            Quote::Smart | Quote::SmartSingle => Some(Repair::SmartQuotes),
            Quote::Backtick | Quote::Triple(_) => Some(Repair::OtherQuotes),
        }
    }
}

/// A string while it is read.
#[derive(Default)]
pub(super) struct Draft {
    /// Where its opening quote stands.
    pub(super) start: usize,
    pub(super) out: String,
    /// Quotes inside that were not escaped.
    pub(super) inner: usize,
    pub(super) braces: i32,
    pub(super) brackets: i32,
    /// Typographic quotes that are open inside.
    pub(super) smart: i32,
    /// Where the first control character was taken over unescaped.
    control: Option<usize>,
}

impl Draft {
    pub(super) fn push(&mut self, char: char) {
        match char {
            '{' => self.braces += 1,
            '}' => self.braces -= 1,
            '[' => self.brackets += 1,
            ']' => self.brackets -= 1,
            '“' | '‘' => self.smart += 1,
            '”' => self.smart -= 1,
            _ => {}
        }
        self.out.push(char);
    }
}

impl Reader<'_> {
    /// The string whose quote stands here; `None` when the end of the text left nothing of it.
    pub(super) fn quoted(&mut self, place: StringRole<'_>) -> Result<Option<String>, Broken> {
        let start = self.at;
        let is_key = || key_ahead(self.text, start, self.shapes).is_some_and(|key| key.known && key.closed);
        if self.quoting != Quoting::Exact && is_key() {
            return self.broken("a key in place of a value");
        }
        let quote = self.opening_quote()?;
        if let Quote::Triple(char) = quote {
            return self.triple(char);
        }
        let mut draft = Draft { start, ..Draft::default() };
        loop {
            self.plain_run(&mut draft);
            let Some(char) = self.rest().chars().next() else {
                return self.unclosed(draft);
            };
            match char {
                '\\' => self.escape(&mut draft, quote)?,
                _ if quote.closes_with(char) => {
                    if self.closes(&mut draft, quote, char, place)? {
                        return self.finish(draft);
                    }
                }
                _ => {
                    if char < ' ' {
                        self.allow_repair()?;
                        draft.control.get_or_insert(draft.out.len());
                    }
                    self.at += char.len_utf8();
                    draft.push(char);
                }
            }
        }
    }

    /// The string, once its end is known.
    pub(super) fn finish(&mut self, draft: Draft) -> Result<Option<String>, Broken> {
        if draft.control.is_some_and(|at| at < draft.out.len()) {
            self.note(Repair::UnescapedNewline)?;
        }
        Ok(Some(draft.out))
    }

    /// Passes over the quote, single or triple, that stands here.
    pub(super) fn opening_quote(&mut self) -> Result<Quote, Broken> {
        let first = self.rest().chars().next().unwrap_or('"');
        let triple = self.rest().starts_with("\"\"\"") || self.rest().starts_with("'''");
        let quote = match first {
            _ if triple => Quote::Triple(first),
            '\'' => Quote::Single,
            '`' => Quote::Backtick,
            '“' | '”' | '„' => Quote::Smart,
            '‘' | '’' => Quote::SmartSingle,
            _ => Quote::Double,
        };
        if let Some(repair) = quote.repair() {
            self.note(repair)?;
        }
        self.at += if triple { 3 } else { first.len_utf8() };
        Ok(quote)
    }

    /// Takes over everything up to the next character that could mean something.
    fn plain_run(&mut self, draft: &mut Draft) {
        let rest = self.rest();
        let stop = |byte: u8| {
            byte < b' ' || matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'{' | b'}' | b'[' | b']' | 0xE2)
        };
        let length = rest.bytes().position(stop).unwrap_or(rest.len());
        draft.out.push_str(rest.get(..length).unwrap_or_default());
        self.at += length;
    }

    fn triple(&mut self, char: char) -> Result<Option<String>, Broken> {
        let closing: String = [char; 3].iter().collect();
        let rest = self.rest();
        let Some(length) = rest.find(&closing) else {
            self.doubt.swallowed |= names_field(self.text, self.at..self.text.len(), self.shapes);
            self.at = self.text.len();
            self.cut_off()?;
            return Ok(Some(rest.to_owned()));
        };
        self.at += length + closing.len();
        Ok(rest.get(..length).map(|text| text.trim_matches('\n').to_owned()))
    }
}

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
