//! Why nothing was fitted.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why the cases cannot carry a calibration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    /// Too few cases.
    TooFew {
        /// How many there are.
        n: usize,
        /// How many it takes.
        needed: usize,
    },
    /// All labels, or all but a few, are the same.
    OneLabel {
        /// How many labels differ from the most common one.
        others: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Too few clusters to leave some out in turn.
    TooFewClusters {
        /// How many there are.
        clusters: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The verdicts, the options or a case make no sense.
    Unsound {
        /// What, and of which record.
        detail: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { n, needed } => {
                write!(
                    formatter,
                    "{n} labelled records are too few for a calibration: label at least {needed}"
                )
            }
            Self::OneLabel { others, needed } => write!(
                formatter,
                "only {others} labels differ from the most common one: label at least {needed} such records"
            ),
            Self::TooFewClusters { clusters, needed } => write!(
                formatter,
                "{clusters} clusters are too few to leave some out in turn: label records of at least {needed}"
            ),
            Self::Unsound { detail } => formatter.write_str(detail),
        }
    }
}

impl std::error::Error for Refusal {}
