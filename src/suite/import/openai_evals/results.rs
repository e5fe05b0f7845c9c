//! What the service's graders found, as judgments that are made already.

use serde_json::{Map, Value, json};

use super::super::naming;
use super::super::project::Draft;
use super::rows::Row;

/// Writes a table of judgments for each grader.
pub(super) fn write(draft: &mut Draft, dataset: &str, rows: &[(String, Row)]) {
    let mut names: Vec<&String> = Vec::new();
    for name in rows.iter().flat_map(|(_, row)| row.results.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut keys: Vec<String> = Vec::new();
    for name in names {
        let key =
            naming::free(format!("openai_{}", naming::key(name)), |key| keys.iter().any(|it| it == key));
        let file = format!("judgments/{key}.jsonl");
        draft.file(
            file.clone(),
            rows.iter().map(|(id, row)| line(id, row, name).to_string() + "\n").collect(),
        );
        draft.score(key.clone(), table(&file, name, dataset));
        keys.push(key);
    }
}

fn line(id: &str, row: &Row, name: &str) -> Value {
    let found = row.results.get(name);
    if let Some(passed) = found.and_then(|found| found.get("passed")).filter(|passed| passed.is_boolean()) {
        return json!({ "id": id, "value": passed, "score": found.and_then(|found| found.get("score")) });
    }
    let why = match &row.error {
        Some(error) => format!("there is no output: {error}"),
        None => format!("`{name}` has no result of this item"),
    };
    json!({ "id": id, "unscored": why })
}

fn table(file: &str, name: &str, dataset: &str) -> Map<String, Value> {
    let mut table = Map::new();
    table.insert("replies".to_owned(), json!(file));
    table.insert("judge".to_owned(), json!(format!("OpenAI {name}")));
    table.insert("dataset".to_owned(), json!(dataset));
    table.insert("labels".to_owned(), json!(["true", "false"]));
    table.insert("read".to_owned(), json!({ "value": "value", "unscored": "unscored" }));
    table
}
