//! Records made ready for the judge, one by one, and numbered.

use serde_json::{Map, Value};

use super::label::{OffScale, OffScaleLabels, is_missing_word, read_label};
use super::outcome::Expected;
use super::panel;
use super::panel::Panel;
use super::plan::{OnFault, Plan, Prepared, Unready, prepare};
use super::routing::Routing;
use crate::ask::Mapping;
use crate::data::{DataFault, Record, id_hash};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{Planned, Reason, Unscored};
use crate::signature::Scale;
use crate::subject::Subject;

/// What a dataset holds for a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Records that will be judged, those that are settled already left out.
    pub records: u64,
    /// Lines that will be left out.
    pub skipped: u64,
    /// Records that will be left out because a calibration was fitted on them.
    pub fitted_on: u64,
    /// Records that will be judged and have no label, where the plan names its field.
    pub unlabelled: u64,
    /// Of these, records whose label is a word for a missing value, such as `NaN`.
    pub missing_words: u64,
    /// The fewest calls that judging them takes, where that is reckoned.
    pub least_calls: u64,
    /// Where routes would send the records.
    pub routing: Routing,
}

/// Reads a dataset through without judging anything: so that a fault on its
/// last line is found before the first call is paid for.
///
/// # Errors
/// As [`run`](super::run) has them about the dataset.
pub(crate) fn survey(
    panel: &Panel,
    plan: &Plan,
    records: impl Iterator<Item = Result<Record, DataFault>>,
) -> Result<Survey> {
    read_through(panel, plan, records, |_, _| Calls::default())
}

/// Reads a dataset through and gives the first requests of every record's judges to `take`,
/// asking nobody. A record that cannot be put as a question, or that its checks settle, has
/// none; one whose output is still to be produced is shown with a blank in its place.
///
/// # Errors
/// As [`run`](super::run) has them about the dataset.
pub(crate) fn preview(
    panel: &Panel,
    plan: &Plan,
    records: impl Iterator<Item = Result<Record, DataFault>>,
    mut take: impl FnMut(usize, Planned),
) -> Result<Survey> {
    read_through(panel, plan, records, |ready, subject| requests(panel, plan, subject, ready, &mut take))
}

fn read_through(
    panel: &Panel,
    plan: &Plan,
    records: impl Iterator<Item = Result<Record, DataFault>>,
    mut take: impl FnMut(&ReadyRecord, &Subject) -> Calls,
) -> Result<Survey> {
    let mut record_stream = RecordStream::new(records, panel, plan);
    let mut subject = plan.subject.clone();
    let mut survey = Survey { routing: Routing::of(panel), ..Survey::default() };
    loop {
        match record_stream.next(&mut subject) {
            Taken::Record(ready) => {
                survey.records += 1;
                survey.unlabelled += u64::from(record_stream.reads_labels() && ready.expected.is_none());
                survey.missing_words += u64::from(ready.has_missing_word);
                let calls = take(&ready, &subject);
                if ready.is_asked_about() {
                    survey.routing.add(panel, &ready.record, &calls.most);
                    survey.least_calls += calls.least;
                }
            }
            Taken::Skipped(_) => survey.skipped += 1,
            Taken::Fault(error) => return Err(error),
            Taken::Nothing => return Ok(Survey { fitted_on: record_stream.fitted_on_seen, ..survey }),
        }
    }
}

/// The calls about a record.
#[derive(Default)]
struct Calls {
    /// Of each judge, at most.
    most: Vec<u64>,
    /// Of all judges, at least.
    least: u64,
}

