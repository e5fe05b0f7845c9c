//! The criteria as suites.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::project::Draft;
use super::super::{Imported, naming};
use super::criteria::{Answer, Check, Criterion, Judge, Kind};
use super::outputs::{Outputs, needs_more, needs_output};
use super::records::{graded, graded_field, inputs, records};
use super::results;
use super::rows::Row;
use super::source::Source;
use super::template::Template;
use super::written::{Inputs, field, signature, template};
use crate::error::Result;

/// Keys of an eval that change nothing in what is graded.
const KNOWN: [&str; 8] = [
    "id",
    "object",
    "name",
    "created_at",
    "metadata",
    "data_source_config",
    "testing_criteria",
    "share_with_openai",
];

/// Criteria that are graded together, since they look at the same text and pass or fail.
struct Group<'a> {
    /// What checks look at: the output, or one of the texts that are made of a row.
    graded: Option<usize>,
    criteria: Vec<&'a Criterion>,
}

/// What all suites share.
struct Shared<'a> {
    dataset: String,
    outputs: &'a Outputs,
    inputs: &'a Inputs,
    /// Whether a criterion is not carried over.
    is_partial: bool,
}

/// The whole project.
pub(super) fn project(
    mut source: Source,
    run: Option<&(String, Value)>,
    rows: &[Row],
    mut criteria: Vec<Criterion>,
) -> Result<Imported> {
    let keys: Vec<String> = source.eval.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    for key in keys.iter().filter(|key| !KNOWN.contains(&key.as_str())) {
        let place = source.place(&format!("/{key}"));
        source.miss(&place, "", format!("`{key}` has no equivalent"));
    }
    let outputs = Outputs::of(&mut source, run, rows, &criteria);
    if outputs.come_later() {
        criteria.retain(|criterion| match needs_more(criterion) {
            None => true,
            Some(name) => {
                let what = format!("`{name}` is needed beside the output, and no row has it");
                source.miss(&criterion.place, &criterion.part, what);
                false
            }
        });
    }
    let is_partial = source.missing.iter().any(|missing| missing.part.starts_with("criterion"));
    let inputs = inputs(&criteria);
    let records = records(&mut source, rows, &criteria, &inputs, &outputs);
    let mut draft = Draft::default();
    let base = source.eval.get("name").and_then(Value::as_str).map_or_else(|| "eval".to_owned(), naming::key);
    let shared =
        Shared { dataset: format!("datasets/{base}.jsonl"), outputs: &outputs, inputs: &inputs, is_partial };
    let mut models: Vec<Map<String, Value>> = Vec::new();
    if records.lines.is_empty() {
        return draft.imported(source.missing);
    }
    for (name, group) in named(&base, &criteria) {
        let table = suite(&shared, &group, &mut models);
        draft.suite(name, table);
        for criterion in &group.criteria {
            let Kind::Judge(judge) = &criterion.kind else { continue };
            write_judge(&mut draft, &mut source, criterion, judge, &inputs, &records.blank);
        }
    }
    for (number, model) in models.iter().enumerate() {
        draft.model(&role(number), model);
    }
    if !models.is_empty() {
        draft.judged_by(&role(0));
    }
    outputs.write(&mut draft, &records.outputs);
    results::write(&mut draft, &shared.dataset, &records.found);
    draft.dataset(shared.dataset, &records.lines);
    draft.imported(source.missing)
}

fn role(number: usize) -> String {
    if number == 0 { "judge".to_owned() } else { format!("judge_{}", number + 1) }
}

fn write_judge(
    draft: &mut Draft,
    source: &mut Source,
    criterion: &Criterion,
    judge: &Judge,
    inputs: &Inputs,
    blank: &BTreeSet<String>,
) {
    match signature(judge, inputs, blank) {
        Ok(text) => {
            draft.file(format!("signatures/{}.toml", criterion.key), text);
            draft.file(format!("signatures/{}.jinja", criterion.key), template(judge, inputs, blank));
        }
        Err(what) => source.miss(&criterion.place, &criterion.part, what),
    }
}

