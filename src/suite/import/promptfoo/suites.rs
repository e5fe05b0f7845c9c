//! Tests, prompts and providers as suites with their records.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::project::{Draft, signature};
use super::super::{Imported, Missing};
use super::assertions::{Is, Part, Question, parts};
use super::providers::{Provider, provider};
use super::tests_of::Test;
use super::{Source, render};
use crate::error::Result;

/// Tests that have the same fixed parts.
struct Group {
    threshold: Option<f64>,
    tests: Vec<(Test, Vec<Part>)>,
}

/// The whole project.
pub(super) fn project(
    mut source: Source,
    root: &Value,
    prompts: &[String],
    providers: &[Provider],
    tests: Vec<Test>,
) -> Result<Imported> {
    let mut draft = Draft::default();
    let sources = sources(prompts, providers, &tests);
    let groups = groups(&mut source, tests, sources.contains(&Provider::Echo));
    if groups.iter().flat_map(|group| &group.tests).any(|(_, parts)| parts.iter().any(is_judge)) {
        judge(&mut source, root, &mut draft);
    }
    for (number, group) in groups.iter().enumerate() {
        let base = if groups.len() == 1 { "tests".to_owned() } else { format!("tests-{}", number + 1) };
        for (prompt_number, prompt) in prompts.iter().enumerate() {
            let prompt_part =
                if prompts.len() == 1 { String::new() } else { format!("-prompt-{}", prompt_number + 1) };
            let shown = sources.contains(&Provider::Echo);
            let Some(records) = records(&mut source, group, prompt, shown) else { continue };
            let dataset = format!("datasets/{base}{prompt_part}.jsonl");
            let mut used = false;
            for provider in &sources {
                let name = match provider {
                    Provider::Model { role, .. } | Provider::File { role } if sources.len() > 1 => {
                        format!("{base}{prompt_part}-{role}")
                    }
                    Provider::Echo if sources.len() > 1 => format!("{base}{prompt_part}-echo"),
                    _ => format!("{base}{prompt_part}"),
                };
                let brings = group.tests.iter().all(|(test, _)| test.output.is_some());
                let suite = suite(&mut draft, group, &dataset, provider, brings, root);
                draft.suite(name, suite);
                used = true;
            }
            if used {
                draft.dataset(dataset, &records);
            }
        }
    }
    draft.imported(source.missing)
}

/// Whether a part limits what an output took.
fn is_limit(part: &Part) -> bool {
    let kind = match &part.is {
        Is::Check { table, .. } => table.get("kind").and_then(Value::as_str),
        Is::Judge { .. } => None,
    };
    matches!(kind, Some("max_latency_ms" | "max_cost_usd"))
}

fn is_judge(part: &Part) -> bool {
    matches!(part.is, Is::Judge { .. })
}

/// Where outputs come from. Tests that bring theirs along need nothing else.
fn sources(prompts: &[String], providers: &[Provider], tests: &[Test]) -> Vec<Provider> {
    let all_bring = !tests.is_empty() && tests.iter().all(|test| test.output.is_some());
    match (prompts.is_empty(), providers.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) if all_bring => vec![Provider::Echo],
        (false, _) => providers.to_vec(),
    }
}

/// The model that judges.
fn judge(source: &mut Source, root: &Value, draft: &mut Draft) {
    let pointer = "/defaultTest/options/provider";
    let named = root.pointer(pointer);
    let named = named.map(|named| named.pointer("/text").unwrap_or(named));
    let table = match named.map(|named| provider(named, "judge")) {
        Some(Ok(Provider::Model { table, .. })) => table,
        Some(Err(fault)) => return source.miss(pointer, "the grader", fault),
        Some(Ok(_)) => return source.miss(pointer, "the grader", "this provider cannot judge"),
        None => json!({ "model": "openai/gpt-4.1" }).as_object().cloned().unwrap_or_default(),
    };
    draft.model("judge", &table);
    draft.judged_by("judge");
}

