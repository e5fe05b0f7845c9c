//! The rows of an eval: from a file of rows, from a run, or from the outputs of a run.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::read;
use crate::error::{Error, ErrorKind, Result};

/// A row of the data source, with what a model made of it if that is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) item: Value,
    pub(super) sample: Value,
    /// The text of the model's output.
    pub(super) output: Option<String>,
    /// By grader, what the service found: `passed` and `score`.
    pub(super) results: Map<String, Value>,
    /// Why there is no output, if the service says so.
    pub(super) error: Option<String>,
    /// Its file and line.
    pub(super) place: String,
}

/// Reads a file of rows, or of a run's output items.
pub(super) fn from_file(path: &Path) -> Result<Vec<Row>> {
    let text = read(path)?;
    let name = path.display().to_string();
    let values = match serde_json::from_str::<Value>(&text) {
        Ok(Value::Array(items)) => numbered(&name, "item", items),
        Ok(whole) if whole.get("object") == Some(&json!("list")) => {
            if whole.get("has_more") == Some(&json!(true)) {
                return Err(usage(format!("{name} is one page of several: `has_more` is true"))
                    .help("put the pages' `data` into one list"));
            }
            numbered(&name, "item", list(whole.get("data")))
        }
        Ok(one) => vec![(format!("{name}:1"), one)],
        Err(_) => lines(&name, &text)?,
    };
    if values.is_empty() {
        return Err(usage(format!("{name} has no rows")));
    }
    values.into_iter().map(|(place, value)| row(place, &value)).collect()
}

/// The rows that a run holds itself.
///
/// # Errors
///
/// It holds none.
pub(super) fn from_run(name: &str, run: &Value) -> Result<Vec<Row>> {
    let source = run.pointer("/data_source/source");
    let kind = source.and_then(|source| source.get("type")).and_then(Value::as_str).unwrap_or_default();
    match kind {
        "file_content" => {
            let content = list(run.pointer("/data_source/source/content"));
            numbered(name, "row", content).into_iter().map(|(place, value)| row(place, &value)).collect()
        }
        "file_id" => {
            let id = run.pointer("/data_source/source/id").and_then(Value::as_str).unwrap_or_default();
            Err(usage(format!("{name}: the rows are in the file {id} at OpenAI"))
                .help("name a copy of it, or the run's output items, with --data"))
        }
        _ => Err(usage(format!("{name}: the run does not hold its rows")).help(
            "name the run's output items with --data, as GET /v1/evals/EVAL/runs/RUN/output_items answered them",
        )),
    }
}

fn usage(detail: String) -> Error {
    Error::new(ErrorKind::Usage, detail)
}

fn list(value: Option<&Value>) -> Vec<Value> {
    value.and_then(Value::as_array).cloned().unwrap_or_default()
}

fn numbered(name: &str, what: &str, values: Vec<Value>) -> Vec<(String, Value)> {
    let values = values.into_iter().enumerate();
    values.map(|(number, value)| (format!("{name}, {what} {}", number + 1), value)).collect()
}

fn lines(name: &str, text: &str) -> Result<Vec<(String, Value)>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let place = format!("{name}:{}", number + 1);
            let value = serde_json::from_str(line).map_err(|fault| {
                usage(format!("{place} is not JSON: {fault}")).help(
                    "each line is one row: {\"item\": {...}}, with {\"sample\": {...}} if there is an output",
                )
            })?;
            Ok((place, value))
        })
        .collect()
}

fn row(place: String, value: &Value) -> Result<Row> {
    let item = value.get("item").or_else(|| value.get("datasource_item")).filter(|item| item.is_object());
    let Some(item) = item.cloned() else {
        let help = match value.get("testing_criteria") {
            Some(_) => "this is an eval: name it as FILE",
            None => "each row is {\"item\": {...}}, with {\"sample\": {...}} if there is an output",
        };
        return Err(usage(format!("{place}: there is no `item`")).help(help));
    };
    let sample = value.get("sample").cloned().unwrap_or(Value::Null);
    let output = output(&sample);
    let error = sample.pointer("/error/message").and_then(Value::as_str).filter(|_| output.is_none());
    Ok(Row { error: error.map(str::to_owned), output, results: results(value), item, sample, place })
}

/// The output's text.
fn output(sample: &Value) -> Option<String> {
    if let Some(text) = sample.get("output_text").and_then(Value::as_str) {
        return Some(text.to_owned());
    }
    if let Some(text) = sample.pointer("/choices/0/message/content").and_then(Value::as_str) {
        return Some(text.to_owned());
    }
    let messages = sample.get("output").and_then(Value::as_array)?;
    let said = messages.iter().rev().find(|message| message.get("content").is_some_and(Value::is_string));
    said.and_then(|message| message.get("content")?.as_str()).map(str::to_owned)
}

/// What the service's graders found.
fn results(value: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    for result in list(value.get("results")) {
        let Some(name) = result.get("name").and_then(Value::as_str) else { continue };
        let kept = json!({ "passed": result.get("passed"), "score": result.get("score") });
        found.insert(own_name(name).to_owned(), kept);
    }
    found
}

/// A grader's name without the id that the service puts behind it: `String check-a2486074-d803-4445-b431-ad2262e85d47`.
fn own_name(name: &str) -> &str {
    const ID: [usize; 5] = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = name.rsplitn(6, '-').collect();
    let is_id =
        ID.iter().rev().zip(&parts).all(|(length, part)| {
            part.len() == *length && part.chars().all(|letter| letter.is_ascii_hexdigit())
        });
    match parts.get(5) {
        Some(own) if is_id => own,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_found_in_each_form_of_a_sample() {
        assert_eq!(output(&json!({"output_text": "a"})), Some("a".to_owned()));
        assert_eq!(output(&json!({"choices": [{"message": {"content": "b"}}]})), Some("b".to_owned()));
        let items = json!({"output": [{"role": "assistant", "content": "c"}, {"role": "assistant", "content": null}]});
        assert_eq!(output(&items), Some("c".to_owned()));
        assert_eq!(output(&json!({"output": [], "error": {"code": "x"}})), None);
        assert_eq!(output(&Value::Null), None);
    }

    #[test]
    fn the_services_id_is_no_part_of_a_graders_name() {
        assert_eq!(own_name("String check-a2486074-d803-4445-b431-ad2262e85d47"), "String check");
        assert_eq!(own_name("a-b-c-d-e-f"), "a-b-c-d-e-f");
        assert_eq!(own_name("plain"), "plain");
    }
}
