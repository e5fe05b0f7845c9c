//! The page about repairs says what the code does.

use evenhand::internal::answer::Repair;
use evenhand::internal::answer::{Contract, parse};
use serde_json::{Value, json};

const PAGE: &str = include_str!("../../docs/reference/answers.md");

/// The schema in the page's only JSON block.
fn contract() -> Contract {
    let block = PAGE.split("\n```json\n").nth(1).unwrap().split("\n```\n").next().unwrap();
    Contract::new(&serde_json::from_str::<Value>(block).unwrap()).unwrap().shortening_all_but("score")
}

/// The contract of the one example that needs a list as its only required field.
fn list_contract() -> Contract {
    let item = json!({"type": "object", "required": ["name", "met"]});
    let schema = json!({
        "type": "object",
        "properties": {"criteria": {"type": "array", "items": item}},
        "required": ["criteria"],
    });
    Contract::new(&schema).unwrap()
}

/// The rows below a table's heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let table = PAGE.split(heading).nth(1).unwrap().lines().skip(2).take_while(|line| line.starts_with('|'));
    table.map(|line| line.trim_matches('|').split(" | ").map(|cell| code(cell.trim())).collect()).collect()
}

/// What stands in a code span; the whole text when there is none.
fn code(cell: &str) -> String {
    let inner = cell.strip_prefix("``").and_then(|cell| cell.strip_suffix("``"));
    let inner =
        inner.or_else(|| cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`'))).unwrap_or(cell);
    let spaced = inner.strip_prefix(' ').and_then(|inner| inner.strip_suffix(' '));
    spaced.unwrap_or(inner).replace('⏎', "\n")
}

#[test]
fn every_repair_is_documented_with_an_example_that_shows_it() {
    let rows = rows("| repair | what the model did | for example |");
    let documented: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let all: Vec<&str> = Repair::ALL.iter().map(|repair| repair.name()).collect();
    assert_eq!(documented, all);
    for row in &rows {
        let contract = if row[0] == "list_alone" { list_contract() } else { contract() };
        let answer = parse(&row[2], &contract).unwrap_or_else(|invalid| panic!("{}: {invalid}", row[2]));
        let names: Vec<&str> = answer.repairs.iter().map(|repair| repair.name()).collect();
        assert!(names.contains(&row[0].as_str()), "{} shows {names:?}, not {}", row[2], row[0]);
        if row[0] != "list_alone" {
            assert_eq!(answer.value["score"], 4, "{}", row[2]);
        }
    }
}

#[test]
fn every_documented_fault_is_told_in_these_words() {
    let contract = contract();
    for row in rows("| reply | fault |") {
        let text = if row[0] == "an empty reply" { "" } else { row[0].as_str() };
        let invalid = parse(text, &contract).unwrap_err();
        assert_eq!(invalid.faults[0].to_string(), row[1], "{text}");
    }
}
