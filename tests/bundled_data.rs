//! The bundled datasets fit the bundled signatures: what is judged is there, labels are verdicts, and what the
//! writers noted beside a label says the same as the label.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evenhand::signature::{Demo, Spec, bundled};
use serde_json::Value;

fn records(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().expect(field)
}

/// Each record once, with every input that the signature requires, no demo among them, and at least 30 of them.
fn fit(spec: &Spec, records: &[Value]) {
    assert!(records.len() >= 30, "{}: {} records", spec.name, records.len());
    let ids: BTreeSet<&str> = records.iter().map(|record| text(record, "id")).collect();
    assert_eq!(ids.len(), records.len(), "{}: an id occurs twice", spec.name);
    let required = spec.input_schema()["required"].clone();
    let required: Vec<&str> =
        required.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for record in records {
        for field in required.iter().chain(&["label", "why"]) {
            assert!(!text(record, field).is_empty(), "{}: {field}", record["id"]);
        }
        let is_it = |demo: &Demo| required.iter().all(|name| demo.inputs.get(*name) == record.get(*name));
        assert!(!spec.demos.iter().any(is_it), "{}: is a demo", record["id"]);
    }
}

fn labels(records: &[Value]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for record in records {
        *counts.entry(text(record, "label")).or_default() += 1;
    }
    counts
}

#[test]
fn answers_beside_a_reference() {
    let records = records("correctness.jsonl");
    fit(&bundled("correctness").unwrap(), &records);
    assert_eq!(labels(&records), [("correct", 13), ("incorrect", 13), ("partial", 13)].into());
}

#[test]
fn every_quote_of_a_claim_stands_in_its_source() {
    let records = records("groundedness.jsonl");
    fit(&bundled("groundedness").unwrap(), &records);
    assert_eq!(labels(&records), [("grounded", 20), ("ungrounded", 20)].into());
    for record in &records {
        let claims = record["claims"].as_array().unwrap();
        for claim in claims {
            let quote = text(claim, "quote");
            assert!(text(record, "source").contains(quote), "{}: {quote}", record["id"]);
            assert_eq!(quote.is_empty(), claim["verdict"] == "missing", "{}: {claim}", record["id"]);
        }
        let supported = !claims.is_empty() && claims.iter().all(|claim| claim["verdict"] == "supported");
        assert_eq!(supported, record["label"] == "grounded", "{}", record["id"]);
    }
}

#[test]
fn what_is_not_met_stands_on_the_checklist() {
    let records = records("instruction-following.jsonl");
    fit(&bundled("instruction_following").unwrap(), &records);
    assert_eq!(labels(&records), [("followed", 19), ("violated", 19)].into());
    for record in &records {
        let points = record["checklist"].as_array().unwrap().len() as u64;
        let unmet = record["unmet"].as_array().unwrap();
        let on_the_list =
            |number: &Value| number.as_u64().is_some_and(|number| (1..=points).contains(&number));
        assert!(unmet.iter().all(on_the_list), "{}", record["id"]);
        assert_eq!(unmet.is_empty(), record["label"] == "followed", "{}", record["id"]);
    }
}

#[test]
fn neither_place_of_a_pair_is_right_more_often() {
    let records = records("preference.jsonl");
    fit(&bundled("preference").unwrap(), &records);
    assert_eq!(labels(&records), [("first", 16), ("second", 16), ("tie", 6)].into());
    assert!(records.iter().all(|record| record["first"] != record["second"]));
}
