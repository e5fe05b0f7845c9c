//! How long to wait, and how a reply is to come.

use std::time::Duration;

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// From the request's first byte to the reply's last.
    pub total: Duration,
    /// Between two pieces of a reply that has begun.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), total: Duration::from_mins(5), idle: Duration::from_mins(2) }
    }
}

/// How a reply comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// In one piece, when it is done.
    #[default]
    Whole,
    /// Piece by piece as it is decoded: the time of the first token becomes known.
    Stream,
}
