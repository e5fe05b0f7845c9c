//! Objects and lists.

use super::lookahead::{closes_reply, is_quote, key_ahead};
use super::reader::{Broken, Quoting, Reader};
use super::text::Place;
use crate::answer::path::Step;
use crate::answer::repair::Repair;
use serde_json::{Map, Value};

/// Words between two members are passed over up to this many bytes.
const STRAY_WORDS: usize = 200;

impl Reader<'_> {
    /// The object whose brace stands here.
    pub(super) fn object(&mut self) -> Result<Value, Broken> {
        self.at += 1;
        self.members()
    }

    /// The members of an object, up to and with its closing brace.
    pub(super) fn members(&mut self) -> Result<Value, Broken> {
        self.descend()?;
        self.open_objects += 1;
        let mut members = Map::new();
        let mut comma = Comma::Opening;
        loop {
            let newline = self.gap()?;
            if self.ended()? {
                break;
            }
            match self.peek() {
                Some(b'}') => {
                    self.trailing(comma)?;
                    self.at += 1;
                    break;
                }
                Some(b']') if self.open_lists > 0 => {
                    self.note(Repair::BracketMismatch)?;
                    break;
                }
                Some(b']') => {
                    self.note(Repair::BracketMismatch)?;
                    self.at += 1;
                }
                _ if self.comma(&mut comma)? => {}
                _ => {
                    if comma == Comma::Needed {
                        self.missing_comma(newline)?;
                    }
                    comma = Comma::Needed;
                    self.member(&mut members)?;
                }
            }
        }
        self.open_objects -= 1;
        Ok(Value::Object(members))
    }

    fn member(&mut self, members: &mut Map<String, Value>) -> Result<(), Broken> {
        let Some(key) = self.key()? else {
            return Ok(());
        };
        self.path.push(Step::Key(key));
        let value = match self.colon()? {
            true => self.value(Place::Member(members))?,
            false => None,
        };
        let Some(Step::Key(key)) = self.path.pop() else {
            return self.broken("lost its place");
        };
        if let Some(value) = value {
            self.insert(members, key, value)?;
        }
        Ok(())
    }

    fn insert(&mut self, members: &mut Map<String, Value>, key: String, value: Value) -> Result<(), Broken> {
        let Some(present) = members.get_mut(&key) else {
            members.insert(key, value);
            return Ok(());
        };
        let earlier = std::mem::replace(present, value);
        let later = present.clone();
        self.note(Repair::DuplicateKey)?;
        if !same(&earlier, &later) {
            self.conflict(&key, earlier, &later);
        }
        Ok(())
    }

    /// The list whose bracket stands here.
    pub(super) fn list(&mut self) -> Result<Value, Broken> {
        self.at += 1;
        self.descend()?;
        self.open_lists += 1;
        let mut items = Vec::new();
        let mut comma = Comma::Opening;
        loop {
            self.gap()?;
            if self.ended()? {
                break;
            }
            match self.peek() {
                Some(b']') => {
                    self.trailing(comma)?;
                    self.at += 1;
                    break;
                }
                Some(b'}') if self.open_objects > 0 => {
                    self.note(Repair::BracketMismatch)?;
                    break;
                }
                Some(b'}') => {
                    self.note(Repair::BracketMismatch)?;
                    self.at += 1;
                }
                _ if self.comma(&mut comma)? => {}
                _ => {
                    if comma == Comma::Needed {
                        self.note(Repair::MissingComma)?;
                    }
                    comma = Comma::Needed;
                    self.path.push(Step::Index(items.len()));
                    let item = self.value(Place::Element)?;
                    self.path.pop();
                    items.extend(item);
                }
            }
        }
        self.open_lists -= 1;
        Ok(Value::Array(items))
    }

    /// Passes over a comma, or what stands for one.
    fn comma(&mut self, state: &mut Comma) -> Result<bool, Broken> {
        if self.eat(",") {
            if *state != Comma::Needed {
                self.note(Repair::TrailingComma)?;
            }
        } else if *state == Comma::Needed
            && (self.eat(";") || self.eat("，") || self.eat("；") || self.eat("、"))
        {
            self.note(Repair::MissingComma)?;
        } else {
            return Ok(false);
        }
        *state = Comma::Seen;
        Ok(true)
    }

    fn trailing(&mut self, state: Comma) -> Result<(), Broken> {
        match state {
            Comma::Seen => self.note(Repair::TrailingComma),
            Comma::Opening | Comma::Needed => Ok(()),
        }
    }

    /// A member begins without a comma before it; words that belong to no member are passed over.
    fn missing_comma(&mut self, newline: bool) -> Result<(), Broken> {
        match key_ahead(self.text, self.at, self.shapes) {
            Some(key) if key.quoted || key.known || newline => self.note(Repair::MissingComma),
            _ => self.stray_words(),
        }
    }

    /// Passes over words up to the quote of the next key; anything but plain words breaks the reading.
    fn stray_words(&mut self) -> Result<(), Broken> {
        let window = self.text.floor_char_boundary(self.at.saturating_add(STRAY_WORDS));
        let words = self.text.get(self.at..window).unwrap_or_default();
        let stop = words.find(|char: char| is_quote(char) && char != '\'' || "{}[]".contains(char));
        let Some(next) = stop.map(|stop| self.at + stop) else {
            return self.broken("a key was expected");
        };
        let on_key = key_ahead(self.text, next, self.shapes).is_some_and(|key| key.quoted);
        let on_brace = next > self.at && self.text.as_bytes().get(next) == Some(&b'}');
        let digits =
            words.get(..next - self.at).unwrap_or_default().bytes().any(|byte| byte.is_ascii_digit());
        if next == self.at || !(on_key || on_brace && !digits) {
            return self.broken("a key was expected");
        }
        self.note(Repair::StrayText)?;
        self.at = next;
        Ok(())
    }

    /// A key; `None` when the text ended in it, or when only words stood before the closing brace.
    fn key(&mut self) -> Result<Option<String>, Broken> {
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
            None if self.quoting != Quoting::Exact && self.is_last_word() => {
                self.cut_off()?;
                Ok(None)
            }
            None => {
                self.stray_words()?;
                self.key()
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

    /// Only a word is left of the text, as when a bare key was cut.
    fn is_last_word(&self) -> bool {
        let rest = self.rest();
        rest.len() <= 64 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// Passes over the colon after a key; false when the text ended before it.
    fn colon(&mut self) -> Result<bool, Broken> {
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
            Some(first) if is_quote(first) || "{[-".contains(first) || first.is_ascii_alphanumeric() => {
                self.note(Repair::MissingColon)?;
                Ok(true)
            }
            Some(_) => self.broken("a colon was expected"),
        }
    }

    /// A value; `None` when it is missing, or cut so that nothing can be said of it.
    fn value(&mut self, place: Place<'_>) -> Result<Option<Value>, Broken> {
        self.gap()?;
        let Some(first) = self.rest().chars().next() else {
            self.cut_off()?;
            return Ok(None);
        };
        match first {
            '{' => self.object().map(Some),
            '[' => self.list().map(Some),
            '`' if closes_reply(self.text, self.at) => Ok(None),
            _ if is_quote(first) => self.quoted(place).map(|text| text.map(Value::String)),
            ',' | '}' | ']' => {
                self.note(Repair::StrayText)?;
                Ok(None)
            }
            _ => self.scalar(place),
        }
    }
}

/// What a comma would mean at this point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comma {
    /// Nothing has been read yet.
    Opening,
    /// A value was read.
    Needed,
    /// A comma was read.
    Seen,
}

/// Equal, and numbers by their value.
fn same(a: &Value, b: &Value) -> bool {
    a == b || (a.is_number() && a.as_f64() == b.as_f64())
}
