//! Tests, prompts and providers as suites with their records.

use serde_json::{Map, Value, json};

use super::super::project::Draft;
use super::super::{Imported, Missing};
use super::Source;
use super::graded::grader;
use super::groups::{Group, Settled, groups, shape};
use super::parts::Is;
use super::prompts::{Prompt, as_text, unsendable};
use super::providers::{Provided, Provider, provider};
use super::tests_of::Test;
use crate::error::Result;

/// The whole project.
pub(super) fn project(
    mut source: Source,
    root: &Value,
    prompts: &[Prompt],
    providers: &[Provided],
    tests: Vec<Test>,
) -> Result<Imported> {
    let mut draft = Draft::default();
    let sources = sources(prompts, providers, &tests);
    let groups = groups(&mut source, tests, &sources);
    let mut graders = Graders::new(root);
    for (number, group) in groups.iter().enumerate() {
        let base = if groups.len() == 1 { "tests".to_owned() } else { format!("tests-{}", number + 1) };
        for (number, prompt) in prompts.iter().enumerate() {
            let part = if prompts.len() == 1 { String::new() } else { format!("-prompt-{}", number + 1) };
            let name = format!("{base}{part}");
            let asked =
                sources.iter().filter(|of| of.prompts.as_ref().is_none_or(|names| prompt.is_named(names)));
            let asked: Vec<&Provider> = asked.map(|of| &of.is).collect();
            if asked.is_empty() {
                continue;
            }
            let Some(records) = records(&mut source, group, prompt, &asked) else { continue };
            let dataset = format!("datasets/{name}.jsonl");
            for provider in asked {
                let name =
                    if sources.len() > 1 { format!("{name}-{}", provider.role()) } else { name.clone() };
                let suite = suite(&mut draft, &mut graders, group, &dataset, provider, root);
                draft.suite(name, suite);
            }
            draft.dataset(dataset, &records);
        }
    }
    graders.put(&mut draft);
    notes(&mut source, &sources);
    let mut imported = draft.imported(source.missing)?;
    imported.notes = source.notes;
    Ok(imported)
}

/// What is to be written before a run.
fn notes(source: &mut Source, sources: &[Provided]) {
    for provided in sources {
        if let Provider::File { role } = &provided.is {
            source.notes.insert(
                0,
                format!(
                    "write outputs/{role}.jsonl, a line for each record of the suites that end in {role}: {{\"id\": \"test-1\", \"output\": \"...\"}}"
                ),
            );
        }
    }
    let uses = |wanted: fn(&Provider) -> bool| sources.iter().any(|provided| wanted(&provided.is));
    if uses(|is| matches!(is, Provider::Program { .. })) {
        source
            .notes
            .push("see that what the outputs come from can be run: files in programs/ call it".to_owned());
    }
}

/// Where outputs come from. Tests that bring theirs along need nothing else.
fn sources(prompts: &[Prompt], providers: &[Provided], tests: &[Test]) -> Vec<Provided> {
    let all_bring = !tests.is_empty() && tests.iter().all(|test| test.output.is_some());
    match (prompts.is_empty(), providers.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) if all_bring => vec![Provided { is: Provider::Echo, prompts: None }],
        (false, _) => providers.to_vec(),
    }
}

/// The models that judge: one for all, and those that a test or an assertion names.
struct Graders {
    known: Vec<(Value, String, Map<String, Value>)>,
    usual: Option<Value>,
}

impl Graders {
    fn new(root: &Value) -> Self {
        let usual = root.pointer("/defaultTest/options/provider").map(|named| grader(named).clone());
        Self { known: Vec::new(), usual }
    }

    /// The role of a grader; of the usual one where none is named.
    fn role(&mut self, named: Option<&Value>) -> String {
        let named = named.cloned().or_else(|| self.usual.clone()).unwrap_or_else(|| json!("openai:gpt-4.1"));
        if let Some((_, role, _)) = self.known.iter().find(|(known, ..)| *known == named) {
            return role.clone();
        }
        let count = self.known.len();
        let role = if count == 0 { "judge".to_owned() } else { format!("judge_{}", count + 1) };
        // What cannot judge was told with its assertion.
        let table = match provider(&named, &role) {
            Ok(Provider::Model { table, .. }) => table,
            _ => Map::new(),
        };
        self.known.push((named, role.clone(), table));
        role
    }

    fn put(&self, draft: &mut Draft) {
        for (_, role, table) in &self.known {
            draft.model(role, table);
        }
        if let Some((_, role, _)) = self.known.first() {
            draft.judged_by(role);
        }
    }
}

/// The parts of all tests of a group, each with its name; and for each test the names of its own.
fn named(group: &Group) -> (Vec<(String, Settled)>, Vec<Vec<String>>) {
    let mut slots: Vec<(Value, usize, String, Settled)> = Vec::new();
    let mut names = Vec::new();
    for (_, parts) in &group.tests {
        let mut own = Vec::new();
        let mut seen: Vec<Value> = Vec::new();
        for settled in parts {
            let shape = shape(settled);
            let turn = seen.iter().filter(|other| **other == shape).count();
            seen.push(shape.clone());
            let known = slots.iter().find(|(other, number, ..)| *other == shape && *number == turn);
            let name = known.map(|(_, _, name, _)| name.clone());
            let name = name.unwrap_or_else(|| {
                let part = &settled.part;
                let same = slots.iter().filter(|(.., other)| other.part.name == part.name).count();
                let name = if same == 0 { part.name.clone() } else { format!("{}_{}", part.name, same + 1) };
                slots.push((shape, turn, name.clone(), settled.clone()));
                name
            });
            own.push(name);
        }
        names.push(own);
    }
    (slots.into_iter().map(|(_, _, name, settled)| (name, settled)).collect(), names)
}