/// Puts tests together whose fixed parts are the same. What differs from record to record stands in the record.
fn groups(source: &mut Source, tests: Vec<Test>, echoes: bool) -> Vec<Group> {
    let mut groups: BTreeMap<(usize, String), Group> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for test in tests {
        let mut all = Vec::new();
        let mut is_whole = true;
        for assertion in &test.assertions {
            let untimed = echoes || test.output.is_some();
            let read = parts(source, &test, assertion).and_then(|parts| {
                if untimed && parts.iter().any(is_limit) {
                    Err("an output that no model makes has no latency and no cost".to_owned())
                } else {
                    Ok(parts)
                }
            });
            match read {
                Ok(parts) => all.extend(parts),
                Err(what) => {
                    is_whole = false;
                    let missing =
                        Missing { place: assertion.place.clone(), part: assertion.part.clone(), what };
                    // Of `defaultTest` each test has the same.
                    if !source.missing.contains(&missing) {
                        source.missing.push(missing);
                    }
                }
            }
        }
        if let Some(what) = unfit(&test, &all) {
            source.missing.push(Missing { place: source.name.clone(), part: test.part.clone(), what });
            is_whole = false;
            all.clear();
        }
        if !is_whole {
            all.push(lost());
        }
        if all.is_empty() {
            // A test that asserts nothing passes if there is an output.
            let table = json!({ "kind": "regex", "pattern": "", "absent": false });
            let table = table.as_object().cloned().unwrap_or_default();
            all.push(Part { name: "has_output".to_owned(), weight: 1.0, is: Is::Check { table, own: None } });
        }
        let fixed = all.iter().filter(|part| !matches!(&part.is, Is::Check { own: Some(_), .. })).map(shape);
        let key = json!([test.threshold, test.output.is_some(), fixed.collect::<Vec<_>>()]).to_string();
        let place = order.iter().position(|known| *known == key).unwrap_or_else(|| {
            order.push(key.clone());
            order.len() - 1
        });
        let group = groups
            .entry((place, key))
            .or_insert_with(|| Group { threshold: test.threshold, tests: Vec::new() });
        group.tests.push((test, all));
    }
    groups.into_values().collect()
}

/// What stands for assertions that are not carried over: a check that no record has anything for, so that the record has no
/// score. It may fail by what is left, and cannot pass.
fn lost() -> Part {
    let table = json!({ "kind": "contains", "expected_field": "assert.not_carried_over" });
    let table = table.as_object().cloned().unwrap_or_default();
    Part { name: "not_carried_over".to_owned(), weight: 1.0, is: Is::Check { table, own: None } }
}

/// Why the parts of a test cannot stand together.
fn unfit(test: &Test, parts: &[Part]) -> Option<String> {
    let counting = parts.iter().filter(|part| part.weight > 0.0).count();
    let of = |wanted: Question| {
        parts
            .iter()
            .filter(|part| matches!(part.is, Is::Judge { question, .. } if question == wanted))
            .count()
    };
    if of(Question::Correctness) > 1 || of(Question::Groundedness) > 1 {
        return Some("two assertions of one kind that a bundled signature judges".to_owned());
    }
    let has_threshold = parts.iter().any(|part| matches!(part.is, Is::Judge { pass_at: Some(_), .. }));
    (has_threshold && counting > 1 && test.threshold.is_none()).then(|| {
        "a judge's own threshold beside other assertions: evenhand has one `pass_at` for all parts".to_owned()
    })
}

/// What two parts have in common that are one in the suite.
fn shape(part: &Part) -> Value {
    match &part.is {
        Is::Check { table, own } => json!([part.name, part.weight, table, own.as_ref().map(|(key, _)| key)]),
        Is::Judge { question, pass_at, .. } => {
            json!([part.name, part.weight, format!("{question:?}"), pass_at])
        }
    }
}

/// The parts of all tests of a group, each with its name; and for each test the names of its own.
fn named(group: &Group) -> (Vec<(String, Part)>, Vec<Vec<String>>) {
    let mut slots: Vec<(Value, usize, String, Part)> = Vec::new();
    let mut names = Vec::new();
    for (_, parts) in &group.tests {
        let mut own = Vec::new();
        let mut seen: Vec<Value> = Vec::new();
        for part in parts {
            let shape = shape(part);
            let turn = seen.iter().filter(|other| **other == shape).count();
            seen.push(shape.clone());
            let known = slots.iter().find(|(other, number, ..)| *other == shape && *number == turn);
            let name = known.map(|(_, _, name, _)| name.clone());
            let name = name.unwrap_or_else(|| {
                let same = slots.iter().filter(|(.., other)| other.name == part.name).count();
                let name = if same == 0 { part.name.clone() } else { format!("{}_{}", part.name, same + 1) };
                slots.push((shape, turn, name.clone(), part.clone()));
                name
            });
            own.push(name);
        }
        names.push(own);
    }
    (slots.into_iter().map(|(_, _, name, part)| (name, part)).collect(), names)
}

