//! What a golden file says, beside what came now.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::golden::Change;

/// A run compared with its golden file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct GoldenReport {
    /// The verdict: regression, inconclusive, pass, improvement.
    pub(crate) verdict: String,
    /// The verdict in one line.
    pub(crate) headline: String,
    /// The model whose scores were locked.
    pub(crate) golden_model: String,
    /// What changed about the subject, in words.
    pub(crate) subject: Vec<String>,
    /// How many records became what.
    pub(crate) counts: Vec<GoldenCount>,
    /// The score, and then its parts.
    pub(crate) measures: Vec<ComparisonReport>,
    /// Records of the golden file that were not judged now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing: Vec<String>,
}

/// A gate of a suite, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct GateReport {
    /// Its name.
    pub(crate) gate: String,
    /// What it asks for.
    pub(crate) bound: f64,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<f64>,
    /// The lower end of its interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) low: Option<f64>,
    /// The upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) high: Option<f64>,
    /// What is concluded: holds (it passes), fails, inconclusive.
    pub(crate) verdict: String,
    /// Why nothing can be concluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

impl GateReport {
    /// What is said of it in one line: `min_score 0.8 fails: 0.612 (0.55 to 0.67)`; a gate that holds passes.
    #[must_use]
    pub(crate) fn in_short(&self) -> String {
        let value = self.value.map_or_else(|| "not known".to_owned(), |value| format!("{value:.3}"));
        let interval = self
            .low
            .zip(self.high)
            .map_or_else(String::new, |(low, high)| format!(" ({low:.3} to {high:.3})"));
        let why = self.why.as_ref().map_or_else(String::new, |why| format!("; {why}"));
        let said = if self.verdict == "holds" { "passes" } else { &self.verdict };
        format!("{} {} {said}: {value}{interval}{why}", self.gate, self.bound)
    }
}

/// How many records became this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct GoldenCount {
    /// What.
    pub(crate) state: GoldenState,
    /// How many.
    pub(crate) count: u64,
}

/// One measured difference between golden and new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ComparisonReport {
    /// The part; `score` for the whole.
    pub(crate) name: String,
    /// Records with a score on both sides.
    pub(crate) n: u64,
    /// The mean that was locked, over these records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) golden: Option<f64>,
    /// Their mean now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) now: Option<f64>,
    /// New − golden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) difference: Option<f64>,
    /// The lower end of its interval, at the adjusted level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) low: Option<f64>,
    /// The upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) high: Option<f64>,
    /// The adjusted level of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<f64>,
    /// By how much it is to be proved that nothing is worse; absent where the question is whether it is worse at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prove: Option<f64>,
    /// The verdict; "rule broken" of a required check that held and is broken now.
    pub(crate) verdict: String,
}

/// What the golden file says of a record, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct GoldenRecord {
    /// What became of it.
    pub(crate) state: GoldenState,
    /// The verdict in the golden file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<String>,
    /// The score in the golden file, in `0..=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<f64>,
    /// The rules that it kept in the golden file and breaks now, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) broke: Vec<String>,
}

/// What became of a record since its score was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GoldenState {
    /// The score is lower.
    Worse,
    /// It has no score any more.
    NewlyUnscored,
    /// The verdict is another one, and the score says neither better nor worse.
    Flipped,
    /// It was worse once and not again.
    Flaky,
    /// The score is higher.
    Better,
    /// It has a score now.
    NewlyScored,
    /// The recorded replies hold no answer to what is asked now.
    NotRecorded,
    /// It is not in the golden file.
    NewRecord,
    /// It is in the golden file and was not judged now.
    MissingRecord,
    /// Score and verdict are the same.
    Same,
}

impl GoldenState {
    /// Its name, as in the JSON.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::NewlyUnscored => "newly_unscored",
            Self::Flipped => "flipped",
            Self::Flaky => "flaky",
            Self::Better => "better",
            Self::NewlyScored => "newly_scored",
            Self::NotRecorded => "not_recorded",
            Self::NewRecord => "new_record",
            Self::MissingRecord => "missing_record",
            Self::Same => "same",
        }
    }

    /// Whether it is worse.
    #[must_use]
    pub(crate) fn is_worse(self) -> bool {
        self == Self::Worse
    }
}

impl ComparisonReport {
    /// What is said of it in one line: `regression: score 0.81, golden 0.86, difference -0.05 (-0.09 to -0.01), n 40`.
    #[must_use]
    pub(crate) fn in_short(&self) -> String {
        let (Some(now), Some(golden), Some(difference)) = (self.now, self.golden, self.difference) else {
            return format!("{}: no record has a score on both sides", self.verdict);
        };
        let interval = self
            .low
            .zip(self.high)
            .map_or_else(String::new, |(low, high)| format!(" ({low:+.3} to {high:+.3})"));
        let Self { verdict, name, n, .. } = self;
        format!(
            "{verdict}: {name} {now:.3}, golden {golden:.3}, difference {difference:+.3}{interval}, n {n}"
        )
    }
}

impl From<Change> for GoldenState {
    fn from(change: Change) -> Self {
        match change {
            Change::Worse => Self::Worse,
            Change::NewlyUnscored => Self::NewlyUnscored,
            Change::Flipped => Self::Flipped,
            Change::Flaky => Self::Flaky,
            Change::Better => Self::Better,
            Change::NewlyScored => Self::NewlyScored,
            Change::NotRecorded => Self::NotRecorded,
            Change::NewRecord => Self::NewRecord,
            Change::MissingRecord => Self::MissingRecord,
            Change::Same => Self::Same,
        }
    }
}

impl GoldenRecord {
    /// Whether the record fails the check by itself: it is worse, or breaks a rule.
    #[must_use]
    pub(crate) fn is_worse(&self) -> bool {
        self.state.is_worse() || !self.broke.is_empty()
    }

    /// What is said of it in one line: `golden pass, score 0.91, now worse`.
    #[must_use]
    pub(crate) fn in_short(&self) -> String {
        let score = self.score.map_or_else(String::new, |score| format!(", score {score:.2}"));
        let was = match (&self.verdict, self.state) {
            (Some(verdict), _) => format!("golden {verdict}{score}, now "),
            (None, GoldenState::NewRecord) => String::new(),
            (None, _) => "golden without a score, now ".to_owned(),
        };
        let broke =
            if self.broke.is_empty() { String::new() } else { format!("; {}", self.broke.join("; ")) };
        format!("{was}{}{broke}", self.state.name().replace('_', " "))
    }
}
