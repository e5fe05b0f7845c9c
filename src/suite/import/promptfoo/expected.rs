//! The small language of a test file's column `__expected`.

use serde_json::{Map, Value, json};

/// The assertion that a cell stands for.
pub(super) fn assertion(cell: &str) -> Value {
    let cell = cell.trim();
    let (head, value) = match cell.split_once(':') {
        Some((head, value)) => (head.trim(), Some(value.trim())),
        None => (cell, None),
    };
    let (kind, threshold) = match head.strip_suffix(')').and_then(|head| head.split_once('(')) {
        Some((kind, number)) => (kind, number.trim().parse::<f64>().ok()),
        None => (head, None),
    };
    let is_kind = KINDS.contains(&kind.strip_prefix("not-").unwrap_or(kind));
    if !is_kind || (value.is_none() && !ALONE.contains(&kind) && threshold.is_none()) {
        return json!({ "type": "equals", "value": cell });
    }
    let mut assertion = Map::new();
    assertion.insert("type".to_owned(), json!(if kind == "grade" { "llm-rubric" } else { kind }));
    if let Some(value) = value {
        let is_list = kind.ends_with("-any") || kind.ends_with("-all");
        let list = || value.split(',').map(str::trim).collect::<Vec<_>>();
        assertion.insert("value".to_owned(), if is_list { json!(list()) } else { json!(value) });
    }
    if let Some(threshold) = threshold {
        assertion.insert("threshold".to_owned(), json!(threshold));
    }
    Value::Object(assertion)
}

/// Kinds that may stand without a value.
const ALONE: [&str; 9] = [
    "is-json",
    "contains-json",
    "is-html",
    "is-sql",
    "is-xml",
    "is-refusal",
    "answer-relevance",
    "latency",
    "cost",
];

/// Kinds that a cell may name.
const KINDS: [&str; 43] = [
    "equals",
    "contains",
    "icontains",
    "contains-any",
    "contains-all",
    "icontains-any",
    "icontains-all",
    "starts-with",
    "ends-with",
    "regex",
    "is-json",
    "contains-json",
    "is-html",
    "contains-html",
    "is-sql",
    "contains-sql",
    "is-xml",
    "contains-xml",
    "is-refusal",
    "latency",
    "cost",
    "levenshtein",
    "rouge-n",
    "bleu",
    "gleu",
    "meteor",
    "similar",
    "llm-rubric",
    "grade",
    "g-eval",
    "factuality",
    "model-graded-factuality",
    "model-graded-closedqa",
    "answer-relevance",
    "context-faithfulness",
    "context-recall",
    "context-relevance",
    "javascript",
    "fn",
    "eval",
    "python",
    "webhook",
    "perplexity",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_names_a_kind_or_is_the_output() {
        assert_eq!(assertion("Paris: a town"), json!({"type": "equals", "value": "Paris: a town"}));
        assert_eq!(assertion("contains: a:b"), json!({"type": "contains", "value": "a:b"}));
        assert_eq!(assertion("icontains-any: a, b"), json!({"type": "icontains-any", "value": ["a", "b"]}));
        assert_eq!(assertion("similar(0.8):x"), json!({"type": "similar", "value": "x", "threshold": 0.8}));
        assert_eq!(assertion("latency(500)"), json!({"type": "latency", "threshold": 500.0}));
        assert_eq!(assertion("grade: is kind"), json!({"type": "llm-rubric", "value": "is kind"}));
        assert_eq!(assertion("contains"), json!({"type": "equals", "value": "contains"}));
    }
}
