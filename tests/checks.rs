//! Checks from TOML to verdicts, and what is said about broken ones.

use std::collections::BTreeMap;

use evenhand::ErrorKind;
use evenhand::internal::check::{Check, CheckFile, Examined, Material, Verdict, combine};
use evenhand::internal::data::Record;
use evenhand::internal::document::Document;
use evenhand::trajectory::Trajectory;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// As it stands in evenhand.toml under a suite.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Suite {
    checks: BTreeMap<String, CheckFile>,
}

fn files(toml: &str) -> BTreeMap<String, CheckFile> {
    Document::<Suite>::parse(toml, "evenhand.toml", ErrorKind::Config).unwrap().content.checks
}

fn compiled(toml: &str) -> Vec<Check> {
    files(toml).iter().map(|(name, file)| Check::compile(name, file).unwrap()).collect()
}

fn record(fields: Value) -> Record {
    Record { id: "r".into(), line: 1, fields: fields.as_object().unwrap().clone() }
}

fn about_text(toml: &str, fields: Value, output: &Value) -> Vec<Examined> {
    let record = record(fields);
    let material =
        Material { record: &record, output, trajectory: None, latency_ms: Some(840.0), cost_usd: None };
    compiled(toml).iter().map(|check| check.examine(&material)).collect()
}

fn about_agent(toml: &str, fields: Value, output: &Value) -> Vec<Examined> {
    let record = record(fields);
    let read = Trajectory::read(output);
    let material = Material {
        record: &record,
        output,
        trajectory: Some(read.as_ref()),
        latency_ms: None,
        cost_usd: None,
    };
    compiled(toml).iter().map(|check| check.examine(&material)).collect()
}

fn lines(examined: &[Examined]) -> String {
    examined.iter().map(|check| format!("{}: {:?}: {}\n", check.name, check.verdict, check.detail)).collect()
}

const TEXT: &str = r#"
[checks]
exact = { kind = "exact", expected = " The total is 39.90. " }
exact_strict = { kind = "exact", expected = " The total is 39.90. ", trim = false }
exact_case = { kind = "exact", expected = "THE TOTAL IS 39.90.", ignore_case = true }
exact_field = { kind = "exact", expected_field = "answers.0" }
contains_all = { kind = "contains", expected = ["total", "Friday"] }
contains_any = { kind = "contains", expected = ["TOTAL", "Friday"], needs = "any", ignore_case = true }
contains_none = { kind = "contains", expected_field = "secret", needs = "none" }
regex = { kind = "regex", pattern = '\d+\.\d\d' }
regex_absent = { kind = "regex", pattern = 'total', absent = true }
number = { kind = "number", expected = 39.5, tolerance = 0.5 }
number_relative = { kind = "number", expected_field = "price", relative = 0.001 }
number_missing = { kind = "number", expected_field = "prise" }
number_skipped = { kind = "number", expected_field = "prise", if_missing = "skip" }
number_wrong = { kind = "number", expected_field = "answers" }
json = { kind = "json_schema", schema = { type = "object" } }
slow = { kind = "max_latency_ms", max = 500 }
cost = { kind = "max_cost_usd", max = 0.01 }
tool = { kind = "tool_called", tool = "refund" }
"#;

#[test]
fn checks_of_a_text() {
    let fields = json!({"answers": ["The total is 39.90."], "secret": "4711", "price": "40"});
    let examined = about_text(TEXT, fields, &json!("The total is 39.90."));
    insta::assert_snapshot!(lines(&examined));
}

const AGENT: &str = r#"
[checks.answer]
kind = "contains"
expected = ["refunded"]

[checks.once]
kind = "tool_called"
tool = "refund"
max = 1
required = true
weight = 0

[checks.order]
kind = "tool_order"
expected = ["get_order", "refund"]

[checks.order_strict]
kind = "tool_order"
expected = ["get_order", "refund"]
order = "strict"

[checks.list]
kind = "tool_list"
expected_field = "tools"

[checks.list_strict]
kind = "tool_list"
expected = ["get_order", "refund", "note", "refund"]
compare = "strict"

