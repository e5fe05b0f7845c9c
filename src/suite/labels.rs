//! The labels of a dataset's records, by one person or by several.

use std::collections::BTreeMap;

use serde_json::Value;

use super::config::Config;
use super::judges::Suite;
use super::one_judge::tell_decided;
use crate::calibration::consensus;
use crate::data::{Filter, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Expected, OffScale, OffScaleLabels, OnFault, Outcome, read_label};
use crate::signature::Scale;

/// Where labels stand, and whose records count.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) fields: &'a [String],
    pub(crate) cluster: Option<&'a str>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) limit: Option<u64>,
}

/// What the records are labelled.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    /// Each record's labels, in the people's order; none of a record without.
    pub(crate) people: BTreeMap<String, Vec<Option<Expected>>>,
    /// The label that counts.
    expected: BTreeMap<String, Expected>,
    /// What records have in common.
    pub(crate) clusters: BTreeMap<String, String>,
    /// Records on whose label people do not agree.
    pub(crate) ties: u64,
    /// Whether some record has several labels.
    pub(crate) several: bool,
    /// Labelled records that are left to checks.
    pub(crate) decided: u64,
}

impl Labels {
    /// Reads the dataset through.
    pub(crate) fn read(suite: &Suite, config: &Config, scale: &Scale, wanted: &Wanted<'_>) -> Result<Self> {
        let mut labels = Self::default();
        let most = wanted.limit.unwrap_or(u64::MAX);
        let mut off_scale = OffScaleFound::default();
        for record in suite.dataset(config)? {
            let record = match record {
                Ok(record) => record,
                Err(fault) if suite.file.on_fault == OnFault::Skip && !fault.fatal => continue,
                Err(fault) => return Err(Error::new(ErrorKind::Dataset, fault.to_string())),
            };
            if labels.people.len() as u64 >= most {
                break;
            }
            if suite.decided().contains(&record.id) {
                let is_labelled = |field: &String| record.given(field).is_some();
                let counts = wanted.filters.iter().all(|filter| filter.takes(&record));
                labels.decided += u64::from(counts && wanted.fields.iter().any(is_labelled));
                continue;
            }
            if wanted.filters.iter().all(|filter| filter.takes(&record)) {
                let added = labels.add(suite, scale, wanted, &record);
                added.unwrap_or_else(|label| off_scale.add(record.line, label));
            }
        }
        off_scale.end(suite, scale)?;
        tell_decided(config, labels.decided);
        if labels.expected.is_empty() {
            return Err(none(suite, wanted, labels.ties));
        }
        Ok(labels)
    }

    fn add(
        &mut self,
        suite: &Suite,
        scale: &Scale,
        wanted: &Wanted<'_>,
        record: &Record,
    ) -> Result<(), OffScale> {
        let read =
            |label: &Value, field: &str| read_label(Some(label), field, &suite.file.label_values, scale);
        let mut people = Vec::new();
        for field in wanted.fields {
            match record.get(field) {
                Some(Value::Array(several)) => {
                    for label in several {
                        people.push(read(label, field)?);
                    }
                }
                Some(label) => people.push(read(label, field)?),
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
        if let Some(cluster) = wanted.cluster.and_then(|field| record.given(field)) {
            self.clusters.insert(record.id.clone(), text(cluster));
        }
        self.people.insert(record.id.clone(), people);
        Ok(())
    }

    /// The ids of the records without a label.
    pub(crate) fn unlabelled(&self) -> impl Iterator<Item = &String> {
        self.people.keys().filter(|id| !self.expected.contains_key(*id))
    }

    /// The outcomes of records that count, each with its label and no other.
    pub(crate) fn put_on(&self, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        let counts = |outcome: &Outcome| self.people.contains_key(&outcome.id);
        let labelled = |mut outcome: Outcome| {
            outcome.expected = self.expected.get(&outcome.id).cloned();
            outcome
        };
        outcomes.into_iter().filter(counts).map(labelled).collect()
    }
}

/// Labels off the scale: the first one with its line, and the different ones.
#[derive(Debug, Default)]
pub(crate) struct OffScaleFound {
    first: Option<(u64, String)>,
    labels: OffScaleLabels,
}

impl OffScaleFound {
    pub(crate) fn add(&mut self, line: u64, label: OffScale) {
        self.first.get_or_insert_with(|| (line, label.problem.clone()));
        self.labels.add(label);
    }

    /// An error that names them, if there were any.
    pub(crate) fn end(self, suite: &Suite, scale: &Scale) -> Result<()> {
        let Some((line, problem)) = self.first else {
            return Ok(());
        };
        let detail = format!("{} line {line}: {problem}", suite.file.dataset.display());
        Err(Error::new(ErrorKind::Dataset, detail).help(self.labels.help(&suite.file.label_values, scale)))
    }
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
    Error::new(ErrorKind::Dataset, detail).help(format!(
        "name the field with --labels or the suite's `label`; or label some records: evenhand label {} --as NAME",
        suite.name
    ))
}
