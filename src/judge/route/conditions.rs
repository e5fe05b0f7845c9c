//! What a route's rule can ask of a judge: its kind, and how long its answers get.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::signature::{ScaleKind, Spec};

/// A kind of judge, by its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JudgeKind {
    /// Its verdict is one of several labels.
    Label,
    /// Its verdict is a number.
    Number,
    /// It follows a rubric.
    Rubric,
    /// It compares two answers.
    Pair,
}

impl JudgeKind {
    /// The kind of a signature's judge; `None` where the signature gives no verdict.
    pub(crate) fn of(spec: &Spec) -> Option<Self> {
        if spec.pair.is_some() {
            return Some(Self::Pair);
        }
        if spec.rubric.is_some() {
            return Some(Self::Rubric);
        }
        Some(match spec.scale.as_ref()?.kind {
            ScaleKind::Labels(_) => Self::Label,
            ScaleKind::Numeric { .. } => Self::Number,
        })
    }
}

/// The most characters that the texts of an answer can have together; `None` where one of them has no bound.
pub(crate) fn longest_answer(spec: &Spec) -> Option<u64> {
    spec.outputs.iter().map(|field| longest(&field.schema)).sum()
}

/// The most characters of the texts in a value of this JSON Schema.
fn longest(schema: &Value) -> Option<u64> {
    let number = |key: &str| schema.get(key).and_then(Value::as_u64);
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let texts = choices.iter().filter_map(Value::as_str);
        return Some(texts.map(|text| text.chars().count() as u64).max().unwrap_or(0));
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => number("maxLength"),
        Some("array") => match longest(schema.get("items")?)? {
            0 => Some(0),
            each => Some(each.saturating_mul(number("maxItems")?)),
        },
        Some("object") => schema.get("properties").and_then(Value::as_object)?.values().map(longest).sum(),
        Some(_) => Some(0),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signature::bundled;

    #[test]
    fn only_text_counts_and_one_text_without_a_bound_leaves_the_whole_without_one() {
        let text = |most: u64| json!({"type": "string", "maxLength": most});
        for (schema, expected) in [
            (text(40), Some(40)),
            (json!({"type": "string"}), None),
            (json!({"type": "string", "enum": ["no", "yes"]}), Some(3)),
            (json!({"type": "integer", "maximum": 5}), Some(0)),
            (json!({"type": "array", "items": text(10), "maxItems": 3}), Some(30)),
            (json!({"type": "array", "items": text(10)}), None),
            (json!({"type": "array", "items": {"type": "number"}}), Some(0)),
            (json!({"type": "object", "properties": {"a": text(1), "b": text(2)}}), Some(3)),
        ] {
            assert_eq!(longest(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn a_signature_has_one_kind() {
        assert_eq!(JudgeKind::of(&bundled("relevance").unwrap()), Some(JudgeKind::Label));
    }
}
