//! The loop over the records: bounded, resumable, never ended by one record.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Map, Value};

use super::event::{Ended, Event};
use super::intake::{Intake, Ready, Taken};
use super::journal::Journal;
use super::mapping::Mapping;
use super::outcome::{Expected, Outcome, Settled};
use super::stop::Stop;
use crate::data::{DataFault, Filter, Record};
use crate::error::Result;
use crate::judge::{Judge, Judged, Reason, Unscored};
use crate::subject::Subject;

/// What is run, besides the judge and the records.
#[derive(Debug)]
pub struct Plan {
    /// The dataset's file, as messages name it.
    pub dataset: String,
    /// From records to inputs.
    pub mapping: Mapping,
    /// Where the judged output comes from.
    pub subject: Subject,
    /// The record's field that holds the label, if any.
    pub label: Option<String>,
    /// The dataset's labels in the judge's words, where they differ.
    pub label_values: BTreeMap<String, String>,
    /// Only records that every filter takes.
    pub filters: Vec<Filter>,
    /// At most so many records.
    pub limit: Option<u64>,
    /// At most so many records at the same time.
    pub concurrency: usize,
    /// The longest a record may take, with everything that is asked again.
    pub deadline: Option<Duration>,
    /// What to do about a line that cannot be used.
    pub on_fault: OnFault,
    /// For which records reasons are asked for after the verdict.
    pub reasons: Reasons,
    /// Ids that are settled already.
    pub settled: HashSet<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            dataset: String::new(),
            mapping: Mapping::default(),
            subject: Subject::default(),
            label: None,
            label_values: BTreeMap::new(),
            filters: Vec::new(),
            limit: None,
            concurrency: 8,
            deadline: None,
            on_fault: OnFault::default(),
            reasons: Reasons::default(),
            settled: HashSet::new(),
        }
    }
}

/// What to do about a line of the dataset that cannot be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFault {
    /// End the run with an error that names it.
    #[default]
    Stop,
    /// Leave it out and count it.
    Skip,
}

/// For which records reasons are asked for after a verdict without any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reasons {
    /// For none.
    #[default]
    Never,
    /// For the first so many records whose verdict is not their label.
    Differing(usize),
    /// For every record.
    Always,
}

/// Judges the records, writes each outcome to the journal, and tells about it.
///
/// Memory holds what is in flight and nothing more.
///
/// # Errors
/// A line of the dataset cannot be used and `on_fault` says stop, the journal
/// cannot be written, or the listener fails. What is in flight is settled first.
pub async fn run(
    judge: &Judge,
    mut plan: Plan,
    records: impl Iterator<Item = Result<Record, DataFault>>,
    mut journal: Option<&mut Journal>,
    stop: &Stop,
    mut listen: impl FnMut(Event<'_>) -> Result<()>,
) -> Result<(Ended, Subject)> {
    let mut intake = Intake::new(records, judge, &plan);
    let mut subject = std::mem::take(&mut plan.subject);
    let desk = Desk { judge, plan: &plan, explained: AtomicUsize::new(0) };
    let mut in_flight = FuturesUnordered::new();
    let mut watch = Watch::new(plan.concurrency);
    let mut failed = None;
    loop {
        while in_flight.len() < plan.concurrency.max(1)
            && failed.is_none()
            && !stop.is_wished()
            && !watch.is_hopeless()
        {
            match intake.next(&mut subject) {
                Taken::Record(taken) => in_flight.push(desk.settle(taken)),
                Taken::Skipped(fault) => listen(Event::Skipped(&fault))?,
                Taken::Fault(error) => failed = Some(error),
                Taken::Nothing => break,
            }
        }
        let Some(outcome) = in_flight.next().await else {
            break;
        };
        // Where the journal cannot be written, what is in flight is still waited for: its replies are kept.
        if let (Some(journal), None) = (&mut journal, &failed)
            && let Err(error) = journal.write(&outcome)
        {
            failed = Some(error);
            continue;
        }
        watch.see(&outcome);
        listen(Event::Settled(&outcome))?;
    }
    if let Some(error) = failed {
        return Err(error);
    }
    Ok((ended(stop, &watch, &intake), subject))
}

fn ended<I>(stop: &Stop, watch: &Watch, intake: &Intake<'_, I>) -> Ended {
    if intake.exhausted {
        return Ended::Complete;
    }
    match watch.hopeless() {
        Some(detail) if !stop.is_wished() => Ended::StoppedEarly(detail),
        _ => Ended::Interrupted,
    }
}

/// Judges what the intake made ready.
struct Desk<'a> {
    judge: &'a Judge,
    plan: &'a Plan,
    explained: AtomicUsize,
}

