//! One call that was made for a record, what came of it, and why a record has no score.
//!
//! A record without a score is never a zero, never a pass, never a fail.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::answer::{Fault, Repair};
use crate::model::{Failure, FailureKind, Key, Response};

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
    /// Who was asked, where a record's judges ask several models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whose call it was among a route's models: a role, or PROVIDER/NAME.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
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
    pub(crate) repairs: Vec<Repair>,
    /// What was wrong with the reply: then it was asked for again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) faults: Vec<Fault>,
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
    pub(crate) fn new(purpose: Purpose, part: Option<&str>, key: Key) -> Self {
        Self {
            purpose,
            part: part.map(str::to_owned),
            order: None,
            repeat: 0,
            model: None,
            role: None,
            key,
            response: None,
            failure: None,
            repairs: Vec::new(),
            faults: Vec::new(),
        }
    }
}

/// A record without a score, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unscored {
    /// The kind of reason.
    pub reason: Reason,
    /// What happened.
    pub detail: String,
    /// What the user can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether every further record would end the same way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lasting: bool,
}

/// The kinds of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// There was nothing to judge: the subject gave no output.
    Subject,
    /// A deterministic check could not be examined.
    Check,
    /// No usable reply came over the wire, or the embedded engine failed.
    Transport,
    /// No reply came in time.
    Timeout,
    /// Replies came, but no valid answer within the retries.
    InvalidAnswer,
    /// The server refused: key, credit, model, size, filter.
    Refused,
    /// The reply was not among the recorded ones.
    NotRecorded,
    /// A budget was reached.
    Budget,
    /// The run was interrupted.
    Cancelled,
}

impl Reason {
    /// The reason in words.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Subject => "no output to judge",
            Self::Check => "a check could not be examined",
            Self::Transport => "transport",
            Self::Timeout => "timeout",
            Self::InvalidAnswer => "invalid answer",
            Self::Refused => "refused",
            Self::NotRecorded => "not recorded",
            Self::Budget => "budget",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

impl Unscored {
    /// An unscored record with what happened; the reason's own words at the detail's head are left out.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let rest = detail.strip_prefix(reason.description()).and_then(|rest| rest.strip_prefix(": "));
        let detail = rest.map_or_else(|| detail.clone(), str::to_owned);
        Self { reason, detail, remedy: None, lasting: false }
    }

    /// Whether asking on about the record is of no use: no budget is left, the run is to end, or every call
    /// fails the same lasting way.
    pub(crate) fn ends(&self) -> bool {
        self.lasting || matches!(self.reason, Reason::Budget | Reason::Cancelled)
    }
}

impl From<&Failure> for Unscored {
    fn from(failure: &Failure) -> Self {
        Self {
            remedy: failure.remedy.clone(),
            lasting: is_lasting(failure),
            ..Self::new(reason(failure.kind), failure.to_string())
        }
    }
}

/// Whether every further call would fail the same way. A refusal that came
/// with a reply is about one record: a filter, or the model's own scruples.
fn is_lasting(failure: &Failure) -> bool {
    let about_the_caller = matches!(failure.status, Some(401 | 402 | 403 | 404 | 429));
    failure.kind.is_lasting() && (failure.kind != FailureKind::Refused || about_the_caller)
}

fn reason(kind: FailureKind) -> Reason {
    match kind {
        FailureKind::Timeout => Reason::Timeout,
        FailureKind::Refused | FailureKind::NoCredit | FailureKind::BadRequest | FailureKind::Unsupported => {
            Reason::Refused
        }
        FailureKind::NotRecorded => Reason::NotRecorded,
        FailureKind::Budget => Reason::Budget,
        FailureKind::Cancelled => Reason::Cancelled,
        _ => Reason::Transport,
    }
}

impl fmt::Display for Unscored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

impl std::error::Error for Unscored {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_reason() {
        for (kind, expected) in [
            (FailureKind::Timeout, Reason::Timeout),
            (FailureKind::Refused, Reason::Refused),
            (FailureKind::NoCredit, Reason::Refused),
            (FailureKind::BadRequest, Reason::Refused),
            (FailureKind::Unsupported, Reason::Refused),
            (FailureKind::NotRecorded, Reason::NotRecorded),
            (FailureKind::Budget, Reason::Budget),
            (FailureKind::Cancelled, Reason::Cancelled),
            (FailureKind::Connection, Reason::Transport),
            (FailureKind::Server, Reason::Transport),
        ] {
            assert_eq!(reason(kind), expected, "{kind:?}");
        }
    }
}
