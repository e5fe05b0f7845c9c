//! JSON as users write it, and JSON Lines, one object a line.
//!
//! A key that stands twice is a fault: `serde_json` would take the last without a word.

use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::record::{ReadRow, not_utf8};

/// Why a text is not taken as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// It is not JSON: what is wrong, and at which column or line.
    Syntax(String),
    /// It is JSON, and an object in it has a key twice: which one, and where.
    Twice(String),
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(problem) => write!(f, "is not JSON: {problem}"),
            Self::Twice(problem) => f.write_str(problem),
        }
    }
}

/// Reads one JSON value, in one pass. Keys keep their order.
///
/// # Errors
/// It is not JSON, or an object in it has a key twice, at any depth.
pub(crate) fn parse_json(text: &str) -> Result<Value, JsonFault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = Once.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    parsed.map_err(|error| {
        // The line is named only if there are several.
        let told = error.to_string().replace(" at line 1 column ", " at column ");
        if error.is_data() {
            JsonFault::Twice(told)
        } else {
            JsonFault::Syntax(explained(told, &error, text))
        }
    })
}

/// What Python writes for a number that is none has a hint.
fn explained(told: String, error: &serde_json::Error, text: &str) -> String {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let from = error.column().saturating_sub(2);
    let near = line.get(from..).or_else(|| line.get(from + 1..)).unwrap_or_default();
    let word = ["NaN", "Infinity", "-Infinity"].into_iter().find(|word| near.contains(word));
    match word.filter(|word| near.find(word).is_some_and(|place| place <= 2)) {
        Some(word) => format!("{told}; {word} is not allowed in JSON, write null"),
        None => told,
    }
}

/// A value whose objects have each key once.
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            match fields.entry(key) {
                Entry::Vacant(place) => place.insert(members.next_value_seed(Self)?),
                Entry::Occupied(place) => {
                    return Err(A::Error::custom(format_args!("has the key {:?} twice", place.key())));
                }
            };
        }
        Ok(Value::Object(fields))
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug)]
pub(super) struct JsonLines<R> {
    reader: R,
    line: u64,
}

impl<R: BufRead> JsonLines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: 0 }
    }
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = ReadRow;

    fn next(&mut self) -> Option<ReadRow> {
        loop {
            let mut bytes = Vec::new();
            self.line += 1;
            match self.reader.read_until(b'\n', &mut bytes) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    let fields = Err(format!("cannot be read: {error}"));
                    return Some(ReadRow { line: self.line, fields, fatal: true });
                }
            }
            let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            return Some(ReadRow { line: self.line, fields: object(bytes), fatal: false });
        }
    }
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| not_utf8(&format!("byte {} of the line", error.valid_up_to() + 1)))?;
    match parse_json(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err("is not a JSON object".into()),
        Err(fault) => Err(fault.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::vec((".{0,4}", inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_has_each_key_once_is_read_as_serde_json_reads_it(value in value()) {
            let text = value.to_string();
            prop_assert_eq!(parse_json(&text).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }

        #[test]
        fn a_key_that_stands_twice_is_found_at_any_depth(around in value(), depth in 0_usize..5) {
            let mut text = "{\"k\": 1, \"x\": 2, \"k\": 1}".to_owned();
            for level in 0..depth {
                text = if level % 2 == 0 { format!("[{around}, {text}]") } else { format!("{{\"in\": {text}}}") };
            }
            let fault = parse_json(&text).unwrap_err();
            prop_assert!(matches!(&fault, JsonFault::Twice(told) if told.starts_with("has the key \"k\" twice")), "{fault}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |text: &str| parse_json(text).unwrap_err().to_string();
        assert_eq!(told("{\"a\": 1, \"a\": 2}"), "has the key \"a\" twice at column 12");
        assert_eq!(told("{\"a\": }"), "is not JSON: expected value at column 7");
        assert!(
            told("{\"a\": NaN}").ends_with("NaN is not allowed in JSON, write null"),
            "{}",
            told("{\"a\": NaN}")
        );
        assert!(told("{\"a\": -Infinity}").ends_with("write null"), "{}", told("{\"a\": -Infinity}"));
        assert!(told("{\"a\": 1} x").starts_with("is not JSON: trailing characters"));
    }
}
