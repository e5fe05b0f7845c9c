//! Outcomes in the order of their records, whatever order they come in.

use std::collections::BTreeMap;

use super::outcome::Outcome;

/// Holds outcomes back until every earlier one has come.
#[derive(Debug, Default)]
pub struct InOrder {
    next: u64,
    waiting: BTreeMap<u64, Outcome>,
}

impl InOrder {
    /// Takes an outcome, and gives those whose turn it is now.
    pub fn push(&mut self, outcome: Outcome) -> Vec<Outcome> {
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
    pub fn rest(self) -> Vec<Outcome> {
        self.waiting.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
