//! What scores were made with and of, by named part, and what of it changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::locked::Locked;

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
