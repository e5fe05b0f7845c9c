//! A number in the output, near enough to the expected one.

use std::sync::LazyLock;

use regex::Regex;

use super::examined::{CheckResult, Finding};
use super::expected::{self, Source, unusable};
use super::file::{NumberFile, Take};
use super::material::Material;
use crate::error::Result;

/// The share of the numbers' size that may be a rounding error: 0.3 - 0.2 is not quite 0.1.
const ROUNDING: f64 = 1e-12;

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

fn is_pointer(text: &str) -> bool {
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
