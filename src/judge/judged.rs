//! What came of judging one record.

use super::order::OrderVerdict;
use super::score::Score;
use crate::ask::{Attempt, Unscored};

/// What came of judging one record.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The score, or why there is none.
    pub result: Result<Score, Unscored>,
    /// Every call that was made.
    pub attempts: Vec<Attempt>,
    /// Of a pair, the verdict in each order.
    pub orders: Vec<OrderVerdict>,
}

impl Judged {
    /// What came of what is asked in one order.
    #[must_use]
    pub fn of(result: Result<Score, Unscored>, attempts: Vec<Attempt>) -> Self {
        Self { result, attempts, orders: Vec::new() }
    }
}
