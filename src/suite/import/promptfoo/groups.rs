//! Tests as groups that one suite can judge, and by what each of them passes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Missing;
use super::Source;
use super::assertions::parts;
use super::parts::{Is, Part};
use super::providers::{Provided, Provider};
use super::tests_of::Test;

/// A part, and whether the whole fails with it.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) part: Part,
    pub(super) required: bool,
}

/// Tests that have the same fixed parts.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) pass_at: Option<f64>,
    pub(super) tests: Vec<(Test, Vec<Settled>)>,
}

/// Puts tests together whose fixed parts are the same. What differs from record to record stands in the record.
pub(super) fn groups(source: &mut Source, tests: Vec<Test>, sources: &[Provided]) -> Vec<Group> {
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for test in tests {
        let (all, mut is_whole) = read(source, &test, sources);
        let (mut all, pass_at) = match unfit(&all).map_or_else(|| settled(&test, all), Err) {
            Ok(settled) => settled,
            Err(what) => {
                source.missing.push(Missing { place: source.name.clone(), part: test.part.clone(), what });
                is_whole = false;
                (Vec::new(), None)
            }
        };
        if !is_whole || test.is_partial {
            all.push(lost());
        }
        if !all.iter().any(|settled| settled.required || settled.part.weight > 0.0) {
            all.push(has_output(1.0));
        } else if matches!(all.as_slice(), [Settled { part, .. }] if matches!(part.is, Is::Judge { .. })) {
            // A judge alone keeps its own verdicts. Beside a check it passes by its score.
            all.push(has_output(0.0));
        }
        let is_fixed = |settled: &&Settled| !matches!(&settled.part.is, Is::Check { own: Some(_), .. });
        let fixed: Vec<Value> = all.iter().filter(is_fixed).map(shape).collect();
        let key = json!([pass_at, test.output.is_some(), fixed]).to_string();
        let place = order.iter().position(|known| *known == key).unwrap_or_else(|| {
            order.push(key);
            order.len() - 1
        });
        let group = groups.entry(place).or_insert_with(|| Group { pass_at, tests: Vec::new() });
        group.tests.push((test, all));
    }
    groups.into_values().collect()
}

/// The parts of a test, and whether none is missing.
fn read(source: &mut Source, test: &Test, sources: &[Provided]) -> (Vec<Part>, bool) {
    let makes = |wanted: fn(&Provider) -> bool| sources.iter().any(|provided| wanted(&provided.is));
    let untimed = makes(|is| matches!(is, Provider::Echo)) || test.output.is_some();
    let unpriced = untimed || makes(|is| matches!(is, Provider::Program { .. }));
    let mut all = Vec::new();
    let mut is_whole = true;
    for (number, assertion) in test.assertions.iter().enumerate() {
        let read = parts(source, test, number, assertion).and_then(|parts| {
            let limits = |kind: &str| parts.iter().any(|part| is_of(part, kind));
            if untimed && limits("max_latency_ms") || unpriced && limits("max_cost_usd") {
                return Err(
                    "an output that no model makes has no cost, and without a call no latency".to_owned()
                );
            }
            Ok(parts)
        });
        match read {
            Ok(parts) => all.extend(parts),
            Err(what) => {
                is_whole = false;
                let missing = Missing { place: assertion.place.clone(), part: assertion.part.clone(), what };
                // Of `defaultTest` each test has the same.
                if !source.missing.contains(&missing) {
                    source.missing.push(missing);
                }
            }
        }
    }
    (all, is_whole)
}

/// Whether a part is a check of a kind.
fn is_of(part: &Part, kind: &str) -> bool {
    matches!(&part.is, Is::Check { table, .. } if table.get("kind").and_then(Value::as_str) == Some(kind))
}

/// Why the parts of a test cannot stand together.
fn unfit(parts: &[Part]) -> Option<String> {
    let single = |part: &&Part| match &part.is {
        Is::Judge { question, .. } if question.is_single() => Some(*question),
        _ => None,
    };
    let questions: Vec<_> = parts.iter().filter_map(|part| single(&part)).collect();
    let twice =
        questions.iter().enumerate().any(|(at, one)| questions.iter().skip(at + 1).any(|other| one == other));
    twice.then(|| "two assertions of one kind that the same signature judges".to_owned())
}

/// By what a test passes.
///
/// With a threshold of its own it is the weighted mean. Else every assertion must pass, whatever it weighs. One whose own
/// threshold decides then has the whole weight, and all others are required: if one of them fails, the whole is worth 0.
fn settled(test: &Test, parts: Vec<Part>) -> Result<(Vec<Settled>, Option<f64>), String> {
    if test.threshold.is_some() {
        let all = parts.into_iter().map(|part| Settled { part, required: false });
        return Ok((all.collect(), test.threshold));
    }
    let mut deciding = parts.iter().filter_map(|part| part.decides);
    let first = deciding.next();
    if deciding.any(|other| first.is_some_and(|first| first.of != other.of)) {
        return Err("two assertions with thresholds of their own: evenhand has one `pass_at` for all parts"
            .to_owned());
    }
    let all = parts.into_iter().map(|mut part| {
        let counts = part.weight > 0.0;
        if first.is_some() && part.decides.is_none() {
            part.weight = 0.0;
        }
        Settled { required: counts && part.decides.is_none(), part }
    });
    Ok((all.collect(), first.map(|first| first.at)))
}

/// What stands for assertions that are not carried over: a check that no record has anything for, so that the record has no
/// score. It may fail by what is left, and cannot pass.
fn lost() -> Settled {
    fixed(
        "not_carried_over",
        1.0,
        &json!({ "kind": "contains", "expected_field": "assert.not_carried_over" }),
    )
}

/// A test that asserts nothing passes if there is an output.
fn has_output(weight: f64) -> Settled {
    fixed("has_output", weight, &json!({ "kind": "regex", "pattern": "", "absent": false }))
}

fn fixed(name: &str, weight: f64, table: &Value) -> Settled {
    let table = table.as_object().cloned().unwrap_or_default();
    let is = Is::Check { table, own: None };
    Settled { part: Part { name: name.to_owned(), weight, is, decides: None }, required: true }
}

/// What two parts have in common that are one in the suite.
pub(super) fn shape(settled: &Settled) -> Value {
    let Settled { part, required } = settled;
    match &part.is {
        Is::Check { table, own } => {
            json!([part.name, part.weight, required, table, own.as_ref().map(|(key, _)| key)])
        }
        Is::Judge { question, grader, .. } => {
            json!([part.name, part.weight, required, format!("{question:?}"), grader])
        }
    }
}
