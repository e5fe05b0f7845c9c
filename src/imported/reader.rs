//! One line, or one order of it, as a verdict.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::pair::{Equal, Unreadable};
use super::pattern::{Patterns, Several, as_word, missing};
use super::shares;
use super::shares::Reduce;
use crate::answer;
use crate::answer::{Contract, Fault, Repair};
use crate::data::Record;
use crate::judge::{Attempt, Purpose, Score};
use crate::model::{Key, Response};
use crate::signature::{Scale, ScaleKind};

/// How a line becomes a verdict. `{order}` in a path stands for the order's name.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    /// Where the verdict stands, and in what form.
    pub source: VerdictSource,
    /// The scale of labels and verdicts.
    pub scale: Scale,
    /// What is said in the file, in the scale's words.
    pub values: BTreeMap<String, String>,
    /// On a numeric scale: the range of the judge's numbers, where it is not the labels'.
    pub stretch: Stretch,
    /// The field with the judge's reasons.
    pub reasons: Option<String>,
    /// The field that says why a line has no verdict.
    pub unscored: Option<String>,
}

/// Where a verdict stands, and in what form.
#[derive(Clone, Debug)]
pub(crate) enum VerdictSource {
    /// A text in which patterns find it.
    Text {
        /// The text's field.
        field: String,
        /// The patterns.
        patterns: Patterns,
    },
    /// A text that holds a signature's JSON answer.
    Json {
        /// The text's field.
        field: String,
        /// What the answer must keep.
        contract: Arc<Contract>,
    },
    /// A verdict or a number that somebody has read already.
    Value {
        /// Its field.
        field: String,
    },
    /// A probability for each level.
    Distribution {
        /// The field of the list or object.
        field: String,
        /// How they become one score.
        reduce: Reduce,
    },
    /// Two scores of which the higher wins: a verdict on a pair.
    Compare {
        /// The fields of the first and the second score.
        fields: [String; 2],
        /// What equal scores mean.
        equal: Equal,
        /// What it means that one is no number.
        unreadable: Unreadable,
    },
    /// One number minus another.
    Difference {
        /// The fields: the first minus the second.
        fields: [String; 2],
    },
}

/// The range of a judge's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Stretch {
    /// That of the labels.
    #[default]
    Scale,
    /// A range of its own, which becomes that of the labels.
    From {
        /// The lowest number.
        min: f64,
        /// The highest number.
        max: f64,
    },
    /// From the lowest to the highest number in the file: see [`observed`](super::observed).
    Observed,
}

/// What a line says.
pub(super) enum Said {
    Verdict(Score),
    Number(f64),
    Preference(Preference),
    Nothing(String),
}

/// Which of two scores is higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preference {
    First,
    Second,
    Equal,
    Unreadable,
}

/// What a line says, and the text it was read from.
pub(super) struct Reply {
    pub(super) said: Said,
    pub(super) attempt: Option<Attempt>,
    pub(super) several: bool,
}

impl Reply {
    fn of(said: Said) -> Self {
        Self { said, attempt: None, several: false }
    }
}

impl Reader {
    /// Reads a line, in an order where it has several.
    ///
    /// # Errors
    /// A field is missing: which one.
    pub(super) fn read(&self, record: &Record, order: Option<&str>) -> Result<Reply, String> {
        let get = |field: &String| {
            let path = match order {
                Some(order) => field.replace("{order}", order),
                None => field.clone(),
            };
            record.get(&path).ok_or_else(|| missing(record, &path))
        };
        if let Some(why) = told(self.unscored.as_ref(), record, order) {
            return Ok(Reply::of(Said::Nothing(why)));
        }
        Ok(match &self.source {
            VerdictSource::Text { field, patterns } => self.text(get(field)?, patterns, order),
            VerdictSource::Json { field, contract } => self.json(get(field)?, contract, order),
            VerdictSource::Value { field } => Reply::of(self.value(get(field)?)),
            VerdictSource::Distribution { field, reduce } => {
                Reply::of(match shares::score(get(field)?, &self.scale, *reduce) {
                    Ok(score) => Said::Verdict(score),
                    Err(problem) => Said::Nothing(format!("field \"{field}\": {problem}")),
                })
            }
            VerdictSource::Compare { fields: [first, second], .. } => {
                Reply::of(Said::Preference(preference(number(get(first)?), number(get(second)?))))
            }
            VerdictSource::Difference { fields: [of, minus] } => {
                Reply::of(match (number(get(of)?), number(get(minus)?)) {
                    (Some(of), Some(minus)) => Said::Number(of - minus),
                    _ => Said::Nothing(format!("\"{of}\" and \"{minus}\" are not both numbers")),
                })
            }
        })
    }

    /// The reasons, where the line has them.
    pub(super) fn reasons(&self, record: &Record, order: Option<&str>) -> Option<String> {
        told(self.reasons.as_ref(), record, order)
    }

    /// What is said as a score.
    pub(super) fn score(&self, said: Said) -> Result<Score, String> {
        match said {
            Said::Verdict(score) => Ok(score),
            Said::Number(number) => self.number_score(number),
            Said::Nothing(why) => Err(why),
            Said::Preference(_) => Err("two scores are a verdict only on a pair".into()),
        }
    }