/// What will be asked about a record, each with the place of who is asked, among [`Panel::asked`]. Gives how many
/// calls that takes.
fn requests(
    panel: &Panel,
    plan: &Plan,
    subject: &Subject,
    ready: &ReadyRecord,
    take: &mut impl FnMut(usize, Planned),
) -> Calls {
    let inputs = match (&ready.prepared, subject) {
        (Ok(Some(prepared)), _) if panel::is_settled(&prepared.checked) => Vec::new(),
        (Ok(Some(prepared)), _) => prepared.inputs.clone(),
        (Ok(None), Subject::Produced { into, .. }) => {
            blank_inputs(&ready.record, into, panel, &plan.mapping).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let (mut place, mut calls) = (0, Calls::default());
    for (member, inputs) in panel.judges.iter().zip(&inputs) {
        let judge = member.judge.for_record(&ready.record);
        let mut own = 0;
        for number in plan.repeats.clone() {
            let planned = judge.repeat(number).plan(inputs).unwrap_or_default();
            calls.least += if planned.is_empty() { 0 } else { *judge.calls().start() };
            for planned in planned {
                own += 1 + u64::from(planned.follow_ups);
                take(place + planned.member, planned);
            }
        }
        calls.most.push(own);
        place += member.judge.members().len().max(1);
    }
    calls
}

/// What the judges get of a record, with a blank for the output that is still to be produced.
fn blank_inputs(
    record: &Record,
    into: &str,
    panel: &Panel,
    mapping: &Mapping,
) -> Result<Vec<Map<String, Value>>, String> {
    let mut blank = record.clone();
    blank.fields.insert(into.to_owned(), Value::from(""));
    panel.judges.iter().map(|member| mapping.inputs(&blank, member.judge.spec())).collect()
}

/// A record ready to be judged.
pub(super) struct ReadyRecord {
    pub(super) record: Record,
    pub(super) index: u64,
    /// What the panel gets; nothing yet where the output is still to be produced.
    pub(super) prepared: Result<Option<Prepared>, Unscored>,
    pub(super) expected: Option<Expected>,
    /// Whether a word for a missing value stands for its label.
    pub(super) has_missing_word: bool,
}

impl ReadyRecord {
    /// Whether its judges are asked, as far as that is known yet.
    fn is_asked_about(&self) -> bool {
        match &self.prepared {
            Ok(Some(prepared)) => !panel::is_settled(&prepared.checked),
            Ok(None) => true,
            Err(_) => false,
        }
    }
}

pub(super) enum Taken {
    Record(Box<ReadyRecord>),
    Skipped(DataFault),
    Fault(Error),
    Nothing,
}

/// Takes records one by one, makes them ready, and numbers them.
pub(super) struct RecordStream<'a, I> {
    records: I,
    panel: &'a Panel,
    plan: &'a Plan,
    scale: Option<Scale>,
    /// Records left out because a calibration was fitted on them.
    pub(super) fitted_on_seen: u64,
    index: u64,
    /// Whether every record was taken.
    pub(super) exhausted: bool,
}

impl<'a, I: Iterator<Item = Result<Record, DataFault>>> RecordStream<'a, I> {
    pub(super) fn new(records: I, panel: &'a Panel, plan: &'a Plan) -> Self {
        let scale = panel.scale();
        Self { records, panel, plan, scale, fitted_on_seen: 0, index: 0, exhausted: false }
    }

    pub(super) fn next(&mut self, subject: &mut Subject) -> Taken {
        loop {
            if self.index >= self.plan.limit.unwrap_or(u64::MAX) {
                self.exhausted = true;
                return Taken::Nothing;
            }
            let Some(record) = self.records.next() else {
                self.exhausted = true;
                return Taken::Nothing;
            };
            match record {
                Err(fault) => return self.fault(fault),
                Ok(record) if !self.plan.filters.iter().all(|filter| filter.takes(&record)) => {}
                Ok(record) if !self.plan.only.is_empty() && !self.plan.only.contains(&record.id) => {}
                Ok(record) if self.was_fitted_on(&record.id) => self.fitted_on_seen += 1,
                Ok(record) => match self.ready(record, subject) {
                    Ok(ready) if self.plan.settled.contains(&ready.record.id) => {}
                    Ok(ready) => return Taken::Record(Box::new(ready)),
                    Err(unusable) => return self.unusable(*unusable),
                },
            }
        }
    }

    fn unusable(&mut self, unusable: Unusable) -> Taken {
        match unusable {
            Unusable::Record(fault) => self.fault(fault),
            Unusable::Label(fault, label) => self.off_scale(fault, label),
        }
    }

    /// Whether records are read for their labels.
    fn reads_labels(&self) -> bool {
        self.plan.label.is_some() && self.scale.is_some()
    }

    fn was_fitted_on(&self, id: &str) -> bool {
        !self.plan.fitted_on.is_empty() && self.plan.fitted_on.contains(&id_hash(id))
    }

    fn fault(&self, fault: DataFault) -> Taken {
        if self.plan.on_fault == OnFault::Skip && !fault.fatal {
            return Taken::Skipped(fault);
        }
        let help = if fault.fatal { "mend the file" } else { MEND };
        let help = fault.help.clone().unwrap_or_else(|| help.to_owned());
        Taken::Fault(Error::new(ErrorKind::Dataset, fault.to_string()).help(help))
    }

    /// A label that is not on the scale. Where that ends the run, the rest of the dataset is looked through for
    /// others, so that all can be named at once.
    fn off_scale(&mut self, mut fault: DataFault, label: OffScale) -> Taken {
        if self.plan.on_fault == OnFault::Stop
            && let (Some(field), Some(scale)) = (&self.plan.label, &self.scale)
        {
            let (values, filters) = (&self.plan.label_values, &self.plan.filters);
            let mut labels = OffScaleLabels::from(label);
            for record in self.records.by_ref().flatten() {
                if filters.iter().all(|filter| filter.takes(&record))
                    && let Err(label) = read_label(record.get(field), field, values, scale)
                {
                    labels.add(label);
                }
            }
            fault.help = Some(format!("{}\nor {MEND}", labels.help(values, scale)));
        }
        self.fault(fault)
    }

    fn ready(&mut self, mut record: Record, subject: &mut Subject) -> Result<ReadyRecord, Box<Unusable>> {
        let line = record.line;
        let file = &self.plan.dataset;
        let fault = |problem| DataFault { file: file.clone(), line, problem, fatal: false, help: None };
        let prepared = match subject.join(&mut record) {
            Err(missing) => Err(Unscored::new(Reason::Subject, missing)),
            Ok(()) => match self.prepared(&record, subject) {
                Ok(prepared) => Ok(prepared),
                Err(Unready::Subject(unscored)) => Err(unscored),
                Err(Unready::Record(problem)) => return Err(Box::new(Unusable::Record(fault(problem)))),
            },
        };
        let expected = self
            .expected(&record)
            .map_err(|label| Box::new(Unusable::Label(fault(label.problem.clone()), label)))?;
        let said = self.plan.label.as_ref().filter(|_| expected.is_none() && self.scale.is_some());
        let has_missing_word = said.and_then(|field| record.get(field)).is_some_and(is_missing_word);
        let index = self.index;
        self.index += 1;
        Ok(ReadyRecord { record, index, prepared, expected, has_missing_word })
    }

    /// What the panel gets of a record. Where the output is still to be
    /// produced the rest is checked, with a blank in its place.
    fn prepared(&self, record: &Record, subject: &Subject) -> Result<Option<Prepared>, Unready> {
        let Subject::Produced { producer, into } = subject else {
            return prepare(record, self.panel, self.plan, None).map(Some);
        };
        producer.check(record).map_err(Unready::Record)?;
        let blank = blank_inputs(record, into, self.panel, &self.plan.mapping);
        blank.map(|_| None).map_err(Unready::Record)
    }

    fn expected(&self, record: &Record) -> Result<Option<Expected>, OffScale> {
        let (Some(field), Some(scale)) = (&self.plan.label, &self.scale) else {
            return Ok(None);
        };
        read_label(record.get(field), field, &self.plan.label_values, scale)
    }
}

/// What to do about a record that cannot be used.
const MEND: &str = "mend it, or set `on_fault = \"skip\"` to leave such records out and count them";

/// A record that cannot be used, and why.
enum Unusable {
    Record(DataFault),
    /// Its label is not on the judge's scale.
    Label(DataFault, OffScale),
}
