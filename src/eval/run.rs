//! The loop over the records: bounded, resumable, never ended by one record.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::evaluator::Evaluator;
use super::event::{Ended, Event};
use super::journal::Journal;
use super::panel::Panel;
use super::plan::Plan;
use super::record_stream::{RecordStream, Taken};
use super::stop::Stop;
use super::watch::Watch;
use crate::data::{DataFault, Record};
use crate::error::Result;
use crate::subject::Subject;

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
