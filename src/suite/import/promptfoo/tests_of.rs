//! The tests of a configuration, each with what `defaultTest` adds to it.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::Missing;
use super::super::yaml::Document;
use super::{Source, expected, render};

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
}

/// An assertion and its place.
#[derive(Clone, Debug)]
pub(super) struct Assertion {
    pub(super) value: Value,
    pub(super) place: String,
    pub(super) part: String,
}

/// A test as it is written, and its place in the configuration if it stands there.
struct Raw {
    value: Value,
    place: String,
    pointer: Option<String>,
}

/// All tests.
pub(super) fn tests(source: &mut Source, root: &Value) -> Vec<Test> {
    let default = root.get("defaultTest").cloned().unwrap_or_else(|| json!({}));
    if !default.is_object() {
        source.miss("/defaultTest", "defaultTest", "a file of its own is not read");
    }
    options(source, &default, "/defaultTest", "defaultTest");
    let disabled = default.pointer("/options/disableVarExpansion") == Some(&Value::Bool(true));
    let mut tests = Vec::new();
    for (number, raw) in raws(source, root.get("tests")).into_iter().enumerate() {
        let part = format!("test {}", number + 1);
        let pointer = raw.pointer.clone().unwrap_or_default();
        options(source, &raw.value, &pointer, &part);
        let mut test = Test {
            id: format!("test-{}", number + 1),
            part: part.clone(),
            description: raw.value.get("description").and_then(Value::as_str).map(str::to_owned),
            vars: object(&default, "vars"),
            assertions: assertions(
                source,
                &default,
                &source.place("/defaultTest"),
                Some("/defaultTest"),
                "defaultTest",
            ),
            threshold: [&raw.value, &default].iter().find_map(|of| of.get("threshold")?.as_f64()),
            output: raw.value.get("providerOutput").and_then(Value::as_str).map(str::to_owned),
        };
        test.vars.extend(object(&raw.value, "vars"));
        test.assertions.extend(assertions(source, &raw.value, &raw.place, raw.pointer.as_deref(), &part));
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

fn object(of: &Value, key: &str) -> Map<String, Value> {
    of.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Notes the keys of a test, or of `defaultTest`, that are not carried over.
fn options(source: &mut Source, test: &Value, pointer: &str, part: &str) {
    const KNOWN: [&str; 7] =
        ["description", "vars", "assert", "threshold", "options", "metadata", "providerOutput"];
    for key in test.as_object().into_iter().flat_map(Map::keys).filter(|key| !KNOWN.contains(&key.as_str())) {
        source.miss(&format!("{pointer}/{key}"), part, format!("`{key}` has no equivalent"));
    }
    for key in object(test, "options").keys() {
        let known = key == "disableVarExpansion" || (key == "provider" && part == "defaultTest");
        if !known {
            source.miss(
                &format!("{pointer}/options/{key}"),
                part,
                format!("`options.{key}` has no equivalent"),
            );
        }
    }
}

fn assertions(
    source: &Source,
    test: &Value,
    place: &str,
    pointer: Option<&str>,
    part: &str,
) -> Vec<Assertion> {
    let root = &source.document.value;
    let items = test.get("assert").and_then(Value::as_array).cloned().unwrap_or_default();
    let each = items.into_iter().enumerate().map(|(number, value)| Assertion {
        value: referenced(root, value),
        place: pointer
            .map_or_else(|| place.to_owned(), |pointer| source.place(&format!("{pointer}/assert/{number}"))),
        part: format!("{part}, assertion {}", number + 1),
    });
    each.collect()
}

/// What a `$ref` to another part of the configuration stands for.
fn referenced(root: &Value, value: Value) -> Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).cloned().unwrap_or(value)
}

fn raws(source: &mut Source, value: Option<&Value>) -> Vec<Raw> {
    match value {
        None | Some(Value::Null) if source.document.value.get("scenarios").is_some() => Vec::new(),
        None | Some(Value::Null) => {
            // A configuration without tests asks each prompt once.
            vec![Raw { value: json!({}), place: source.name.clone(), pointer: Some(String::new()) }]
        }
        Some(Value::String(name)) => from_file(source, name, "/tests"),
        Some(Value::Array(items)) => {
            let mut raws = Vec::new();
            for (number, item) in items.iter().enumerate() {
                let pointer = format!("/tests/{number}");
                match item {
                    Value::String(name) => raws.extend(from_file(source, name, &pointer)),
                    item => raws.push(Raw {
                        value: item.clone(),
                        place: source.place(&pointer),
                        pointer: Some(pointer),
                    }),
                }
            }
            raws
        }
        Some(_) => {
            source.miss("/tests", "tests", "a generator of tests has no equivalent");
            Vec::new()
        }
    }
}

fn from_file(source: &mut Source, name: &str, pointer: &str) -> Vec<Raw> {
    let file = name.trim_start_matches("file://");
    let extension = Path::new(file).extension().and_then(|end| end.to_str()).unwrap_or_default();
    let read = match extension {
        "csv" | "json" | "jsonl" | "yaml" | "yml" => source.file(name).and_then(|text| match extension {
            "csv" => table(&text),
            "jsonl" => lines(&text),
            _ => listed(&text),
        }),
        _ => Err(format!("tests of {name} are not read: only CSV, JSON, JSON lines and YAML files are")),
    };
    match read {
        Ok(values) => {
            let each = values.into_iter().map(|(line, value)| Raw {
                value,
                place: format!("{file}:{line}"),
                pointer: None,
            });
            each.collect()
        }
        Err(fault) => {
            source.miss(pointer, "tests", fault);
            Vec::new()
        }
    }
}

type Read = Result<Vec<(usize, Value)>, String>;

fn listed(text: &str) -> Read {
    let document = Document::parse(text)?;
    let items = document.value.as_array().cloned().ok_or("is no list of tests")?;
    let line = |number| document.line(&format!("/{number}")).unwrap_or(1);
    Ok(items.into_iter().enumerate().map(|(number, item)| (line(number), item)).collect())
}

fn lines(text: &str) -> Read {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(number, line)| {
        let value = serde_json::from_str(line).map_err(|fault| format!("line {}: {fault}", number + 1))?;
        Ok((number + 1, value))
    });
    read.collect()
}

