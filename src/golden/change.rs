//! What became of one record.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::locked::Locked;
use crate::judge::Reason;

/// What became of one record since its score was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The score is lower.
    Worse,
    /// It has no score any more.
    NewlyUnscored,
    /// The verdict is another one, and the score says neither better nor worse.
    Flipped,
    /// It was worse once and not again: see confirmation.
    Flaky,
    /// The score is higher.
    Better,
    /// It has a score now.
    NewlyScored,
    /// The recorded replies hold no answer to what is asked now: it was not judged at all.
    NotRecorded,
    /// It is not in the golden file.
    NewRecord,
    /// It is in the golden file and no longer in the dataset.
    MissingRecord,
    /// Score and verdict are the same.
    Same,
}

impl Change {
    /// All of them, the worst first.
    pub const ALL: [Self; 10] = [
        Self::Worse,
        Self::NewlyUnscored,
        Self::Flipped,
        Self::Flaky,
        Self::Better,
        Self::NewlyScored,
        Self::NotRecorded,
        Self::NewRecord,
        Self::MissingRecord,
        Self::Same,
    ];

    /// The change in words, as it stands beside a count.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::NewlyUnscored => "newly unscored",
            Self::Flipped => "flipped",
            Self::Flaky => "flaky",
            Self::Better => "better",
            Self::NewlyScored => "newly scored",
            Self::NotRecorded => "not recorded",
            Self::NewRecord => "new",
            Self::MissingRecord => "missing",
            Self::Same => "the same",
        }
    }

    /// What became of a record. Scores that differ by no more than `tolerance` are the same.
    #[must_use]
    pub fn between(was: Option<&Locked>, now: Option<&Locked>, tolerance: f64) -> Self {
        let (was, now) = match (was, now) {
            (_, Some(now)) if now.unscored == Some(Reason::NotRecorded) => return Self::NotRecorded,
            (Some(was), Some(now)) => (was, now),
            (None, Some(_)) => return Self::NewRecord,
            (_, None) => return Self::MissingRecord,
        };
        match (was.is_scored(), now.is_scored()) {
            (false, false) => return Self::Same,
            (false, true) => return Self::NewlyScored,
            (true, false) => return Self::NewlyUnscored,
            (true, true) => {}
        }
        // A mean of several and a single score always differ: then the verdicts decide.
        if was.repeats != now.repeats && was.label == now.label {
            return Self::Same;
        }
        match was.score.zip(now.score).map(|(was, now)| now - was) {
            // A hair above, because rounded scores are not exact as binary numbers.
            Some(by) if by > tolerance + 1e-9 => Self::Better,
            Some(by) if by < -tolerance - 1e-9 => Self::Worse,
            _ if was.label != now.label => Self::Flipped,
            _ => Self::Same,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A record that is not as it was locked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordDiff {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub change: Change,
    /// What was locked; `None` for a new record.
    pub was: Option<Locked>,
    /// What it is now; `None` for a missing record.
    pub now: Option<Locked>,
    /// The judge's reasons now, or why there is no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl RecordDiff {
    /// Whether both have a verdict, and not the same.
    #[must_use]
    pub fn is_flip(&self) -> bool {
        let label = |side: &Option<Locked>| side.as_ref().and_then(|locked| locked.label.clone());
        label(&self.was).zip(label(&self.now)).is_some_and(|(was, now)| was != now)
    }

    /// Whether the watched output is another one; `None` where it is not known.
    #[must_use]
    pub fn output_changed(&self) -> Option<bool> {
        let mark = |side: &Option<Locked>| side.as_ref().and_then(|locked| locked.marks.output.clone());
        Some(mark(&self.was)? != mark(&self.now)?)
    }

    /// New score − locked score, in `-1..=1`.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        Some(self.now.as_ref()?.score? - self.was.as_ref()?.score?)
    }
}
