//! Answers: within their schema, their limit and their seed.

use super::*;

#[test]
fn generating_is_the_same_with_and_without_reuse() {
    with_model(|batcher| {
        let schema = verdict_schema();
        for schema in [None, Some(&schema)] {
            let two = question("Cats sleep a lot.");
            batcher.clear();
            let cold = generate(batcher, &two, schema, &greedy(48)).expect("writes");
            batcher.clear();
            generate(batcher, &question("Paris."), schema, &greedy(16)).expect("writes");
            let warm = generate(batcher, &two, schema, &greedy(48)).expect("writes");
            assert_eq!(cold.counts.cached_tokens, 0);
            assert!(warm.counts.cached_tokens > 20);
            assert_eq!(warm.text, cold.text);
            assert_eq!(warm.counts.completion_tokens, cold.counts.completion_tokens);
        }
    });
}

#[test]
fn an_answer_follows_its_schema_within_any_limit() {
    with_model(|batcher| {
        for max_tokens in [40, 100] {
            let schema = verdict_schema();
            let hot = Sampling { temperature: 1.5, seed: u64::from(max_tokens), ..greedy(max_tokens) };
            for sampling in [greedy(max_tokens), hot] {
                let answer =
                    generate(batcher, &question("Paris."), Some(&schema), &sampling).expect("writes");
                assert_eq!(answer.finish, Finish::Stop, "{answer:?}");
                assert!(answer.counts.completion_tokens <= max_tokens);
                let value: Value = serde_json::from_str(&answer.text).expect("JSON");
                let names: Vec<&String> = value.as_object().expect("object").keys().collect();
                assert_eq!(names, ["reasoning", "verdict", "confidence"]);
                assert!(
                    ["pass", "fail", "unclear"]
                        .contains(&value.get("verdict").and_then(Value::as_str).expect("text"))
                );
                assert!(
                    (0.0..=1.0).contains(&value.get("confidence").and_then(Value::as_f64).expect("number"))
                );
                assert!(answer.text.starts_with("{\"reasoning\":\""), "{}", answer.text);
            }
        }
    });
}

#[test]
fn lists_and_optional_parts_are_closed_in_time() {
    with_model(|batcher| {
        let schema = Arc::new(json!({
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "why": {"type": "string"}},
                    "required": ["name"],
                }},
                "verdict": {"type": "boolean"},
            },
            "required": ["items", "verdict"],
        }));
        let answer = generate(batcher, &question("Paris."), Some(&schema), &greedy(60)).expect("writes");
        assert_eq!(answer.finish, Finish::Stop, "{answer:?}");
        let value: Value = serde_json::from_str(&answer.text).expect("JSON");
        assert!(value.get("verdict").is_some_and(Value::is_boolean));
    });
}

#[test]
fn a_seed_repeats_an_answer() {
    with_model(|batcher| {
        let sampling = Sampling { temperature: 1.0, top_p: Some(0.95), seed: 5, max_tokens: 24 };
        let mut texts = [5, 5, 6].map(|seed| {
            let sampling = Sampling { seed, ..sampling };
            generate(batcher, &question("Paris."), None, &sampling).expect("writes").text
        });
        assert_eq!(texts[0], texts[1]);
        texts.sort();
        assert_ne!(texts[0], texts[2]);
    });
}

#[test]
fn a_prompt_that_leaves_no_room_is_refused() {
    with_model(|batcher| {
        let long = question(&"Paris is the capital. ".repeat(150));
        let fault = generate(batcher, &long, None, &greedy(500)).expect_err("too long");
        assert!(matches!(fault, EngineFault::PromptTooLong { tokens: 600..1024, limit: 524 }), "{fault:?}");
        let longer = question(&"Paris is the capital. ".repeat(400));
        let weighed = try_weigh(batcher, &longer, OPENING, &candidates());
        assert!(matches!(weighed, Err(EngineFault::PromptTooLong { .. })));
        assert!(generate(batcher, &long, None, &greedy(4)).is_ok());
    });
}

#[test]
fn a_schema_without_a_grammar_is_refused() {
    with_model(|batcher| {
        let schema = Arc::new(json!({"type": "string", "pattern": "("}));
        let fault = generate(batcher, &question("Paris."), Some(&schema), &greedy(8));
        assert!(matches!(fault, Err(EngineFault::Schema { .. })), "{fault:?}");
    });
}

#[test]
fn schemas_as_rust_types_give_them_have_a_grammar() {
    with_model(|batcher| {
        let schema = Arc::new(json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Verdict",
            "description": "A verdict.",
            "type": "object",
            "properties": {
                "label": {"$ref": "#/$defs/Label"},
                "score": {"type": "number", "format": "double", "minimum": 0.0, "maximum": 1.0},
                "count": {"type": "integer", "format": "uint32", "minimum": 0},
                "note": {"type": ["string", "null"], "maxLength": 20},
            },
            "required": ["label", "score", "count", "note"],
            "$defs": {"Label": {"oneOf": [
                {"type": "string", "const": "good", "description": "Good."},
                {"type": "string", "const": "bad", "description": "Bad."},
            ]}},
        }));
        let answer = generate(batcher, &question("Paris."), Some(&schema), &greedy(80));
        let value: Value = serde_json::from_str(&answer.expect("writes").text).expect("JSON");
        assert!(["good", "bad"].contains(&value.get("label").and_then(Value::as_str).expect("text")));
        assert!(value.get("count").is_some_and(Value::is_u64));
    });
}
