//! Checks of the output's text: exact, contains, regex.

use regex::Regex;
use serde_json::Value;

use super::examined::{CheckResult, Finding, Unexamined};
use super::expected::{self, Source, unusable};
use super::file::{ContainsFile, ExactFile, Needs, RegexFile};
use super::material::{Material, quoted};
use crate::error::Result;

/// The output is what is expected.
#[derive(Debug)]
pub(super) struct Exact {
    expected: Source<Value>,
    trim: bool,
    ignore_case: bool,
}

impl Exact {
    pub(super) fn new(name: &str, file: &ExactFile) -> Result<Self> {
        let expected = Source::new(name, "expected", file.expected.as_ref(), file.expected_field.as_ref())?;
        Ok(Self { expected, trim: file.trim, ignore_case: file.ignore_case })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let expected = self.expected.get(material, "a value", |value| Some(value.clone()))?;
        let Value::String(expected) = &expected else {
            return as_json(&expected, material);
        };
        let text = material.text()?;
        let same = self.normal(&text) == self.normal(expected);
        if same {
            return Ok(CheckResult::pass("the output is as expected"));
        }
        Ok(CheckResult::fail(format!("the output is {}, expected {}", quoted(&text), quoted(expected))))
    }

    fn normal(&self, text: &str) -> String {
        let text = if self.trim { text.trim() } else { text };
        if self.ignore_case { text.to_lowercase() } else { text.to_owned() }
    }
}

fn as_json(expected: &Value, material: &Material<'_>) -> Finding {
    let output = match material.json()? {
        Ok(output) => output,
        Err(fault) => return Ok(CheckResult::fail(fault)),
    };
    if same(&output, expected) {
        return Ok(CheckResult::pass("the output is as expected"));
    }
    Ok(CheckResult::fail(format!(
        "the output is {}, expected {}",
        quoted(&output.to_string()),
        quoted(&expected.to_string())
    )))
}

/// Whether two values say the same: `1` is `1.0`, and the order of keys does not matter.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        (one, other) => one == other,
    }
}

/// The output contains texts, or none of them.
#[derive(Debug)]
pub(super) struct Contains {
    expected: Source<Vec<String>>,
    needs: Needs,
    ignore_case: bool,
}

impl Contains {
    pub(super) fn new(name: &str, file: &ContainsFile) -> Result<Self> {
        let expected = Source::new(name, "expected", file.expected.as_ref(), file.expected_field.as_ref())?;
        if let Source::Here(texts) = &expected
            && (texts.is_empty() || texts.iter().any(String::is_empty))
        {
            return Err(unusable(
                name,
                "`expected` is empty, or has an empty text, which every output contains",
            )
            .help("name the texts to look for"));
        }
        Ok(Self { expected, needs: file.needs, ignore_case: file.ignore_case })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let expected = self.expected.get(material, "a text or a list of texts", expected::texts)?;
        if expected.is_empty() && self.needs == Needs::Any {
            return Err(Unexamined::Unknown("the record names nothing to look for".into()));
        }
        let text = self.normal(&material.text()?);
        let (found, absent): (Vec<&String>, Vec<&String>) =
            expected.iter().partition(|wanted| text.contains(&self.normal(wanted)));
        Ok(match self.needs {
            Needs::All if absent.is_empty() => CheckResult::pass("the output contains all of it"),
            Needs::All => CheckResult::fail(format!("the output lacks {}", list(&absent))),
            Needs::Any if found.is_empty() => {
                CheckResult::fail(format!("the output has none of {}", list(&absent)))
            }
            Needs::Any => CheckResult::pass(format!("the output contains {}", list(&found))),
            Needs::None if found.is_empty() => CheckResult::pass("the output contains none of it"),
            Needs::None => CheckResult::fail(format!("the output contains {}", list(&found))),
        })
    }

    fn normal(&self, text: &str) -> String {
        if self.ignore_case { text.to_lowercase() } else { text.to_owned() }
    }
}

fn list(texts: &[&String]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
}

/// The output matches a regular expression, or does not.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    absent: bool,
}

impl Pattern {
    pub(super) fn new(name: &str, file: &RegexFile) -> Result<Self> {
        let regex = Regex::new(&file.pattern).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            unusable(name, &format!("`pattern` is not a regular expression: {reason}"))
                .help("mend it; a backslash needs 'single quotes' around the pattern in TOML")
        })?;
        Ok(Self { regex, absent: file.absent })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let text = material.text()?;
        let found = self.regex.find(&text).map(|found| quoted(found.as_str()));
        Ok(match (found, self.absent) {
            (Some(found), false) => CheckResult::pass(format!("{found} matches")),
            (Some(found), true) => CheckResult::fail(format!("{found} matches, and nothing may")),
            (None, false) => CheckResult::fail(format!("nothing matches in {}", quoted(&text))),
            (None, true) => CheckResult::pass("nothing matches"),
        })
    }
}
