//! What is spent, and what is taken out for calls in flight.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::estimate::Estimate;
use crate::model::failure::{Failure, FailureKind};
use crate::model::response::{Price, Usage};

/// What may be spent. What is `None` has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BudgetLimits {
    /// Calls that may be sent, those sent again by the transport included.
    pub calls: Option<u64>,
    /// Tokens, of prompts and answers together.
    pub tokens: Option<u64>,
    /// US dollars.
    pub cost_usd: Option<f64>,
    /// The time within which calls may be sent. What is in flight at its end is waited for.
    pub time: Option<Duration>,
}

impl BudgetLimits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Hard limits on what is spent. Shared by everything that spends from it.
#[derive(Debug)]
pub struct Budget {
    limits: BudgetLimits,
    until: Option<Instant>,
    spent: Mutex<Spent>,
    settled: Notify,
}

/// What is gone, calls in flight at their worst included.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    calls: u64,
    tokens: u64,
    cost_usd: f64,
    in_flight: u64,
}

/// Which limit stands in the way.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Short {
    Calls(u64),
    Tokens(u64),
    Cost(f64),
    Time(Duration),
}

impl Budget {
    /// A budget; its time begins now.
    #[must_use]
    pub fn new(limits: BudgetLimits) -> Self {
        let until = limits.time.map(|time| Instant::now() + time);
        Self { limits, until, spent: Mutex::default(), settled: Notify::new() }
    }

    /// A budget of so many calls.
    #[must_use]
    pub fn calls(calls: u64) -> Self {
        Self::new(BudgetLimits { calls: Some(calls), ..BudgetLimits::default() })
    }

    /// Whether it limits what calls cost: then each model needs a price.
    #[must_use]
    pub fn limits_cost(&self) -> bool {
        self.limits.cost_usd.is_some()
    }

    /// Takes the worst case of a call out of the budget. Where only calls in
    /// flight stand in its way, it waits for what they really take.
    ///
    /// # Errors
    /// Not enough is left: nothing may be sent.
    pub(in crate::model) async fn reserve(
        self: &Arc<Self>,
        worst: Estimate,
        price: Option<Price>,
    ) -> Result<Reservation, Failure> {
        let cost_usd = price.map_or(0.0, |price| price.of(worst.prompt_tokens, worst.completion_tokens));
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            // Before the look, or a settlement between the two would go unheard.
            settled.as_mut().enable();
            let (short, in_flight) = match self.take(worst.tokens(), cost_usd) {
                Ok(()) => {
                    let budget = Arc::clone(self);
                    return Ok(Reservation { budget, price, tokens: worst.tokens(), cost_usd, open: true });
                }
                Err(refused) => refused,
            };
            let may_fit_later = matches!(short, Short::Tokens(_) | Short::Cost(_)) && in_flight > 0;
            if !may_fit_later {
                return Err(short.failure());
            }
            settled.await;
        }
    }

    fn take(&self, tokens: u64, cost_usd: f64) -> Result<(), (Short, u64)> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(short) = self.short(&spent, tokens, cost_usd) {
            return Err((short, spent.in_flight));
        }
        spent.calls += 1;
        spent.in_flight += 1;
        spent.tokens = spent.tokens.saturating_add(tokens);
        spent.cost_usd += cost_usd;
        Ok(())
    }

    fn short(&self, spent: &Spent, tokens: u64, cost_usd: f64) -> Option<Short> {
        let limits = &self.limits;
        if let Some(time) = limits.time.filter(|_| self.until.is_some_and(|until| Instant::now() >= until)) {
            return Some(Short::Time(time));
        }
        if let Some(calls) = limits.calls.filter(|calls| spent.calls >= *calls) {
            return Some(Short::Calls(calls));
        }
        if let Some(most) = limits.tokens.filter(|most| spent.tokens.saturating_add(tokens) > *most) {
            return Some(Short::Tokens(most));
        }
        // Sums of money are not exact to the last bit: a budget of just so many calls lets them pass.
        let over = |most: &f64| spent.cost_usd + cost_usd > most * (1.0 + 1e-9);
        limits.cost_usd.filter(over).map(Short::Cost)
    }

    fn settle(&self, change: impl FnOnce(&mut Spent)) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.in_flight = spent.in_flight.saturating_sub(1);
        change(&mut spent);
        drop(spent);
        self.settled.notify_waiters();
    }
}

impl Short {
    fn failure(self) -> Failure {
        let (what, key) = match self {
            Self::Calls(calls) => (format!("the budget of {calls} calls is used up"), "max_calls"),
            Self::Tokens(tokens) => {
                (format!("the budget of {tokens} tokens cannot pay for another call"), "max_tokens")
            }
            Self::Cost(cost) => {
                (format!("the budget of ${cost} cannot pay for another call"), "max_cost_usd")
            }
            Self::Time(time) => {
                (format!("the budget of {} minutes is used up", time.as_secs_f64() / 60.0), "max_minutes")
            }
        };
        let flag = key.replace("_usd", "").replace('_', "-");
        Failure::new(FailureKind::Budget, what)
            .remedy(format!("raise --{flag} (or {key} in evenhand.toml), then `evenhand run --resume`"))
    }
}

/// What is taken out for one call. Dropped without being settled, the worst
/// case stays spent: nobody knows what the server has charged.
#[derive(Debug)]
pub(in crate::model) struct Reservation {
    budget: Arc<Budget>,
    price: Option<Price>,
    tokens: u64,
    cost_usd: f64,
    open: bool,
}

