//! Texts made to be slow or deep. They are long enough that anything worse than linear would not end in a test's time.

use evenhand::internal::answer::{Contract, parse};
use serde_json::json;

/// Unoptimized, the same code is some fifty times slower.
const LONG: usize = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };

fn contract() -> Contract {
    Contract::new(&json!({
        "type": "object",
        "properties": {"reasoning": {"type": "string"}, "score": {"type": "integer"}},
        "required": ["reasoning", "score"],
        "additionalProperties": false,
    }))
    .unwrap()
}

#[test]
fn one_piece_over_and_over() {
    let pieces = [
        "{",
        "[",
        "\"",
        "'",
        "{\"",
        "[{",
        "{\"a\":",
        "{\"a\":[",
        "[{\"a\":",
        "{\"score\":\"",
        "\"score\":",
        ",",
        "\\",
        "\\\"",
        "//",
        "//a\n",
        "#",
        "/*",
        "<!--",
        "<",
        "<think>",
        "</think>",
        "<think>{",
        "```",
        "`",
        "...",
        "\n",
        " ",
        "{\"a\":\"b\"c\"}",
        "{\"score\":5}",
        "“",
        "{x",
        "{'",
        "{\"reasoning\":\"x\" ",
        "\"\"\"",
        "{\"score\":\"\"\"",
        "{\"a\":x,",
        "{\"a\":x\n",
        "{\"reasoning\":a ",
        "\"//\n",
        "\u{a0}",
        "[\"",
        "[[",
        "{\"reasoning\":\"a\"b\",",
        "</",
        "\u{1b}[",
        "{a:",
        "a:",
        "{\"score\":1,",
        "é{",
        "},{\"score\":\"",
        "{\"reasoning\": \"x}, {",
    ];
    let contract = contract();
    for piece in pieces {
        let text = piece.repeat(LONG / piece.len());
        let _ = parse(&text, &contract);
        let _ = parse(&format!("{{\"reasoning\": \"{text}\", \"score\": 3"), &contract);
        let _ = parse(&format!("x {{'reasoning': {text}, score: 3}}"), &contract);
    }
}

#[test]
fn the_answer_after_megabytes_of_prose_is_found() {
    let prose =
        "The candidate's answer is {mostly} right, isn't it? [1] <b>Yes</b>.\n".repeat(LONG * 10 / 68);
    let answer = parse(&format!("{prose}{{'reasoning': 'long', 'score': 3}}"), &contract()).unwrap();
    assert_eq!(answer.value, json!({"reasoning": "long", "score": 3}));
}

#[test]
fn megabytes_of_text_inside_the_answer_come_back() {
    let text = "It says \"yes\", and {\"a\": 1}, and more. ".repeat(LONG * 5 / 39);
    let answer = parse(&format!("{{\"score\": 3, \"reasoning\": \"{text}\"}}"), &contract()).unwrap();
    assert_eq!(answer.value["reasoning"].as_str(), Some(text.as_str()));
}

#[test]
fn nesting_ends_at_128_levels_without_a_crash() {
    let deep = |levels: usize| {
        format!(
            "{{\"reasoning\": \"x\", \"score\": 3, \"y\": {}1{},}}",
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    assert!(parse(&deep(100), &contract()).is_ok());
    let invalid = parse(&deep(100_000), &contract()).unwrap_err();
    assert_eq!(
        invalid.to_string(),
        "invalid answer: no readable JSON object in the reply: nested deeper than 128 levels at byte 164"
    );
}
