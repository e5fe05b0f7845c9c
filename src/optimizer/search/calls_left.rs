//! Whether the calls that are left reach for what is to be judged.

use super::Search;
use super::rounds::Rounds;
use crate::error::Result;
use crate::optimizer::arena::Heat;
use crate::optimizer::event::Event;
use crate::optimizer::examiner::Examiner;

impl<E: Examiner, L: FnMut(Event<'_>) -> Result<()>> Search<'_, E, L> {
    /// How many more candidates could judge every validation record.
    pub(super) fn affordable(&self) -> Option<usize> {
        usize::try_from(self.left()? / self.whole().max(1)).ok()
    }

    /// The calls that may still be made, where they are limited.
    fn left(&self) -> Option<u64> {
        Some(self.options.most_calls?.saturating_sub(self.calls))
    }

    /// The calls of a candidate that judges every validation record.
    fn whole(&self) -> u64 {
        self.subject.learning.validation.len() as u64 * self.calls_each()
    }

    /// Whether there are calls for a heat. Where there are not enough for all to finish, the calls
    /// are shared out over rounds, after each of which the worse half drops out (sequential halving,
    /// Karnin, Koren & Somekh 2013).
    pub(super) fn reaches_for(&mut self, heat: &Heat, rounds: &mut Rounds) -> Result<bool> {
        let Some(left) = self.left() else {
            return Ok(true);
        };
        let each = self.calls_each();
        if self.arena.left() as u64 * each <= left {
            return Ok(true);
        }
        let cost = (heat.runners.len() * heat.records.len()) as u64 * each;
        // The one that remains must be able to finish.
        if self.arena.on_the_way() > 1 && rounds.may_spend(cost, left.saturating_sub(self.whole())) {
            return Ok(true);
        }
        for place in self.arena.halve() {
            self.dropped(place)?;
        }
        rounds.next();
        Ok(false)
    }
}
