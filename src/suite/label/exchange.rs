//! Labels out to a file and in from one: CSV and JSON lines.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::standing::{Hold, Standing};
use super::store::{ADJUDICATED, LabelLine, append, check_name, now};
use crate::data::{Dataset, Record};
use crate::error::{Error, ErrorKind, Result};

/// What a file of labels holds, and how many lines.
pub(crate) struct Exported {
    pub(crate) text: String,
    pub(crate) labels: usize,
}

const COLUMNS: [&str; 9] = ["id", "by", "label", "remark", "holds", "weight", "at", "rubric", "record"];

/// All labels, each with whether it still holds: CSV, or JSON lines where the file's name ends so.
///
/// # Errors
/// The name says neither.
pub(crate) fn export(standing: &Standing, file: &Path) -> Result<Exported> {
    let mut rows = Vec::new();
    let decided = (ADJUDICATED.to_owned(), standing.adjudicated.clone());
    for (name, labels) in standing.people.iter().chain([(&decided.0, &decided.1)]) {
        rows.extend(labels.by_id.values().map(|line| row(standing, name, line)));
    }
    let text = match ending(file) {
        Some("csv") => csv(&rows)?,
        Some("jsonl" | "ndjson") => json_lines(&rows),
        _ => return Err(unknown(file)),
    };
    Ok(Exported { text, labels: rows.len() })
}

fn row(standing: &Standing, name: &str, line: &LabelLine) -> Map<String, Value> {
    let holds = match standing.hold(line) {
        Hold::Holds => "yes",
        Hold::OtherRubric => "no: another rubric",
        Hold::OtherRecord => "no: the record changed",
        Hold::Gone => "no: the record is gone",
    };
    let values = [
        json!(line.id),
        json!(name),
        json!(line.label),
        json!(line.remark),
        json!(holds),
        json!(standing.weight(&line.id)),
        json!(line.at),
        json!(line.rubric),
        json!(line.record),
    ];
    COLUMNS.iter().map(|column| (*column).to_owned()).zip(values).collect()
}

fn json_lines(rows: &[Map<String, Value>]) -> String {
    let mut text = String::new();
    for row in rows {
        text += &format!("{}\n", json!(row));
    }
    text
}

fn csv(rows: &[Map<String, Value>]) -> Result<String> {
    let internal =
        |what: String| Error::new(ErrorKind::Internal, format!("labels cannot be written as CSV: {what}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|error| internal(error.to_string()))?;
    for row in rows {
        let cells = row.values().map(|value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        writer.write_record(cells).map_err(|error| internal(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| internal(error.to_string()))
}

/// Takes labels from a file with `id` and `label`, and `by` where no name is given; `remark` where there is one. What
/// is taken is taken as given by the rubric and of the records as they are now. Gives how many there were.
///
/// # Errors
/// A line cannot be used: then nothing is taken.
pub(crate) fn import(standing: &Standing, file: &Path, by: Option<&str>) -> Result<usize> {
    if !matches!(ending(file), Some("csv" | "jsonl" | "ndjson")) {
        return Err(unknown(file));
    }
    let mut lines: BTreeMap<String, Vec<LabelLine>> = BTreeMap::new();
    for record in Dataset::open_lines(file)? {
        let record = record.map_err(|fault| Error::new(ErrorKind::Dataset, fault.to_string()))?;
        let wrong = |what: String| {
            let detail = format!("{} line {}: {what}", file.display(), record.line);
            Error::new(ErrorKind::Dataset, detail)
                .help("nothing was taken; mend the line and import the file again")
        };
        let line = read(standing, &record, by).map_err(wrong)?;
        lines.entry(line.by.clone()).or_default().push(line);
    }
    let mut taken = 0;
    for (name, lines) in lines {
        for line in lines {
            // The same label again says nothing new.
            let is_new = |known: Option<&LabelLine>| {
                known.is_none_or(|known| {
                    (&known.label, &known.rubric, &known.record) != (&line.label, &line.rubric, &line.record)
                })
            };
            let added = append(&standing.folder, &name, |labels| {
                is_new(labels.by_id.get(&line.id)).then(|| line.clone())
            })?;
            taken += usize::from(added.is_some());
        }
    }
    Ok(taken)
}

fn read(standing: &Standing, record: &Record, by: Option<&str>) -> std::result::Result<LabelLine, String> {
    let text = |name: &str| match record.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
        _ => None,
    };
    let id = text("id").ok_or("there is no `id`")?;
    let by = by.map(str::to_owned).or_else(|| text("by"));
    let by = by.ok_or("it does not say whose label it is: add a column `by`, or --as NAME")?;
    if by != ADJUDICATED {
        check_name(&by).map_err(|error| error.to_string())?;
    }
    let item = standing.item(&id).ok_or_else(|| format!("there is no record \"{id}\" in the suite"))?;
    let label = match text("label") {
        None => None,
        Some(label) => {
            let known = standing.read_one(&label);
            Some(known.ok_or_else(|| format!("\"{label}\" is none of the labels"))?.label)
        }
    };
    Ok(LabelLine {
        id,
        record: text("record").unwrap_or_else(|| item.hash.clone()),
        rubric: text("rubric").unwrap_or_else(|| standing.rubric.version.clone()),
        label,
        remark: text("remark"),
        by,
        at: text("at").unwrap_or_else(now),
        undone: false,
    })
}

fn ending(file: &Path) -> Option<&str> {
    file.extension().and_then(|ending| ending.to_str())
}

fn unknown(file: &Path) -> Error {
    Error::new(ErrorKind::Usage, format!("cannot tell the format of {}", file.display()))
        .help("files of labels end in .csv or .jsonl")
}
