//! One judged output, as an assertion takes it.

use serde::Serialize;
use serde_json::Value;

use crate::eval::Outcome;
use crate::golden::{Locked, fingerprint};
use crate::judge::{Judged, Score, Unscored};

/// One judged output, as an assertion takes it.
#[derive(Clone, Debug)]
pub struct Scored {
    pub(super) locked: Locked,
    pub(super) reasoning: Option<String>,
    pub(super) why_unscored: Option<String>,
}

impl Scored {
    /// What a judge said of the output of this id.
    #[must_use]
    pub fn judged(id: impl Into<String>, judged: &Judged) -> Self {
        let result = judged.result.as_ref();
        Self::new(Locked::scored(id, result), result)
    }

    /// Notes what the output is held against: if it changes, scores are not comparable any more.
    #[must_use]
    pub fn asked(mut self, asked: &impl Serialize) -> Self {
        self.locked.marks.inputs = mark(asked);
        self
    }

    /// Notes the output that was judged: a change of it is named.
    #[must_use]
    pub fn output(mut self, output: &impl Serialize) -> Self {
        self.locked.marks.output = mark(output);
        self
    }

    fn new(locked: Locked, result: Result<&Score, &Unscored>) -> Self {
        Self {
            locked,
            reasoning: result.ok().and_then(|score| score.reasoning.clone()),
            why_unscored: result.err().map(ToString::to_string),
        }
    }
}

impl From<&Outcome> for Scored {
    fn from(outcome: &Outcome) -> Self {
        Self::new(Locked::of(outcome), outcome.result.as_ref())
    }
}

impl From<Outcome> for Scored {
    fn from(outcome: Outcome) -> Self {
        Self::from(&outcome)
    }
}

fn mark(of: &impl Serialize) -> Option<String> {
    serde_json::to_value(of).ok().map(|value: Value| fingerprint(&value))
}
