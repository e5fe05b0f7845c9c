//! Keeps an answer in JSON inside its limit of tokens, by its JSON Schema's shortest answer and how many
//! strings that leaves open.
//!
//! The rule. A *reserve* of tokens is set aside, enough to write the schema's shortest answer; the rest is
//! shared evenly among the strings that may hold any text. A string that has used its share is closed,
//! and once only the reserve is left everything is closed as soon as the grammar allows: strings end,
//! optional properties and further items are left out, and required ones are still chosen by the model.

use serde_json::Value;

/// Deeper schemas, recursive ones among them, are cut off here.
const DEEPEST: u32 = 12;
/// Repetitions of a minimum length or item count that are written out.
const MOST_REPEATED: usize = 64;

/// The measure of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shape {
    /// An answer with nothing in its strings and no optional property; the longest where there is a choice.
    pub(super) skeleton: String,
    /// Strings that may hold any text.
    pub(super) free_strings: u32,
}

/// Measures a schema.
pub(super) fn measure(schema: &Value) -> Shape {
    walk(schema, schema, 0)
}

fn walk(root: &Value, node: &Value, depth: u32) -> Shape {
    if depth > DEEPEST {
        return literal("null");
    }
    if let Some(target) = node.get("$ref").and_then(Value::as_str) {
        let target = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.map_or_else(|| literal("null"), |node| walk(root, node, depth + 1));
    }
    if let Some(value) = node.get("const") {
        return literal(&value.to_string());
    }
    if let Some(values) = node.get("enum").and_then(Value::as_array) {
        return longest(values.iter().map(|value| literal(&value.to_string())));
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        if let Some(nodes) = node.get(choice).and_then(Value::as_array) {
            return longest(nodes.iter().map(|node| walk(root, node, depth + 1)));
        }
    }
    match kind(node) {
        "string" => string(node),
        "integer" => literal("0"),
        "number" => literal("0.0"),
        "boolean" => literal("false"),
        "array" => array(root, node, depth),
        "object" => object(root, node, depth),
        _ => literal("null"),
    }
}

fn kind(node: &Value) -> &str {
    match node.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|&kind| kind != "null").unwrap_or("null")
        }
        _ if node.get("properties").is_some() => "object",
        _ => "null",
    }
}

fn literal(text: &str) -> Shape {
    Shape { skeleton: text.to_owned(), free_strings: 0 }
}

fn longest(shapes: impl Iterator<Item = Shape>) -> Shape {
    shapes.max_by_key(|shape| (shape.skeleton.len(), shape.free_strings)).unwrap_or_else(|| literal("null"))
}

fn string(node: &Value) -> Shape {
    Shape { skeleton: format!("\"{}\"", "x".repeat(at_least(node, "minLength"))), free_strings: 1 }
}

fn array(root: &Value, node: &Value, depth: u32) -> Shape {
    let item = node.get("items").map_or_else(|| literal("null"), |item| walk(root, item, depth + 1));
    let items = vec![item.skeleton.as_str(); at_least(node, "minItems")];
    Shape { skeleton: format!("[{}]", items.join(",")), free_strings: item.free_strings }
}

fn object(root: &Value, node: &Value, depth: u32) -> Shape {
    let mut shape = Shape::default();
    let mut members = Vec::new();
    for (name, property) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let inner = walk(root, property, depth + 1);
        shape.free_strings += inner.free_strings;
        if is_required(node, name) {
            members.push(format!("{}:{}", Value::from(name.as_str()), inner.skeleton));
        }
    }
    shape.skeleton = format!("{{{}}}", members.join(","));
    shape
}

fn is_required(node: &Value, name: &str) -> bool {
    node.get("required")
        .and_then(Value::as_array)
        .is_some_and(|names| names.iter().any(|required| required == name))
}

fn at_least(node: &Value, keyword: &str) -> usize {
    node.get(keyword)
        .and_then(Value::as_u64)
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(0)
        .min(MOST_REPEATED)
}

/// Where the text stands in the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JsonState {
    Outside,
    InString,
    AfterBackslash,
}

/// What the budget asks of the next token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urge {
    /// Nothing: the model chooses.
    Free,
    /// End the string, if the grammar allows.
    EndString,
    /// End the object or array, or else go on to what it still requires.
    EndContainer,
}

