//! Each call of a request, taken out of the budgets before it is sent.

use std::sync::{Arc, Mutex, PoisonError};

use super::estimate::Estimate;
use super::limits::{Budget, Reservation};
use crate::model::limiter::ConcurrencyLimiter;
use crate::model::{Failure, Price, Response};

/// What one request takes out of the budgets. Most take one call; a server that refuses a form or a
/// parameter is called again without it, and that call counts too.
#[derive(Debug)]
pub(in crate::model) struct RequestReservation<'a> {
    budgets: &'a [Arc<Budget>],
    price: Option<Price>,
    worst: Estimate,
    limiter: Option<&'a ConcurrencyLimiter>,
    taken: Mutex<Vec<Reservation>>,
}

impl<'a> RequestReservation<'a> {
    /// Nobody counts.
    pub(in crate::model) fn free() -> Self {
        let (worst, taken) = (Estimate::default(), Mutex::default());
        Self { budgets: &[], price: None, worst, limiter: None, taken }
    }

    /// Takes out the first call.
    ///
    /// # Errors
    /// Not enough is left: nothing may be sent.
    pub(in crate::model) async fn first(
        budgets: &'a [Arc<Budget>],
        price: Option<Price>,
        worst: Estimate,
        limiter: &'a ConcurrencyLimiter,
    ) -> Result<Self, Failure> {
        let reservation = Self { budgets, price, worst, limiter: Some(limiter), taken: Mutex::default() };
        reservation.take().await?;
        Ok(reservation)
    }

    /// Takes out one more call, after the server has refused the last one.
    ///
    /// # Errors
    /// As [`RequestReservation::first`].
    pub(in crate::model) async fn again(&self) -> Result<(), Failure> {
        self.end(Reservation::refund);
        if let Some(limiter) = self.limiter {
            limiter.once_more().await;
        }
        self.take().await
    }

    /// The last call came back. A refusal costs nothing; one that broke off may have been charged, at
    /// worst in full.
    pub(in crate::model) fn settle(self, result: &Result<Response, Failure>) {
        self.end(|reservation| match result {
            Ok(response) => reservation.settle(response.usage),
            Err(failure) if failure.tries == 0 => reservation.cancel(),
            Err(failure) if failure.status.is_some() => reservation.refund(),
            Err(_) => drop(reservation),
        });
    }

    async fn take(&self) -> Result<(), Failure> {
        for budget in self.budgets {
            match budget.reserve(self.worst, self.price).await {
                Ok(reservation) => self.held().push(reservation),
                Err(failure) => {
                    self.end(Reservation::cancel);
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    fn end(&self, how: impl Fn(Reservation)) {
        let taken = std::mem::take(&mut *self.held());
        taken.into_iter().for_each(how);
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<Reservation>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