/// The groups, each under its suite's name. A judge that gives a score stands alone, since its threshold is the suite's.
fn named<'a>(base: &str, criteria: &'a [Criterion]) -> Vec<(String, Group<'a>)> {
    let texts = graded(criteria);
    let is_score = |criterion: &Criterion| matches!(&criterion.kind, Kind::Judge(judge) if matches!(judge.answer, Answer::Number { .. }));
    let mut groups: Vec<Group<'a>> = Vec::new();
    for criterion in criteria.iter().filter(|criterion| !is_score(criterion)) {
        let wanted = match &criterion.kind {
            Kind::Check(check) => Some(place_of(&texts, check)),
            Kind::Judge(_) => None,
        };
        let found = groups.iter_mut().find(|group| wanted.is_none_or(|wanted| group.graded == wanted));
        match found {
            Some(group) => group.criteria.push(criterion),
            None => groups.push(Group { graded: wanted.flatten(), criteria: vec![criterion] }),
        }
    }
    let scores: Vec<&Criterion> = criteria.iter().filter(|criterion| is_score(criterion)).collect();
    let is_one = groups.len() + scores.len() == 1;
    let mut all = Vec::new();
    for (number, group) in groups.into_iter().enumerate() {
        let name = if number == 0 { base.to_owned() } else { format!("{base}-{}", number + 1) };
        all.push((name, group));
    }
    for criterion in scores {
        let name = if is_one { base.to_owned() } else { format!("{base}-{}", criterion.key) };
        all.push((name, Group { graded: None, criteria: vec![criterion] }));
    }
    all
}

/// Which of the texts a check looks at; none: the output.
fn place_of(texts: &[Template], check: &Check) -> Option<usize> {
    texts.iter().position(|text| *text == check.graded)
}

fn suite(shared: &Shared<'_>, group: &Group<'_>, models: &mut Vec<Map<String, Value>>) -> Map<String, Value> {
    let (mut checks, mut judges, mut fields) = (Map::new(), Map::new(), Map::new());
    let mut table = Map::new();
    table.insert("dataset".to_owned(), json!(shared.dataset));
    table.insert("output".to_owned(), json!(group.graded.map_or_else(|| "output".to_owned(), graded_field)));
    for criterion in &group.criteria {
        match &criterion.kind {
            Kind::Check(check) => {
                drop(checks.insert(criterion.key.clone(), check_table(&criterion.key, check)));
            }
            Kind::Judge(judge) => {
                let pass_at = match judge.answer {
                    Answer::Number { pass_at, .. } => pass_at,
                    Answer::Labels { .. } => None,
                };
                if let Some(at) = pass_at {
                    table.insert("pass_at".to_owned(), json!(at));
                }
                for variable in judge.shown.variables() {
                    if let Some(name) = shared.inputs.get(variable) {
                        fields.insert(name.clone(), json!(field(variable, name)));
                    }
                }
                judges.insert(criterion.key.clone(), judge_table(&criterion.key, judge, models));
            }
        }
    }
    if shared.is_partial {
        // No record has this field, so none of them can pass.
        checks.insert(
            "not_carried_over".to_owned(),
            json!({ "kind": "contains", "expected_field": "expected.not_carried_over" }),
        );
    }
    for (key, of) in [("fields", fields), ("checks", checks), ("judges", judges)] {
        if !of.is_empty() {
            table.insert(key.to_owned(), Value::Object(of));
        }
    }
    let looks_at_outputs = group.criteria.iter().any(|criterion| needs_output(criterion));
    if let Some(outputs) = shared.outputs.table().filter(|_| looks_at_outputs) {
        table.insert("outputs".to_owned(), outputs);
    }
    table
}

fn check_table(key: &str, check: &Check) -> Value {
    let mut table = check.table.clone();
    if check.expected.is_some() {
        table.insert("expected_field".to_owned(), json!(format!("expected.{key}")));
    }
    let counts = table.get("weight").is_none_or(|weight| weight != &json!(0));
    if counts {
        table.insert("required".to_owned(), json!(true));
    }
    Value::Object(table)
}

fn judge_table(key: &str, judge: &Judge, models: &mut Vec<Map<String, Value>>) -> Value {
    let number = models.iter().position(|known| *known == judge.model).unwrap_or_else(|| {
        models.push(judge.model.clone());
        models.len() - 1
    });
    // A score passes from `pass_at` on, and not where it is above 0.
    let required = matches!(judge.answer, Answer::Labels { .. });
    let mut table = json!({ "signature": key, "required": required });
    if let (true, Some(table)) = (number > 0, table.as_object_mut()) {
        table.insert("model".to_owned(), json!(role(number)));
    }
    table
}
