//! The tests of llama.cpp's `llama-bench -o json` or `-o jsonl`: one object a test, a cell for each model and setting.
//! Fields that are not used here may be there or not.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::bench::cell::CellFigures;
use crate::bench::source::Source;
use crate::bench::speed::{Rated, Speed, rate};
use crate::number::real;

const TOOL: &str = "llama-bench";

/// What tells one test of a setting from another, and what came of it.
const RESULTS: [&str; 10] = [
    "n_prompt",
    "n_gen",
    "test_time",
    "avg_ns",
    "stddev_ns",
    "avg_ts",
    "stddev_ts",
    "samples_ns",
    "samples_ts",
    "test",
];

/// What goes with the model's file, and need not be named beside it.
const OF_MODEL: [&str; 4] = ["model_filename", "model_type", "model_size", "model_n_params"];

#[derive(Deserialize)]
struct Test {
    n_prompt: u64,
    n_gen: u64,
    avg_ns: f64,
    avg_ts: f64,
    #[serde(default)]
    samples_ns: Vec<f64>,
}

/// The tests of one model with one setting.
struct Group<'v> {
    setting: Map<String, Value>,
    tests: Vec<&'v Value>,
}

pub(super) fn is_test(value: &Value) -> bool {
    ["model_filename", "n_prompt", "n_gen", "avg_ts"].iter().all(|key| value.get(key).is_some())
}

pub(super) fn cells(entries: &[Value], file: &str) -> Result<Vec<CellFigures>, String> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for entry in entries {
        let mut setting = entry.as_object().cloned().unwrap_or_default();
        setting.retain(|key, _| !RESULTS.contains(&key.as_str()));
        match groups.iter_mut().find(|group| group.setting == setting) {
            Some(group) => group.tests.push(entry),
            None => groups.push(Group { setting, tests: vec![entry] }),
        }
    }
    let varied: Vec<&String> = groups
        .iter()
        .flat_map(|group| group.setting.keys())
        .filter(|key| !OF_MODEL.contains(&key.as_str()))
        .filter(|key| {
            groups.iter().any(|group| {
                group.setting.get(*key) != groups.first().and_then(|first| first.setting.get(*key))
            })
        })
        .collect();
    let mut keys: Vec<&String> = Vec::new();
    for key in varied {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    groups.iter().map(|group| cell(group, &keys, file)).collect()
}

fn cell(group: &Group<'_>, varied: &[&String], file: &str) -> Result<CellFigures, String> {
    let tests: Vec<Test> = group
        .tests
        .iter()
        .map(|test| Test::deserialize(*test))
        .collect::<Result<_, _>>()
        .map_err(|fault| format!("as a result of {TOOL}: {fault}"))?;
    let text = |key: &str| group.setting.get(key).and_then(Value::as_str).unwrap_or_default();
    let path = text("model_filename");
    let stem = Path::new(path)
        .file_stem()
        .map_or_else(|| path.to_owned(), |stem| stem.to_string_lossy().into_owned());
    let vary: Vec<(String, Value)> =
        varied.iter().filter_map(|key| Some(((*key).clone(), group.setting.get(*key)?.clone()))).collect();
    let words = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let options = vary.iter().map(|(key, value)| format!(" {key}={}", words(value)));
    let name = stem + &options.collect::<String>();
    let made = [text("backends"), text("cpu_info"), text("gpu_info")];
    let made: Vec<&str> = made.into_iter().filter(|part| !part.is_empty()).collect();
    let build =
        group.setting.get("build_number").map_or_else(String::new, |number| format!(", build {number}"));
    let mut said: Vec<String> = tests.iter().map(Test::words).collect();
    said.push(format!("{} on {}{build}", text("model_type"), made.join(", ")));
    let source = Source { tool: TOOL, file: file.to_owned(), said: vec![said.join("; ")] };
    let speed = Speed {
        prompt_rate: rated(&tests, |test| (test.n_gen == 0).then_some(test.n_prompt)),
        output_rate: rated(&tests, |test| (test.n_prompt == 0).then_some(test.n_gen)),
        ..Speed::default()
    };
    let mut figures = CellFigures::of_tool(&name, path, source, speed);
    // `qwen2 7B Q4_K - Medium`
    figures.quantization = text("model_type").splitn(3, ' ').nth(2).map(str::to_owned);
    figures.meta.vary = vary;
    Ok(figures)
}

/// Tokens a second over the tests of one kind.
fn rated(tests: &[Test], tokens: fn(&Test) -> Option<u64>) -> Option<Rated> {
    let mut items: Vec<(f64, f64)> = Vec::new();
    for test in tests {
        let Some(tokens) = tokens(test).filter(|tokens| *tokens > 0) else { continue };
        if test.samples_ns.is_empty() {
            items.push((real(tokens), test.avg_ns / 1e6));
        }
        items.extend(test.samples_ns.iter().map(|ns| (real(tokens), ns / 1e6)));
    }
    rate(&items)
}

impl Test {
    fn words(&self) -> String {
        let what = match (self.n_prompt, self.n_gen) {
            (prompt, 0) => format!("a prompt of {prompt} tokens"),
            (0, answer) => format!("an answer of {answer} tokens"),
            (prompt, answer) => format!("a prompt of {prompt} and an answer of {answer} tokens"),
        };
        format!("{what}: {:.1} a second", self.avg_ts)
    }
}
