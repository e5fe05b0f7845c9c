//! Signatures written as Python classes.

use evenhand::Spec;
use pyo3::prelude::*;
use toml::Value;

use crate::error::{raised, unreadable};

/// The text of a signature file that says the same as this JSON.
#[pyfunction]
pub(crate) fn signature_toml(json: &str) -> PyResult<String> {
    let file: toml::Table =
        serde_json::from_str(json).map_err(|problem| unreadable("a signature", &problem))?;
    let mut text = String::new();
    let (tables, values): (Vec<_>, Vec<_>) = file.iter().partition(|(name, value)| heads(name, value));
    for (name, value) in values {
        pair(&mut text, name, value);
    }
    for (name, value) in tables {
        match value {
            Value::Table(fields) if matches!(name.as_str(), "inputs" | "outputs") => {
                fields
                    .iter()
                    .for_each(|(field, said)| section(&mut text, &format!("[{name}.{}]", key(field)), said));
            }
            Value::Array(each) => each.iter().for_each(|one| section(&mut text, &format!("[[{name}]]"), one)),
            _ => section(&mut text, &format!("[{name}]"), value),
        }
    }
    Ok(text)
}

/// Whether a value of the file has sections of its own.
fn heads(name: &str, value: &Value) -> bool {
    value.is_table() || name == "demos"
}

/// What is nested deeper stands in one line: in sections values would come before tables, and the order counts.
fn section(text: &mut String, head: &str, said: &Value) {
    text.push_str(&format!("\n{head}\n"));
    for (name, value) in said.as_table().into_iter().flatten() {
        pair(text, name, value);
    }
}

fn pair(text: &mut String, name: &str, value: &Value) {
    text.push_str(&format!("{} = {value}\n", key(name)));
}

/// A key, quoted where it has to be.
fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if is_bare { name.to_owned() } else { Value::from(name).to_string() }
}

/// The fingerprint of a signature file's text: 64 hex digits. `name` stands for its file in messages.
#[pyfunction]
pub(crate) fn signature_fingerprint(py: Python<'_>, text: &str, name: &str) -> PyResult<(String, String)> {
    let spec = Spec::parse(text, name).map_err(|error| raised(py, &error))?;
    Ok((spec.name.clone(), spec.fingerprint()))
}
