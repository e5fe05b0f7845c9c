//! Faults in words, and answers as types.

use evenhand::internal::answer::{Answer, Contract, Invalid, deserialize, parse};
use evenhand::internal::answer::{Fault, Repair};
use serde::Deserialize;
use serde_json::json;

fn contract() -> Contract {
    Contract::new(&json!({
        "type": "object",
        "properties": {
            "score": {"type": "integer", "minimum": 1, "maximum": 5},
            "label": {"oneOf": [{"const": "good", "description": "x"}, {"const": "bad"}]},
            "confidence": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]},
            "kind": {"const": "verdict"},
            "notes": {"type": "array", "maxItems": 2, "items": {"type": "string", "minLength": 3}},
            "why/how": {"type": "object", "properties": {"a~b": {"type": "boolean"}}, "additionalProperties": false},
            "form": {"anyOf": [
                {"type": "object", "properties": {"left": {"type": "integer"}}, "required": ["left"]},
                {"type": "string", "pattern": "^[a-z]+$"},
            ]},
        },
        "required": ["score", "label"],
        "additionalProperties": false,
    }))
    .unwrap()
}

fn faults(reply: &serde_json::Value) -> String {
    let invalid = parse(&reply.to_string(), &contract()).unwrap_err();
    invalid.faults.iter().map(|fault| format!("{fault}\n")).collect()
}

#[test]
fn all_faults_are_told_in_a_fixed_order() {
    let reply = json!({
        "score": 9, "label": "so-so", "confidence": 1.5, "kind": "other", "notes": ["ab", "abc", "abcd"],
        "why/how": {"a~b": "perhaps"}, "form": {"left": "x"},
    });
    insta::assert_snapshot!(faults(&reply), @r#"
    /confidence: 1.5 is greater than the maximum of 1
    /form/left: "x" is not of type integer
    /kind: "other" is not "verdict"
    /label: "so-so" is not one of "good" or "bad"
    /notes: ["ab","abc","abcd"] has more than 2 items
    /notes/0: "ab" is shorter than 3 characters
    /score: 9 is greater than the maximum of 5
    /why~1how/a~0b: "perhaps" is not of type boolean
    "#);
}

#[test]
fn long_values_are_clipped() {
    let long = "x".repeat(10_000);
    insta::assert_snapshot!(faults(&json!({"score": long, "label": {"a": long}})), @r#"
    /label: {"a":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… is not one of "good" or "bad"
    /score: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" is not of type integer
    "#);
}

#[test]
fn missing_fields_are_named() {
    insta::assert_snapshot!(faults(&json!({"label": "good"})), @r#""score" is missing"#);
    insta::assert_snapshot!(faults(&json!({})), @r#"
    "label" is missing
    "score" is missing
    "#);
}

#[test]
fn an_answer_becomes_a_typed_value() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Verdict {
        score: u8,
        confidence: Option<f64>,
    }
    let reply = r#"{"score": 4.0, "label": "good", "confidence": 1}"#;
    let answer = parse(reply, &contract()).unwrap();
    assert_eq!(answer.repairs, []);
    assert_eq!(deserialize::<Verdict>(&answer), Ok(Verdict { score: 4, confidence: Some(1.0) }));

    let repairs = vec![Repair::TrailingComma];
    let unfit = Answer { value: json!({"score": -1}), repairs: repairs.clone() };
    let invalid: Invalid = deserialize::<Verdict>(&unfit).unwrap_err();
    assert_eq!(invalid.repairs, repairs);
    assert!(invalid.to_string().contains("the answer does not fit its type"));
    let stored = serde_json::to_string(&invalid.faults).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Fault>>(&stored).unwrap(), invalid.faults);
}

#[test]
fn a_list_that_a_cut_off_later_object_makes_longer_is_another_answer() {
    let contract = Contract::new(&json!({
        "type": "object",
        "properties": {
            "score": {"type": "integer"},
            "notes": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["score", "notes"],
    }))
    .unwrap();
    let whole = r#"{"score": 4, "notes": ["a"]}"#;
    let read = |later: &str| parse(&format!("{whole} {later}"), &contract);
    // The beginning of the same answer is the same answer.
    assert_eq!(read(r#"{"score": 4, "notes": ["a""#).unwrap().value["notes"], json!(["a"]));
    let invalid = read(r#"{"score": 4, "notes": ["a", "b""#).unwrap_err();
    assert!(invalid.faults[0].problem.contains("cut off inside a later object"), "{invalid}");
}
