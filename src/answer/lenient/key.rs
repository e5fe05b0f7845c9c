//! Keys, their colons, and the words that stray between members.

use super::lookahead::{is_last_word, is_quote, key_ahead};
use super::reader::{Broken, Quoting, Reader};
use super::text::{Draft, Quote};
use crate::answer::fault::{Repair, Step};

/// Words between two members are passed over up to this many bytes.
const STRAY_WORDS: usize = 200;

/// What a closing brace after stray words means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brace {
    /// The object ends.
    Ends,
    /// Words are all that was in the braces: this is no object.
    Breaks,
}

impl Reader<'_> {
    /// A member begins without a comma before it; words that belong to no member are passed over.
    pub(super) fn missing_comma(&mut self, newline: bool) -> Result<(), Broken> {
        match key_ahead(self.text, self.at, self.shapes) {
            Some(key) if key.quoted || key.known || newline => self.note(Repair::MissingComma),
            _ => self.stray_words(Brace::Ends),
        }
    }

    /// Passes over words up to the quote of the next key; anything but plain words breaks the reading.
    fn stray_words(&mut self, brace: Brace) -> Result<(), Broken> {
        let window = self.text.floor_char_boundary(self.at.saturating_add(STRAY_WORDS));
        let words = self.text.get(self.at..window).unwrap_or_default();
        let stop = words.find(|char: char| is_quote(char) && char != '\'' || "{}[]".contains(char));
        let Some(next) = stop.map(|stop| self.at + stop) else {
            return self.broken("a key was expected");
        };
        let on_key = key_ahead(self.text, next, self.shapes).is_some_and(|key| key.quoted);
        let on_brace = brace == Brace::Ends && self.text.as_bytes().get(next) == Some(&b'}');
        let digits =
            words.get(..next - self.at).unwrap_or_default().bytes().any(|byte| byte.is_ascii_digit());
        if next == self.at
            || digits
            || words.get(..next - self.at).is_some_and(|words| words.contains('\\'))
            || !(on_key || on_brace)
        {
            return self.broken("a key was expected");
        }
        self.note(Repair::StrayText)?;
        self.at = next;
        Ok(())
    }

    /// A key; `None` when the text ended in it, or when only words stood before the closing brace.
    pub(super) fn key(&mut self, first_member: bool) -> Result<Option<String>, Broken> {
        let Some(first) = self.rest().chars().next() else {
            self.cut_off()?;
            return Ok(None);
        };
        if is_quote(first) {
            return self.quoted_key();
        }
        if first == '}' {
            return Ok(None);
        }
        match key_ahead(self.text, self.at, self.shapes) {
            Some(_) => self.bare_key(),
            None if self.quoting != Quoting::Exact && is_last_word(self.text, self.at) => {
                self.at = self.text.len();
                self.cut_off()?;
                Ok(None)
            }
            None => {
                self.stray_words(if first_member { Brace::Breaks } else { Brace::Ends })?;
                self.key(first_member)
            }
        }
    }

    /// A key without quotes, perhaps with the closing one.
    fn bare_key(&mut self) -> Result<Option<String>, Broken> {
        self.note(Repair::UnquotedKey)?;
        let name = self.rest().split([':', '=']).next().unwrap_or_default();
        self.at += name.len();
        Ok(Some(name.trim().trim_matches(is_quote).to_owned()))
    }

    /// Passes over the colon after a key; false when the text ended before it.
    pub(super) fn colon(&mut self) -> Result<bool, Broken> {
        self.gap()?;
        if self.eat(":") {
            return Ok(true);
        }
        if self.eat("=>") || self.eat("=") || self.eat("：") {
            self.note(Repair::MissingColon)?;
            return Ok(true);
        }
        match self.rest().chars().next() {
            None => {
                self.cut_off()?;
                Ok(false)
            }
            Some(first)
                if self.on_known_key()
                    && (is_quote(first) || "{[-".contains(first) || first.is_ascii_alphanumeric()) =>
            {
                self.note(Repair::MissingColon)?;
                Ok(true)
            }
            Some(_) => self.broken("a colon was expected"),
        }
    }

    /// Whether the key that was read last is one of the contract.
    fn on_known_key(&self) -> bool {
        matches!(self.path.last(), Some(Step::Key(key)) if self.shapes.knows(key))
    }

    /// The key whose quote stands here.
    fn quoted_key(&mut self) -> Result<Option<String>, Broken> {
        let quote = self.opening_quote()?;
        if matches!(quote, Quote::Triple(_)) {
            return self.broken("a key was expected");
        }
        let mut draft = Draft::default();
        loop {
            let Some(char) = self.rest().chars().next() else {
                self.doubt.swallowed |=
                    draft.out.contains(|char: char| is_quote(char) || "{}:,".contains(char));
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
                ':' if self.quoting != Quoting::Exact && self.is_unclosed_key(&draft.out) => {
                    self.note(Repair::UnquotedKey)?;
                    return Ok(Some(draft.out));
                }
                '{' if draft.out.is_empty() && self.quoting != Quoting::Exact => {
                    return self.broken("a key was expected");
                }
                _ if char < ' ' => return self.broken("a control character in a key"),
                _ => {
                    self.at += char.len_utf8();
                    draft.push(char);
                }
            }
        }
    }

    /// A name of the contract with a colon, but without its closing quote; in `"score:" 4` the quote comes after the colon.
    fn is_unclosed_key(&self, name: &str) -> bool {
        let closes_later = self.rest().get(1..).unwrap_or_default().starts_with(is_quote);
        !name.contains(is_quote) && self.shapes.knows(name) && !closes_later
    }
}
