//! What probes found.

use serde::{Deserialize, Serialize};

use super::name::ProbeName;
use crate::number::real;
use crate::stats::Interval;

/// What the probes of a judge found. Its JSON, which `evenhand probe --json` prints, has every figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// The judge.
    pub judge: String,
    /// The model that judges; of several, all their names.
    pub model: String,
    /// Whether it compares pairs: a flip is then for the changed answer, or against it.
    pub is_pair: bool,
    /// How many records have a verdict on the unchanged question.
    pub records: u64,
    /// How many were asked about and have none.
    pub unscored: u64,
    /// The unchanged question, asked again.
    pub control: Flips,
    /// The probes that were made.
    pub probes: Vec<ProbeFinding>,
    /// Those that say nothing about this judge.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A probe that says nothing about a judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeftOut {
    /// The probe.
    pub probe: ProbeName,
    /// Why.
    pub why: String,
}

/// Verdicts that flip, of all that were asked for once more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flips {
    /// How many flip.
    pub flips: u64,
    /// Of how many.
    pub n: u64,
    /// The share, each record counted once; `None` of none.
    pub rate: Option<f64>,
    /// Its interval at 95 %: a record's verdicts count together.
    pub interval: Option<Interval>,
}

/// What one probe found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeFinding {
    /// The probe.
    pub probe: ProbeName,
    /// Of how many records.
    pub records: u64,
    /// The verdicts that flip.
    #[serde(flatten)]
    pub flips: Flips,
    /// The share of verdicts of the same records that flip when the unchanged question is asked again.
    pub control: Option<f64>,
    /// How much more flips than in the control.
    pub beyond: Option<f64>,
    /// Its interval at 95 %.
    pub beyond_interval: Option<Interval>,
    /// The one-sided p-value of "no more flips than in the control": twice the smaller of that of all versions together,
    /// and of the least likely one by itself, adjusted for their number.
    pub p: Option<f64>,
    /// The same, adjusted for the number of probes (Holm).
    pub adjusted_p: Option<f64>,
    /// Flips to a better verdict; of a pair, to the changed answer, or to the one shown first.
    pub up: u64,
    /// Flips to a worse verdict; of a pair, to the other answer.
    pub down: u64,
    /// The two-sided p-value of "as many up as down", by a sign test over records; none where the change asks for
    /// another verdict, so that a flip has no choice.
    pub direction_p: Option<f64>,
    /// How far scores move, where they have a direction.
    pub(crate) shift: Option<ScoreShift>,
    /// Verdicts that are lost: the changed question has no score.
    pub lost: u64,
    /// Whether the judge can be led by it: more flips than in the control, beyond chance.
    pub leads: bool,
    /// What each version of the question does.
    pub(crate) versions: Vec<VersionFinding>,
    /// Records whose verdict flips.
    pub(crate) examples: Vec<ProbeExample>,
}

/// How far scores move on average.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScoreShift {
    /// The mean difference, of 1.
    pub mean: f64,
    /// Its interval at 95 %.
    pub interval: Option<Interval>,
    /// The two-sided p-value of no difference.
    pub p: Option<f64>,
    /// The same, adjusted for the number of probes (Holm).
    pub adjusted_p: Option<f64>,
}

/// What one version of the question does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VersionFinding {
    /// Its name.
    pub name: String,
    /// What is changed.
    pub what: String,
    /// The instruction, where somebody wrote it in other words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many verdicts flip.
    pub flips: u64,
    /// Of how many.
    pub n: u64,
    /// The one-sided p-value of "no more flips than in the control".
    pub p: Option<f64>,
    /// Whether the judge can be led by it, beyond chance.
    pub leads: bool,
}

/// A record whose verdict flips.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProbeExample {
    /// The record.
    pub id: String,
    /// The version of the question, by name.
    pub version: String,
    /// What is changed.
    pub what: String,
    /// The verdict before.
    pub was: String,
    /// The verdict now.
    pub now: String,
    /// The score before.
    pub was_value: Option<f64>,
    /// The score now.
    pub now_value: Option<f64>,
}

impl ProbeReport {
    /// The probe by which the judge is led most, if it is led by any.
    #[must_use]
    pub fn worst(&self) -> Option<&ProbeFinding> {
        let led = self.probes.iter().filter(|finding| finding.leads);
        led.max_by(|one, other| one.highest().total_cmp(&other.highest()))
    }
}

impl ProbeFinding {
    /// The name of the version by which the judge is led most, if it is led by any by itself.
    #[must_use]
    pub fn worst_version(&self) -> Option<&str> {
        self.worst().map(|version| version.name.as_str())
    }

    /// The version by which the judge is led most, if it is led by any by itself.
    #[must_use]
    pub(crate) fn worst(&self) -> Option<&VersionFinding> {
        let led = self.versions.iter().filter(|version| version.leads);
        // Of several the first: they are in order.
        led.rev().max_by(|one, other| one.share().total_cmp(&other.share()))
    }

    /// The largest share of verdicts that flip, of any version or of all.
    fn highest(&self) -> f64 {
        self.worst().map_or_else(|| self.flips.rate.unwrap_or(0.0), VersionFinding::share)
    }
}

impl VersionFinding {
    fn share(&self) -> f64 {
        if self.n == 0 { 0.0 } else { real(self.flips) / real(self.n) }
    }
}
