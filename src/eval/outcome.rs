//! What came of one record, and outcomes put in the order of their records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::check::Examined;
use crate::judge::{Attempt, OrderVerdict, Reading, Routed, Score, Unscored};
use crate::model::Usage;
use crate::signature::{Scale, ScaleKind};
use crate::subject::Trace;
use crate::trajectory::Cut;

/// What came of one record: one line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The record's id.
    pub id: String,
    /// Its place among the records that were taken, from 0.
    pub index: u64,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The model that judged it.
    pub model: String,
    /// How the verdict was read.
    pub reading: Reading,
    /// The map the score went through, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<String>,
    /// The label it should have, if the dataset gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// The group that it is ranked in, if records are ranked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The output that was judged, where it was produced for this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Produced>,
    /// What was left out of a long trajectory before it was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// What came of the checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Examined>,
    /// Of a pair that was shown in several orders, the verdict in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderVerdict>,
    /// Where the judges' routes sent it, and who answered; of several times as the verdict of most came about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Routed>,
    /// The score, or why there is none: of a record that was taken several times, the mean score and the
    /// verdict of most.
    pub result: Settled,
    /// What came of each time, where it was taken several times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeats: Vec<Repeat>,
    /// Every call that was made for it, in order.
    pub attempts: Vec<Attempt>,
    /// From the first request to the last reply, in milliseconds; the sum over its repeats.
    pub elapsed_ms: f64,
}

/// One of the times a record was taken: its output produced anew where evenhand has it produced, and judged anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// Its number, from 0: also that of its requests.
    pub number: u32,
    /// The score, or why there is none.
    pub result: Settled,
    /// The output that was judged, where it was produced for this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Produced>,
    /// What was left out of a long trajectory before it was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// What came of the checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Examined>,
    /// Of a pair that was shown in several orders, the verdict in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderVerdict>,
    /// Where the judges' routes sent it, and who answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Routed>,
    /// From its first request to its last reply, in milliseconds.
    pub elapsed_ms: f64,
}

impl Repeat {
    /// The score, if there is one.
    #[must_use]
    pub fn score(&self) -> Option<&Score> {
        match &self.result {
            Settled::Scored(score) => Some(score),
            Settled::Unscored(_) => None,
        }
    }
}

/// An output that was produced, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Produced {
    /// The output; `None` if the subject failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// How it came about.
    #[serde(flatten)]
    pub trace: Trace,
}

/// The two ways a record ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// With a score.
    Scored(Score),
    /// Without one, and why.
    Unscored(Unscored),
}

impl Settled {
    /// The score, or why there is none.
    ///
    /// # Errors
    /// There is none.
    pub fn as_ref(&self) -> Result<&Score, &Unscored> {
        match self {
            Self::Scored(score) => Ok(score),
            Self::Unscored(unscored) => Err(unscored),
        }
    }
}

/// The label a record should have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// As the judge would write it.
    pub label: String,
    /// As a score in `0..=1`; `None` for a label that decides nothing.
    pub value: Option<f64>,
}

impl Expected {
    /// A dataset's label on a judge's scale, however a program spells a boolean or a whole number; `None` if it is
    /// not on it.
    #[must_use]
    pub fn read(label: &Value, scale: &Scale) -> Option<Self> {
        let text = match label {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match &scale.kind {
            ScaleKind::Labels(_) => {
                let label = scale.label(&text)?;
                Some(Self { label: label.name.clone(), value: label.value })
            }
            ScaleKind::Numeric { .. } => {
                // -0 is 0.
                let number = text.trim().parse::<f64>().ok()? + 0.0;
                Some(Self { label: format!("{number}"), value: Some(scale.normalize(number)?) })
            }
        }
    }
}

impl Outcome {
    /// The score, if there is one.
    #[must_use]
    pub fn score(&self) -> Option<&Score> {
        match &self.result {
            Settled::Scored(score) => Some(score),
            Settled::Unscored(_) => None,
        }
    }

    /// The outputs that were produced for it, one a repeat.
    pub fn subjects(&self) -> impl Iterator<Item = &Produced> {
        let whole = self.subject.iter().filter(|_| self.repeats.is_empty());
        whole.chain(self.repeats.iter().filter_map(|repeat| repeat.subject.as_ref()))
    }

    /// Whether the record has a label and a verdict, and they are not the same.
    #[must_use]
    pub fn differs(&self) -> bool {
        match (&self.expected, self.score()) {
            (Some(expected), Some(score)) => expected.label != score.label,
            _ => false,
        }
    }

    /// How far verdict and label are apart, in `0..=1`; 1 where one of them decides nothing.
    #[must_use]
    pub fn distance(&self) -> f64 {
        let expected = self.expected.as_ref().and_then(|expected| expected.value);
        let given = self.score().and_then(|score| score.value);
        match (expected, given) {
            (Some(expected), Some(given)) => (expected - given).abs(),
            _ => 1.0,
        }
    }

    /// The tokens of all its calls; `None` where no call told them.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let mut sum = Usage::default();
        for usage in self.attempts.iter().filter_map(|attempt| Some(attempt.response.as_ref()?.usage)) {
            add(&mut sum.prompt_tokens, usage.prompt_tokens);
            add(&mut sum.cached_tokens, usage.cached_tokens);
            add(&mut sum.completion_tokens, usage.completion_tokens);
        }
        sum
    }
}

fn add(sum: &mut Option<u64>, more: Option<u64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0) + more);
    }
}

/// Holds outcomes back until every earlier one has come.
#[derive(Debug, Default)]
pub(crate) struct InOrder {
    next: u64,
    waiting: BTreeMap<u64, Outcome>,
}

impl InOrder {
    /// Takes an outcome, and gives those whose turn it is now.
    pub(crate) fn push(&mut self, outcome: Outcome) -> Vec<Outcome> {
        self.waiting.insert(outcome.index, outcome);
        let mut ready = Vec::new();
        while let Some(outcome) = self.waiting.remove(&self.next) {
            self.next += 1;
            ready.push(outcome);
        }
        ready
    }

    /// What is still held back, in order: the run ended before its turn came.
    #[must_use]
    pub(crate) fn rest(self) -> Vec<Outcome> {
        self.waiting.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(index: u64) -> Outcome {
        serde_json::from_value(json!({
            "id": format!("r{index}"), "index": index, "model": "m", "reading": "text",
            "result": {"unscored": {"reason": "cancelled", "detail": "it ended"}},
            "attempts": [], "elapsed_ms": 1.0,
        }))
        .unwrap()
    }

    #[test]
    fn outcomes_come_out_in_the_records_order_and_none_is_lost_at_the_end() {
        let places = |outcomes: Vec<Outcome>| outcomes.iter().map(|one| one.index).collect::<Vec<_>>();
        let mut in_order = InOrder::default();
        assert_eq!(places(in_order.push(outcome(1))), [0_u64; 0]);
        assert_eq!(places(in_order.push(outcome(0))), [0, 1]);
        for index in [5, 3] {
            assert_eq!(places(in_order.push(outcome(index))), [0_u64; 0]);
        }
        assert_eq!(places(in_order.rest()), [3, 5]);
    }
}
