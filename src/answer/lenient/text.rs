//! Strings and keys in quotes of all sorts, with the ends that models give them.

use super::lookahead::{Around, KEY, ends_value, is_quote, key_ahead};
use super::reader::{Broken, Quoting, Reader};
use crate::answer::repair::Repair;
use serde_json::{Map, Value};

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'m> {
    /// The value of a member; the members before it.
    Member(&'m Map<String, Value>),
    /// An element of a list.
    Element,
}

/// The quote that opened a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
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
    fn closes_with(self, char: char) -> bool {
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
struct Draft {
    out: String,
    /// Quotes inside that were not escaped.
    inner: usize,
    braces: i32,
    brackets: i32,
    /// Typographic quotes that are open inside.
    smart: i32,
}

impl Draft {
    fn push(&mut self, char: char) {
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
    pub(super) fn quoted(&mut self, place: Place<'_>) -> Result<Option<String>, Broken> {
        let quote = self.opening_quote()?;
        if let Quote::Triple(char) = quote {
            return self.triple(char);
        }
        let mut draft = Draft::default();
        loop {
            self.plain_run(&mut draft);
            let Some(char) = self.rest().chars().next() else {
                return self.unclosed(draft);
            };
            match char {
                '\\' => self.escape(&mut draft, quote)?,
                _ if quote.closes_with(char) => {
                    if self.closes(&mut draft, quote, char, place)? {
                        return Ok(Some(draft.out));
                    }
                }
                _ => {
                    if char < ' ' {
                        self.note(Repair::UnescapedNewline)?;
                    }
                    self.at += char.len_utf8();
                    draft.push(char);
                }
            }
        }
    }

    /// The key whose quote stands here.
    pub(super) fn quoted_key(&mut self) -> Result<Option<String>, Broken> {
        let start = self.at;
        let quote = self.opening_quote()?;
        let mut draft = Draft::default();
        loop {
            let Some(char) = self.rest().chars().next() else {
                self.cut_off()?;
                return Ok(None);
            };
            match char {
                '\\' => self.escape(&mut draft, quote)?,
                _ if quote.closes_with(char) && (char == '"' || self.quoting != Quoting::Exact) => {
                    self.at += char.len_utf8();
                    if char != '"' && quote == Quote::Double {
                        self.note(Repair::SmartQuotes)?;
                    }
                    return Ok(Some(draft.out));
                }
                ':' if self.quoting != Quoting::Exact
                    && self.shapes.knows(&draft.out)
                    && !self.key_closes_ahead() =>
                {
                    self.note(Repair::UnquotedKey)?;
                    return Ok(Some(draft.out));
                }
                '\n' | '{' | '}' if self.quoting != Quoting::Exact => {
                    return self.broken("a key was expected");
                }
                _ if char < ' ' => return self.broken("a control character in a key"),
                _ if self.at - start > KEY && self.quoting != Quoting::Exact => {
                    return self.broken("a key too long");
                }
                _ => {
                    self.at += char.len_utf8();
                    draft.push(char);
                }
            }
        }
    }

    /// After `"score:` a quote closes the key at once, as in `"score:" 4`.
    fn key_closes_ahead(&self) -> bool {
        self.rest().get(1..).unwrap_or_default().starts_with(is_quote)
    }

    fn opening_quote(&mut self) -> Result<Quote, Broken> {
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

    /// A closing quote stands here; passes over it, and tells whether the string ends with it.
    fn closes(
        &mut self,
        draft: &mut Draft,
        quote: Quote,
        char: char,
        place: Place<'_>,
    ) -> Result<bool, Broken> {
        let after = self.at + char.len_utf8();
        let own = char == '"' || quote != Quote::Double;
        if self.quoting == Quoting::Exact {
            return self.closes_exactly(draft, char);
        }
        let inside_smart =
            matches!(char, '”' | '“') && quote == Quote::Double && draft.smart + i32::from(char == '“') > 0;
        let odd = self.quoting == Quoting::Paired && quote == Quote::Double && draft.inner % 2 == 1;
        if !odd && !inside_smart && self.string_can_end(after, draft, place) {
            self.guessed |= draft.inner > 0;
            if !own {
                self.note(Repair::SmartQuotes)?;
            }
            self.at = after;
            return Ok(true);
        }
        if own && self.quoting == Quoting::First && self.ended_before(draft, place) {
            self.note(Repair::UnquotedValue)?;
            self.guessed = true;
            return Ok(true);
        }
        if own && matches!(char, '"' | '\'' | '`') {
            self.note(Repair::UnescapedQuote)?;
            draft.inner += 1;
        }
        self.at = after;
        draft.push(char);
        Ok(false)
    }

    fn closes_exactly(&mut self, draft: &mut Draft, char: char) -> Result<bool, Broken> {
        self.at += char.len_utf8();
        if char != '"' {
            draft.push(char);
        }
        Ok(char == '"')
    }

    fn string_can_end(&self, after: usize, draft: &Draft, place: Place<'_>) -> bool {
        let around = Around {
            in_list: matches!(place, Place::Element),
            list_open: self.open_lists > 0,
            object_open: self.open_objects > 0,
            brace_open: draft.braces > 0 && draft.inner > 0,
            bracket_open: draft.brackets > 0 && draft.inner > 0,
        };
        ends_value(self.text, after, around, self.shapes)
    }

    /// The quote here opens the next key, so that this string lacked its own: steps back to the comma before the key.
    fn ended_before(&mut self, draft: &mut Draft, place: Place<'_>) -> bool {
        let Place::Member(members) = place else {
            return false;
        };
        let trimmed = draft.out.trim_end();
        let comma = trimmed.ends_with(',');
        let newline = draft.out.get(trimmed.len()..).is_some_and(|tail| tail.contains('\n'));
        if !(comma || newline) || !key_ahead(self.text, self.at, self.shapes).is_some_and(|key| key.known) {
            return false;
        }
        let name = self.rest().get(1..).and_then(|rest| rest.split(is_quote).next()).unwrap_or_default();
        if members.contains_key(name) {
            return false;
        }
        let kept = trimmed.strip_suffix(',').unwrap_or(trimmed).trim_end();
        let kept = kept.strip_suffix('"').unwrap_or(kept);
        draft.out.truncate(kept.len());
        if comma {
            let before = self.text.get(..self.at).unwrap_or_default().trim_end();
            self.at = before.len() - 1;
        }
        true
    }

    /// The text ended inside the string.
    fn unclosed(&mut self, mut draft: Draft) -> Result<Option<String>, Broken> {
        let body = draft.out.trim_end().trim_end_matches('`').trim_end();
        let fenced = body.len() < draft.out.trim_end().len();
        let closers = body.trim_end_matches(|char: char| char == '}' || char == ']' || char.is_whitespace());
        if draft.braces < 0 && closers.len() < body.len() {
            let run = self.text.len() - trailing_run(self.text);
            draft.out.truncate(closers.strip_suffix('"').unwrap_or(closers).len());
            self.note(Repair::UnquotedValue)?;
            self.guessed = true;
            self.at = run;
            return Ok(Some(draft.out));
        }
        if fenced {
            draft.out.truncate(body.len());
        }
        self.cut_off()?;
        Ok(Some(draft.out))
    }

    fn triple(&mut self, char: char) -> Result<Option<String>, Broken> {
        let closing: String = [char; 3].iter().collect();
        let rest = self.rest();
        let Some(length) = rest.find(&closing) else {
            self.at = self.text.len();
            self.cut_off()?;
            return Ok(Some(rest.to_owned()));
        };
        self.at += length + closing.len();
        Ok(rest.get(..length).map(|text| text.trim_matches('\n').to_owned()))
    }

    /// The escape whose backslash stands here.
    fn escape(&mut self, draft: &mut Draft, quote: Quote) -> Result<(), Broken> {
        let mut chars = self.rest().chars().skip(1);
        let (Some(escaped), after) = (chars.next(), chars.next()) else {
            self.at = self.text.len();
            return Ok(());
        };
        let latex = self.quoting != Quoting::Exact && after.is_some_and(|after| after.is_ascii_alphabetic());
        let plain = match escaped {
            '"' | '\\' | '/' => Some(escaped),
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'b' if !latex => Some('\u{8}'),
            'f' if !latex => Some('\u{c}'),
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

fn hex_escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// The length of the run of closing brackets, white space and backticks that ends the text.
fn trailing_run(text: &str) -> usize {
    let kept = text.trim_end_matches(|char: char| matches!(char, '}' | ']' | '`') || char.is_whitespace());
    text.len() - kept.len()
}