/// A table: a column a variable, and columns with names of their own.
fn table(text: &str) -> Read {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|fault| fault.to_string())?.clone();
    let mut tests = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|fault| fault.to_string())?;
        let line = row.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(1));
        let (mut vars, mut asserted, mut keys) = (Map::new(), Vec::new(), Map::new());
        for (header, cell) in headers.iter().map(str::trim).zip(row.iter()) {
            match header {
                name if name.starts_with("__expected") => {
                    if !cell.trim().is_empty() {
                        asserted.push(expected::assertion(cell));
                    }
                }
                "__description" => drop(keys.insert("description".into(), json!(cell))),
                "__threshold" if cell.trim().is_empty() => {}
                "__threshold" => {
                    let number: f64 =
                        cell.trim().parse().map_err(|_| format!("line {line}: __threshold is no number"))?;
                    keys.insert("threshold".into(), json!(number));
                }
                name if name.starts_with("__") && cell.is_empty() => {}
                // A column that is not known is named like any other key of a test.
                name if name.starts_with("__") => drop(keys.insert(name.into(), json!(cell))),
                name => drop(vars.insert(name.into(), json!(cell))),
            }
        }
        keys.insert("vars".into(), Value::Object(vars));
        keys.insert("assert".into(), Value::Array(asserted));
        tests.push((line, Value::Object(keys)));
    }
    Ok(tests)
}

/// Variables with the texts of their files, and with the variables in them filled in.
fn filled(source: &Source, vars: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut read = Map::new();
    for (name, value) in vars {
        let value = match value.as_str().filter(|text| text.starts_with("file://")) {
            Some(file) => {
                let end = Path::new(file).extension().and_then(|end| end.to_str()).unwrap_or_default();
                if !["txt", "md", "json", "yaml", "yml", "html", "xml"].contains(&end) {
                    return Err(format!("the variable `{name}` is the file {file}, which is no text"));
                }
                Value::String(source.file(file)?.trim().to_owned())
            }
            None => value,
        };
        read.insert(name, value);
    }
    let known = read.clone();
    for (name, value) in &mut read {
        if let Value::String(text) = value {
            *text = render(text, &known).map_err(|fault| format!("the variable `{name}`: {fault}"))?;
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
