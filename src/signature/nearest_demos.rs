//! Demos as a pool, from which each record is shown those most like it.

use serde::{Deserialize, Serialize};

/// Of the demos only those most like the record are shown, the likest last, next to the record;
/// never one that is the record itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearestDemos {
    /// How many are shown; at least 1.
    pub show: usize,
    /// Which of the like ones.
    pub mix: Mix,
}

/// Which of the demos that are like a record are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mix {
    /// The likest.
    Likest,
    /// The likest of each label, in turn.
    Balanced,
}

impl NearestDemos {
    /// What is shown, of a pool of so many demos, in words.
    #[must_use]
    pub fn in_words(&self, pool: usize) -> String {
        let which = match self.mix {
            Mix::Likest => "most like it",
            Mix::Balanced => "most like it, of each label in turn",
        };
        let (show, demos) = (self.show.min(pool), if self.show == 1 { "demo" } else { "demos" });
        format!("for each record the {show} {demos} of {pool} {which}; the likest last")
    }
}