/// The token budget of one answer.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    reserve: u32,
    share: u32,
    place: JsonState,
    string_tokens: u32,
}

impl Budget {
    /// A budget for at most `max_tokens`, of which the shortest answer takes `shortest`.
    pub(super) fn new(max_tokens: u32, shortest: u32, free_strings: u32) -> Self {
        // The model need not spell the shortest answer in the fewest tokens: a quarter more, and a few.
        let reserve = (shortest + shortest / 4 + 8).min(max_tokens / 2);
        Self {
            reserve,
            share: ((max_tokens - reserve) / free_strings.max(1)).max(1),
            place: JsonState::Outside,
            string_tokens: 0,
        }
    }

    /// What to do with this many tokens left.
    pub(super) fn urge(&self, remaining: u32) -> Urge {
        let low = remaining <= self.reserve;
        match self.place {
            JsonState::InString if low || self.string_tokens >= self.share => Urge::EndString,
            JsonState::Outside if low => Urge::EndContainer,
            _ => Urge::Free,
        }
    }

    /// Takes in the bytes of one token of the answer.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        let opened_before = self.place != JsonState::Outside;
        for &byte in bytes {
            self.place = match (self.place, byte) {
                (JsonState::Outside, b'"') | (JsonState::AfterBackslash, _) => JsonState::InString,
                (JsonState::InString, b'"') => JsonState::Outside,
                (JsonState::InString, b'\\') => JsonState::AfterBackslash,
                (place, _) => place,
            };
        }
        self.string_tokens = match self.place {
            JsonState::Outside => 0,
            _ if opened_before => self.string_tokens + 1,
            _ => 1,
        };
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shape(skeleton: &str, free_strings: u32) -> Shape {
        Shape { skeleton: skeleton.into(), free_strings }
    }

    #[test]
    fn a_verdict_has_one_free_string() {
        let schema = json!({
            "type": "object",
            "properties": {
                "reasoning": {"type": "string"},
                "verdict": {"enum": ["pass", "unclear"]},
                "confidence": {"type": "number"},
                "note": {"type": "string"},
            },
            "required": ["reasoning", "verdict", "confidence"],
        });
        let expected = r#"{"reasoning":"","verdict":"unclear","confidence":0.0}"#;
        assert_eq!(measure(&schema), shape(expected, 2));
    }

    #[test]
    fn references_choices_and_minimums_are_followed() {
        let schema = json!({
            "$defs": {"tag": {"type": "string", "minLength": 2}},
            "type": "array",
            "minItems": 2,
            "items": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/tag"}]},
        });
        assert_eq!(measure(&schema), shape(r#"["xx","xx"]"#, 1));
    }

    #[test]
    fn a_recursive_schema_ends() {
        let schema = json!({
            "type": "object",
            "properties": {"next": {"$ref": "#"}},
            "required": ["next"],
        });
        assert!(measure(&schema).skeleton.len() < 200);
    }

    #[test]
    fn a_string_ends_when_its_share_is_used() {
        let mut budget = Budget::new(100, 8, 2); // reserve 18, share 41
        budget.write(b"{\"reasoning\":\"");
        for _ in 0..39 {
            budget.write(b" so");
            assert_eq!(budget.urge(60), Urge::Free);
        }
        budget.write(b" so");
        assert_eq!(budget.urge(60), Urge::EndString);
        budget.write(b"\"");
        assert_eq!(budget.urge(59), Urge::Free);
    }

    #[test]
    fn the_reserve_closes_everything() {
        let mut budget = Budget::new(100, 8, 1);
        budget.write(b"{\"tags\":[\"a");
        assert_eq!(budget.urge(19), Urge::Free);
        assert_eq!(budget.urge(18), Urge::EndString);
        budget.write(b"\"");
        assert_eq!(budget.urge(17), Urge::EndContainer);
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let mut budget = Budget::new(10, 1, 1);
        budget.write(b"\"a\\");
        assert_eq!(budget.urge(1), Urge::Free, "the escape must be finished first");
        budget.write(b"\"");
        assert_eq!(budget.urge(1), Urge::EndString);
    }

    #[test]
    fn a_limit_too_small_for_any_answer_still_leaves_a_share() {
        assert_eq!(Budget::new(0, 50, 3).share, 1);
        assert_eq!(Budget::new(10, 50, 3).reserve, 5);
    }
}