impl Desk<'_> {
    async fn settle(&self, ready: Box<Ready>) -> Outcome {
        let started = Instant::now();
        let judged = match &ready.inputs {
            Ok(inputs) => self.in_time(self.judge(&ready.record.id, inputs, ready.expected.as_ref())).await,
            Err(unscored) => Judged { result: Err(unscored.clone()), attempts: Vec::new() },
        };
        Outcome {
            tags: ready.record.tags().map(str::to_owned).collect(),
            id: ready.record.id,
            index: ready.index,
            model: self.judge.model().name().to_owned(),
            reading: self.judge.options().reading,
            calibration: None,
            expected: ready.expected,
            result: match judged.result {
                Ok(score) => Settled::Scored(score),
                Err(unscored) => Settled::Unscored(unscored),
            },
            attempts: judged.attempts,
            elapsed_ms: started.elapsed().as_secs_f64() * 1000.0,
        }
    }

    /// A straggler is cut off; the replies it had are kept for the next time.
    async fn in_time(&self, judging: impl Future<Output = Judged>) -> Judged {
        let Some(deadline) = self.plan.deadline else {
            return judging.await;
        };
        let judged = tokio::time::timeout(deadline, judging).await;
        judged.unwrap_or_else(|_| {
            let unscored =
                Unscored::new(Reason::Timeout, format!("no verdict within {} s", deadline.as_secs_f64()));
            let remedy = Some("raise `deadline_s` of the suite, or ask fewer at a time".to_owned());
            Judged { result: Err(Unscored { remedy, ..unscored }), attempts: Vec::new() }
        })
    }

    async fn judge(&self, id: &str, inputs: &Map<String, Value>, expected: Option<&Expected>) -> Judged {
        let judge = self.judge.about(id);
        let mut judged = judge.judge(inputs).await;
        if self.wants_reasons(&judged, expected) {
            judge.explain(inputs, &mut judged).await;
        }
        judged
    }

    fn wants_reasons(&self, judged: &Judged, expected: Option<&Expected>) -> bool {
        let Ok(score) = &judged.result else {
            return false;
        };
        match self.plan.reasons {
            Reasons::Never => false,
            Reasons::Always => true,
            Reasons::Differing(most) => {
                let differs =
                    expected.is_some_and(|expected| is_worth_explaining(expected, score.value, &score.label));
                differs && self.explained.fetch_add(1, Ordering::Relaxed) < most
            }
        }
    }
}

/// A wrong label always; on a scale, only what is off by more than a third of it.
fn is_worth_explaining(expected: &Expected, value: Option<f64>, label: &str) -> bool {
    match (expected.value, value) {
        (Some(expected_value), Some(value)) => {
            label != expected.label && (expected_value - value).abs() > 1.0 / 3.0
        }
        _ => label != expected.label,
    }
}

/// Sees when every call fails the same lasting way: a wrong key, no server.
struct Watch {
    patience: usize,
    in_a_row: usize,
    last: Option<String>,
}

impl Watch {
    fn new(concurrency: usize) -> Self {
        Self { patience: concurrency.clamp(3, 16), in_a_row: 0, last: None }
    }

    fn see(&mut self, outcome: &Outcome) {
        match &outcome.result {
            Settled::Unscored(unscored) if unscored.lasting => {
                self.in_a_row += 1;
                self.last = Some(unscored.to_string());
            }
            _ => self.in_a_row = 0,
        }
    }

    fn is_hopeless(&self) -> bool {
        self.in_a_row >= self.patience
    }

    fn hopeless(&self) -> Option<String> {
        self.last.clone().filter(|_| self.is_hopeless())
    }
}
