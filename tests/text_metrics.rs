//! Text metrics as checks, held against sacrebleu, rouge-score and strsimpy (`benches/text_metrics.py`).

use std::collections::BTreeMap;

use evenhand::internal::check::{Check, CheckFile, Examined, Material, Metric, Verdict};
use evenhand::internal::data::Record;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Reference {
    of_all: BTreeMap<String, f64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    output: String,
    references: Vec<String>,
    values: BTreeMap<String, f64>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("text_metrics/cases.json")).unwrap()
}

fn check(keys: Value) -> Result<Check, String> {
    let file: CheckFile = serde_json::from_value(keys).map_err(|error| error.to_string())?;
    Check::compile("near", &file).map_err(|error| format!("{error:?}"))
}

/// The check of a metric as the reference file names it: "rougeL recall", "chrf++ `ignore_case`".
fn named(name: &str) -> Check {
    let (metric, how) = name.split_once(' ').unwrap_or((name, ""));
    let mut keys = match metric {
        "bleu" | "edit_similarity" => json!({"kind": metric}),
        "chrf" | "chrf++" => json!({"kind": "chrf", "variant": metric}),
        _ => json!({"kind": "rouge", "variant": metric}),
    };
    keys["expected_field"] = json!("right");
    keys["min"] = json!(0.5);
    match how {
        "" => {}
        "ignore_case" => keys["ignore_case"] = json!(true),
        measure => keys["measure"] = json!(measure),
    }
    check(keys).unwrap()
}

fn examined(check: &Check, fields: Value, output: &Value) -> Examined {
    let record = Record { id: "r".into(), line: 1, fields: fields.as_object().unwrap().clone() };
    let material = Material { record: &record, output, trajectory: None, latency_ms: None, cost_usd: None };
    check.examine(&material)
}

#[test]
fn every_value_is_that_of_the_reference() {
    let reference = reference();
    let mut compared = BTreeMap::new();
    for case in &reference.cases {
        for (name, expected) in &case.values {
            let found = examined(&named(name), json!({"right": case.references}), &json!(case.output));
            let Some(measured) = found.measured else {
                // No reference has a word of a–z and 0–9: rouge-score gives 0, and the check says why it cannot.
                assert_eq!(
                    (found.verdict, *expected),
                    (Verdict::NotApplicable, 0.0),
                    "{name}: {}",
                    found.detail
                );
                continue;
            };
            let near = (measured.value - expected).abs() <= 1e-9;
            assert!(near, "{name} of {:?}: {} instead of {expected}", case.output, measured.value);
            assert_eq!(found.verdict == Verdict::Pass, measured.value + 1e-12 >= 0.5, "{}", found.detail);
            *compared.entry(name.as_str()).or_insert(0) += 1;
        }
    }
    assert!(compared.len() == 17 && compared.values().all(|cases| *cases >= 85), "{compared:?}");
}

#[test]
fn all_outputs_together_have_the_value_of_the_reference() {
    let reference = reference();
    for (name, expected) in &reference.of_all {
        let check = named(name);
        let mut sums: Vec<u64> = Vec::new();
        let mut metric = Metric::Bleu;
        for case in &reference.cases {
            let found = examined(&check, json!({"right": case.references}), &json!(case.output));
            let measured = found.measured.unwrap();
            metric = measured.metric;
            sums.resize(measured.counts.len(), 0);
            sums.iter_mut().zip(&measured.counts).for_each(|(sum, count)| *sum += count);
        }
        let found = metric.of_all(&sums).unwrap();
        assert!((found - expected).abs() <= 1e-9, "{name}: {found} instead of {expected}");
    }
}

#[test]
fn a_field_of_an_output_is_compared_and_one_that_is_not_there_is_worth_nothing() {
    let keys =
        json!({"kind": "rouge", "expected": ["shipped on Monday"], "min": 0.75, "pointer": "/summary"});
    let near = check(keys).unwrap();
    let of = |output: Value| {
        let found = examined(&near, json!({}), &output);
        (found.verdict, found.measured.map(|measured| measured.value), found.detail)
    };
    let (verdict, value, detail) = of(json!({"summary": "It was shipped on Monday."}));
    assert_eq!(verdict, Verdict::Pass, "3/4 is not below 0.75 for a rounding error");
    assert!((value.unwrap() - 0.75).abs() < 1e-15);
    assert_eq!(detail, "ROUGE-L 0.750, at least 0.75 wanted");
    let (verdict, value, detail) = of(json!({"text": "It was shipped on Monday."}));
    assert_eq!((verdict, value), (Verdict::Fail, Some(0.0)));
    assert_eq!(detail, "the output has no text at /summary; ROUGE-L 0.000, at least 0.75 wanted");
    let (verdict, value, detail) = of(json!("It was shipped on Monday."));
    assert_eq!((verdict, value), (Verdict::Fail, Some(0.0)));
    assert!(detail.starts_with("the output is not JSON"), "{detail}");
    assert_eq!(of(Value::Null).0, Verdict::NotApplicable);
}

#[test]
fn what_cannot_be_compared_is_no_value() {
    let found = |name: &str, right: Value| {
        let found = examined(&named(name), json!({"right": right}), &json!("Заказ отправлен"));
        (found.verdict, found.measured, found.detail)
    };
    let (verdict, measured, detail) = found("rougeL", json!("Заказ отправлен"));
    assert_eq!((verdict, measured), (Verdict::NotApplicable, None));
    assert_eq!(detail, "no reference has anything that ROUGE-L compares");
    assert_eq!(found("bleu", json!("Заказ отправлен")).0, Verdict::Pass);
    assert_eq!(found("bleu", json!([])).0, Verdict::NotApplicable);
    assert_eq!(found("chrf", json!(" ")).0, Verdict::NotApplicable);
    assert_eq!(found("edit_similarity", json!(null)).0, Verdict::NotApplicable);
}

#[test]
fn broken_keys_are_refused() {
    let refused = |keys: Value| check(keys).unwrap_err();
    assert!(refused(json!({"kind": "bleu", "expected": ["a"]})).contains("missing field `min`"));
    assert!(
        refused(json!({"kind": "bleu", "expected": ["a"], "min": 30}))
            .contains("`min` 30 is not from 0 to 1")
    );
    assert!(refused(json!({"kind": "chrf", "expected": [], "min": 0.5})).contains("`expected` is empty"));
    assert!(
        refused(json!({"kind": "rouge", "min": 0.5})).contains("neither `expected` nor `expected_field`")
    );
    let keys = json!({"kind": "rouge", "expected": ["a"], "min": 0.5, "ignore_case": true});
    assert!(refused(keys).contains("unknown field `ignore_case`"));
}
