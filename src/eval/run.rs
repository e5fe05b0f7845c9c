//! The loop over the records, bounded, resumable, never ended by one record.
//!
//! It tells events while it goes, and stops when it is asked to or when there is no use in going on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;

use super::evaluator::Evaluator;
use super::journal::Journal;
use super::outcome::{Outcome, Settled};
use super::panel::Panel;
use super::plan::Plan;
use super::record_stream::{RecordStream, Taken};
use crate::data::{DataFault, Record};
use crate::error::Result;
use crate::subject::Subject;

/// What a run tells while it goes. Progress bars, summaries and tests listen;
/// the run does not know them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A record is settled and its line is in the journal.
    Settled(&'a Outcome),
    /// A line of the dataset cannot be used and is left out.
    Skipped(&'a DataFault),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every record is settled.
    Complete,
    /// It was interrupted; what was in flight is settled.
    Interrupted,
    /// Every call fails the same way: nothing more was sent.
    StoppedEarly(String),
}

/// A wish to stop. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    inner: Arc<StopState>,
}

#[derive(Debug, Default)]
struct StopState {
    wished: AtomicBool,
    told: Notify,
}

impl Stop {
    /// Asks runs to finish what is in flight and start nothing more.
    pub fn wish(&self) {
        self.inner.wished.store(true, Ordering::SeqCst);
        self.inner.told.notify_waiters();
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_wished(&self) -> bool {
        self.inner.wished.load(Ordering::SeqCst)
    }

    /// Waits until it is asked for.
    pub async fn wished(&self) {
        let told = self.inner.told.notified();
        if !self.is_wished() {
            told.await;
        }
    }
}

/// Sees when every call fails the same lasting way: a wrong key, no server.
pub(super) struct Watch {
    patience: usize,
    in_a_row: usize,
    last: Option<String>,
}

impl Watch {
    pub(super) fn new(concurrency: usize) -> Self {
        Self { patience: concurrency.clamp(3, 16), in_a_row: 0, last: None }
    }

    pub(super) fn see(&mut self, outcome: &Outcome) {
        match &outcome.result {
            Settled::Unscored(unscored) if unscored.lasting => {
                self.in_a_row += 1;
                self.last = Some(unscored.to_string());
            }
            _ => self.in_a_row = 0,
        }
    }

    pub(super) fn is_hopeless(&self) -> bool {
        self.in_a_row >= self.patience
    }

    pub(super) fn hopeless(&self) -> Option<String> {
        self.last.clone().filter(|_| self.is_hopeless())
    }
}

/// Judges the records, writes each outcome to the journal, and tells about it.
///
/// Memory holds what is in flight and nothing more.
///
/// # Errors
/// A line of the dataset cannot be used and `on_fault` says stop, the journal
/// cannot be written, or the listener fails. What is in flight is settled first.
pub async fn run(
    panel: &Panel,
    mut plan: Plan,
    records: impl Iterator<Item = Result<Record, DataFault>>,
    mut journal: Option<&mut Journal>,
    stop: &Stop,
    mut listen: impl FnMut(Event<'_>) -> Result<()>,
) -> Result<(Ended, Subject)> {
    let mut subject = std::mem::take(&mut plan.subject);
    let mut record_stream = RecordStream::new(records, panel, &plan);
    let evaluator = Evaluator::new(panel, &plan, &subject);
    let mut in_flight = FuturesUnordered::new();
    let mut watch = Watch::new(plan.concurrency);
    let mut failed = None;
    loop {
        while in_flight.len() < plan.concurrency.max(1)
            && failed.is_none()
            && !stop.is_wished()
            && !watch.is_hopeless()
        {
            match record_stream.next(&mut subject) {
                Taken::Record(taken) => in_flight.push(evaluator.settle(taken)),
                Taken::Skipped(fault) => listen(Event::Skipped(&fault))?,
                Taken::Fault(error) => failed = Some(error),
                Taken::Nothing => break,
            }
        }
        let Some(outcome) = in_flight.next().await else {
            break;
        };
        // Where the journal cannot be written, what is in flight is still waited for: its replies are kept.
        if let Some(open) = &mut journal
            && let Err(error) = open.write(&outcome)
        {
            failed = Some(error);
            journal = None;
            continue;
        }
        watch.see(&outcome);
        listen(Event::Settled(&outcome))?;
    }
    if let Some(error) = failed {
        return Err(error);
    }
    Ok((ended(stop, &watch, &record_stream), subject))
}

fn ended<I>(stop: &Stop, watch: &Watch, record_stream: &RecordStream<'_, I>) -> Ended {
    if record_stream.exhausted {
        return Ended::Complete;
    }
    match watch.hopeless() {
        Some(detail) if !stop.is_wished() => Ended::StoppedEarly(detail),
        _ => Ended::Interrupted,
    }
}
