//! The tests of a configuration, each with what `defaultTest` adds to it.

use serde_json::{Map, Value, json};

use super::super::Missing;
use super::super::yaml::Document;
use super::raw::Raw;
use super::template::render;
use super::test_files::from_files;
use super::{Source, files};

/// A test, merged with `defaultTest`.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) id: String,
    /// "test 3".
    pub(super) part: String,
    pub(super) description: Option<String>,
    pub(super) vars: Map<String, Value>,
    pub(super) assertions: Vec<Assertion>,
    pub(super) threshold: Option<f64>,
    /// An output that the test brings along.
    pub(super) output: Option<String>,
    /// Who grades, where the test says so.
    pub(super) grader: Option<Value>,
    /// Whether a part of it that decides what it passes by is not carried over.
    pub(super) is_partial: bool,
}

/// An assertion and its place.
#[derive(Clone, Debug)]
pub(super) struct Assertion {
    pub(super) value: Value,
    pub(super) place: String,
    pub(super) part: String,
}

/// All tests.
pub(super) fn tests(source: &mut Source, root: &Value) -> Vec<Test> {
    let default = default_test(source, root);
    let default_is_whole = options(source, &default, "defaultTest");
    let disabled = default.value.pointer("/options/disableVarExpansion") == Some(&Value::Bool(true));
    let mut tests = Vec::new();
    for (number, raw) in raws(source, root).into_iter().enumerate() {
        let part = format!("test {}", number + 1);
        let is_whole = options(source, &raw, &part);
        let output = raw.value.get("providerOutput").filter(|output| !output.is_null());
        let grader = |of: &Value| of.pointer("/options/provider").cloned();
        let mut test = Test {
            id: format!("test-{}", number + 1),
            part: part.clone(),
            description: raw.value.get("description").and_then(Value::as_str).map(str::to_owned),
            vars: object(&default.value, "vars"),
            assertions: assertions(source, &default, "defaultTest"),
            // 0 is no threshold.
            threshold: [&raw.value, &default.value]
                .iter()
                .find_map(|of| of.get("threshold")?.as_f64())
                .filter(|threshold| *threshold != 0.0),
            output: output.map(|output| output.as_str().map_or_else(|| output.to_string(), str::to_owned)),
            grader: grader(&raw.value).or_else(|| grader(&default.value)),
            is_partial: !is_whole || !default_is_whole,
        };
        test.vars.extend(object(&raw.value, "vars"));
        test.assertions.extend(assertions(source, &raw, &part));
        let vars = match filled(source, test.vars.clone()) {
            Ok(vars) => vars,
            Err(what) => {
                source.missing.push(Missing { place: raw.place, part, what });
                continue;
            }
        };
        let expanded = if disabled { vec![vars] } else { expand(vars) };
        let is_one = expanded.len() == 1;
        for (number, vars) in expanded.into_iter().enumerate() {
            let id = if is_one { test.id.clone() } else { format!("{}.{}", test.id, number + 1) };
            tests.push(Test { id, vars, ..test.clone() });
        }
    }
    tests
}

/// What every test has, here or in a file of its own.
fn default_test(source: &mut Source, root: &Value) -> Raw {
    let named = root.get("defaultTest").cloned().unwrap_or_else(|| json!({}));
    let Some(name) = named.as_str().map(str::to_owned) else {
        return Raw::here(source, &named, "/defaultTest".to_owned());
    };
    match source.file(&name).and_then(|text| Document::parse(&text)) {
        Ok(document) => {
            let place = files::path_of(&name).0.to_owned();
            Raw { value: document.value, place, pointer: None }
        }
        Err(fault) => {
            source.miss("/defaultTest", "defaultTest", fault);
            Raw::here(source, &json!({}), "/defaultTest".to_owned())
        }
    }
}

fn object(of: &Value, key: &str) -> Map<String, Value> {
    of.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Notes the keys of a test, or of `defaultTest`, that are not carried over. Whether there are none.
fn options(source: &mut Source, raw: &Raw, part: &str) -> bool {
    const KNOWN: [&str; 7] =
        ["description", "vars", "assert", "threshold", "options", "metadata", "providerOutput"];
    // promptfoo has no such keys: they are remarks.
    const REMARKS: [&str; 4] = ["name", "id", "comment", "notes"];
    // These say how outputs are made, and the providers are asked for that, or how fast.
    const OPTIONS: [&str; 4] = ["disableVarExpansion", "provider", "delay", "runSerially"];
    let mut lost = Vec::new();
    for (key, value) in raw.value.as_object().into_iter().flatten() {
        let is_remark = REMARKS.contains(&key.as_str()) && value.is_string();
        if !KNOWN.contains(&key.as_str()) && !is_remark {
            lost.push(key.clone());
        }
    }
    for key in object(&raw.value, "options").keys() {
        let of_default = part == "defaultTest" && key == "transform";
        if !OPTIONS.contains(&key.as_str()) && !of_default {
            lost.push(format!("options.{key}"));
        }
    }
    for key in &lost {
        let place = raw.place_of(source, &key.replace('.', "/"));
        let what = format!("`{key}` has no equivalent");
        source.missing.push(Missing { place, part: part.to_owned(), what });
    }
    lost.is_empty()
}

fn assertions(source: &mut Source, raw: &Raw, part: &str) -> Vec<Assertion> {
    let root = source.document.value.clone();
    let mut all = Vec::new();
    let items = raw.value.get("assert").and_then(Value::as_array).cloned().unwrap_or_default();
    for (number, value) in items.into_iter().enumerate() {
        let place = raw.place_of(source, &format!("assert/{number}"));
        let part = format!("{part}, assertion {}", number + 1);
        all.push(Assertion { value: referenced(&root, value), place, part });
    }
    all
}

/// What a `$ref` to another part of the configuration stands for.
fn referenced(root: &Value, value: Value) -> Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).cloned().unwrap_or(value)
}

