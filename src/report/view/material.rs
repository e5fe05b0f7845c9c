//! What was judged in a run, as pages show it: prompts, inputs, and what agents did. It is no part of a report's JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::prompt::Message;
use crate::trajectory::Step;

/// What was judged in a suite's run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SuiteMaterial {
    /// By the record's id.
    pub(crate) by_record: BTreeMap<String, RecordMaterial>,
    /// Why there are no prompts: a lower-case fragment.
    pub(crate) missing: Option<String>,
}

/// What was judged of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RecordMaterial {
    /// One for each question.
    pub(crate) prompts: Vec<ShownPrompt>,
    /// The beginning of what the judge was shown, in one line.
    pub(crate) input: Option<String>,
    /// What an agent did, where that is judged.
    pub(crate) run: Option<AgentRun>,
}

/// What an agent did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct AgentRun {
    /// Its steps, and what it was told.
    pub(crate) steps: Vec<Step>,
    /// What it said last.
    pub(crate) answer: Option<String>,
    /// All of it, in the form it was logged in.
    pub(crate) raw: Value,
}

/// A prompt as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ShownPrompt {
    /// The judge that was asked, where there are several, and the order, of a pair.
    pub(crate) part: Option<String>,
    /// All messages, the stable ones first.
    pub(crate) messages: Vec<Message>,
    /// How many messages at the start are the same for every record.
    pub(crate) stable: usize,
}
