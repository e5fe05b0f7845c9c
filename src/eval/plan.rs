//! What is run and how, where records hold it, and the material that judges and checks look at.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::outcome::Produced;
use super::panel::Panel;
use crate::ask::Mapping;
use crate::check;
use crate::check::Examined;
use crate::data::{Filter, IdSet, Record};
use crate::judge::{Reason, Unscored};
use crate::subject::Subject;
use crate::trajectory::{Cut, CutRule, Trajectory, TrajectoryFault};

/// Where records hold what is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordFields {
    /// The field of the output, for checks; none where no check looks at one.
    pub output: Option<String>,
    /// Where an agent's trajectory stands, if outputs are trajectories.
    pub trajectory: Option<TrajectoryField>,
}

/// Where an agent's trajectory stands, and how it is read and shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrajectoryField {
    /// The record's field.
    pub field: String,
    /// How a long one is cut for a judge.
    pub cut: CutRule,
    /// Keys and types that carry no action, besides those that are known.
    pub ignore: Vec<String>,
}

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
    /// The record's field that names the group it is ranked in, if any.
    pub group: Option<String>,
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
    /// Records, by `id_hash`, that a calibration was fitted on: nothing is
    /// reported on them.
    pub fitted_on: HashSet<String>,
    /// Ids that are settled already.
    pub settled: IdSet,
    /// Only these ids; all where there are none.
    pub only: HashSet<String>,
    /// The numbers of the times each record is taken; `0..1` for once.
    pub repeats: Range<u32>,
    /// What is done to the inputs before a judge gets them; nothing where there is none.
    pub rewrite: Option<Arc<dyn Rewrite>>,
}

/// What is done to a record's inputs before a judge gets them.
pub trait Rewrite: Debug + Send + Sync {
    /// Changes the inputs of the record of this id.
    fn rewrite(&self, record: &str, inputs: &mut Map<String, Value>);
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
            group: None,
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
            rewrite: None,
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

/// A record made ready for its judges and checks.
#[derive(Clone)]
pub(super) struct Prepared {
    /// What each judge gets, in the panel's order.
    pub(super) inputs: Vec<Map<String, Value>>,
    /// What was left out of a long trajectory.
    pub(super) cut: Option<Cut>,
    pub(super) checked: Vec<Examined>,
}

/// Why a record cannot be judged.
pub(super) enum Unready {
    /// The dataset is at fault.
    Record(String),
    /// The output is: it is no trajectory.
    Subject(Unscored),
}

/// What each judge of a panel gets of a record whose output is there.
///
/// # Errors
/// The record lacks an input, or its output is no trajectory where one is wanted.
pub(crate) fn inputs_of(
    record: &Record,
    panel: &Panel,
    plan: &Plan,
) -> Result<Vec<Map<String, Value>>, String> {
    match prepare(record, panel, plan, None) {
        Ok(prepared) => Ok(prepared.inputs),
        Err(Unready::Record(problem)) => Err(problem),
        Err(Unready::Subject(unscored)) => Err(unscored.to_string()),
    }
}

/// What a panel's checks find in a record whose output is there. `produced` tells what the output took.
pub(super) fn examined(
    record: &Record,
    panel: &Panel,
    place: &RecordFields,
    produced: Option<&Produced>,
) -> Vec<Examined> {
    let did = place.trajectory.as_ref().map(|place| {
        let value = record.get(&place.field).unwrap_or(&Value::Null);
        Trajectory::read_ignoring(value, &place.ignore)
    });
    checked(record, panel, place, produced, did.as_ref().map(|did| did.as_ref()))
}

/// Whether a panel's checks alone settle a record whose output is there: a required one fails.
pub(crate) fn is_settled_by_checks(record: &Record, panel: &Panel, place: &RecordFields) -> bool {
    super::panel::is_settled(&examined(record, panel, place, None))
}

/// Makes a record ready whose output is there. `produced` tells what the output took.
pub(super) fn prepare(
    record: &Record,
    panel: &Panel,
    plan: &Plan,
    produced: Option<&Produced>,
) -> Result<Prepared, Unready> {
    let place = &plan.place;
    let did = place.trajectory.as_ref().map(|place| {
        let value = record.get(&place.field).unwrap_or(&Value::Null);
        (place, Trajectory::read_ignoring(value, &place.ignore))
    });
    let checked = checked(record, panel, place, produced, did.as_ref().map(|(_, did)| did.as_ref()));
    let Some((TrajectoryField { field, cut: rule, .. }, did)) = did else {
        let inputs = inputs(record, panel, plan)?;
        return Ok(Prepared { inputs, cut: None, checked });
    };
    let rendered = match did {
        Ok(trajectory) => trajectory.render(rule),
        // Checks say for themselves what they cannot examine.
        Err(_) if panel.judges.is_empty() => {
            return Ok(Prepared { inputs: Vec::new(), cut: None, checked });
        }
        Err(fault) => return Err(unreadable(field, &fault)),
    };
    let mut shown = record.clone();
    shown.fields.insert(field.clone(), Value::String(rendered.text));
    let inputs = inputs(&shown, panel, plan)?;
    Ok(Prepared { inputs, cut: rendered.cut, checked })
}

fn inputs(record: &Record, panel: &Panel, plan: &Plan) -> Result<Vec<Map<String, Value>>, Unready> {
    let of = |member: &super::panel::Member| {
        let mut inputs = plan.mapping.inputs(record, member.judge.spec())?;
        if let Some(rewrite) = &plan.rewrite {
            rewrite.rewrite(&record.id, &mut inputs);
        }
        Ok(inputs)
    };
    panel.judges.iter().map(of).collect::<Result<_, _>>().map_err(Unready::Record)
}

fn unreadable(field: &str, fault: &TrajectoryFault) -> Unready {
    let unscored = Unscored::new(Reason::Subject, format!("field \"{field}\" is no trajectory: {fault}"));
    Unready::Subject(unscored)
}

fn checked(
    record: &Record,
    panel: &Panel,
    place: &RecordFields,
    produced: Option<&Produced>,
    trajectory: Option<Result<&Trajectory, &TrajectoryFault>>,
) -> Vec<Examined> {
    let output = place.output.as_ref().and_then(|field| record.get(field)).unwrap_or(&Value::Null);
    // What an output says of itself counts where nobody took the time.
    let told = |key: &str| output.get(key).and_then(Value::as_f64);
    let material = check::Material {
        record,
        output,
        trajectory,
        latency_ms: produced.map(|produced| produced.trace.took_ms).or_else(|| told("latency_ms")),
        cost_usd: produced.and_then(|produced| produced.trace.cost_usd).or_else(|| told("cost_usd")),
    };
    panel.checks.iter().map(|check| check.examine(&material)).collect()
}
