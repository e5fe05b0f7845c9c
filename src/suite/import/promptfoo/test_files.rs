//! Tests that stand in files of their own: tables, JSON, JSON lines and YAML.

use serde_json::{Map, Value, json};

use super::super::yaml::Document;
use super::raw::Raw;
use super::{Source, expected, files};

/// The tests of a file, or of all files that fit a pattern.
pub(super) fn from_files(source: &mut Source, name: &str, pointer: &str) -> Vec<Raw> {
    let (path, _) = files::path_of(name);
    let names: Vec<String> = if files::is_pattern(path) {
        let found = files::matching(&source.folder, path);
        found
            .iter()
            .map(|found| found.strip_prefix(&source.folder).unwrap_or(found).display().to_string())
            .collect()
    } else {
        vec![name.to_owned()]
    };
    if names.is_empty() {
        source.miss(pointer, "tests", format!("no file fits {path}"));
    }
    names.iter().flat_map(|name| from_file(source, name, pointer)).collect()
}

fn from_file(source: &mut Source, name: &str, pointer: &str) -> Vec<Raw> {
    let file = name.strip_prefix("file://").unwrap_or(name);
    let read = match files::extension(file).as_str() {
        "csv" => source.file(name).and_then(|text| table(&text)),
        "jsonl" => source.file(name).and_then(|text| lines(&text)),
        "json" | "yaml" | "yml" => source.file(name).and_then(|text| listed(&text)),
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

/// A list of tests, or one test.
fn listed(text: &str) -> Read {
    let document = Document::parse(text)?;
    let items = match document.value.clone() {
        Value::Array(items) => items,
        one @ Value::Object(_) => return Ok(vec![(1, one)]),
        _ => return Err("is no list of tests".to_owned()),
    };
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
                // What a test is filed under changes no verdict.
                name if name.starts_with("__metadata") => {}
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