fn raws(source: &mut Source, root: &Value) -> Vec<Raw> {
    let scenarios = scenarios(source, root.get("scenarios"));
    let mut raws = match root.get("tests") {
        None | Some(Value::Null) if root.get("scenarios").is_some() => Vec::new(),
        None | Some(Value::Null) => {
            // A configuration without tests asks each prompt once.
            vec![Raw { value: json!({}), place: source.name.clone(), pointer: Some(String::new()) }]
        }
        tests => listed(source, tests, "/tests"),
    };
    raws.extend(scenarios);
    raws
}

fn listed(source: &mut Source, value: Option<&Value>, at: &str) -> Vec<Raw> {
    match value {
        None => Vec::new(),
        Some(Value::String(name)) => from_files(source, name, at),
        Some(Value::Array(items)) => {
            let mut raws = Vec::new();
            for (number, item) in items.iter().enumerate() {
                let pointer = format!("{at}/{number}");
                match item {
                    Value::String(name) => raws.extend(from_files(source, name, &pointer)),
                    Value::Object(of)
                        if of.get("path").is_some_and(Value::is_string) && !of.contains_key("vars") =>
                    {
                        source.miss(&pointer, "tests", "a generator of tests has no equivalent");
                    }
                    item => raws.push(Raw::here(source, item, pointer)),
                }
            }
            raws
        }
        Some(_) => {
            source.miss(at, "tests", "a generator of tests has no equivalent");
            Vec::new()
        }
    }
}

/// Each data set of a scenario with each of its tests. What a test says goes before what its data set says.
fn scenarios(source: &mut Source, value: Option<&Value>) -> Vec<Raw> {
    let mut raws = Vec::new();
    for (number, scenario) in value.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let at = format!("/scenarios/{number}");
        let keys = scenario.as_object().into_iter().flat_map(Map::keys);
        if let Some(key) =
            keys.into_iter().find(|key| !["config", "tests", "description"].contains(&key.as_str()))
        {
            source.miss(
                &format!("{at}/{key}"),
                "scenario",
                format!("`{key}` of a scenario has no equivalent"),
            );
            continue;
        }
        if !scenario.is_object() {
            source.miss(&at, "scenario", "a scenario in a file has no equivalent");
            continue;
        }
        let data = listed(source, scenario.get("config"), &format!("{at}/config"));
        let tests = match scenario.get("tests") {
            None | Some(Value::Null) => vec![Raw::here(source, &json!({}), at.clone())],
            tests => listed(source, tests, &format!("{at}/tests")),
        };
        for data in &data {
            for test in &tests {
                let mut merged = data.value.as_object().cloned().unwrap_or_default();
                merged.extend(test.value.as_object().cloned().unwrap_or_default());
                for key in ["vars", "options"] {
                    let mut both = object(&data.value, key);
                    both.extend(object(&test.value, key));
                    if !both.is_empty() {
                        merged.insert(key.to_owned(), Value::Object(both));
                    }
                }
                raws.push(Raw {
                    value: Value::Object(merged),
                    place: test.place.clone(),
                    pointer: test.pointer.clone(),
                });
            }
        }
    }
    raws
}

/// Variables with the texts of their files, and with the variables in them filled in.
fn filled(source: &Source, vars: Map<String, Value>) -> Result<Map<String, Value>, String> {
    // Programs, and what promptfoo reads as something other than text.
    const OTHER: [&str; 27] = [
        "js", "cjs", "mjs", "ts", "cts", "mts", "py", "rb", "go", "pdf", "png", "jpg", "jpeg", "gif", "webp",
        "bmp", "svg", "avif", "mp3", "wav", "ogg", "m4a", "flac", "mp4", "webm", "mov", "avi",
    ];
    let mut read = Map::new();
    for (name, value) in vars {
        let value = match value.as_str().filter(|text| text.starts_with("file://")) {
            Some(file) => {
                let end = files::extension(files::path_of(file).0);
                if OTHER.contains(&end.as_str()) {
                    return Err(format!("the variable `{name}` is the file {file}, which is no text"));
                }
                let text = source.file(file)?;
                Value::String(match end.as_str() {
                    "yaml" | "yml" => Document::parse(&text)?.value.to_string(),
                    _ => text.trim().to_owned(),
                })
            }
            None => value,
        };
        read.insert(name, value);
    }
    let known = read.clone();
    for (name, value) in &mut read {
        let one =
            |text: &str| render(text, &known).map_err(|fault| format!("the variable `{name}`: {fault}"));
        match value {
            Value::String(text) => *text = one(text)?,
            // Each becomes a test of its own.
            Value::Array(items) => {
                for item in items {
                    if let Value::String(text) = item
                        && text.contains("{{")
                    {
                        *text = one(text)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(read)
}

/// A test for each combination of the values of variables that are lists.
fn expand(vars: Map<String, Value>) -> Vec<Map<String, Value>> {
    let mut all = vec![Map::new()];
    for (name, value) in vars {
        let values = match value {
            Value::Array(values) if !values.is_empty() => values,
            other => vec![other],
        };
        let with = |map: &Map<String, Value>, value: &Value| {
            let mut map = map.clone();
            map.insert(name.clone(), value.clone());
            map
        };
        all = all.iter().flat_map(|map| values.iter().map(move |value| with(map, value))).collect();
    }
    all
}
