//! The prompts that a page shows.

use std::collections::BTreeMap;

use crate::prompt::Message;

/// The prompts of a suite's records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuitePrompts {
    /// By the record's id, one for each question.
    pub by_record: BTreeMap<String, Vec<ShownPrompt>>,
    /// Why there are none: a lower-case fragment.
    pub missing: Option<String>,
}

/// A prompt as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownPrompt {
    /// The judge that was asked, where there are several, and the order, of a pair.
    pub part: Option<String>,
    /// All messages, the stable ones first.
    pub messages: Vec<Message>,
    /// How many messages at the start are the same for every record.
    pub stable: usize,
}