[checks.list_subset]
kind = "tool_list"
expected = ["get_order", "refund", "note"]
compare = "subset"

[checks.list_subset_once]
kind = "tool_list"
expected = ["get_order", "refund", "note"]
compare = "subset"
repeats = "ignore"

[checks.list_superset]
kind = "tool_list"
expected = ["refund", "mail"]
compare = "superset"

[checks.arguments]
kind = "tool_arguments"
tool = "refund"
schema = { type = "object", required = ["id", "amount"], properties = { amount = { type = "number", maximum = 40 } } }

[checks.arguments_any]
kind = "tool_arguments"
tool = "refund"
schema = { required = ["amount"] }
calls = "any"

[checks.arguments_uncalled]
kind = "tool_arguments"
tool = "mail"
schema = { type = "object" }
calls = "every_if_called"

[checks.forbidden]
kind = "forbidden_tool"
tools = ["delete", "note"]

[checks.steps]
kind = "max_steps"
max = 4

[checks.calls]
kind = "max_steps"
max_field = "limit"
count = "calls"

[checks.json]
kind = "json_schema"
schema = { type = "object" }
"#;

fn agent() -> Value {
    json!({"steps": [
        {"call": "get_order", "arguments": {"id": 17}, "result": "ok"},
        {"say": "I refund it."},
        {"call": "refund", "arguments": {"id": 17, "amount": 39.9}, "result": "ok"},
        {"call": "note", "arguments": {}, "result": "ok"},
        {"call": "refund", "arguments": {"id": 17}, "result": "done already", "error": true},
    ], "answer": "I have refunded it."})
}

#[test]
fn checks_of_an_agent() {
    let fields = json!({"tools": ["refund", "get_order", "refund"], "limit": 4});
    insta::assert_snapshot!(lines(&about_agent(AGENT, fields, &agent())));
}

#[test]
fn what_cannot_be_examined_neither_passes_nor_fails() {
    for output in [json!({"transcript": "lost"}), json!("just an answer")] {
        let examined = about_agent(AGENT, json!({}), &output);
        let about_steps = examined.iter().filter(|check| !["answer", "json"].contains(&check.name.as_str()));
        for check in about_steps {
            assert_eq!(check.verdict, Verdict::NotApplicable, "{}", check.name);
        }
    }
    let unreadable = about_agent(AGENT, json!({}), &json!({"transcript": "lost"}));
    insta::assert_snapshot!(unreadable[0].detail);
}

#[test]
fn an_agent_without_an_answer_has_answered_nothing() {
    let silent = json!({"steps": [{"call": "get_order", "arguments": {}, "result": "ok"}]});
    let toml = "[checks]\nsays = { kind = \"contains\", expected = [\"order\"] }\n\
                silent = { kind = \"contains\", expected = [\"order\"], needs = \"none\" }";
    let verdicts: Vec<Verdict> =
        about_agent(toml, json!({}), &silent).into_iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts, [Verdict::Fail, Verdict::Pass]);
}

#[test]
fn json_outputs_are_compared_as_json() {
    let toml = r#"
        [checks]
        exact = { kind = "exact", expected = { total = 40, items = [1, 2.0] } }
        schema = { kind = "json_schema", schema = { properties = { total = { type = "string" } } } }
        number = { kind = "number", expected = 40, pointer = "/total" }
        nowhere = { kind = "number", expected = 40, pointer = "/sum" }
    "#;
    for output in [json!({"items": [1, 2], "total": 40.0}), json!("{\"items\":[1,2],\"total\":40}")] {
        let examined = about_text(toml, json!({}), &output);
        let verdicts: Vec<Verdict> = examined.iter().map(|check| check.verdict).collect();
        assert_eq!(
            verdicts,
            [Verdict::Pass, Verdict::Fail, Verdict::Pass, Verdict::Fail],
            "{}",
            lines(&examined)
        );
    }
    let prose = about_text(toml, json!({}), &json!("The total is 40."));
    insta::assert_snapshot!(lines(&prose));
}

