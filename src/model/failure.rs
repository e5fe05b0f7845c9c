//! Why there is no reply.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A call that brought no reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// What happened: a lower-case fragment, without secrets and payloads.
    pub detail: String,
    /// The address that was called, without credentials and query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The HTTP status, if one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long the server asked to wait, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// What the user can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// How often it was tried, the first time included; 0 if nothing was sent.
    #[serde(default)]
    pub tries: u32,
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// No connection, or one that broke.
    Connection,
    /// No reply in time.
    Timeout,
    /// The server asked for fewer requests (429).
    RateLimited,
    /// The server failed (5xx) or was overloaded.
    Server,
    /// The server refused who asks or what is asked for: key, model, filter.
    Refused,
    /// The account has no credit, whatever the status says it with.
    NoCredit,
    /// The server could not use the request (400, 413, 422).
    BadRequest,
    /// What came is not what the server's documentation promises, or was cut off.
    BadReply,
    /// A whole reply came, and it is not JSON. The same request would bring the same.
    NotJson,
    /// What is at this address is no server of models: a web page came.
    WrongAddress,
    /// The request was not among the recorded replies.
    NotRecorded,
    /// This model cannot do what was asked for.
    Unsupported,
    /// The embedded engine failed.
    Engine,
    /// A budget was reached; nothing was sent.
    Budget,
    /// The run was interrupted.
    Cancelled,
    /// A reply came and could not be written down.
    NotKept,
    /// No encrypted connection: the server's certificate is not trusted, has expired, or is for another name.
    Tls,
}

impl FailureKind {
    /// The kind in words.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Connection => "no connection",
            Self::Timeout => "timeout",
            Self::RateLimited => "rate limited",
            Self::Server => "server error",
            Self::Refused | Self::NoCredit => "refused",
            Self::BadRequest => "bad request",
            Self::BadReply | Self::NotJson => "unusable reply",
            Self::WrongAddress => "wrong address",
            Self::NotRecorded => "not recorded",
            Self::Unsupported => "unsupported",
            Self::Engine => "embedded engine",
            Self::Budget => "budget",
            Self::Cancelled => "cancelled",
            Self::NotKept => "not kept",
            Self::Tls => "no secure connection",
        }
    }

    /// Whether the same request may do better a little later.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Connection | Self::Timeout | Self::RateLimited | Self::Server | Self::BadReply)
    }

    /// Whether every further request would fail the same way.
    #[must_use]
    pub fn is_lasting(self) -> bool {
        matches!(
            self,
            Self::Connection
                | Self::WrongAddress
                | Self::Refused
                | Self::NoCredit
                | Self::Unsupported
                | Self::Engine
                | Self::NotKept
                | Self::Tls
        )
    }
}

impl Failure {
    /// A failure with its detail.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            url: None,
            status: None,
            retry_after_ms: None,
            remedy: None,
            tries: 0,
        }
    }

    /// What to do about a model that gives no probabilities.
    pub(super) const READ_OTHERWISE: &str = "use reading = \"text\" or \"sampled\" with this model";

    /// A model that gives no probabilities was asked for them; nothing was sent.
    pub(super) fn cannot_weigh(model: &str) -> Self {
        Self::new(FailureKind::Unsupported, format!("{model} cannot weigh given answers"))
            .remedy(Self::READ_OTHERWISE)
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.description(), self.detail)?;
        if let Some(url) = &self.url {
            write!(f, " ({url})")?;
        }
        if self.tries > 1 {
            write!(f, ", tried {} times", self.tries)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
