//! The labels of a dataset's records, by one person or by several.

use std::collections::BTreeMap;

use serde_json::Value;

use super::config::Config;
use super::judges::Suite;
use crate::calibration::consensus;
use crate::data::{Filter, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Expected, OnFault, Outcome};
use crate::signature::Scale;

/// Where labels stand, and whose records count.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) fields: &'a [String],
    pub(super) cluster: Option<&'a str>,
    pub(super) filters: Vec<Filter>,
    pub(super) limit: Option<u64>,
}

/// What the records are labelled.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Each record's labels, in the people's order; none of a record without.
    pub(super) people: BTreeMap<String, Vec<Option<Expected>>>,
    /// The label that counts.
    expected: BTreeMap<String, Expected>,
    /// What records have in common.
    pub(super) clusters: BTreeMap<String, String>,
    /// Records on whose label people do not agree.
    pub(super) ties: u64,
    /// Whether some record has several labels.
    pub(super) several: bool,
}

impl Labels {
    /// Reads the dataset through.
    pub(super) fn read(suite: &Suite, config: &Config, scale: &Scale, wanted: &Wanted<'_>) -> Result<Self> {
        let mut labels = Self::default();
        let most = wanted.limit.unwrap_or(u64::MAX);
        for record in suite.dataset(config)? {
            let record = match record {
                Ok(record) => record,
                Err(fault) if suite.file.on_fault == OnFault::Skip && !fault.fatal => continue,
                Err(fault) => return Err(Error::new(ErrorKind::Dataset, fault.to_string())),
            };
            if labels.people.len() as u64 >= most {
                break;
            }
            if wanted.filters.iter().all(|filter| filter.takes(&record)) {
                labels.add(suite, scale, wanted, &record)?;
            }
        }
        if labels.expected.is_empty() {
            return Err(none(suite, wanted, labels.ties));
        }
        Ok(labels)
    }

    fn add(&mut self, suite: &Suite, scale: &Scale, wanted: &Wanted<'_>, record: &Record) -> Result<()> {
        let mut people = Vec::new();
        for field in wanted.fields {
            match record.get(field) {
                Some(Value::Array(several)) => {
                    for label in several {
                        people.push(read(suite, scale, record, field, label)?);
                    }
                }
                Some(label) => people.push(read(suite, scale, record, field, label)?),
                None => people.push(None),
            }
        }
        let given = people.iter().flatten().count();
        self.several |= given > 1;
        match consensus(&people, scale) {
            Some(expected) => {
                self.expected.insert(record.id.clone(), expected);
            }
            None => self.ties += u64::from(given > 0),
        }
        if let Some(cluster) = wanted.cluster.and_then(|field| record.get(field)).filter(|one| !one.is_null())
        {
            self.clusters.insert(record.id.clone(), text(cluster));
        }
        self.people.insert(record.id.clone(), people);
        Ok(())
    }

    /// The ids of the records without a label.
    pub(super) fn unlabelled(&self) -> impl Iterator<Item = &String> {
        self.people.keys().filter(|id| !self.expected.contains_key(*id))
    }

    /// The outcomes of records that count, each with its label and no other.
    pub(super) fn put_on(&self, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        let counts = |outcome: &Outcome| self.people.contains_key(&outcome.id);
        let labelled = |mut outcome: Outcome| {
            outcome.expected = self.expected.get(&outcome.id).cloned();
            outcome
        };
        outcomes.into_iter().filter(counts).map(labelled).collect()
    }
}

pub(super) fn read(
    suite: &Suite,
    scale: &Scale,
    record: &Record,
    field: &str,
    label: &Value,
) -> Result<Option<Expected>> {
    if label.is_null() {
        return Ok(None);
    }
    let renamed = suite.file.label_values.get(&text(label)).map(|text| Value::from(text.as_str()));
    let label = renamed.as_ref().unwrap_or(label);
    Expected::read(label, scale).map(Some).ok_or_else(|| {
        let dataset = suite.file.dataset.display();
        let problem = format!(
            "{dataset} line {}: label {label} in field \"{field}\" is not on the judge's scale",
            record.line
        );
        Error::new(ErrorKind::Dataset, problem).help("say what it means in the suite's `label_values`")
    })
}

fn text(label: &Value) -> String {
    label.as_str().map_or_else(|| label.to_string(), str::to_owned)
}

fn none(suite: &Suite, wanted: &Wanted<'_>, ties: u64) -> Error {
    let fields = wanted.fields.join(", ");
    let dataset = suite.file.dataset.display();
    let detail = match ties {
        0 => format!("suite {}: no record of {dataset} has a label in field {fields}", suite.name),
        ties => format!("suite {}: people agree on none of {ties} labelled records of {dataset}", suite.name),
    };
    Error::new(ErrorKind::Dataset, detail)
        .help("label some records by hand, and name the field with --labels or the suite's `label`")
}
