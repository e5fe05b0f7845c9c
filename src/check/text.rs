//! Checks of the output's text: exact, contains, regex, and a number near enough to the expected one.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::choices::{Needs, Take};
use super::examined::{CheckResult, Finding, Unexamined};
use super::expected;
use super::expected::{Material, Source, quoted, unusable};
use super::file::{ContainsFile, ExactFile, NumberFile, RegexFile};
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

/// The share of the numbers' size that may be a rounding error: 0.3 - 0.2 is not quite 0.1.
pub(super) const ROUNDING: f64 = 1e-12;

#[derive(Debug)]
pub(super) struct Number {
    expected: Source<f64>,
    tolerance: f64,
    relative: f64,
    take: Take,
    pointer: Option<String>,
}

impl Number {
    pub(super) fn new(name: &str, file: &NumberFile) -> Result<Self> {
        let expected = Source::new(name, "expected", file.expected.as_ref(), file.expected_field.as_ref())?;
        if let Some(pointer) = file.pointer.as_deref().filter(|pointer| !is_pointer(pointer)) {
            return Err(unusable(name, &format!("`pointer` {pointer:?} is not a JSON pointer"))
                .help("begin it with a slash: \"/order/total\""));
        }
        Ok(Self {
            expected,
            tolerance: file.tolerance,
            relative: file.relative,
            take: file.take,
            pointer: file.pointer.clone(),
        })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let expected = self.expected.get(material, "a number", expected::number)?;
        let found = match &self.pointer {
            Some(pointer) => match material.json()? {
                Ok(output) => output.pointer(pointer).and_then(expected::number),
                Err(fault) => return Ok(CheckResult::fail(fault)),
            },
            None => in_text(&material.text()?, self.take),
        };
        let Some(found) = found else {
            let place = self.pointer.as_ref().map_or_else(String::new, |pointer| format!(" at {pointer}"));
            return Ok(CheckResult::fail(format!("the output has no number{place}, expected {expected}")));
        };
        let allowed = self.tolerance.max(self.relative * expected.abs());
        let near = (found - expected).abs() <= allowed + ROUNDING * found.abs().max(expected.abs());
        let within = if allowed > 0.0 { format!(" ± {allowed}") } else { String::new() };
        Ok(CheckResult::of(near, format!("the output says {found}, expected {expected}{within}")))
    }
}

pub(super) fn is_pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?")
        .expect("the pattern is constant and tested")
});

/// The first or last number of a text. Digits that belong to a name (`R-881`,
/// `v2`) are none; `1,234.5` is one; a hyphen after a digit is no sign.
fn in_text(text: &str, take: Take) -> Option<f64> {
    let mut numbers = NUMBER.find_iter(text).filter_map(|found| {
        let before = text.get(..found.start()).unwrap_or_default();
        signed(before, &found.as_str().replace(',', ""))
    });
    match take {
        Take::First => numbers.next(),
        Take::Last => numbers.last(),
    }
}

fn signed(before: &str, digits: &str) -> Option<f64> {
    let mut letters = before.chars().rev();
    let previous = letters.next();
    let negative = matches!(previous, Some('-' | '\u{2212}'));
    let joint = if negative { letters.next() } else { previous };
    if joint.is_some_and(|letter| letter.is_alphabetic() || letter == '_') {
        return None;
    }
    let number: f64 = digits.parse().ok()?;
    let after_a_number = negative && joint.is_some_and(char::is_numeric);
    number.is_finite().then_some(if negative && !after_a_number { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_text() {
        for (text, first, last) in [
            ("It costs $1,234.50.", Some(1234.5), Some(1234.5)),
            ("refund R-881 of 39.90 for v2", Some(39.9), Some(39.9)),
            ("-3 °C, then 4", Some(-3.0), Some(4.0)),
            ("from 10-20", Some(10.0), Some(20.0)),
            ("x = \u{2212}2.5e-3", Some(-0.0025), Some(-0.0025)),
            ("30%", Some(30.0), Some(30.0)),
            ("none", None, None),
            ("1e999 is too much", None, None),
        ] {
            assert_eq!((in_text(text, Take::First), in_text(text, Take::Last)), (first, last), "{text}");
        }
    }
}