    fn text(&self, value: &Value, patterns: &Patterns, order: Option<&str>) -> Reply {
        let Some(text) = value.as_str() else {
            return Reply::of(Said::Nothing("there is no text".into()));
        };
        let found = patterns.find(text, |said| self.renamed(said));
        let several = found.labels.len() > 1;
        let said = match found.label {
            None => Said::Nothing("no pattern finds a verdict in the text".into()),
            Some(_) if several && patterns.several == Several::Unscored => {
                Said::Nothing(format!("the text holds several verdicts: {}", found.labels.join(", ")))
            }
            Some(label) => self.label(&label),
        };
        let faults = match &said {
            Said::Nothing(problem) => vec![Fault { pointer: String::new(), problem: problem.clone() }],
            _ => Vec::new(),
        };
        Reply { said, attempt: Some(attempt(text, order, Vec::new(), faults)), several }
    }

    fn json(&self, value: &Value, contract: &Contract, order: Option<&str>) -> Reply {
        let Some(text) = value.as_str() else {
            return Reply::of(Said::Nothing("there is no text".into()));
        };
        let (said, repairs, faults) = match answer::parse(text, contract) {
            Err(invalid) => (Said::Nothing(invalid.to_string()), invalid.repairs, invalid.faults),
            Ok(answer) => {
                let said = match self.scale.read(&answer.value) {
                    None => Said::Nothing(format!("the answer has no `{}`", self.scale.field)),
                    Some((label, value)) => Said::Verdict(Score {
                        value,
                        label,
                        confidence: answer.value.get("confidence").and_then(Value::as_f64),
                        reasoning: answer.value.get("reasoning").and_then(Value::as_str).map(str::to_owned),
                        ..Score::default()
                    }),
                };
                (said, answer.repairs, Vec::new())
            }
        };
        Reply { said, attempt: Some(attempt(text, order, repairs, faults)), several: false }
    }

    fn value(&self, value: &Value) -> Said {
        match as_word(value) {
            None if value.is_null() => Said::Nothing("the verdict is null".into()),
            None => Said::Nothing("the verdict is neither text nor a number".into()),
            Some(word) => self.label(&self.renamed(&word)),
        }
    }

    fn renamed(&self, said: &str) -> String {
        self.values.get(said).cloned().unwrap_or_else(|| said.to_owned())
    }

    /// A verdict in the scale's words.
    fn label(&self, name: &str) -> Said {
        let ScaleKind::Labels(labels) = &self.scale.kind else {
            return match name.trim().parse::<f64>().ok().filter(|number| number.is_finite()) {
                Some(number) => Said::Number(number),
                None => Said::Nothing(format!("the verdict \"{}\" is not a number", clipped(name))),
            };
        };
        if let Some(label) = self.scale.label(name) {
            return Said::Verdict(Score {
                value: label.value,
                label: label.name.clone(),
                ..Score::default()
            });
        }
        let known: Vec<&str> = labels.iter().map(|label| label.name.as_str()).collect();
        Said::Nothing(format!("the verdict \"{}\" is none of {}", clipped(name), known.join(", ")))
    }

    fn number_score(&self, number: f64) -> Result<Score, String> {
        let ScaleKind::Numeric { min, max, .. } = self.scale.kind else {
            return Err("a number where the scale has names".into());
        };
        let (low, high) = match self.stretch {
            Stretch::From { min, max } => (min, max),
            Stretch::Scale | Stretch::Observed => (min, max),
        };
        if !(low..=high).contains(&number) {
            return Err(format!("{number} is not on the scale from {low} to {high}"));
        }
        let value = (number - low) / (high - low);
        let level = if self.stretch == Stretch::Scale { number } else { min + value * (max - min) };
        Ok(Score { value: Some(value), label: level_label(level), ..Score::default() })
    }
}

/// A field's text, where the line has one.
fn told(field: Option<&String>, record: &Record, order: Option<&str>) -> Option<String> {
    let path = field?.replace("{order}", order.unwrap_or_default());
    record.get(&path)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A level as a label, with six decimals at most.
fn level_label(level: f64) -> String {
    format!("{}", (level * 1e6).round() / 1e6 + 0.0)
}

/// A number, or a text that is one and nothing else.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    f64::is_finite(number).then_some(number)
}

fn preference(first: Option<f64>, second: Option<f64>) -> Preference {
    match first.zip(second).and_then(|(first, second)| first.partial_cmp(&second)) {
        None => Preference::Unreadable,
        Some(std::cmp::Ordering::Greater) => Preference::First,
        Some(std::cmp::Ordering::Less) => Preference::Second,
        Some(std::cmp::Ordering::Equal) => Preference::Equal,
    }
}

fn attempt(text: &str, order: Option<&str>, repairs: Vec<Repair>, faults: Vec<Fault>) -> Attempt {
    Attempt {
        purpose: Purpose::Verdict,
        part: None,
        order: order.map(str::to_owned),
        repeat: 0,
        model: None,
        role: None,
        key: Key(blake3::hash(text.as_bytes()).to_hex().to_string()),
        response: Some(Response { text: text.to_owned(), ..Response::default() }),
        failure: None,
        repairs,
        faults,
    }
}

/// The beginning of a text, for a message.
fn clipped(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("...".chars()).collect()
}