#[test]
fn checks_and_a_judge_make_one_score() {
    let toml = "[checks]\nlong = { kind = \"max_steps\", max = 4 }\n\
                note = { kind = \"forbidden_tool\", tools = [\"delete\"], weight = 3 }\n\
                gone = { kind = \"max_steps\", max_field = \"none\", if_missing = \"skip\" }";
    let examined = about_agent(toml, json!({}), &agent());
    let shares: Vec<_> = examined.iter().filter_map(Examined::share).collect();
    assert_eq!(shares.len(), 2);
    assert!((combine(&shares).unwrap().value - 0.75).abs() < 1e-12);
}

#[test]
fn a_check_is_written_as_it_was_read() {
    for (name, file) in files(TEXT).into_iter().chain(files(AGENT)) {
        let written = serde_json::to_value(&file).unwrap();
        assert_eq!(serde_json::from_value::<CheckFile>(written).unwrap(), file, "{name}");
    }
}

#[test]
fn a_schema_is_read_from_its_file_by_the_caller() {
    let file = files("[checks]\nshape = { kind = \"json_schema\", schema_file = \"shape.json\" }")
        .remove("shape")
        .unwrap();
    assert_eq!(file.schema_file().unwrap().to_str(), Some("shape.json"));
    assert!(Check::compile("shape", &file).is_err());
    Check::compile("shape", &file.with_schema(json!({"type": "object"}))).unwrap();
}

#[test]
fn what_the_schema_sees_is_reported_at_its_line() {
    let toml = r#"
[checks.a]
kind = "tool_caled"
tool = "refund"

[checks.b]
kind = "contains"
expectd = ["x"]

[checks.c]
expected = "x"

[checks.d]
kind = "number"
expected = "many"
take = "middle"
weight = -1
"#;
    let error = Document::<Suite>::parse(toml, "evenhand.toml", ErrorKind::Config).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}"));
}

#[test]
fn what_only_the_check_itself_can_see() {
    let toml = r#"
[checks]
a_nothing = { kind = "exact" }
b_both = { kind = "exact", expected = "x", expected_field = "y" }
c_pattern = { kind = "regex", pattern = "(a" }
d_schema = { kind = "json_schema", schema = { type = "objekt" } }
e_none = { kind = "tool_arguments", tool = "x" }
f_range = { kind = "tool_called", tool = "x", max = 0 }
g_pointer = { kind = "number", expected = 1, pointer = "total" }
h_empty = { kind = "contains", expected = [] }
i_empty = { kind = "forbidden_tool", tools = [] }
"#;
    let faults: Vec<String> = files(toml)
        .iter()
        .map(|(name, file)| format!("{:#}", Check::compile(name, file).unwrap_err()))
        .collect();
    insta::assert_snapshot!(faults.join("\n\n"));
}

#[test]
fn lengths_are_counted_in_the_unit_that_is_named() {
    let toml = r#"
[checks]
characters = { kind = "length", min = 4, max = 4 }
lines = { kind = "length", max = 1, unit = "lines" }
utf16 = { kind = "length", min = 6, unit = "utf16" }
words = { kind = "length", min = 3, unit = "words" }
"#;
    // One character of two units, and one of one.
    let examined = about_text(toml, json!({}), &json!("é 𝄞\n"));
    assert_eq!(
        lines(&examined),
        "characters: Pass: characters: 4, 4 to 4 allowed\n\
         lines: Pass: lines: 1, at most 1 allowed\n\
         utf16: Fail: UTF-16 units: 5, at least 6 allowed\n\
         words: Fail: words: 2, at least 3 allowed\n"
    );
    let broken = |toml: &str| {
        let files = files(toml);
        files
            .iter()
            .map(|(name, file)| Check::compile(name, file).unwrap_err().to_string())
            .collect::<String>()
    };
    assert!(broken("[checks]\na = { kind = \"length\" }").contains("neither `min` nor `max`"));
    assert!(
        broken("[checks]\na = { kind = \"length\", min = 3, max = 2 }").contains("at least 3 and at most 2")
    );
}