/// A record for each test, with this prompt filled in.
fn records(source: &mut Source, group: &Group, prompt: &Prompt, asked: &[&Provider]) -> Option<Vec<Value>> {
    let (_, names) = named(group);
    let mut records = Vec::new();
    for ((test, parts), names) in group.tests.iter().zip(names) {
        let filled = prompt.fill(&test.vars).and_then(|filled| {
            let requests = requests(test, &filled, asked)?;
            Ok((filled, requests))
        });
        let (filled, requests) = match filled {
            Ok(filled) => filled,
            Err(what) => {
                let missing = Missing { place: source.name.clone(), part: test.part.clone(), what };
                if !source.missing.contains(&missing) {
                    source.missing.push(missing);
                }
                continue;
            }
        };
        let mut assert = Map::new();
        for (name, settled) in names.into_iter().zip(parts) {
            match &settled.part.is {
                Is::Check { own: Some((_, value)), .. } => drop(assert.insert(name, value.clone())),
                Is::Judge { value, .. } => drop(assert.insert(name, json!(value))),
                Is::Check { own: None, .. } => {}
            }
        }
        let mut record = Map::new();
        record.insert("id".to_owned(), json!(test.id));
        record.insert("vars".to_owned(), json!(test.vars));
        record.insert("prompt".to_owned(), filled.clone());
        record.insert("assert".to_owned(), Value::Object(assert));
        record.extend(requests);
        if let Some(description) = &test.description {
            record.insert("description".to_owned(), json!(description));
        }
        let echoes = asked.iter().any(|provider| matches!(provider, Provider::Echo));
        if let Some(output) = test.output.clone().or_else(|| echoes.then(|| as_text(&filled))) {
            record.insert("output".to_owned(), json!(output));
        }
        records.push(Value::Object(record));
    }
    (!records.is_empty()).then_some(records)
}

/// What a record holds for the providers that are asked for its output.
fn requests(
    test: &Test,
    prompt: &Value,
    asked: &[&Provider],
) -> std::result::Result<Map<String, Value>, String> {
    let mut requests = Map::new();
    for provider in asked.iter().filter(|_| test.output.is_none()) {
        match provider {
            Provider::Model { .. } => {
                if let Some(fault) = unsendable(prompt) {
                    return Err(fault);
                }
            }
            Provider::Program { role, program } => {
                requests.extend(program.request(role, &test.vars, &as_text(prompt))?);
            }
            Provider::Echo | Provider::File { .. } => {}
        }
    }
    Ok(requests)
}

/// A suite's table.
fn suite(
    draft: &mut Draft,
    graders: &mut Graders,
    group: &Group,
    dataset: &str,
    provider: &Provider,
    root: &Value,
) -> Map<String, Value> {
    let (slots, _) = named(group);
    let (mut checks, mut judges, mut fields) = (Map::new(), Map::new(), Map::new());
    let mut turns = 0;
    for (name, Settled { part, required }) in slots {
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
            Is::Judge { question, grader, .. } => {
                turns += usize::from(!question.is_single());
                let asked = question.asked(turns);
                fields.insert(asked.value.clone(), json!(format!("assert.{name}")));
                fields.extend(asked.fields.iter().map(|(input, field)| (input.clone(), json!(field))));
                if let Some((file, text)) = asked.file {
                    draft.file(file, text);
                }
                let model = graders.role(grader.as_ref());
                let judge = json!({
                    "signature": asked.name, "model": model, "weight": part.weight, "required": required,
                });
                judges.insert(name, judge);
            }
        }
    }
    let mut table = Map::new();
    table.insert("dataset".to_owned(), json!(dataset));
    table.insert("output".to_owned(), json!("output"));
    if let Some(at) = group.pass_at {
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
    let brings = group.tests.iter().all(|(test, _)| test.output.is_some());
    if let Some(outputs) = Some(provider).filter(|_| !brings).and_then(|provider| outputs(draft, provider)) {
        table.insert("outputs".to_owned(), outputs);
    }
    table.insert("gates".to_owned(), json!({ "max_failures": 0 }));
    table
}

/// Where a suite's outputs come from, if not from its records.
fn outputs(draft: &mut Draft, provider: &Provider) -> Option<Value> {
    match provider {
        Provider::Echo => None,
        Provider::Model { role, table } => {
            draft.model(role, table);
            Some(json!({ "model": role, "prompt": "prompt", "into": "output" }))
        }
        Provider::Program { role, program } => {
            let (outputs, files) = program.outputs(role);
            for (name, text) in files {
                draft.file(name, text);
            }
            Some(outputs)
        }
        Provider::File { role } => {
            let file = format!("outputs/{role}.jsonl");
            Some(json!({ "file": file, "into": "output" }))
        }
    }
}
