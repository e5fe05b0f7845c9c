//! One call that was made for a record, and what came of it.

use serde::{Deserialize, Serialize};

use crate::answer::{Fault, Repair};
use crate::model::{Failure, Key, Response};

/// One call: its reply or its failure, and how the reply was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// What it was for.
    pub purpose: Purpose,
    /// The question it belongs to, where a judge asks several: a criterion's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The order it belongs to, of a pair that was shown in several: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The record's repeat it belongs to, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub repeat: u32,
    /// The request's key.
    pub key: Key,
    /// The reply, raw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Response>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What had to be repaired to read the reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<Repair>,
    /// What was wrong with the reply: then it was asked for again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_first(repeat: &u32) -> bool {
    *repeat == 0
}

/// What a call was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The verdict.
    Verdict,
    /// The verdict again, after an invalid answer.
    Again,
    /// Reasons for a verdict that was already given.
    Reasons,
}

impl Attempt {
    pub(super) fn new(purpose: Purpose, part: Option<&str>, key: Key) -> Self {
        Self {
            purpose,
            part: part.map(str::to_owned),
            order: None,
            repeat: 0,
            key,
            response: None,
            failure: None,
            repairs: Vec::new(),
            faults: Vec::new(),
        }
    }
}
