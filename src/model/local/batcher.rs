//! Continuous batching: several requests in flight, each step one batch with a part of all of them.
//!
//! A request that comes takes a free slot. The longest beginning of its prompt that any slot holds is shared,
//! not evaluated again. A slot whose request is done is filled before the next step.

use std::time::Instant;

use super::fault::EngineFault;
use super::job::Job;
use super::loaded::Loaded;
use super::schedule::{Joining, Limits, Need, Share, plan};
use super::session::{Filling, Kept, ROWS, Row, cells, shared_prefix};
use super::task::{Slot, Task};

/// The requests in flight, and the model that answers them.
pub(super) struct Batcher<'model> {
    /// The model.
    pub(super) loaded: Loaded<'model>,
    slots: Vec<Slot>,
    /// The request that does not fit beside the others yet, and since when it waits.
    waiting: Option<(Task, Instant)>,
    arrived: u64,
    cells: u64,
    /// Requests up to this number are evaluated one at a time: a batch with them failed.
    alone_until: u64,
}

impl<'model> Batcher<'model> {
    /// No request in flight.
    pub(super) fn new(loaded: Loaded<'model>) -> Self {
        let slots = (0..loaded.session.parallel()).map(|_| Slot::default()).collect();
        Self { loaded, slots, waiting: None, arrived: 0, cells: 0, alone_until: 0 }
    }

