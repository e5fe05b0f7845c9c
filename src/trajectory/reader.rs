//! What is known while a trajectory is read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::builder::{Answer, Builder, same_arguments};
use super::fault::{Done, TrajectoryFault};
use super::step::{Call, Format, Trajectory};
use super::{ended, written};

pub(super) struct Reader<'i> {
    pub(super) builder: Builder,
    /// Keys and types that the user takes for inert.
    ignored: &'i [String],
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
    pub(super) fn new(format: Format, ignored: &'i [String]) -> Self {
        Self { builder: Builder::new(format), ignored, suspects: Vec::new(), passed_over: BTreeMap::new() }
    }

    pub(super) fn ignores(&self, word: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored == word)
    }

    /// A text of the current speaker. An agent's own text may hold calls.
    pub(super) fn text(&mut self, text: &str, at: &str) -> Done {
        if !self.builder.agent_speaks() {
            self.builder.text(text);
            return Ok(());
        }
        written::read(text, at, self)
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
            return Err(ended::fault(&at));
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

/// What to do about a part that is not read.
pub(super) const REMEDY: &str = "if it is no action of the agent's, name its key or type in the suite's \
     `trajectory = { ignore = [\"...\"] }`; otherwise give the run in a form of docs/trajectories.md";
