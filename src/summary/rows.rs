//! What each labelled, scored record adds: 32 bytes, whatever its texts.

use std::collections::HashMap;

/// A text's number among those that were seen.
pub(super) type Code = u32;

/// Texts that come again and again, such as verdicts, each kept once.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    texts: Vec<String>,
    codes: HashMap<String, Code>,
}

impl Names {
    /// The text's number.
    pub(super) fn code(&mut self, text: &str) -> Code {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = Code::try_from(self.texts.len()).unwrap_or(Code::MAX);
        self.texts.push(text.to_owned());
        self.codes.insert(text.to_owned(), code);
        code
    }

    /// What something says of each text, by the text's number.
    pub(super) fn each<T>(&self, of: impl FnMut(&str) -> T) -> Vec<T> {
        self.texts.iter().map(String::as_str).map(of).collect()
    }
}

/// One labelled, scored record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LabelledRecord {
    pub(super) index: u64,
    pub(super) expected: Code,
    pub(super) given: Code,
    /// NaN for none: an `Option` would take twice the room.
    expected_value: f64,
    value: f64,
}

impl LabelledRecord {
    pub(super) fn new(
        index: u64,
        (expected, expected_value): (Code, Option<f64>),
        (given, value): (Code, Option<f64>),
    ) -> Self {
        let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Self { index, expected, given, expected_value: or_nan(expected_value), value: or_nan(value) }
    }

    /// The score, if the verdict decides anything.
    pub(super) fn value(&self) -> Option<f64> {
        Some(self.value).filter(|value| !value.is_nan())
    }

    /// The label as a score, if it decides anything.
    pub(super) fn expected_value(&self) -> Option<f64> {
        Some(self.expected_value).filter(|value| !value.is_nan())
    }

    pub(super) fn is_same(&self) -> bool {
        self.expected == self.given
    }

    /// Whether label and verdict both decide.
    pub(super) fn is_decided(&self) -> bool {
        !self.value.is_nan() && !self.expected_value.is_nan()
    }
}

/// Some records, and the names in them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labelled<'a> {
    pub(super) rows: &'a [LabelledRecord],
    pub(super) names: &'a Names,
}

impl Labelled<'_> {
    /// Label and score of the records where both decide.
    pub(super) fn valued(&self) -> (Vec<f64>, Vec<f64>) {
        self.rows.iter().filter_map(|row| Some((row.expected_value()?, row.value()?))).unzip()
    }
}