    /// Whether another request can be taken.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.is_none() && self.slots.iter().any(|slot| slot.task.is_none())
    }

    /// Whether nothing is to be done.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_none() && self.slots.iter().all(|slot| slot.task.is_none())
    }

    /// Takes a request; one that cannot be rendered or can never fit is answered at once.
    pub(super) fn take(&mut self, job: Job) {
        if job.is_cancelled() {
            return;
        }
        self.arrived += 1;
        if let Some(task) = Task::prepare(&mut self.loaded, job, self.arrived) {
            self.waiting = Some((task, Instant::now()));
            self.admit();
        }
    }

    /// Evaluates one batch, and answers the requests that it completes.
    pub(super) fn step(&mut self) {
        for slot in &mut self.slots {
            // What is evaluated of it stays for the next one.
            slot.task.take_if(|task| task.is_cancelled());
        }
        self.waiting.take_if(|(task, _)| task.is_cancelled());
        self.admit();
        let shares = self.plan();
        if shares.is_empty() {
            return;
        }
        if let Err(fault) = self.evaluate(&shares) {
            self.recover(&shares, &fault);
        }
        for task in self.slots.iter_mut().filter_map(Slot::take_done) {
            task.answer();
        }
    }

    fn plan(&self) -> Vec<Share> {
        let session = &self.loaded.session;
        let limits = Limits {
            rows: session.batch_tokens(),
            branches: session.branch_sequences().count(),
            joining: if session.is_recurrent() { Joining::AfterPrompt } else { Joining::WithPrompt },
        };
        let mut busy: Vec<(u64, usize)> = self
            .slots
            .iter()
            .enumerate()
            .filter_map(|(slot, state)| Some((state.task.as_ref()?.order, slot)))
            .collect();
        busy.sort_unstable();
        if busy.first().is_some_and(|&(order, _)| order <= self.alone_until) {
            busy.truncate(1);
        }
        let needs: Vec<Need> =
            busy.iter().filter_map(|&(_, slot)| Some(self.slots.get(slot)?.need())).collect();
        let mut shares = plan(&needs, &limits);
        for share in &mut shares {
            share.request = busy.get(share.request).map_or(0, |&(_, slot)| slot);
        }
        shares
    }

    fn evaluate(&mut self, shares: &[Share]) -> Result<(), EngineFault> {
        let mut free = self.loaded.session.branch_sequences();
        let mut used = Vec::new();
        let mut rows: Vec<Row> = Vec::new();
        let mut filling = Filling::AsItIs;
        for share in shares {
            let Some(slot) = self.slots.get_mut(share.request) else { continue };
            let need = slot.need();
            if need.answer == 0 {
                filling = Filling::Full;
            }
            let count = need.branches.filter(|_| share.with_branches).map_or(0, |branches| branches.count);
            let branches: Vec<i32> = free.by_ref().take(count).collect();
            for &branch in &branches {
                let own = i32::try_from(share.request).unwrap_or(i32::MAX);
                self.loaded.session.share(own, branch, slot.kept.len())?;
            }
            rows.extend(slot.rows(share.request, share, &branches));
            used.extend(branches);
            let cells = &mut self.cells;
            slot.advance(share, || {
                *cells += 1;
                *cells
            });
        }
        let (slots, tokenizer) = (&mut self.slots, &self.loaded.tokenizer);
        let result = self.loaded.session.evaluate(&rows, filling, |wanted, logits| {
            if let Some(task) = slots.get_mut(wanted.slot).and_then(|slot| slot.task.as_mut()) {
                task.see(wanted.place, logits, tokenizer);
            }
        });
        for branch in used {
            self.loaded.session.forget(branch, 0);
        }
        result?;
        for share in shares.iter().filter(|share| share.with_branches) {
            if let Some(task) = self.slots.get_mut(share.request).and_then(|slot| slot.task.as_mut()) {
                task.end_group();
            }
        }
        Ok(())
    }

    /// After a batch that failed the memory is emptied. A request that was alone in it has failed; where
    /// there were several, each goes on by itself, so that none suffers for another.
    fn recover(&mut self, shares: &[Share], fault: &EngineFault) {
        self.loaded.session.clear();
        if let [share] = shares
            && let Some(task) = self.slots.get_mut(share.request).and_then(|slot| slot.task.take())
        {
            task.fail(fault.clone());
        }
        for slot in &mut self.slots {
            if let Some(task) = &mut slot.task {
                task.restart(&slot.kept);
                self.alone_until = self.alone_until.max(task.order);
            }
            slot.kept = Kept::default();
        }
    }

    /// Gives the waiting request a slot, if there is one and its tokens fit beside those of the others.
    fn admit(&mut self) {
        let Some((mut task, since)) = self.waiting.take() else { return };
        let Some((target, source, shared)) = self.place(&task) else {
            self.waiting = Some((task, since));
            return;
        };
        if self.is_being_read(&task, shared) {
            self.waiting = Some((task, since));
            return;
        }
        if !self.make_room(&task, target, source, shared) {
            self.waiting = Some((task, since));
            return;
        }
        let kept =
            if target == source { self.keep(target, shared) } else { self.share(source, target, shared) };
        task.begin(kept, since);
        if let Some(slot) = self.slots.get_mut(target) {
            slot.last_order = task.order;
            slot.task = Some(task);
        }
    }

    /// Whether a request at work is about to have read more of this prompt's beginning than any slot holds:
    /// to wait for that is cheaper than to read it twice.
    fn is_being_read(&self, task: &Task, shared: usize) -> bool {
        self.slots.iter().any(|slot| {
            let Some(at_work) = &slot.task else { return false };
            let common =
                shared_prefix(&at_work.prompt, &task.prompt).min(task.prompt.len().saturating_sub(1));
            slot.kept.len() < common && common >= shared + ROWS
        })
    }

    /// The slot it gets, the slot it shares the beginning of its prompt with, and how many tokens.
    fn place(&self, task: &Task) -> Option<(usize, usize, usize)> {
        let free = |slot: &Slot| slot.task.is_none();
        let begins = self.slots.iter().map(|slot| slot.kept.begins(&task.prompt));
        let places = || self.slots.iter().enumerate().zip(begins.clone());
        let shared = begins.clone().max()?;
        let oldest = |places: &mut dyn Iterator<Item = ((usize, &Slot), usize)>| {
            places.min_by_key(|((_, slot), _)| slot.last_order).map(|((at, _), _)| at)
        };
        let is_source = |begins: usize| begins == shared && shared > 0;
        if let Some(target) =
            oldest(&mut places().filter(|((_, slot), begins)| free(slot) && is_source(*begins)))
        {
            return Some((target, target, shared));
        }
        let target = oldest(&mut places().filter(|((_, slot), _)| free(slot)))?;
        let source = oldest(&mut places().filter(|(_, begins)| is_source(*begins))).unwrap_or(target);
        Some((target, source, shared))
    }

    /// Forgets what idle slots hold, the longest unused first, until the request fits.
    fn make_room(&mut self, task: &Task, target: usize, source: usize, shared: usize) -> bool {
        let outstanding: usize = self.slots.iter().map(Slot::outstanding).sum();
        let wanted = outstanding + (task.prompt.len() + task.room).saturating_sub(shared);
        let mut idle: Vec<(u64, usize)> = self
            .slots
            .iter()
            .enumerate()
            .filter(|&(at, slot)| slot.task.is_none() && at != target && at != source)
            .map(|(at, slot)| (slot.last_order, at))
            .collect();
        idle.sort_unstable();
        let beginning = self.slots.get(source).map(|slot| slot.kept.beginning(shared)).unwrap_or_default();
        for next in idle.into_iter().map(|(_, at)| Some(at)).chain([None]) {
            let others =
                self.slots.iter().enumerate().filter(|&(at, _)| at != target).map(|(_, slot)| &slot.kept);
            if cells(others.chain([&beginning])) + wanted <= self.loaded.session.context_tokens() {
                return true;
            }
            if let Some(at) = next {
                self.keep(at, 0);
            }
        }
        false
    }

    /// Drops all but the first tokens of a slot, and gives how many are left.
    fn keep(&mut self, at: usize, tokens: usize) -> usize {
        let Some(slot) = self.slots.get_mut(at) else { return 0 };
        if tokens < slot.kept.len() {
            let left = self.loaded.session.forget(i32::try_from(at).unwrap_or(i32::MAX), tokens);
            slot.kept.truncate(left);
        }
        slot.kept.len()
    }

    /// Lets one slot begin with the first tokens of another.
    fn share(&mut self, source: usize, target: usize, tokens: usize) -> usize {
        self.keep(target, 0);
        let beginning = self.slots.get(source).map(|slot| slot.kept.beginning(tokens)).unwrap_or_default();
        let sequence = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        if self.loaded.session.share(sequence(source), sequence(target), beginning.len()).is_err() {
            return 0;
        }
        let Some(slot) = self.slots.get_mut(target) else { return 0 };
        slot.kept = beginning;
        slot.kept.len()
    }

    /// Forgets everything: as if the model had just been loaded.
    #[cfg(test)]
    pub(super) fn clear(&mut self) {
        for at in 0..self.slots.len() {
            self.keep(at, 0);
        }
    }

    /// Takes a request as it is.
    #[cfg(test)]
    pub(super) fn take_task(&mut self, task: impl FnOnce(u64) -> Task) {
        self.arrived += 1;
        self.waiting = Some((task(self.arrived), Instant::now()));
        self.admit();
    }
}
