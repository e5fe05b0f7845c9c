//! A rubric that is asked criterion by criterion: each criterion's own score.

use serde_json::{Map, Value};

use super::judging::Judge;
use super::score::JudgedCriteria;

impl Judge {
    /// Whether it asks about each criterion of its rubric by itself.
    #[must_use]
    pub fn asks_by_criterion(&self) -> bool {
        let asks_itself = self.members().is_empty() || self.route_rules().is_some();
        asks_itself && self.options().asks_by_criterion(self.spec())
    }

    /// Judges one record's inputs by some criteria of the rubric, given by their places. Each has a score of its own, so
    /// one that fails takes none from the others. `None` where the judge does not ask criterion by criterion.
    pub(crate) async fn judge_criteria(
        &self,
        inputs: &Map<String, Value>,
        wanted: &[usize],
    ) -> Option<JudgedCriteria> {
        match self.strategy.criteria(&self.asker, inputs, wanted) {
            Some(asked) => Some(asked.await),
            None => None,
        }
    }
}
