//! What became of the lines of a file.

use serde::{Deserialize, Serialize};

/// The most ids that are kept as examples.
const EXAMPLES: usize = 5;

/// What became of one judge's lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyCounts {
    /// Lines that were read.
    pub lines: u64,
    /// Verdicts that were looked for: one a line, or one for each order of a pair.
    pub verdicts: u64,
    /// Texts in which patterns found several different verdicts.
    pub several: u64,
    /// Comparisons without both numbers that were counted as the setting `unreadable` says.
    pub assumed: u64,
    /// Lines about ids that the dataset does not have: they are left out.
    pub unknown: u64,
    /// Some of those ids.
    pub unknown_examples: Vec<String>,
    /// Records of the dataset about which there is no line.
    pub unanswered: u64,
    /// Some of their ids.
    pub unanswered_examples: Vec<String>,
}

impl ReplyCounts {
    pub(super) fn add_unknown(&mut self, id: &str) {
        self.unknown += 1;
        keep(&mut self.unknown_examples, id);
    }

    pub(super) fn add_unanswered(&mut self, id: &str) {
        self.unanswered += 1;
        keep(&mut self.unanswered_examples, id);
    }
}

fn keep(examples: &mut Vec<String>, id: &str) {
    if examples.len() < EXAMPLES {
        examples.push(id.to_owned());
    }
}