impl Reservation {
    /// The call took this; what the server did not count stays at the worst case.
    pub(in crate::model) fn settle(mut self, usage: Usage) {
        self.open = false;
        let (Some(prompt), Some(completion)) = (usage.prompt_tokens, usage.completion_tokens) else {
            return self.budget.settle(|_| {});
        };
        let cost_usd = self.price.map_or(0.0, |price| price.of(prompt, completion));
        let (tokens, cost_before) = (self.tokens, self.cost_usd);
        self.budget.settle(|spent| {
            spent.tokens = spent.tokens.saturating_sub(tokens).saturating_add(prompt + completion);
            spent.cost_usd += cost_usd - cost_before;
        });
    }

    /// The server answered that it did nothing: only the call itself counts.
    pub(in crate::model) fn refund(mut self) {
        self.open = false;
        let (tokens, cost_usd) = (self.tokens, self.cost_usd);
        self.budget.settle(|spent| {
            spent.tokens = spent.tokens.saturating_sub(tokens);
            spent.cost_usd -= cost_usd;
        });
    }

    /// Nothing was sent at all.
    pub(in crate::model) fn cancel(mut self) {
        self.open = false;
        let (tokens, cost_usd) = (self.tokens, self.cost_usd);
        self.budget.settle(|spent| {
            spent.calls = spent.calls.saturating_sub(1);
            spent.tokens = spent.tokens.saturating_sub(tokens);
            spent.cost_usd -= cost_usd;
        });
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.open {
            self.budget.settle(|_| {});
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const WORST: Estimate = Estimate { prompt_tokens: 800, completion_tokens: 200 };

    fn used(prompt: u64, completion: u64) -> Usage {
        Usage { prompt_tokens: Some(prompt), completion_tokens: Some(completion), cached_tokens: None }
    }

    fn of(limits: BudgetLimits) -> Arc<Budget> {
        Arc::new(Budget::new(limits))
    }

    #[tokio::test]
    async fn the_call_over_the_budget_is_refused() {
        let budget = Arc::new(Budget::calls(2));
        let (one, two) = (budget.reserve(WORST, None).await, budget.reserve(WORST, None).await);
        assert!(one.is_ok() && two.is_ok());
        // Though both are in flight: a call counts whatever becomes of it.
        assert_eq!(budget.reserve(WORST, None).await.unwrap_err().kind, FailureKind::Budget);
    }

    #[tokio::test]
    async fn the_worst_case_is_taken_out_and_what_was_not_needed_comes_back() {
        let budget = of(BudgetLimits { tokens: Some(2000), ..BudgetLimits::default() });
        let one = budget.reserve(WORST, None).await.unwrap();
        let two = budget.reserve(WORST, None).await.unwrap();
        let third = budget.reserve(WORST, None);
        tokio::pin!(third);
        // It might fit once the others are settled: it waits.
        assert!(third.as_mut().now_or_never().is_none());
        one.settle(used(100, 50));
        assert!(third.as_mut().now_or_never().is_none());
        two.settle(used(800, 50));
        third.await.unwrap().settle(used(800, 150));
        // 1950 are spent: nothing in flight, and no room for the worst.
        let failure = budget.reserve(WORST, None).await.unwrap_err();
        assert_eq!(failure.detail, "the budget of 2000 tokens cannot pay for another call");
    }

    #[tokio::test]
    async fn money_is_reckoned_with_the_models_price() {
        let budget = of(BudgetLimits { cost_usd: Some(0.002), ..BudgetLimits::default() });
        let price = Some(Price { input_per_million: 1.0, output_per_million: 1.0, batch: None });
        for _ in 0..2 {
            drop(budget.reserve(WORST, price).await.unwrap());
        }
        // Nobody knows what the two took: they count at their worst, $0.002.
        assert!(budget.reserve(WORST, price).await.is_err());
        assert!(budget.reserve(WORST, Some(Price::default())).await.is_ok(), "a model that costs nothing");
    }

    #[tokio::test]
    async fn prompts_and_answers_have_their_own_prices_when_taken_out_and_when_settled() {
        let price = Some(Price { input_per_million: 1.0, output_per_million: 10.0, batch: None });
        let limits = |usd| of(BudgetLimits { cost_usd: Some(usd), ..BudgetLimits::default() });
        // The worst case: 800 at $1 and 200 at $10 per million are $0.0028; exchanged they would be $0.0082.
        assert!(limits(0.0028).reserve(WORST, price).await.is_ok());
        assert!(limits(0.0027).reserve(WORST, price).await.is_err());
        // What it took: 800 and 20 are $0.0010, so that a second worst case fits into $0.0038; exchanged
        // they would be $0.0080.
        let budget = limits(0.0038);
        budget.reserve(WORST, price).await.unwrap().settle(used(800, 20));
        let second = budget.reserve(WORST, price).await.unwrap();
        second.settle(used(800, 20));
        // $0.0020 are spent: $0.0018 are left, too little for the worst.
        assert!(budget.reserve(WORST, price).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_after_the_time() {
        let budget = of(BudgetLimits { time: Some(Duration::from_mins(3)), ..BudgetLimits::default() });
        budget.reserve(WORST, None).await.unwrap().refund();
        tokio::time::advance(Duration::from_mins(3)).await;
        let failure = budget.reserve(WORST, None).await.unwrap_err();
        assert_eq!(failure.detail, "the budget of 3 minutes is used up");
    }
}
