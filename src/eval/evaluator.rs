//! Where one record is settled: its output produced, checked, judged, and scored.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::outcome::{Expected, Outcome, Produced, Repeat, Settled};
use super::panel::{Member, Panel};
use super::plan::{Plan, Prepared, Reasons, Unready, prepare};
use super::record_stream::ReadyRecord;
use super::{panel, repeated};
use crate::check::Examined;
use crate::data::Record;
use crate::judge::{
    Attempt, Judge, Judged, OrderVerdict, Purpose, Reason, Routed, Score, Unscored, side_by_side,
};
use crate::subject::{Producer, Production, Subject};
use crate::trajectory::Cut;

/// Settles the records of a [`RecordStream`](super::record_stream::RecordStream).
pub(super) struct Evaluator<'a> {
    panel: &'a Panel,
    plan: &'a Plan,
    produced: Option<(Producer, String)>,
    explained: AtomicUsize,
    /// What is judged at the same time, so that a record's time does not hold the wait for its turn.
    slots: Semaphore,
}

/// What came of a record's judges and checks.
struct Verdicts {
    result: Result<Score, Unscored>,
    attempts: Vec<Attempt>,
    checked: Vec<Examined>,
    cut: Option<Cut>,
    /// Of a pair with one judge alone, the verdict in each order.
    orders: Vec<OrderVerdict>,
    routes: Vec<Routed>,
}

