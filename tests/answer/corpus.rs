//! Real shapes of broken replies, each with what a careful reader makes of it.

use evenhand::internal::answer::{Contract, parse};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    schema: String,
    text: String,
    expect: Option<Value>,
    #[serde(default)]
    repairs: Vec<String>,
    fault: Option<First>,
}

/// The first fault: its pointer, and a part of its text.
#[derive(Deserialize)]
struct First {
    pointer: String,
    problem: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn contracts() -> BTreeMap<String, Contract> {
    let text = std::fs::read_to_string(folder().join("schemas.json")).unwrap();
    let schemas: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    schemas.into_iter().map(|(name, schema)| (name, Contract::new(&schema).unwrap())).collect()
}

fn cases() -> Vec<(String, Case)> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ext| ext == "jsonl")).collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let theme = path.file_stem().unwrap().to_string_lossy().into_owned();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            cases.push((theme.clone(), serde_json::from_str(line).unwrap()));
        }
    }
    cases
}

/// What is wrong with the reading of a case that should be answered.
fn misread(case: &Case, expected: &Value, contract: &Contract) -> Option<String> {
    let answer = match parse(&case.text, contract) {
        Ok(answer) => answer,
        Err(invalid) => return Some(format!("{invalid} (repairs {:?})", invalid.repairs)),
    };
    if answer.value != *expected {
        return Some(format!("read as {}", answer.value));
    }
    let mut names: Vec<&str> = answer.repairs.iter().map(|repair| repair.name()).collect();
    let mut expected: Vec<&str> = case.repairs.iter().map(String::as_str).collect();
    names.sort_unstable();
    expected.sort_unstable();
    (names != expected).then(|| format!("repairs {names:?}, expected {expected:?}"))
}

/// What is wrong with the refusal of a case that must stay invalid.
fn misjudged(case: &Case, contract: &Contract) -> Option<String> {
    let invalid = match parse(&case.text, contract) {
        Ok(answer) => return Some(format!("ACCEPTED as {} with {:?}", answer.value, answer.repairs)),
        Err(invalid) => invalid,
    };
    let (fault, expected) = (&invalid.faults[0], case.fault.as_ref().unwrap());
    let told = fault.pointer == expected.pointer && fault.problem.contains(&expected.problem);
    (!told).then(|| format!("{invalid:?}"))
}

#[test]
fn every_reply_of_the_corpus_is_read_as_a_careful_person_would() {
    let contracts = contracts();
    let (mut readable, mut unreadable, mut wrong) = (0, 0, Vec::new());
    for (theme, case) in cases() {
        let contract = &contracts[&case.schema];
        let complaint = if let Some(expected) = &case.expect {
            readable += 1;
            misread(&case, expected, contract)
        } else {
            unreadable += 1;
            misjudged(&case, contract)
        };
        wrong.extend(
            complaint
                .map(|complaint| format!("{theme} / {}\n    {:?}\n    {complaint}", case.name, case.text)),
        );
    }
    println!("corpus: {readable} replies to read, {unreadable} to refuse, {} wrong", wrong.len());
    assert!(readable >= 220 && unreadable >= 15);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
