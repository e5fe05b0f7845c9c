//! Escapes inside strings.

use super::reader::{Broken, Quoting, Reader};
use super::text::{Draft, Quote};
use crate::answer::repair::Repair;

impl Reader<'_> {
    /// The escape whose backslash stands here.
    pub(super) fn escape(&mut self, draft: &mut Draft, quote: Quote) -> Result<(), Broken> {
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

fn hex_escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}
