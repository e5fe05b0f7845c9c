//! The two forms in which decision models are asked: a request as it is read, and what comes of its questions.

use serde_json::Value;

use super::questions::Asked;

/// The two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Decisions,
    Systemone,
}

impl Form {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Systemone => "systemone",
        }
    }
}

/// A request, read.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) model: String,
    pub(super) state: Value,
    pub(super) questions: Vec<Asked>,
}

/// What came of a question.
#[derive(Clone, Debug)]
pub(super) enum Answered {
    /// The probability of each offered answer, in the request's order; of a predicate, that it holds.
    Probabilities(Vec<f64>),
    /// There is no verdict on it: the judge's model refused, gave no valid answer, or the judge decided nothing.
    Refused,
}
