//! How an answer's verdict becomes a score.

use serde::Serialize;
use serde_json::Value;

use crate::number::to_i64;

/// Which output holds the verdict, and what it is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scale {
    /// The output's name.
    pub field: String,
    /// What its values are worth.
    pub kind: ScaleKind,
}

/// The two kinds of scale.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleKind {
    /// Named verdicts, each with its score in `0..=1`, or none.
    Labels(Vec<Label>),
    /// A number from `min` to `max`; the score is `(s - min) / (max - min)`.
    Numeric {
        /// The lowest number, worth 0.
        min: f64,
        /// The highest number, worth 1.
        max: f64,
        /// Whether only whole numbers can be answered.
        whole: bool,
    },
}

/// A named verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Label {
    /// The name, as the judge writes it.
    pub name: String,
    /// Its score in `0..=1`; `None` for a verdict that decides nothing, such as `unclear`.
    pub value: Option<f64>,
}

/// One possible answer at the verdict's place.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleAnswer {
    /// The verdict as a label.
    pub label: String,
    /// The verdict as JSON.
    pub json: Value,
    /// Its score in `0..=1`.
    pub value: Option<f64>,
}

/// The longest scale of whole numbers whose answers can be weighed one by one.
const MOST_CANDIDATES: f64 = 21.0;

impl Scale {
    /// Reads the verdict out of a valid answer: its label, and its score.
    /// `None` where the answer holds no verdict of this scale.
    #[must_use]
    pub fn read(&self, answer: &Value) -> Option<(String, Option<f64>)> {
        let verdict = answer.get(&self.field)?;
        match &self.kind {
            ScaleKind::Labels(labels) => {
                let name = label_text(verdict);
                let label = labels.iter().find(|label| label.name == name)?;
                Some((name, label.value))
            }
            ScaleKind::Numeric { .. } => {
                let number = verdict.as_f64()?;
                Some((number_label(number), self.normalize(number)))
            }
        }
    }

    /// A number of this scale as a score in `0..=1`; `None` outside the scale.
    #[must_use]
    pub fn normalize(&self, number: f64) -> Option<f64> {
        match self.kind {
            ScaleKind::Numeric { min, max, .. } if (min..=max).contains(&number) && max > min => {
                Some((number - min) / (max - min))
            }
            _ => None,
        }
    }

    /// What a named verdict is worth; `None` for one that decides nothing or is not known.
    #[must_use]
    pub fn worth(&self, label: &str) -> Option<f64> {
        self.labels().iter().find(|known| known.name == label)?.value
    }

    /// The label that a text of a file means: its name, whatever spaces stand around it; `true` and `false` also as
    /// `True`, `TRUE`, and 1 and 0 where these are no labels of their own; a whole number also as `4.0`.
    #[must_use]
    pub fn label(&self, text: &str) -> Option<&Label> {
        let named = |name: &str| self.labels().iter().find(|label| label.name == name);
        let text = text.trim();
        let whole = whole_number(text).unwrap_or(text);
        named(text).or_else(|| named(whole)).or_else(|| {
            let (yes, no) = (named("true")?, named("false")?);
            match whole {
                "1" => Some(yes),
                "0" => Some(no),
                word if word.eq_ignore_ascii_case("true") => Some(yes),
                word if word.eq_ignore_ascii_case("false") => Some(no),
                _ => None,
            }
        })
    }

    /// The lowest and the highest number; `None` where the verdicts are named.
    #[must_use]
    pub fn bounds(&self) -> Option<(f64, f64)> {
        match self.kind {
            ScaleKind::Numeric { min, max, .. } => Some((min, max)),
            ScaleKind::Labels(_) => None,
        }
    }

    /// Every possible answer, where they can be counted off.
    #[must_use]
    pub fn candidates(&self) -> Option<Vec<ScaleAnswer>> {
        match &self.kind {
            ScaleKind::Labels(labels) => Some(labels.iter().map(label_candidate).collect()),
            ScaleKind::Numeric { min, max, whole } if *whole && max - min < MOST_CANDIDATES => {
                let mut candidates = Vec::new();
                let mut number = min.ceil();
                while number <= *max {
                    candidates.push(self.number_candidate(number));
                    number += 1.0;
                }
                Some(candidates)
            }
            ScaleKind::Numeric { .. } => None,
        }
    }

    fn number_candidate(&self, number: f64) -> ScaleAnswer {
        let json = Value::from(to_i64(number));
        ScaleAnswer { label: number_label(number), json, value: self.normalize(number) }
    }

    /// The labels in their order, for confusion matrices; none on a numeric scale.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        match &self.kind {
            ScaleKind::Labels(labels) => labels,
            ScaleKind::Numeric { .. } => &[],
        }
    }
}

fn label_candidate(label: &Label) -> ScaleAnswer {
    let json = match label.name.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        name => Value::String(name.to_owned()),
    };
    ScaleAnswer { label: label.name.clone(), json, value: label.value }
}

/// A verdict in the answer as its label; booleans are `true` and `false`.
fn label_text(verdict: &Value) -> String {
    match verdict {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A whole number that is written with a fraction of zeros, without it: pandas writes `4.0` for 4.
#[must_use]
pub(crate) fn whole_number(text: &str) -> Option<&str> {
    let (whole, zeros) = text.split_once('.')?;
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_whole = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    (is_whole && !zeros.is_empty() && zeros.bytes().all(|digit| digit == b'0')).then_some(whole)
}

/// A number as a label: `4`, or `3.5`.
fn number_label(number: f64) -> String {
    format!("{number}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_is_scored_between_its_bounds_and_nowhere_else() {
        let scale =
            Scale { field: "score".into(), kind: ScaleKind::Numeric { min: 1.0, max: 5.0, whole: true } };
        assert_eq!(scale.read(&json!({"score": 4})), Some(("4".into(), Some(0.75))));
        assert_eq!(scale.normalize(6.0), None);
        let labels: Vec<String> = scale.candidates().unwrap().into_iter().map(|c| c.label).collect();
        assert_eq!(labels, ["1", "2", "3", "4", "5"]);
    }

    #[test]
    fn an_undecided_label_has_no_value_and_an_unknown_one_is_no_verdict() {
        let label = |name: &str, value| Label { name: name.into(), value };
        let scale = Scale {
            field: "verdict".into(),
            kind: ScaleKind::Labels(vec![label("pass", Some(1.0)), label("unclear", None)]),
        };
        assert_eq!(scale.read(&json!({"verdict": "unclear"})), Some(("unclear".into(), None)));
        assert_eq!(scale.read(&json!({"verdict": "passed"})), None);
    }
}
