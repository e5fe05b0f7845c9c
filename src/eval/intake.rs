//! Records made ready for the judge, one by one, and numbered.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::mapping::Mapping;
use super::outcome::Expected;
use super::run::{OnFault, Plan};
use crate::data::{DataFault, Filter, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{Judge, Reason, Unscored};
use crate::model::Request;
use crate::subject::Subject;

/// What a dataset holds for a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Records that will be judged, those that are settled already left out.
    pub records: u64,
    /// Lines that will be left out.
    pub skipped: u64,
}

/// Reads a dataset through without judging anything: so that a fault on its
/// last line is found before the first call is paid for.
///
/// # Errors
/// As [`run`](super::run) has them about the dataset.
pub fn survey(
    judge: &Judge,
    plan: &Plan,
    records: impl Iterator<Item = Result<Record, DataFault>>,
) -> Result<Survey> {
    let mut intake = Intake::new(records, judge, plan);
    let mut subject = plan.subject.clone();
    let mut survey = Survey::default();
    loop {
        match intake.next(&mut subject) {
            Taken::Record(_) => survey.records += 1,
            Taken::Skipped(_) => survey.skipped += 1,
            Taken::Fault(error) => return Err(error),
            Taken::Nothing => return Ok(survey),
        }
    }
}

/// Reads a dataset through and gives every record's first requests to `take`,
/// asking nobody. A record that cannot be put as a question has none.
///
/// # Errors
/// As [`run`](super::run) has them about the dataset.
pub fn preview(
    judge: &Judge,
    plan: &Plan,
    records: impl Iterator<Item = Result<Record, DataFault>>,
    mut take: impl FnMut(Vec<Request>),
) -> Result<Survey> {
    let mut intake = Intake::new(records, judge, plan);
    let mut subject = plan.subject.clone();
    let mut survey = Survey::default();
    loop {
        match intake.next(&mut subject) {
            Taken::Record(ready) => {
                survey.records += 1;
                let requests = ready.inputs.ok().and_then(|inputs| judge.requests(&inputs).ok());
                take(requests.unwrap_or_default());
            }
            Taken::Skipped(_) => survey.skipped += 1,
            Taken::Fault(error) => return Err(error),
            Taken::Nothing => return Ok(survey),
        }
    }
}

/// A record ready to be judged.
pub(super) struct Ready {
    pub(super) record: Record,
    pub(super) index: u64,
    pub(super) inputs: Result<Map<String, Value>, Unscored>,
    pub(super) expected: Option<Expected>,
}

pub(super) enum Taken {
    Record(Box<Ready>),
    Skipped(DataFault),
    Fault(Error),
    Nothing,
}

/// Takes records one by one, makes them ready, and numbers them.
pub(super) struct Intake<'a, I> {
    records: I,
    judge: &'a Judge,
    dataset: String,
    mapping: Mapping,
    label: Option<String>,
    label_values: BTreeMap<String, String>,
    filters: Vec<Filter>,
    limit: u64,
    on_fault: OnFault,
    settled: HashSet<String>,
    index: u64,
    /// Whether every record was taken.
    pub(super) exhausted: bool,
}

impl<'a, I: Iterator<Item = Result<Record, DataFault>>> Intake<'a, I> {
    pub(super) fn new(records: I, judge: &'a Judge, plan: &Plan) -> Self {
        Self {
            records,
            judge,
            dataset: plan.dataset.clone(),
            mapping: plan.mapping.clone(),
            label: plan.label.clone(),
            label_values: plan.label_values.clone(),
            filters: plan.filters.clone(),
            limit: plan.limit.unwrap_or(u64::MAX),
            on_fault: plan.on_fault,
            settled: plan.settled.clone(),
            index: 0,
            exhausted: false,
        }
    }

    pub(super) fn next(&mut self, subject: &mut Subject) -> Taken {
        loop {
            if self.index >= self.limit {
                self.exhausted = true;
                return Taken::Nothing;
            }
            let Some(record) = self.records.next() else {
                self.exhausted = true;
                return Taken::Nothing;
            };
            match record {
                Err(fault) => return self.fault(fault),
                Ok(record) if !self.filters.iter().all(|filter| filter.takes(&record)) => {}
                Ok(record) => match self.ready(record, subject) {
                    Ok(ready) if self.settled.contains(&ready.record.id) => {}
                    Ok(ready) => return Taken::Record(Box::new(ready)),
                    Err(fault) => return self.fault(fault),
                },
            }
        }
    }

    fn fault(&self, fault: DataFault) -> Taken {
        if self.on_fault == OnFault::Skip && !fault.fatal {
            return Taken::Skipped(fault);
        }
        Taken::Fault(
            Error::new(ErrorKind::Dataset, fault.to_string())
                .help("mend it, or set `on_fault = \"skip\"` to leave such records out and count them"),
        )
    }

    fn ready(&mut self, mut record: Record, subject: &mut Subject) -> Result<Ready, DataFault> {
        let spec = self.judge.spec();
        let (file, line) = (self.dataset.clone(), record.line);
        let fault = |problem| DataFault { file: file.clone(), line, problem, fatal: false };
        let joined = subject.join(&mut record);
        let inputs = match joined {
            Err(missing) => Err(Unscored::new(Reason::Subject, missing)),
            Ok(()) => Ok(self.mapping.inputs(&record, spec).map_err(fault)?),
        };
        let expected = self.expected(&record).map_err(fault)?;
        let index = self.index;
        self.index += 1;
        Ok(Ready { record, index, inputs, expected })
    }

    fn expected(&self, record: &Record) -> Result<Option<Expected>, String> {
        let (Some(field), Some(scale)) = (&self.label, &self.judge.spec().scale) else {
            return Ok(None);
        };
        let Some(label) = record.get(field).filter(|label| !label.is_null()) else {
            return Ok(None);
        };
        let renamed = label
            .as_str()
            .and_then(|text| self.label_values.get(text))
            .map(|text| Value::from(text.as_str()));
        let label = renamed.as_ref().unwrap_or(label);
        match Expected::read(label, scale) {
            Some(expected) => Ok(Some(expected)),
            None => Err(format!("label {label} in field \"{field}\" is not on the judge's scale")),
        }
    }
}
