//! A checked suite: what was compared, which gates pass, and what follows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::diff::{Change, Diff, Verdict};
use super::gates::{GateResult, GateVerdict};
use crate::judge::Reason;
use crate::summary::Rate;

/// A checked suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// The suite.
    pub suite: String,
    /// The model that judged.
    pub model: String,
    /// The golden file, as messages name it; `None` for a suite with gates alone.
    pub golden: Option<String>,
    /// The folder of the run.
    pub run: String,
    /// What follows.
    pub conclusion: Conclusion,
    /// What else is to be known about it, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The suite compared with its golden file.
    pub diff: Option<Diff>,
    /// Its gates.
    pub gates: Vec<GateResult>,
    /// How many records were judged.
    pub records: u64,
    /// Those that pass, of those with a score that decides.
    #[serde(default = "nothing")]
    pub passed: Rate,
    /// Those of them without a score, by reason.
    pub unscored: BTreeMap<Reason, u64>,
    /// One example for each reason.
    pub unscored_examples: BTreeMap<Reason, String>,
}

fn nothing() -> Rate {
    Rate::of(0, 0)
}

/// What follows from a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Nothing is shown to be worse, no rule is broken, and every gate passes.
    Pass,
    /// The same, and the score is better.
    Improvement,
    /// It cannot be told, and the suite lets that pass.
    Undecided,
    /// It cannot be told: what was to be proved is not, a gate was not measured, or no record was scored before and now.
    Inconclusive,
    /// Records were not judged, since the recorded replies hold no answer to what is asked now.
    NotRecorded,
    /// Too many records are without a score.
    Unscored,
    /// A gate fails.
    BelowGate,
    /// A rule is broken that holds on every record; or the score or a part of it is worse.
    Regression,
}

impl Conclusion {
    /// The conclusion in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Improvement => "improvement",
            Self::Undecided => "inconclusive, let pass",
            Self::Inconclusive => "inconclusive",
            Self::NotRecorded => "not recorded",
            Self::Unscored => "too many unscored",
            Self::BelowGate => "below a gate",
            Self::Regression => "regression",
        }
    }
}

/// What a suite says about its own strictness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strictness {
    /// The largest share of records without a score by which the rest still counts.
    pub max_unscored: f64,
    /// What an inconclusive check becomes.
    pub inconclusive: Conclusion,
}

impl Checked {
    /// The same with its conclusion.
    #[must_use]
    pub(crate) fn concluded(self, strictness: Strictness) -> Self {
        let conclusion = self.conclude(strictness);
        Self { conclusion, ..self }
    }

    /// Records without a score, for another reason than that no reply was recorded.
    #[must_use]
    pub fn without_score(&self) -> u64 {
        self.unscored.iter().filter(|(reason, _)| **reason != Reason::NotRecorded).map(|(_, n)| n).sum()
    }

    /// Records that the recorded replies hold no answer to.
    #[must_use]
    pub fn not_recorded(&self) -> u64 {
        self.unscored.get(&Reason::NotRecorded).copied().unwrap_or(0)
    }

    /// Whether a rule that holds on every record is broken, however many of the others have no score. Where no record
    /// has one, nothing was measured.
    #[must_use]
    pub fn breaks_a_rule(&self) -> bool {
        let scored = self.records > self.without_score() + self.not_recorded();
        scored && self.diff.as_ref().is_some_and(|diff| !diff.broken.is_empty())
    }

    fn conclude(&self, strictness: Strictness) -> Conclusion {
        let gate = |verdict| self.gates.iter().any(|gate| gate.verdict == verdict);
        let verdict = self.diff.as_ref().map(|diff| diff.verdict);
        let unscored_gate =
            self.gates.iter().any(|gate| gate.gate == "max_unscored" && gate.verdict == GateVerdict::Fails);
        if self.breaks_a_rule() {
            Conclusion::Regression
        } else if self.too_many_unscored(strictness.max_unscored) {
            Conclusion::Unscored
        } else if verdict == Some(Verdict::Regression) {
            Conclusion::Regression
        } else if self.not_recorded() > 0 {
            Conclusion::NotRecorded
        } else if unscored_gate {
            Conclusion::Unscored
        } else if gate(GateVerdict::Fails) {
            Conclusion::BelowGate
        } else if verdict == Some(Verdict::Inconclusive) || gate(GateVerdict::Inconclusive) {
            strictness.inconclusive
        } else if verdict == Some(Verdict::Improvement) {
            Conclusion::Improvement
        } else {
            Conclusion::Pass
        }
    }

    fn too_many_unscored(&self, most: f64) -> bool {
        let without = self.without_score();
        let share = Rate::of(without, self.records).rate;
        without > 0
            && (without + self.not_recorded() == self.records || share.is_some_and(|share| share > most))
    }

    /// How many records became this.
    #[must_use]
    pub fn count(&self, change: Change) -> u64 {
        self.diff.as_ref().map_or(0, |diff| diff.count(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(unscored: u64, not_recorded: u64, records: u64) -> Checked {
        Checked {
            suite: "s".into(),
            model: "m".into(),
            golden: None,
            run: String::new(),
            conclusion: Conclusion::Pass,
            notes: Vec::new(),
            diff: None,
            gates: Vec::new(),
            records,
            passed: nothing(),
            unscored: [(Reason::InvalidAnswer, unscored), (Reason::NotRecorded, not_recorded)]
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .collect(),
            unscored_examples: BTreeMap::new(),
        }
    }

    #[test]
    fn a_share_of_unscored_records_at_its_limit_is_not_too_many() {
        // Products and differences of these limits are off by a last digit; the shares are not.
        for (unscored, records, limit) in [(3, 10, 0.3), (29, 100, 0.29), (7, 100, 0.07), (57, 100, 0.57)] {
            let conclude = |unscored| {
                let strictness = Strictness { max_unscored: limit, inconclusive: Conclusion::Inconclusive };
                checked(unscored, 0, records).concluded(strictness).conclusion
            };
            assert_eq!(conclude(unscored), Conclusion::Pass, "{unscored} of {records}");
            assert_eq!(conclude(unscored + 1), Conclusion::Unscored, "{unscored} and one more of {records}");
        }
    }

    #[test]
    fn nothing_scored_is_too_many_whatever_the_limit() {
        let strictness = Strictness { max_unscored: 1.0, inconclusive: Conclusion::Inconclusive };
        assert_eq!(checked(2, 3, 5).concluded(strictness).conclusion, Conclusion::Unscored);
        assert_eq!(checked(0, 3, 5).concluded(strictness).conclusion, Conclusion::NotRecorded);
    }
}
