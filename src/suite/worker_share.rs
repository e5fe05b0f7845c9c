//! What one of several workers may take of the limits that all of them share.

use super::config::BudgetFile;
use super::model_config::ModelConfig;
use crate::model::ConcurrencyOptions;
use crate::number::real;

/// One worker's share: one of so many equal parts, in whole numbers rounded down. A part of a rate is at least 1, or
/// nothing would ever be asked; a part of a budget may be 0, since a budget is never exceeded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorkerShare {
    pub(crate) workers: u32,
}

impl WorkerShare {
    /// One worker takes all.
    pub(crate) const WHOLE: Self = Self { workers: 1 };

    /// Of something that is counted.
    pub(crate) fn of_count(self, count: usize) -> usize {
        (count / self.workers.max(1) as usize).max(1)
    }

    fn of_number(self, number: u64) -> u64 {
        number / u64::from(self.workers.max(1))
    }

    /// Of a budget. Time is not shared out: the workers work at the same time.
    pub(crate) fn of_budget(self, budget: BudgetFile) -> BudgetFile {
        if self.workers <= 1 {
            return budget;
        }
        BudgetFile {
            max_cost_usd: budget.max_cost_usd.map(|dollars| dollars / real(u64::from(self.workers))),
            max_calls: budget.max_calls.map(|calls| self.of_number(calls)),
            max_tokens: budget.max_tokens.map(|tokens| self.of_number(tokens)),
            max_minutes: budget.max_minutes,
        }
    }

    /// What a worker may ask of the model's server, with so many calls at the same time.
    pub(crate) fn limits(self, model_config: &ModelConfig, concurrency: usize) -> ConcurrencyOptions {
        let share = |number: u64| if self.workers <= 1 { number } else { self.of_number(number).max(1) };
        ConcurrencyOptions {
            concurrency,
            requests_per_minute: model_config.file.requests_per_minute.map(share),
            tokens_per_minute: model_config.file.tokens_per_minute.map(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_a_budget_are_together_no_more_than_it() {
        let budget = BudgetFile {
            max_cost_usd: Some(3.0),
            max_calls: Some(10),
            max_tokens: Some(2),
            max_minutes: Some(5.0),
        };
        let of_four = WorkerShare { workers: 4 }.of_budget(budget);
        assert_eq!(of_four.max_cost_usd, Some(0.75));
        assert_eq!((of_four.max_calls, of_four.max_tokens), (Some(2), Some(0)));
        assert_eq!(of_four.max_minutes, Some(5.0));
        assert_eq!([1, 8, 9].map(|count| WorkerShare { workers: 4 }.of_count(count)), [1, 2, 2]);
        let none = BudgetFile { max_calls: Some(0), ..budget };
        assert_eq!([1, 4].map(|workers| WorkerShare { workers }.of_budget(none).max_calls), [Some(0); 2]);
    }
}
