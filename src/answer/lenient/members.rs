//! Objects and lists.

use super::lookahead::closes_reply;
use super::reader::{Broken, Reader, StringRole};
use crate::answer::fault::{Repair, Step};
use serde_json::{Map, Value};

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
            if members.is_empty() && closes_reply(self.text, self.at) {
                return self.broken("an object without members");
            }
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
        let Some(key) = self.key(members.is_empty())? else {
            return Ok(());
        };
        self.path.push(Step::Key(key));
        let value = if self.colon()? { self.value(StringRole::Member(members))? } else { None };
        let Some(Step::Key(key)) = self.path.pop() else {
            return self.broken("lost its place");
        };
        if let Some(value) = value {
            self.insert(members, key, value)?;
        }
        Ok(())
    }

    fn insert(&mut self, members: &mut Map<String, Value>, key: String, value: Value) -> Result<(), Broken> {
        self.begun |= self.shapes.knows(&key);
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
                    self.item(&mut items)?;
                }
            }
        }
        self.open_lists -= 1;
        Ok(Value::Array(items))
    }

    fn item(&mut self, items: &mut Vec<Value>) -> Result<(), Broken> {
        self.path.push(Step::Index(items.len()));
        let item = self.value(StringRole::Element)?;
        self.path.pop();
        items.extend(item);
        self.gap()?;
        if self.peek() == Some(b':') {
            return self.broken("a key inside a list");
        }
        Ok(())
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
