//! What is scored, what happens meanwhile, and what comes of it.

use std::path::{Path, PathBuf};

use crate::data::DataFault;
use crate::error::Result;
use crate::eval::Outcome;
use crate::suite::exit::Exit;
use crate::summary::Summary;

/// Which judgments are scored, over what evenhand.toml says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScoreOptions {
    /// The file of judgments, relative to the process's folder; the one that evenhand.toml names by default.
    pub replies: Option<PathBuf>,
    /// Only lines that fit all of these: `judge=GPT-4`, `id=rel-0*`, `split!=test`.
    pub filters: Vec<String>,
}

/// What happens while judgments are scored.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ScoreEvent<'a> {
    /// A record's judgment is settled; its `model` is who judged.
    Settled(&'a Outcome),
    /// A line of the file cannot be used, and is left out.
    LeftOut(&'a DataFault),
    /// A judge's judgments are scored, or people held against each other.
    Ended(&'a ScoredRun),
}

/// What listens to the scoring. An error of its own ends it.
pub(super) type Listener<'l> = dyn FnMut(ScoreEvent<'_>) -> Result<()> + 'l;

/// One judge's judgments, scored.
#[derive(Clone, Debug)]
pub struct ScoredRun {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) summary: Summary,
    pub(crate) exit: Exit,
}

impl ScoredRun {
    /// The run's folder, with its journal and its numbers; none where nobody judged, and people are held against each
    /// other.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Its numbers.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The exit code of the command that scores this judge alone.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }
}
