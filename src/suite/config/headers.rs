//! Headers that every call to a model's server carries.

use std::collections::BTreeMap;

use reqwest::header::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Places;
use crate::error::Diagnostic;

/// A header's value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum HeaderFile {
    /// The value itself, where it is no secret.
    Value(String),
    /// The value of an environment variable.
    Variable(HeaderVariable),
}

/// Where a header's value is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeaderVariable {
    /// The environment variable that holds the value.
    pub(crate) env: String,
}

/// What the connection sets itself.
const OWN: [&str; 6] =
    ["connection", "content-length", "content-type", "host", "transfer-encoding", "upgrade"];

/// What cannot be sent, with its place. A value is never repeated.
pub(crate) fn faults(
    headers: &BTreeMap<String, HeaderFile>,
    pointer: &str,
    places: &Places,
) -> Vec<Diagnostic> {
    let fault = |(name, value): (&String, &HeaderFile)| {
        let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        let problem = problem(name, value)?;
        Some(places.at_key(&pointer, format!("the header \"{name}\" cannot be sent: {problem}")))
    };
    headers.iter().filter_map(fault).collect()
}

fn problem(name: &str, value: &HeaderFile) -> Option<&'static str> {
    let is_own = OWN.contains(&name.to_ascii_lowercase().as_str());
    let is_sendable = |text: &str| HeaderValue::from_str(text.trim()).is_ok();
    match value {
        _ if HeaderName::from_bytes(name.as_bytes()).is_err() => Some("that is no name of a header"),
        _ if is_own => Some("the connection sets it itself"),
        HeaderFile::Value(text) if !is_sendable(text) => {
            Some("its value has a character that no header may have")
        }
        HeaderFile::Variable(variable) if variable.env.trim().is_empty() => Some("`env` names no variable"),
        _ => None,
    }
}
