//! What one record was scored, as golden files hold it, and what it was scored with and of, by named part.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::check::{Examined, Verdict};
use crate::eval::Outcome;
use crate::judge::{Reason, Score, Unscored};

/// Digits after the point of every score in a golden file.
pub const DIGITS: u32 = 4;

/// A score to [`DIGITS`] digits, so that files are stable.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    let scale = 10_f64.powi(DIGITS.cast_signed());
    // Without a negative zero.
    (value * scale).round() / scale + 0.0
}

/// What a suite is there to watch; the other side is the judge setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// The outputs that are judged: the judge must stay the same.
    Subject,
    /// The judge: its prompt, model and parameters may change, and are compared.
    Judge,
}

/// What one record was scored, without anything that differs from run to run.
///
/// For a comparison of plain scores the marks are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// The record's id.
    pub id: String,
    /// The score in `0..=1`; `None` for a verdict that decides nothing, and without a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The verdict; `None` without a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why there is no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscored: Option<Reason>,
    /// How often the record was taken, where several times: then the score is the mean, and the verdict that of most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u64>,
    /// The scores of its parts in `0..=1`, by name: criteria, checks, judges. What has none is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, f64>,
    /// The label it should have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Hashes of what it was made from.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub(crate) marks: Marks,
}

/// Hashes of what a record consists of, 12 hex digits each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// Of what the judges are shown, but for a watched output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,
    /// Of what checks compare the output with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
    /// Of the watched output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

impl Marks {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Locked {
    /// What a judge says, its scores rounded to four digits.
    #[must_use]
    pub(crate) fn scored(id: impl Into<String>, result: Result<&Score, &Unscored>) -> Self {
        let score = result.ok();
        // Of a jury or a cascade the verdict is compared, and not every vote.
        let parts = score.into_iter().flat_map(|score| &score.parts).filter(|part| !part.is_member);
        let parts = parts.filter_map(|part| Some((part.name.clone(), rounded(part.value?))));
        Self {
            id: id.into(),
            score: score.and_then(|score| score.value).map(rounded),
            label: score.map(|score| score.label.clone()),
            unscored: result.err().map(|unscored| unscored.reason),
            repeats: None,
            parts: parts.collect(),
            expected: None,
            marks: Marks::default(),
        }
    }

    /// What an outcome says.
    #[must_use]
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let locked = Self {
            repeats: (!outcome.repeats.is_empty()).then_some(outcome.repeats.len() as u64),
            expected: outcome.expected.as_ref().map(|expected| expected.label.clone()),
            ..Self::scored(&outcome.id, outcome.result.as_ref())
        };
        locked.with_checks(&outcome.checks)
    }

    /// The same with what its checks found among the parts.
    #[must_use]
    pub(crate) fn with_checks(mut self, checks: &[Examined]) -> Self {
        for examined in checks {
            // A judge may have a check's name.
            if let Some(judge) = self.parts.remove(&examined.name) {
                self.parts.insert(format!("{} (judge)", examined.name), judge);
            }
            let value = match examined.verdict {
                Verdict::Pass => 1.0,
                Verdict::Fail => 0.0,
                Verdict::NotApplicable | Verdict::Skipped => continue,
            };
            self.parts.insert(examined.name.clone(), value);
        }
        self
    }

    /// Whether it has a verdict.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        self.unscored.is_none()
    }
}

/// Hex digits of a fingerprint: enough that a change is never missed.
const LENGTH: usize = 12;

/// What scores were made with and of, by named part. What belongs to a record stands with the record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprints {
    /// What must stay the same for scores to be comparable: `scale`, `checks`; `judge ...` where the suite
    /// watches its subject.
    pub ruler: BTreeMap<String, String>,
    /// What is compared: `judge ...` where the suite watches its judge; what makes the outputs.
    pub subject: BTreeMap<String, String>,
}

impl Fingerprints {
    /// The name under which the judges' models stand.
    pub const JUDGE_MODEL: &str = "judge model";

    /// The model that judged, or which of several each judge asked.
    pub(super) fn judge_model(&self) -> Option<&String> {
        self.ruler.get(Self::JUDGE_MODEL).or_else(|| self.subject.get(Self::JUDGE_MODEL))
    }
}

/// The first 12 hex digits of a value's BLAKE3 hash.
#[must_use]
pub fn fingerprint(value: &Value) -> String {
    blake3::hash(value.to_string().as_bytes()).to_hex().chars().take(LENGTH).collect()
}

/// One thing about the judge setup that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupChange {
    /// What: `scale`, `inputs`, `labels`.
    pub part: String,
    /// The records it is about, by id; none where it is about all of them.
    pub records: Vec<String>,
}

impl Fingerprints {
    /// What of the judge setup differs from `before`, of records that are in both.
    ///
    /// Records are (before, now).
    #[must_use]
    pub fn setup_changes<'a>(
        &self,
        before: &Self,
        records: impl Iterator<Item = (&'a Locked, &'a Locked)>,
    ) -> Vec<SetupChange> {
        let mut changes: Vec<SetupChange> = differing(&before.ruler, &self.ruler)
            .into_iter()
            .map(|part| SetupChange { part: part.to_owned(), records: Vec::new() })
            .collect();
        let mut by_part: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (before, now) in records {
            for part in record_changes(before, now) {
                by_part.entry(part).or_default().push(now.id.clone());
            }
        }
        changes.extend(
            by_part.into_iter().map(|(part, records)| SetupChange { part: part.to_owned(), records }),
        );
        changes
    }

    /// What of the subject differs from `before`, in words.
    #[must_use]
    pub fn subject_changes(&self, before: &Self) -> Vec<String> {
        let worded = |part: &str| match (before.subject.get(part), self.subject.get(part)) {
            (Some(was), Some(now)) if !is_hash(was) && !is_hash(now) => format!("{part} ({now}, was {was})"),
            _ => part.to_owned(),
        };
        differing(&before.subject, &self.subject).into_iter().map(worded).collect()
    }
}

/// What of a record's own part of the judge setup differs.
pub(super) fn record_changes(before: &Locked, now: &Locked) -> Vec<&'static str> {
    let pairs = [
        ("inputs", before.marks.inputs == now.marks.inputs),
        ("references", before.marks.references == now.marks.references),
        ("labels", before.expected == now.expected),
    ];
    pairs.into_iter().filter(|(_, same)| !same).map(|(part, _)| part).collect()
}

fn differing<'a>(before: &'a BTreeMap<String, String>, now: &'a BTreeMap<String, String>) -> Vec<&'a str> {
    let mut parts: Vec<&str> = before.keys().chain(now.keys()).map(String::as_str).collect();
    parts.sort_unstable();
    parts.dedup();
    parts.retain(|part| before.get(*part) != now.get(*part));
    parts
}

/// Whether a fingerprint is a hash; a name says more and is shown.
fn is_hash(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
