//! What is expected: it stands in the check, or in a field of the record.

use serde_json::Value;

use super::examined::Unexamined;
use super::material::Material;
use crate::error::{Error, ErrorKind, Result};

/// Where what is expected stands.
#[derive(Clone, Debug)]
pub(super) enum Source<T> {
    /// In the check.
    Here(T),
    /// In this field of the record.
    Field(String),
}

impl<T: Clone> Source<T> {
    /// One of `key` and `key_field`, and not both.
    pub(super) fn new(check: &str, key: &str, here: Option<&T>, field: Option<&String>) -> Result<Self> {
        match (here, field) {
            (Some(here), None) => Ok(Self::Here(here.clone())),
            (None, Some(field)) => Ok(Self::Field(field.clone())),
            (None, None) => Err(unusable(check, &format!("neither `{key}` nor `{key}_field` is given"))
                .help(format!("write `{key}` itself, or in `{key}_field` the record's field that holds it"))),
            (Some(_), Some(_)) => Err(unusable(check, &format!("both `{key}` and `{key}_field` are given"))
                .help("leave one of them out")),
        }
    }

    /// What is expected of this record, read by `read` where it is in a field.
    pub(super) fn get(
        &self,
        material: &Material<'_>,
        wanted: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> std::result::Result<T, Unexamined> {
        let field = match self {
            Self::Here(here) => return Ok(here.clone()),
            Self::Field(field) => field,
        };
        let value = material.record.get(field).filter(|value| !value.is_null());
        let Some(value) = value else {
            return Err(Unexamined::Missing(format!("the record has no field \"{field}\"")));
        };
        read(value).ok_or_else(|| {
            Unexamined::Unknown(format!("the record's field \"{field}\" does not hold {wanted}"))
        })
    }
}

/// A check that cannot work.
pub(super) fn unusable(check: &str, problem: &str) -> Error {
    Error::new(ErrorKind::Config, format!("check `{check}`: {problem}"))
}

/// A text, or a number or boolean as text: a CSV holds only text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A list of texts, a single one, or a text that holds a JSON list of them.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::String(list) if list.trim_start().starts_with('[') => {
            serde_json::from_str(list).ok().or_else(|| Some(vec![list.clone()]))
        }
        other => text(other).map(|text| vec![text]),
    }
}

/// A number, or a text that reads as one.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// A number of things.
pub(super) fn count(value: &Value) -> Option<usize> {
    let count = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    usize::try_from(count).ok()
}
