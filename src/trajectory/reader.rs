//! What is known while a trajectory is read, and why a value is not a trajectory.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::builder::{Answer, Builder, same_arguments};
use super::step::{Call, Format, Trajectory};

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
pub(super) const FORMATS: &str = "docs/guides/trajectories.md lists the formats that evenhand reads; any run can be written as \
     {\"steps\": [...], \"answer\": \"...\"}";

/// What to do about a part that is not read.
pub(super) const REMEDY: &str = "if it is no action of the agent's, name its key or type in the suite's \
     `trajectory = { ignore = [\"...\"] }`; otherwise give the run in a form of docs/guides/trajectories.md";

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

pub(super) struct Reader<'i> {
    pub(super) builder: Builder,
    /// Keys and types that the user takes for inert.
    ignored: &'i [String],
    /// Whether a form knows a key as one that says nothing of what an agent did.
    inert: fn(&str) -> bool,
    suspects: Vec<Suspect>,
    passed_over: BTreeMap<String, String>,
}

/// What has the form of a call and stands where no call is read.
pub(super) struct Suspect {
    pub(super) at: String,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) arguments: Option<Value>,
}

impl<'i> Reader<'i> {
    pub(super) fn new(format: Format, ignored: &'i [String], inert: fn(&str) -> bool) -> Self {
        Self {
            builder: Builder::new(format),
            ignored,
            inert,
            suspects: Vec::new(),
            passed_over: BTreeMap::new(),
        }
    }

    pub(super) fn ignores(&self, word: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored == word)
    }

    /// Whether a key says nothing of what an agent did. What has the form of a call is found there all the same.
    pub(super) fn is_inert(&self, key: &str) -> bool {
        (self.inert)(key)
    }

    pub(super) fn suspect(&mut self, suspect: Suspect) {
        self.suspects.push(suspect);
    }

    /// Remembers a word that stands as a tool's name could, in a part that is not read.
    pub(super) fn pass_over(&mut self, word: &str, at: &str) {
        self.passed_over.entry(word.to_owned()).or_insert_with(|| at.to_owned());
    }

    /// # Errors
    /// Somewhere stands what looks like a call, and was not read as one.
    pub(super) fn finish(self, answer: Answer) -> Result<Trajectory, TrajectoryFault> {
        let Self { mut builder, suspects, passed_over, .. } = self;
        if let Some(at) = builder.lost() {
            return Err(lost(&at));
        }
        let mut trajectory = builder.finish(answer);
        for suspect in suspects {
            if !trajectory.calls().any(|(_, call)| suspect.is(call)) {
                return Err(suspect.fault());
            }
        }
        trajectory.passed_over = passed_over;
        Ok(trajectory)
    }
}

impl Suspect {
    /// Whether it tells once more of this call.
    fn is(&self, call: &Call) -> bool {
        if self.name.as_ref().is_some_and(|name| *name != call.name) {
            return false;
        }
        if let (Some(own), Some(other)) = (&self.id, &call.id) {
            return own == other;
        }
        self.name.is_some() && same_arguments(self.arguments.as_ref(), call)
    }

    fn fault(&self) -> TrajectoryFault {
        let problem = "what looks like a call stands here, and evenhand reads no calls at this place";
        TrajectoryFault::new(&self.at, problem, REMEDY)
    }
}

/// The fault of a reply whose call was lost.
fn lost(at: &str) -> TrajectoryFault {
    let help = "log the whole reply, with its calls";
    TrajectoryFault::new(at, "the reply ended to call a tool, and holds no call", help)
}
