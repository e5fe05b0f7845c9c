//! Values; and of these, numbers, literals, and strings without quotes.

use super::lookahead::{Comments, closes_reply, ends_value, gap, is_quote, key_ahead, names_field};
use super::reader::{Broken, Quoting, Reader, StringRole};
use crate::answer::fault::Repair;
use serde_json::{Number, Value};

/// The longest comment that is looked past, in bytes.
const COMMENT: usize = 200;

impl Reader<'_> {
    /// A value; `None` when it is missing, or cut so that nothing can be said of it.
    pub(super) fn value(&mut self, place: StringRole<'_>) -> Result<Option<Value>, Broken> {
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

    /// A value that begins with no quote or bracket; `None` when the end of the text cut it.
    fn scalar(&mut self, place: StringRole<'_>) -> Result<Option<Value>, Broken> {
        let rest = self.rest();
        let length = rest
            .find([',', '}', ']', '\n', '\r', '\t', ' ', ':', ';', '#', '/', '\\', '<'])
            .unwrap_or(rest.len());
        let token = rest.get(..length).unwrap_or_default();
        let cut = length == rest.len();
        if let Some(value) = plain_value(token).filter(|_| self.literal_can_end(self.at + length)) {
            if cut && !value.is_boolean() && !value.is_null() {
                self.at = self.text.len();
                self.cut_off()?;
                return Ok(None);
            }
            self.at += length;
            return Ok(Some(value));
        }
        if self.quoting == Quoting::Exact {
            return self.broken("not exact JSON");
        }
        self.odd_scalar(place)
    }

    fn odd_scalar(&mut self, place: StringRole<'_>) -> Result<Option<Value>, Broken> {
        let start = self.at;
        let end = self.bare_end(place)?;
        let Some(end) = end else {
            self.doubt.swallowed |= names_field(self.text, start..self.text.len(), self.shapes);
            self.at = self.text.len();
            self.cut_off()?;
            return Ok(None);
        };
        let token = self.text.get(start..end).unwrap_or_default().trim();
        self.at = end;
        if let Some(value) = foreign_literal(token) {
            self.note(Repair::PythonLiteral)?;
            return Ok(Some(value));
        }
        if let Some(number) = odd_number(token) {
            self.note(Repair::OddNumber)?;
            return Ok(Some(Value::Number(number)));
        }
        self.note(Repair::UnquotedValue)?;
        self.doubt.swallowed |= names_field(self.text, start..end, self.shapes);
        let text = token.trim_end_matches(is_quote).trim_end();
        Ok((!text.is_empty()).then(|| Value::from(text)))
    }

    /// Where a string without quotes ends; `None` when only the end of the text ends it.
    fn bare_end(&self, place: StringRole<'_>) -> Result<Option<usize>, Broken> {
        let mut at = self.at;
        while let Some(char) = self.text.get(at..).and_then(|rest| rest.chars().next()) {
            match char {
                '{' | '[' => {
                    return Err(Broken {
                        at,
                        problem: "a bracket inside a value without quotes",
                        begun: self.begun,
                    });
                }
                '}' | ']' | ',' | ';' | '\n' | '/' | '#' | '\\' | '<' if self.can_end(at, place) => {
                    return Ok(Some(at));
                }
                '\n' => at = gap(self.text, at, Comments::Within(0)).end,
                _ => at += char.len_utf8(),
            }
        }
        Ok(None)
    }

    /// Whether a number or literal can end here: only a separator, a new line or a known key may follow.
    fn literal_can_end(&self, at: usize) -> bool {
        let next = gap(self.text, at, Comments::Within(COMMENT));
        match self.text.as_bytes().get(next.end) {
            None | Some(b',' | b'}' | b']') => true,
            Some(_) if self.quoting == Quoting::Exact => false,
            Some(b';') => true,
            Some(_) => {
                next.newline
                    || closes_reply(self.text, next.end)
                    || key_ahead(self.text, next.end, self.shapes).is_some_and(|key| key.known)
            }
        }
    }

    fn can_end(&self, at: usize, place: StringRole<'_>) -> bool {
        if matches!(place, StringRole::Element) && self.text.as_bytes().get(at) == Some(&b',') {
            return true;
        }
        ends_value(self.text, at, self.around(place), self.shapes)
    }
}

/// A number or literal as JSON spells it.
fn plain_value(token: &str) -> Option<Value> {
    match token {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        _ if token.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            serde_json::from_str::<Number>(token).ok().map(Value::Number)
        }
        _ => None,
    }
}

fn foreign_literal(token: &str) -> Option<Value> {
    match token {
        "True" | "TRUE" => Some(Value::Bool(true)),
        "False" | "FALSE" => Some(Value::Bool(false)),
        "None" | "NULL" | "Null" | "undefined" | "nil" => Some(Value::Null),
        _ => None,
    }
}

/// A number with a plus, without a digit beside its point, or with leading zeros.
fn odd_number(token: &str) -> Option<Number> {
    let (sign, digits) = match token.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", token.strip_prefix('+').unwrap_or(token)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if !all_digits || (whole.is_empty() && fraction.is_empty()) || digits.len() > 40 {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let spelled =
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    serde_json::from_str(&spelled).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_numbers_have_one_reading() {
        let read = |token: &str| odd_number(token).map(|number| number.to_string());
        assert_eq!(read("+4").as_deref(), Some("4"));
        assert_eq!(read(".5").as_deref(), Some("0.5"));
        assert_eq!(read("-.5").as_deref(), Some("-0.5"));
        assert_eq!(read("4.").as_deref(), Some("4"));
        assert_eq!(read("007").as_deref(), Some("7"));
        assert_eq!(read("0").as_deref(), Some("0"));
        for token in ["", ".", "+", "4/5", "1e3", "٤", "4-5", "1.2.3", "--1"] {
            assert_eq!(read(token), None, "{token}");
        }
    }
}
