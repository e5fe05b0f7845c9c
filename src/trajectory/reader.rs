//! What is known while a trajectory is read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::builder::{Answer, Builder, same_arguments};
use super::fault::{REMEDY, TrajectoryFault};
use super::step::{Call, Format, Trajectory};

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
