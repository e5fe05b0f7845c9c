//! What other tools measured, read as cells. They give speed alone: no quality, no cost.

mod llama_bench;
mod own;
mod vllm;

use serde_json::{Deserializer, Value};

use super::cell::CellFigures;
use super::line::Line;
use super::meta::Meta;

pub(super) use self::own::meta_of;

/// The forms that are read, for messages.
pub(crate) const FORMS: &str = "a bench of evenhand's (its folder, or its calls.jsonl), the JSON of `vllm bench serve --save-result`, or \
                                that of `llama-bench -o json` or `-o jsonl`";

/// What a file holds.
pub(crate) enum Imported {
    /// Measurements of evenhand's own.
    Lines(Vec<Line>),
    /// Cells of another tool.
    Cells(Vec<CellFigures>),
}

/// Measurements that are put side by side.
pub(crate) enum Part {
    /// Those of a bench, with its metadata where there are any.
    Own { file: String, meta: Option<Box<Meta>>, lines: Vec<Line> },
    /// Those of another tool.
    Other(Vec<CellFigures>),
}

/// Reads a file by what is in it, whatever its name.
///
/// # Errors
/// It has none of the forms, or is broken: why, in words.
pub(crate) fn read(text: &str, file: &str) -> Result<Imported, String> {
    let mut documents: Vec<Value> = Vec::new();
    for document in Deserializer::from_str(text).into_iter::<Value>() {
        match document {
            Ok(document) => documents.push(document),
            // What a sudden end left half written at the end of evenhand's own lines is no measurement.
            Err(fault) if fault.is_eof() && documents.first().is_some_and(own::is_line) => break,
            Err(fault) => return Err(format!("it is not JSON: {fault}")),
        }
    }
    // llama-bench writes one list, or one object a line.
    let entries = match documents.as_slice() {
        [Value::Array(entries)] => entries.clone(),
        _ => documents,
    };
    let Some(first) = entries.first() else {
        return Err("there is nothing in it".to_owned());
    };
    if own::is_line(first) {
        return own::lines(entries).map(Imported::Lines);
    }
    if vllm::is_result(first) {
        return entries
            .into_iter()
            .map(|entry| vllm::cell(entry, file))
            .collect::<Result<_, _>>()
            .map(Imported::Cells);
    }
    if llama_bench::is_test(first) {
        return llama_bench::cells(&entries, file).map(Imported::Cells);
    }
    Err("it has none of the forms that are read".to_owned())
}
