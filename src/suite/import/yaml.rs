//! YAML and JSON as values, with the line of each.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::{Map, Number, Value};

/// A file's value, and by JSON pointer the line on which each part begins.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) value: Value,
    lines: BTreeMap<String, usize>,
}

impl Document {
    /// Reads YAML, of which JSON is a part. Merge keys (`<<`) are merged.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let documents = MarkedYaml::load_from_str(text).map_err(|fault| fault.to_string())?;
        let mut lines = BTreeMap::new();
        let value = match documents.first() {
            Some(node) => read(node, "", &mut lines)?,
            None => Value::Null,
        };
        Ok(Self { value, lines })
    }

    /// The line of what a pointer names.
    pub(super) fn line(&self, pointer: &str) -> Option<usize> {
        self.lines.get(pointer).copied()
    }
}

fn read(node: &MarkedYaml<'_>, at: &str, lines: &mut BTreeMap<String, usize>) -> Result<Value, String> {
    lines.insert(at.to_owned(), node.span.start.line());
    match &node.data {
        YamlData::Value(scalar) => scalar_value(scalar),
        YamlData::Representation(text, ..) => Ok(Value::String(text.to_string())),
        YamlData::Tagged(tag, _) => {
            Err(format!("line {}: the tag {} is not known", node.span.start.line(), tag.suffix))
        }
        YamlData::Sequence(items) => {
            let items = items.iter().enumerate();
            let items = items.map(|(number, item)| read(item, &format!("{at}/{number}"), lines));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        YamlData::Mapping(entries) => {
            let mut object = Map::new();
            let mut merged = Vec::new();
            for (key, value) in entries {
                let key = match read(key, at, &mut BTreeMap::new())? {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                let value = read(value, &format!("{at}/{}", escaped(&key)), lines)?;
                if key == "<<" { merged.push(value) } else { drop(object.insert(key, value)) }
            }
            for value in merged.into_iter().flat_map(|value| match value {
                Value::Array(items) => items,
                other => vec![other],
            }) {
                let Value::Object(other) = value else { continue };
                for (key, value) in other {
                    object.entry(key).or_insert(value);
                }
            }
            Ok(Value::Object(object))
        }
        YamlData::Alias(_) | YamlData::BadValue => {
            Err(format!("line {}: a value that cannot be read", node.span.start.line()))
        }
    }
}

fn scalar_value(scalar: &Scalar<'_>) -> Result<Value, String> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::from(*value),
        Scalar::FloatingPoint(value) => {
            Number::from_f64(value.0).map(Value::Number).ok_or("a number that is not finite")?
        }
        Scalar::String(text) => Value::String(text.to_string()),
    })
}

/// A key as a step of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_keep_their_kinds_and_their_lines() {
        let text = "a: &x\n  b: 1\n  c: |\n    two\n    lines\nd:\n  <<: *x\n  b: \"1\"\ne: [null, 1.5, true, 'é']\n";
        let document = Document::parse(text).unwrap();
        assert_eq!(
            document.value,
            json!({"a": {"b": 1, "c": "two\nlines\n"}, "d": {"b": "1", "c": "two\nlines\n"}, "e": [null, 1.5, true, "é"]})
        );
        assert_eq!(document.line("/a/b"), Some(2));
        assert_eq!(document.line("/e/2"), Some(9));
        assert!(Document::parse("a: [1").is_err());
    }
}
