//! The replies of a run: those it has in its folder already, and where new ones are written.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::eval::Outcome;
use crate::judge::Attempt;
use crate::model::{Key, Recorded, RecordedTimes, Recorder, Recording, Wrappers};

/// A run's replies, which all its models share.
pub(super) struct Replies {
    kept: Option<Arc<Recording>>,
    log: Arc<Recorder>,
    record: Option<Arc<Recorder>>,
}

/// What a run that is gone on with has settled.
pub(super) struct Before {
    /// Outcomes that stay.
    pub(super) settled: Vec<Outcome>,
    /// Outcomes of records that are judged again.
    pub(super) again: Vec<Outcome>,
}

impl Replies {
    /// The replies that the run has paid for already, but for invalid ones of records that are
    /// judged again: those are asked for again. All of them go into `record` too.
    pub(super) fn open(
        folder: &Path,
        record: Option<Arc<Recorder>>,
        before: &Before,
        subject: &str,
    ) -> Result<Self> {
        let path = folder.join("replies.jsonl");
        let mut kept = None;
        if path.exists() {
            let attempts =
                before.again.iter().flat_map(|outcome| outcome.attempts.iter().chain(asked(outcome)));
            let invalid = attempts.filter(|attempt| !attempt.faults.is_empty());
            let invalid: HashSet<Key> = invalid.map(|attempt| attempt.key.clone()).collect();
            let recording = Recording::open(&path)?.without(&invalid);
            if let Some(record) = &record {
                record.copy(&recording)?;
                for outcome in &before.settled {
                    record_cached(record, &outcome.model, &outcome.attempts)?;
                    record_cached(record, subject, asked(outcome))?;
                }
            }
            kept = Some(Arc::new(recording));
        }
        Ok(Self { kept, log: Arc::new(Recorder::append(&path, RecordedTimes::Keep)?), record })
    }

    /// The wrappers of one of the run's models.
    pub(super) fn around(&self, wrappers: Wrappers) -> Wrappers {
        Wrappers {
            kept: self.kept.clone(),
            log: Some(Arc::clone(&self.log)),
            recorders: self.record.iter().cloned().collect(),
            ..wrappers
        }
    }
}

/// The calls of a model that is the subject.
fn asked(outcome: &Outcome) -> impl Iterator<Item = &Attempt> {
    outcome.subjects().flat_map(|subject| &subject.trace.attempts)
}

/// Replies of a settled record that came from the cache are in the journal alone.
fn record_cached<'a>(
    recorder: &Recorder,
    model: &str,
    attempts: impl IntoIterator<Item = &'a Attempt>,
) -> Result<()> {
    let replies = attempts.into_iter().filter_map(|attempt| Some((attempt, attempt.response.clone()?)));
    let mut cached = replies.filter(|(_, response)| response.cached);
    cached.try_for_each(|(attempt, response)| {
        let weighed = response.weights.is_some();
        let (key, model) = (attempt.key.clone(), model.to_owned());
        recorder.copy_one(Recorded { key, model, parts: BTreeMap::new(), weighed, response })
    })
}
