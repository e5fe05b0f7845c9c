//! What a bench recommends among equals, and the same record's answers side by side.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{BLUNT, SHARP, bench, cell, flat, polite, role, sharp, two_models, write_records};
use crate::support::ollama::{OllamaModel, ollama};
use crate::support::project::Ran;

/// As right as the sharp one, at a third of its time.
const QUICK: OllamaModel =
    OllamaModel { name: "quick:4b", call: Duration::from_millis(20), answer: sharp, ..SHARP };

fn chosen(ran: &Ran) -> (String, String, String) {
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let role = &json["choice"]["roles"][0];
    let text = |key: &str| role[key].as_str().unwrap().to_owned();
    (text("cell"), text("reason"), text("unless"))
}

#[test]
fn of_equals_the_cheapest_is_used_and_then_the_fastest() {
    let server = ollama(vec![SHARP, QUICK]);
    let url = server.url("");
    let of_prices = |sharp: Option<[f64; 2]>, quick: Option<[f64; 2]>| {
        let project =
            polite(&(role("sharp", "sharp:4b", &url, sharp) + &role("quick", "quick:4b", &url, quick)));
        write_records(&project, 12);
        let ran = project.evenhand(&[
            "bench",
            "polite",
            "--models",
            "sharp,quick",
            "--repeats",
            "1",
            "--short-answers",
            "0",
            "--json",
        ]);
        assert_eq!(ran.code, 0, "{ran}");
        chosen(&ran)
    };
    // Cheaper goes before faster, and both prices are said.
    let (cell, reason, _) = of_prices(Some([0.1, 0.4]), Some([2.5, 10.0]));
    assert_eq!(cell, "sharp");
    assert!(reason.contains("the cheapest of those not shown to judge worse"), "{reason}");
    assert!(reason.contains("($1.80, and quick $45.00 for 100,000 records)"), "{reason}");
    // At one price the fastest.
    let (cell, reason, _) = of_prices(Some([2.5, 10.0]), Some([2.5, 10.0]));
    assert_eq!(cell, "quick");
    assert!(reason.contains("the fastest") && reason.contains("cost about the same"), "{reason}");
    // A model on this machine is free where nobody gives it a price.
    let (cell, reason, _) = of_prices(Some([2.5, 10.0]), None);
    assert_eq!(cell, "quick");
    assert!(reason.contains("the cheapest") && reason.contains("(free, and sharp $45.00"), "{reason}");
}

#[test]
fn the_best_that_costs_more_and_the_worse_that_costs_less_have_roles_too() {
    let server = ollama(vec![SHARP, BLUNT]);
    let url = server.url("");
    let project = polite(
        &(role("sharp", "sharp:4b", &url, Some([2.5, 10.0]))
            + &role("blunt", "blunt:1b", &url, Some([0.1, 0.4]))),
    );
    write_records(&project, 24);
    let ran = bench(&project, &["--json"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let roles: Vec<(&str, &str)> = json["choice"]["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| (role["role"].as_str().unwrap(), role["cell"].as_str().unwrap()))
        .collect();
    assert_eq!(roles, [("primary", "sharp"), ("fast", "blunt"), ("cheap", "blunt")]);
    assert!(
        json["choice"]["roles"][2]["reason"].as_str().unwrap().contains("shown to judge worse than sharp")
    );
}

#[test]
fn the_same_records_answers_stand_side_by_side() {
    let (_server, project) = two_models(6);
    let ran = bench(
        &project,
        &["--show", "r2", "--markdown", "b.md", "--html", "b.html", "--json-report", "b.json"],
    );
    assert_eq!(ran.code, 0, "{ran}");
    let text = flat(&ran);
    assert!(text.starts_with("use sharp: κ 1.00"), "κ 0.00 is not recommended on six records either: {ran}");
    assert!(text.contains("not shown to judge better than chance"), "{ran}");
    assert!(text.contains(r#"r2: label yes sharp yes 1.00. {"reasoning":"It says please.","verdict":"yes"} blunt yes 1.00. {"reasoning":"#), "{ran}");
    assert!(
        text.contains(r#"name = "the rest" to = ["sharp"]"#),
        "a judge at chance does not stand in: {ran}"
    );
    assert!(!text.contains("r1: label"), "only what is wanted is printed: {ran}");
    assert!(text.contains("the verdicts lie farthest apart on r1, then on r3, r5; --show r1"), "{ran}");
    let json: Value = serde_json::from_str(&project.read("b.json")).unwrap();
    let records: Vec<&str> =
        json["answers"].as_array().unwrap().iter().map(|record| record["record"].as_str().unwrap()).collect();
    assert_eq!(records, ["r2", "r1", "r3", "r5"], "what is wanted, then where they differ");
    let first = &json["answers"][1];
    assert_eq!((&first["label"], &first["apart"]), (&json!("no"), &json!(1.0)));
    assert_eq!(
        first["answers"].as_array().unwrap().iter().map(|answer| &answer["is_right"]).collect::<Vec<_>>(),
        [&json!(true), &json!(false)]
    );
    assert!(
        project
            .read("b.md")
            .contains("| `blunt` | `yes` | 1.00 | `{\"reasoning\":\"Yes.\",\"verdict\":\"yes\"}` |")
    );
    assert!(project.read("b.html").contains("It does not say please."));
    let unknown = project.evenhand(&["bench", "--from", "last", "--show", "r99"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("`r99`"), "{unknown}");
}

#[test]
fn json_is_as_its_schema_says() {
    let (_server, project) = two_models(6);
    let ran = bench(&project, &["--at-once", "1,2", "--max-p95", "2s", "--json"]);
    let corpus = format!("{}/tests/corpus/bench/vllm-detailed.json", env!("CARGO_MANIFEST_DIR"));
    let imported = project.evenhand(&["bench", "--json", "--import", &corpus]);
    let schema: Value = serde_json::from_str(&project.evenhand(&["schema", "bench"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for report in [&ran, &imported] {
        let report: Value = serde_json::from_str(&report.stdout).unwrap();
        let faults: Vec<String> = validator.iter_errors(&report).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
    let mut broken: Value = serde_json::from_str(&ran.stdout).unwrap();
    broken["cells"][0]["speed"]["record"]["p50"] = json!("fast");
    assert!(!validator.is_valid(&broken));
    let committed: Value = serde_json::from_str(include_str!("../docs/schema/bench.json")).unwrap();
    assert!(schema == committed, "evenhand schema bench > docs/schema/bench.json");
    assert!(cell(&serde_json::from_str(&ran.stdout).unwrap(), "sharp").is_object());
}
