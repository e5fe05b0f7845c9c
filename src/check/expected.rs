//! What a check compares: the material it looks at, and what is expected, from the check or the record.

use std::borrow::Cow;

use serde_json::Value;

use super::examined::Unexamined;
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::trajectory::{Trajectory, TrajectoryFault};

/// What a check looks at. What is not known is `None`, never a guess.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// The record, which may hold what is expected.
    pub record: &'a Record,
    /// The output.
    pub output: &'a Value,
    /// What the agent did, or why that cannot be read; none where outputs are not trajectories.
    pub trajectory: Option<Result<&'a Trajectory, &'a TrajectoryFault>>,
    /// How long the output took, in milliseconds.
    pub latency_ms: Option<f64>,
    /// What the output cost, in US dollars.
    pub cost_usd: Option<f64>,
}

impl<'a> Material<'a> {
    /// The output as text: a text as it is, a trajectory's answer, anything
    /// else as JSON. An agent without an answer has answered nothing: an empty text.
    pub(super) fn text(&self) -> Result<Cow<'a, str>, Unexamined> {
        match (self.output, self.trajectory) {
            (Value::String(text), _) => Ok(Cow::Borrowed(text)),
            (_, Some(Ok(trajectory))) => Ok(Cow::Borrowed(trajectory.answer.as_deref().unwrap_or_default())),
            (_, Some(Err(fault))) => Err(unreadable(fault)),
            (Value::Null, None) => Err(Unexamined::Unknown("there is no output".into())),
            (other, None) => Ok(Cow::Owned(other.to_string())),
        }
    }

    /// The output as JSON; the inner error says why it is none.
    pub(super) fn json(&self) -> Result<Result<Cow<'a, Value>, String>, Unexamined> {
        if self.trajectory.is_none() && !matches!(self.output, Value::String(_) | Value::Null) {
            return Ok(Ok(Cow::Borrowed(self.output)));
        }
        let text = self.text()?;
        Ok(serde_json::from_str(&text).map(Cow::Owned).map_err(|fault| not_json(&text, &fault)))
    }

    /// The agent's steps.
    pub(super) fn steps(&self) -> Result<&'a Trajectory, Unexamined> {
        match self.trajectory {
            Some(Ok(trajectory)) if trajectory.has_steps() => Ok(trajectory),
            Some(Ok(_)) | None => {
                Err(Unexamined::Unknown("the output is no trajectory, so no step is known".into()))
            }
            Some(Err(fault)) => Err(unreadable(fault)),
        }
    }

    /// The agent's steps, where it is certain which of these tools were called: none of them that
    /// was not called is named in a part that is not read.
    pub(super) fn steps_with<T: AsRef<str>>(&self, tools: &[T]) -> Result<&'a Trajectory, Unexamined> {
        let trajectory = self.steps()?;
        let called = |tool: &str| trajectory.calls().any(|(_, call)| call.name == tool);
        let named = tools
            .iter()
            .map(AsRef::as_ref)
            .filter(|tool| !called(tool))
            .find_map(|tool| Some((tool, trajectory.passed_over.get(tool)?)));
        match named {
            None => Ok(trajectory),
            Some((tool, at)) => Err(Unexamined::Unknown(format!(
                "{tool} is named at {at}, in a part that is not read, so it is not certain that it was not \
                 called (if the part tells of no action, name its key in the suite's \
                 `trajectory = {{ ignore = [\"...\"] }}`)"
            ))),
        }
    }
}

fn unreadable(fault: &TrajectoryFault) -> Unexamined {
    Unexamined::Unknown(fault.to_string())
}

fn not_json(text: &str, fault: &serde_json::Error) -> String {
    if text.trim().is_empty() {
        return "the output is empty, which is no JSON".into();
    }
    format!("the output is not JSON, from line {}, column {} on", fault.line(), fault.column())
}

/// The longest excerpt of an output in a detail, in characters.
const LONGEST_EXCERPT: usize = 80;

/// A text as a detail quotes it.
pub(super) fn quoted(text: &str) -> String {
    let mut letters = text.chars();
    let head: String = letters.by_ref().take(LONGEST_EXCERPT).collect();
    let dots = if letters.next().is_some() { " …" } else { "" };
    format!("{head:?}{dots}")
}

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
