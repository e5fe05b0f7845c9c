//! Text with places for a record's fields: `{order.id}`.

use serde_json::Value;

use crate::data::Record;

/// A text in which `{field}` stands for a field of the record, `{a.b}` for
/// one inside another, and `{{` and `}}` for the braces themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A brace is left open, or names no field.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                plain.extend(from.chars().next());
                rest = after;
                continue;
            }
            let field = from.strip_prefix('{').and_then(|from| from.split_once('}'));
            let Some((name, after)) = field.filter(|(name, _)| !name.trim().is_empty()) else {
                return Err(format!(
                    "`{text}`: a brace is open; write {{field}}, or {{{{ for a brace itself"
                ));
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Field(name.trim().to_owned()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }

    /// The text for a record: strings as they are, anything else as JSON.
    ///
    /// # Errors
    /// The record lacks a field.
    pub(crate) fn fill(&self, record: &Record) -> Result<String, String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Field(name) if name == "id" => text.push_str(&record.id),
                Piece::Field(name) => match record.get(name) {
                    Some(Value::String(value)) => text.push_str(value),
                    Some(value) => text.push_str(&value.to_string()),
                    None => return Err(format!("field \"{name}\" is missing")),
                },
            }
        }
        Ok(text)
    }

    /// The whole text, where it holds no field.
    #[must_use]
    pub(crate) fn constant(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record() -> Record {
        let fields = json!({"request": "Where is it?", "order": {"id": 17}, "items": [1, 2]});
        Record { id: "s-1".into(), line: 1, fields: fields.as_object().unwrap().clone() }
    }

    #[test]
    fn fields_stand_in_their_places_and_doubled_braces_for_themselves() {
        let fill = |text: &str| Template::parse(text).unwrap().fill(&record()).unwrap();
        assert_eq!(fill("{id}: {request}"), "s-1: Where is it?");
        assert_eq!(fill(r#"{{"order": {order.id}, "items": {items}}}"#), r#"{"order": 17, "items": [1,2]}"#);
        assert_eq!(fill("plain"), "plain");
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = Template::parse("{customer}").unwrap().fill(&record());
        assert_eq!(missing, Err("field \"customer\" is missing".into()));
        assert!(Template::parse("{request").is_err());
        assert!(Template::parse("a } b").is_err());
        assert!(Template::parse("{}").is_err());
    }
}
