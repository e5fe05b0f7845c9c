//! What judges and checks look at: a record, its output, and what an agent did.

use serde_json::{Map, Value};

use super::outcome::Produced;
use super::panel::Panel;
use super::plan::Plan;
use super::record_fields::{RecordFields, TrajectoryField};
use crate::ask::Mapping;
use crate::check::{self, Examined};
use crate::data::Record;
use crate::judge::{Reason, Unscored};
use crate::trajectory::{Cut, Trajectory, TrajectoryFault};

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
pub fn inputs_of(record: &Record, panel: &Panel, plan: &Plan) -> Result<Vec<Map<String, Value>>, String> {
    match prepare(record, panel, &plan.mapping, &plan.place, None) {
        Ok(prepared) => Ok(prepared.inputs),
        Err(Unready::Record(problem)) => Err(problem),
        Err(Unready::Subject(unscored)) => Err(unscored.to_string()),
    }
}

/// Makes a record ready whose output is there. `produced` tells what the output took.
pub(super) fn prepare(
    record: &Record,
    panel: &Panel,
    mapping: &Mapping,
    place: &RecordFields,
    produced: Option<&Produced>,
) -> Result<Prepared, Unready> {
    let did = place.trajectory.as_ref().map(|place| {
        let value = record.get(&place.field).unwrap_or(&Value::Null);
        (place, Trajectory::read_ignoring(value, &place.ignore))
    });
    let checked = checked(record, panel, place, produced, did.as_ref().map(|(_, did)| did.as_ref()));
    let Some((TrajectoryField { field, cut: rule, .. }, did)) = did else {
        let inputs = inputs(record, panel, mapping)?;
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
    let inputs = inputs(&shown, panel, mapping)?;
    Ok(Prepared { inputs, cut: rendered.cut, checked })
}

fn inputs(record: &Record, panel: &Panel, mapping: &Mapping) -> Result<Vec<Map<String, Value>>, Unready> {
    let of = |member: &super::panel::Member| mapping.inputs(record, member.judge.spec());
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
