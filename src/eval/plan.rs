//! What is run, and how.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::time::Duration;

use super::record_fields::RecordFields;
use crate::ask::Mapping;
use crate::data::{Filter, IdSet};
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
    /// Where records hold what is judged.
    pub place: RecordFields,
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
    /// At most so many of them judged at the same time, where the others wait for their outputs;
    /// 0 for all.
    pub judged_at_once: usize,
    /// The longest the judging of a record may take, with everything that is asked again.
    pub deadline: Option<Duration>,
    /// What to do about a line that cannot be used.
    pub on_fault: OnFault,
    /// For which records reasons are asked for after the verdict.
    pub reasons: Reasons,
    /// Records, by [`id_hash`](crate::data::id_hash), that a calibration was fitted on: nothing is
    /// reported on them.
    pub fitted_on: HashSet<String>,
    /// Ids that are settled already.
    pub settled: IdSet,
    /// Only these ids; all where there are none.
    pub only: HashSet<String>,
    /// The numbers of the times each record is taken; `0..1` for once.
    pub repeats: Range<u32>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            dataset: String::new(),
            mapping: Mapping::default(),
            subject: Subject::default(),
            place: RecordFields::default(),
            label: None,
            label_values: BTreeMap::new(),
            filters: Vec::new(),
            limit: None,
            concurrency: 8,
            judged_at_once: 0,
            deadline: None,
            on_fault: OnFault::default(),
            reasons: Reasons::default(),
            fitted_on: HashSet::new(),
            settled: IdSet::default(),
            only: HashSet::new(),
            repeats: 0..1,
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
