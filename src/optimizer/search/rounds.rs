//! Calls that do not reach for all candidates, shared out over rounds.

/// Calls shared out over the rounds of sequential halving.
pub(super) struct Rounds {
    left: u64,
    spent: u64,
    share: Option<u64>,
}

impl Rounds {
    pub(super) fn new(runners: usize) -> Self {
        Self { left: u64::from(runners.max(2).ilog2()) + 1, spent: 0, share: None }
    }

    /// Whether a round may spend so much, of so much that is left for all rounds.
    pub(super) fn may_spend(&mut self, cost: u64, left: u64) -> bool {
        let share = *self.share.get_or_insert(left / self.left.max(1));
        let may = self.spent + cost <= share && cost <= left;
        if may {
            self.spent += cost;
        }
        may
    }

    /// Begins the next round.
    pub(super) fn next(&mut self) {
        *self = Self { left: self.left.saturating_sub(1).max(1), spent: 0, share: None };
    }
}
