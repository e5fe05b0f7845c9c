//! Why a value is not a trajectory.

use std::fmt;

use serde_json::Value;

/// Why a value cannot be read as a trajectory: where, what, and what to do.
/// It never holds the value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrajectoryFault {
    /// JSON pointer to the place; empty for the whole.
    pub pointer: String,
    /// What is wrong there.
    pub problem: String,
    /// What to do about it.
    pub help: String,
}

/// Something was read, or cannot be.
pub(super) type Done = Result<(), TrajectoryFault>;

impl TrajectoryFault {
    pub(super) fn new(pointer: &str, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), problem: problem.into(), help: help.into() }
    }

    /// The fault of a value of the wrong type.
    pub(super) fn not(wanted: &str, found: &Value, pointer: &str) -> Self {
        Self::new(pointer, format!("{} stands where {wanted} belongs", name(found)), FORMATS)
    }
}

/// The formats, for those who have another.
pub(super) const FORMATS: &str = "docs/trajectories.md lists the formats that evenhand reads; any run can be written as \
     {\"steps\": [...], \"answer\": \"...\"}";

/// What to do about a part that is not read.
pub(super) const REMEDY: &str = "if it is no action of the agent's, name its key or type in the suite's \
     `trajectory = { ignore = [\"...\"] }`; otherwise give the run in a form of docs/trajectories.md";

/// A JSON pointer's next step.
pub(super) fn join(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl fmt::Display for TrajectoryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the whole" } else { &self.pointer };
        write!(f, "not a trajectory, at {place}: {} ({})", self.problem, self.help)
    }
}

impl std::error::Error for TrajectoryFault {}