impl Verdicts {
    /// Of a record that could not be judged.
    fn without(unscored: Unscored) -> Self {
        let (attempts, checked, orders, routes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { result: Err(unscored), attempts, checked, cut: None, orders, routes }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(panel: &'a Panel, plan: &'a Plan, subject: &Subject) -> Self {
        let produced = match subject {
            Subject::Produced { producer, into } => Some((producer.clone(), into.clone())),
            _ => None,
        };
        let slots = Semaphore::new(match plan.judged_at_once {
            0 => Semaphore::MAX_PERMITS,
            most => most,
        });
        Self { panel, plan, produced, explained: AtomicUsize::new(0), slots }
    }

    /// Settles a record: takes it as often as the plan says, unless going on is of no use.
    pub(super) async fn settle(&self, mut ready: Box<ReadyRecord>) -> Outcome {
        let mut numbers = self.plan.repeats.clone();
        if ready.prepared.is_err() {
            numbers.end = numbers.start.saturating_add(1);
        }
        let wished = numbers.len();
        let mut taken = Vec::new();
        let mut attempts = Vec::new();
        for number in numbers {
            let turn = if taken.len() + 1 == wished { Turn::Last } else { Turn::Early };
            // A record's reasons are asked for once.
            let reasons = if is_explained(&attempts) { Reasons::Never } else { self.plan.reasons };
            let (repeat, made) = self.take(&mut ready, number, turn, reasons).await;
            let is_over = repeated::ends(&repeat.result);
            taken.push(repeat);
            attempts.extend(made);
            if is_over {
                break;
            }
        }
        let whole = repeated::whole(taken, wished);
        let group = self.plan.group.as_deref().and_then(|field| ready.record.given(field));
        Outcome {
            group: group.map(|group| group.as_str().map_or_else(|| group.to_string(), str::to_owned)),
            tags: ready.record.tags().map(str::to_owned).collect(),
            id: ready.record.id,
            index: ready.index,
            model: self.panel.model().into_owned(),
            reading: self.panel.reading(),
            calibration: self.panel.calibration(),
            expected: ready.expected,
            subject: whole.subject,
            cut: whole.cut,
            checks: whole.checks,
            orders: whole.orders,
            routes: whole.routes,
            result: whole.result,
            repeats: whole.repeats,
            attempts,
            elapsed_ms: whole.elapsed_ms,
        }
    }

    /// Takes a record once. What was made ready is used up by the last time.
    async fn take(
        &self,
        ready: &mut ReadyRecord,
        number: u32,
        turn: Turn,
        reasons: Reasons,
    ) -> (Repeat, Vec<Attempt>) {
        let mut subject = None;
        // Rules look at the record as it came, before an output is produced.
        let asked = self.asked(&ready.record, number);
        let prepared = match (turn, &mut ready.prepared) {
            (_, Err(unscored)) => Err(unscored.clone()),
            (Turn::Early, Ok(Some(prepared))) => Ok(prepared.clone()),
            // The next output is produced from the record as it was.
            (Turn::Early, Ok(None)) => self.produce(&mut ready.record.clone(), number, &mut subject).await,
            (Turn::Last, Ok(prepared)) => match prepared.take() {
                Some(prepared) => Ok(prepared),
                None => self.produce(&mut ready.record, number, &mut subject).await,
            },
        };
        let slot = self.slots.acquire().await;
        let started = Instant::now();
        let verdicts = match prepared {
            Ok(prepared) => self.judge(&asked, number, prepared, ready.expected.as_ref(), reasons).await,
            Err(unscored) => Verdicts::without(unscored),
        };
        let elapsed_ms = started.elapsed().as_secs_f64() * 1000.0;
        drop(slot);
        let result = match verdicts.result {
            Ok(score) => Settled::Scored(score),
            Err(unscored) => Settled::Unscored(unscored),
        };
        let Verdicts { cut, checked: checks, orders, routes, attempts, .. } = verdicts;
        (Repeat { number, result, subject, cut, checks, orders, routes, elapsed_ms }, attempts)
    }

    /// Has the record's output produced, and makes the record ready.
    async fn produce(
        &self,
        record: &mut Record,
        number: u32,
        subject: &mut Option<Produced>,
    ) -> Result<Prepared, Unscored> {
        let Some((by, into)) = &self.produced else {
            return Err(Unscored::new(Reason::Subject, "nothing produces an output"));
        };
        let Production { output, trace } = by.produce(record, number).await;
        let made = subject.insert(Produced { output: output.as_ref().ok().cloned(), trace });
        record.fields.insert(into.clone(), output?);
        prepare(record, self.panel, self.plan, Some(made)).map_err(|unready| match unready {
            Unready::Record(problem) => Unscored::new(Reason::Subject, problem),
            Unready::Subject(unscored) => unscored,
        })
    }

    /// The checks are done, and cost nothing: where a required one failed, no
    /// judge is asked. Otherwise each judge is, in turn. A straggler is cut off;
    /// the replies it had are kept for the next time.
    async fn judge(
        &self,
        asked: &[Judge],
        number: u32,
        prepared: Prepared,
        expected: Option<&Expected>,
        reasons: Reasons,
    ) -> Verdicts {
        let Prepared { inputs, cut, checked } = prepared;
        let asking = self.ask(asked, &inputs, &checked, expected, reasons);
        let (result, mut judged) = match self.plan.deadline {
            Some(deadline) => {
                timeout(deadline, asking).await.unwrap_or_else(|_| (Err(late(deadline)), Vec::new()))
            }
            None => asking.await,
        };
        let orders = match (self.panel.alone(), judged.as_mut_slice()) {
            (Some(_), [only]) => std::mem::take(&mut only.orders),
            _ => Vec::new(),
        };
        let is_settled = panel::is_settled(&checked);
        let routes = if is_settled { Vec::new() } else { self.routes(asked, &judged) };
        Verdicts { result, attempts: self.attempts(judged, number), checked, cut, orders, routes }
    }

    /// The judges, asking about a record at one of its times.
    fn asked(&self, record: &Record, number: u32) -> Vec<Judge> {
        let member = |member: &Member| member.judge.for_record(record).about(&record.id).repeat(number);
        self.panel.judges.iter().map(member).collect()
    }

    /// Where the judges' routes sent the record.
    fn routes(&self, asked: &[Judge], judged: &[Judged]) -> Vec<Routed> {
        let each = self.panel.judges.iter().zip(asked).enumerate();
        each.filter_map(|(place, (member, judge))| judge.routed(&member.name, judged.get(place))).collect()
    }

    async fn ask(
        &self,
        asked: &[Judge],
        inputs: &[Map<String, Value>],
        checked: &[Examined],
        expected: Option<&Expected>,
        reasons: Reasons,
    ) -> (Result<Score, Unscored>, Vec<Judged>) {
        let mut judged = Vec::new();
        if !panel::is_settled(checked) {
            judged = side_by_side(asked, inputs).await;
        }
        let mut result = panel::score(self.panel, &judged, checked);
        if !judged.is_empty() && self.wants_reasons(reasons, &result, expected) {
            for ((judge, inputs), judged) in asked.iter().zip(inputs).zip(&mut judged) {
                judge.explain(inputs, judged).await;
            }
            result = panel::score(self.panel, &judged, checked);
        }
        (result, judged)
    }

    /// Every call, named after its judge where there are several.
    fn attempts(&self, judged: Vec<Judged>, number: u32) -> Vec<Attempt> {
        let several = self.panel.judges.len() > 1;
        let several_models = self.panel.models().len() > 1;
        let mut attempts = Vec::new();
        for (member, judged) in self.panel.judges.iter().zip(judged) {
            attempts.extend(judged.attempts.into_iter().map(|mut attempt| {
                attempt.repeat = number;
                if several {
                    let criterion = attempt.part.map(|part| format!("/{part}")).unwrap_or_default();
                    attempt.part = Some(format!("{}{criterion}", member.name));
                }
                if several_models && attempt.model.is_none() {
                    attempt.model = Some(member.judge.model().name().to_owned());
                }
                attempt
            }));
        }
        attempts
    }

    fn wants_reasons(
        &self,
        reasons: Reasons,
        result: &Result<Score, Unscored>,
        expected: Option<&Expected>,
    ) -> bool {
        let Ok(score) = result else {
            return false;
        };
        match reasons {
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

/// Whether a record is taken again after this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Early,
    Last,
}

fn is_explained(attempts: &[Attempt]) -> bool {
    attempts.iter().any(|attempt| attempt.purpose == Purpose::Reasons)
}

fn late(deadline: Duration) -> Unscored {
    let unscored = Unscored::new(Reason::Timeout, format!("no verdict within {} s", deadline.as_secs_f64()));
    let remedy = "raise `deadline_s` of the suite, or ask fewer at a time".to_owned();
    Unscored { remedy: Some(remedy), ..unscored }
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