/// A record for each test, with this prompt filled in.
fn records(source: &mut Source, group: &Group, prompt: &str, echoes: bool) -> Option<Vec<Value>> {
    let (_, names) = named(group);
    let mut records = Vec::new();
    for ((test, parts), names) in group.tests.iter().zip(names) {
        let text = match render(prompt, &test.vars) {
            Ok(text) => text,
            Err(what) => {
                source.missing.push(Missing { place: source.name.clone(), part: test.part.clone(), what });
                continue;
            }
        };
        let mut assert = Map::new();
        for (name, part) in names.into_iter().zip(parts) {
            match &part.is {
                Is::Check { own: Some((_, value)), .. } => drop(assert.insert(name, value.clone())),
                Is::Judge { value, .. } => drop(assert.insert(name, json!(value))),
                Is::Check { own: None, .. } => {}
            }
        }
        let mut record = json!({ "id": test.id, "vars": test.vars, "prompt": text, "assert": assert });
        if let Some(description) = &test.description {
            entry(&mut record, "description", description);
        }
        if let Some(output) = test.output.clone().or_else(|| echoes.then_some(text)) {
            entry(&mut record, "output", &output);
        }
        records.push(record);
    }
    (!records.is_empty()).then_some(records)
}

/// A suite's table.
fn suite(
    draft: &mut Draft,
    group: &Group,
    dataset: &str,
    provider: &Provider,
    brings: bool,
    root: &Value,
) -> Map<String, Value> {
    let (slots, _) = named(group);
    let (mut checks, mut judges, mut fields) = (Map::new(), Map::new(), Map::new());
    let mut pass_at = group.threshold;
    let mut rubrics = 0;
    for (name, part) in slots {
        let required = group.threshold.is_none() && part.weight > 0.0;
        match part.is {
            Is::Check { mut table, own } => {
                if let Some((key, _)) = own {
                    table.insert(format!("{key}_field"), json!(format!("assert.{name}")));
                    table.insert("if_missing".to_owned(), json!("skip"));
                }
                table.insert("weight".to_owned(), json!(part.weight));
                table.insert("required".to_owned(), json!(required));
                checks.insert(name, Value::Object(table));
            }
            Is::Judge { question, pass_at: own, .. } => {
                rubrics += usize::from(!matches!(question, Question::Correctness | Question::Groundedness));
                let asked = signature(question.text(), rubrics);
                fields.insert(asked.value.clone(), json!(format!("assert.{name}")));
                fields.extend(asked.fields.iter().map(|(input, field)| (input.clone(), json!(field))));
                if let Some((file, text)) = asked.file {
                    draft.file(file, text);
                }
                pass_at = pass_at.or(own);
                // A judge with a threshold of its own passes by it, and not by being worth more than 0.
                let required = required && own.is_none();
                judges.insert(
                    name,
                    json!({ "signature": asked.name, "weight": part.weight, "required": required }),
                );
            }
        }
    }
    let mut table = Map::new();
    table.insert("dataset".to_owned(), json!(dataset));
    table.insert("output".to_owned(), json!("output"));
    if let Some(at) = pass_at {
        table.insert("pass_at".to_owned(), json!(at));
    }
    if let Some(repeats) = root.pointer("/evaluateOptions/repeat").and_then(Value::as_u64) {
        table.insert("repeats".to_owned(), json!(repeats));
    }
    for (key, of) in [("fields", fields), ("checks", checks), ("judges", judges)] {
        if !of.is_empty() {
            table.insert(key.to_owned(), Value::Object(of));
        }
    }
    match provider {
        Provider::Model { role, table: model } if !brings => {
            draft.model(role, model);
            draft.asks_prompts();
            table.insert(
                "outputs".to_owned(),
                json!({ "model": role, "signature": "prompt", "into": "output" }),
            );
        }
        Provider::File { role } if !brings => {
            let file = format!("outputs/{role}.jsonl");
            table.insert("outputs".to_owned(), json!({ "file": file, "into": "output" }));
        }
        _ => {}
    }
    table.insert("gates".to_owned(), json!({ "max_failures": 0 }));
    table
}

/// Gives a record a further text.
fn entry(record: &mut Value, key: &str, text: &str) {
    if let Some(record) = record.as_object_mut() {
        record.insert(key.to_owned(), json!(text));
    }
}
