//! The replies of a run: those it has in its folder already, and where new ones are written.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::eval::{Earlier, Outcome};
use crate::judge::Attempt;
use crate::model::{KeptReplies, Key, ModelOptions, Recorded, RecordedTimes, Recorder};

/// A run's replies, which all its models share.
pub(crate) struct Replies {
    kept: Option<Arc<KeptReplies>>,
    log: Arc<Recorder>,
    record: Option<Arc<Recorder>>,
}

/// What an earlier part of a run left.
#[derive(Default)]
pub(crate) struct Before {
    /// What it has settled.
    pub(crate) earlier: Earlier,
    /// The keys of invalid replies to questions that are asked again.
    pub(crate) invalid: HashSet<Key>,
}

impl Before {
    /// Notes what an outcome says of a record that is judged again.
    pub(crate) fn again(invalid: &mut HashSet<Key>, outcome: &Outcome) {
        let attempts = outcome.attempts.iter().chain(asked(outcome));
        let faulty = attempts.filter(|attempt| !attempt.faults.is_empty());
        invalid.extend(faulty.map(|attempt| attempt.key.clone()));
    }
}

impl Replies {
    /// The replies that the run has paid for already, but for invalid ones of records that are
    /// judged again: those are asked for again. All of them go into `record` too.
    pub(crate) fn open(
        folder: &Path,
        record: Option<Arc<Recorder>>,
        before: &Before,
        subject: &str,
    ) -> Result<Self> {
        let path = folder.join("replies.jsonl");
        let mut kept = None;
        if path.exists() {
            let replies = KeptReplies::open(&path, &before.invalid)?;
            if let Some(record) = &record {
                replies.each(|recorded| record.copy_one(&recorded))?;
                before.earlier.each(|outcome| {
                    record_cached(record, &outcome.model, &outcome.attempts)?;
                    record_cached(record, subject, asked(&outcome))
                })?;
            }
            kept = Some(Arc::new(replies));
        }
        Ok(Self { kept, log: Arc::new(Recorder::append(&path, RecordedTimes::Keep)?), record })
    }

    /// The options of one of the run's models.
    pub(crate) fn around(&self, model_options: ModelOptions) -> ModelOptions {
        ModelOptions {
            kept: self.kept.clone(),
            log: Some(Arc::clone(&self.log)),
            recorders: self.record.iter().cloned().collect(),
            ..model_options
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
        recorder.copy_one(&Recorded { key, model, parts: BTreeMap::new(), weighed, response })
    })
}
