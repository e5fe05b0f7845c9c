//! The verdicts of each pass over the records.

use std::collections::BTreeMap;

use crate::eval::{OrderVerdict, Outcome};

/// The verdicts of one pass over the records, by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pass {
    pub(super) seen: BTreeMap<String, Seen>,
}

/// What became of one record.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The key of its first request: where that is as before, nothing was changed.
    pub(super) key: Option<String>,
    pub(super) verdict: Option<Verdict>,
    pub(super) orders: Vec<OrderVerdict>,
}

/// A verdict and what it is worth.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) label: String,
    pub(super) value: Option<f64>,
}

/// All passes over the records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passes {
    /// On the unchanged question.
    pub(crate) unchanged: Pass,
    /// The same, asked again.
    pub(crate) controls: Vec<Pass>,
    /// On each version, by its key.
    pub(crate) versions: BTreeMap<String, Pass>,
}

impl<'o> FromIterator<&'o Outcome> for Pass {
    fn from_iter<I: IntoIterator<Item = &'o Outcome>>(outcomes: I) -> Self {
        let seen = |outcome: &Outcome| Seen {
            key: outcome.attempts.first().map(|attempt| attempt.key.0.clone()),
            verdict: outcome.score().map(|score| Verdict { label: score.label.clone(), value: score.value }),
            orders: outcome.orders.clone(),
        };
        Self { seen: outcomes.into_iter().map(|outcome| (outcome.id.clone(), seen(outcome))).collect() }
    }
}

impl Pass {
    pub(super) fn verdict(&self, id: &str) -> Option<&Verdict> {
        self.seen.get(id)?.verdict.as_ref()
    }

    pub(super) fn in_order(&self, id: &str, swapped: bool) -> Option<&str> {
        let orders = &self.seen.get(id)?.orders;
        orders.iter().find(|order| order.swapped == swapped)?.label.as_deref()
    }
}
