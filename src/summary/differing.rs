//! Verdicts that are not their labels: how many, and the farthest of them.

use super::numbers::Compared;
use crate::eval::{Outcome, Settled};
use crate::judge::Score;

/// The most differing records a summary keeps.
const MOST: usize = 200;

/// Takes the records whose verdict is not their label, in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct Differing {
    /// With their places in the dataset.
    farthest: Vec<(u64, Compared)>,
    count: u64,
}

impl Differing {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        self.count += 1;
        self.farthest.push((outcome.index, compared(outcome)));
        if self.farthest.len() > 2 * MOST {
            keep_farthest(&mut self.farthest);
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The farthest apart first.
    pub(super) fn farthest(&self) -> Vec<Compared> {
        let mut farthest = self.farthest.clone();
        keep_farthest(&mut farthest);
        farthest.into_iter().map(|(_, differing)| differing).collect()
    }
}

/// The farthest apart first; among equals those with reasons, then the earlier.
fn keep_farthest(differing: &mut Vec<(u64, Compared)>) {
    differing.sort_by(|(a_index, a), (b_index, b)| {
        let farther = b.distance.total_cmp(&a.distance);
        let told = a.reasoning.is_none().cmp(&b.reasoning.is_none());
        farther.then(told).then(a_index.cmp(b_index))
    });
    differing.truncate(MOST);
}

/// A record's verdict beside its label.
pub(super) fn compared(outcome: &Outcome) -> Compared {
    let blank = Score::default();
    let score = outcome.score().unwrap_or(&blank);
    let why_unscored = match &outcome.result {
        Settled::Scored(_) => None,
        Settled::Unscored(unscored) => Some(unscored.to_string()),
    };
    Compared {
        id: outcome.id.clone(),
        expected: outcome.expected.as_ref().map(|expected| expected.label.clone()),
        given: outcome.score().map(|score| score.label.clone()),
        value: score.value,
        confidence: score.confidence,
        distance: outcome.distance(),
        reasoning: score.reasoning.clone().or(why_unscored),
        post_hoc: score.post_hoc,
    }
}
