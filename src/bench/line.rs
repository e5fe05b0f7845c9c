//! One line of a bench's `calls.jsonl`: a record that was judged once, or a measurement beside that.

use serde::{Deserialize, Serialize};

use crate::eval::{Expected, Outcome, Settled};
use crate::judge::{Attempt, Purpose, Unscored};
use crate::model::{Finish, Response, Timing, Usage};

/// What was measured, in one cell of the bench, at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The cell: a model with a strategy and options.
    pub(crate) cell: String,
    /// The block's place in the order of the bench, from 0.
    pub(crate) block: u32,
    /// Which time the cell is measured, from 0.
    pub(crate) round: u32,
    /// What the measurement is for.
    pub(crate) phase: Phase,
    /// How many records were judged at the same time.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub(crate) at_once: usize,
    /// From the block's start to this one's, in milliseconds.
    pub(crate) started_ms: f64,
    /// From its start to its end, in milliseconds.
    pub(crate) elapsed_ms: f64,
    /// The record, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<String>,
    /// The label it should have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<Expected>,
    /// The verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) given: Option<Given>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unscored: Option<Unscored>,
    /// Every call that was made, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) calls: Vec<Call>,
    /// What was found when the model was loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) loaded: Option<Loaded>,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(number: &usize) -> bool {
    *number == 1
}

/// What a measurement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// A model in this process was loaded.
    Load,
    /// What is known of the model once it is loaded.
    State,
    /// The first call after the model was loaded anew, or taken out of its server's memory.
    Cold,
    /// A call that is not measured: it brings model and server to their usual pace.
    WarmUp,
    /// A record, judged alone.
    Measured,
    /// An answer of 20 tokens.
    Fixed,
    /// One of several records that were judged at the same time.
    Parallel,
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Given {
    /// The label.
    pub(crate) label: String,
    /// The score in `0..=1`; `None` for a verdict that decides nothing.
    pub(crate) value: Option<f64>,
}

/// What was found when a model was loaded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Loaded {
    /// Its server's address, without credentials and query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// The digest of the model's files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<String>,
    /// Its quantization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quantization: Option<String>,
    /// The memory that it takes, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    /// How much of that lies on a graphics processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gpu_bytes: Option<u64>,
    /// What else lies in its server's memory now, by its name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) beside: Option<Vec<String>>,
    /// Its own name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// One call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about the reply, by itself")]
pub(crate) struct Call {
    /// What it was for; `None` where it was no judge's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) purpose: Option<Purpose>,
    /// The reply's text.
    #[serde(default)]
    pub(crate) text: String,
    /// Characters of the answer.
    pub(crate) characters: u64,
    /// Tokens, where the server counts them.
    #[serde(flatten)]
    pub(crate) usage: Usage,
    /// Times.
    #[serde(flatten)]
    pub(crate) timing: Timing,
    /// Whether the answer's probabilities were read and nothing was written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) weighed: bool,
    /// Whether the answer had to be repaired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) repaired: bool,
    /// Whether it could not be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) invalid: bool,
    /// Whether a filter of the server's stopped it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) filtered: bool,
    /// How often the transport sent it again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) retries: u32,
    /// Why there is no reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Where and when a measurement is made.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) cell: String,
    pub(crate) block: u32,
    pub(crate) round: u32,
    pub(crate) phase: Phase,
    pub(crate) at_once: usize,
}

impl Line {
    /// A measurement that ended so many milliseconds after the block's start.
    pub(crate) fn new(place: &Place, ended_ms: f64, elapsed_ms: f64) -> Self {
        Self {
            cell: place.cell.clone(),
            block: place.block,
            round: place.round,
            phase: place.phase,
            at_once: place.at_once,
            started_ms: ended_ms - elapsed_ms,
            elapsed_ms,
            record: None,
            expected: None,
            given: None,
            unscored: None,
            calls: Vec::new(),
            loaded: None,
        }
    }

    /// A record that was judged.
    pub(crate) fn judged(place: &Place, ended_ms: f64, outcome: &Outcome) -> Self {
        let given = outcome.score().map(|score| Given { label: score.label.clone(), value: score.value });
        let unscored = match &outcome.result {
            Settled::Scored(_) => None,
            Settled::Unscored(unscored) => Some(unscored.clone()),
        };
        Self {
            record: Some(outcome.id.clone()),
            expected: outcome.expected.clone(),
            given,
            unscored,
            calls: outcome.attempts.iter().map(Call::of).collect(),
            ..Self::new(place, ended_ms, outcome.elapsed_ms)
        }
    }

    /// The calls that brought a reply.
    pub(crate) fn replies(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.failure.is_none())
    }
}

impl Call {
    fn of(attempt: &Attempt) -> Self {
        let mut call = attempt.response.as_ref().map(Self::replied).unwrap_or_default();
        call.purpose = Some(attempt.purpose);
        call.repaired = !attempt.repairs.is_empty();
        call.invalid = !attempt.faults.is_empty();
        call.failure = attempt.failure.as_ref().map(ToString::to_string);
        call
    }

    /// A call that brought a reply.
    pub(crate) fn replied(response: &Response) -> Self {
        Self {
            text: response.text.clone(),
            characters: response.text.chars().count() as u64,
            usage: response.usage,
            timing: response.timing,
            weighed: response.weights.is_some(),
            filtered: response.finish == Finish::Filtered,
            retries: response.retries,
            ..Self::default()
        }
    }

    /// A call that brought none.
    pub(crate) fn failed(why: &str) -> Self {
        Self { failure: Some(why.to_owned()), ..Self::default() }
    }
}
