//! A hard limit on calls: what is over it is never sent.

use std::sync::atomic::{AtomicU64, Ordering};

use super::failure::{Failure, FailureKind};

/// How many calls may still be sent.
#[derive(Debug)]
pub struct Budget {
    calls: u64,
    left: AtomicU64,
}

impl Budget {
    /// A budget of so many calls, retries not counted.
    #[must_use]
    pub fn calls(calls: u64) -> Self {
        Self { calls, left: AtomicU64::new(calls) }
    }

    /// Takes one call out of the budget before it is sent.
    ///
    /// # Errors
    /// Nothing is left.
    pub fn reserve(&self) -> Result<(), Failure> {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match taken {
            Ok(_) => Ok(()),
            Err(_) => Err(Failure::new(
                FailureKind::Budget,
                format!("the budget of {} calls is used up", self.calls),
            )
            .remedy("raise --max-calls, then `karat run --resume`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_over_the_budget_is_refused() {
        let budget = Budget::calls(2);
        assert!(budget.reserve().is_ok());
        assert!(budget.reserve().is_ok());
        assert_eq!(budget.reserve().unwrap_err().kind, FailureKind::Budget);
    }
}
