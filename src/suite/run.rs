//! How a suite is run, over what evenhand.toml says of it; what happens meanwhile, and what came of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::config::Inconclusive;
use super::shell::Exit;
use crate::data::{DataFault, Filter, IdSet};
use crate::error::Result;
use crate::eval::{Ended, Journal, Outcome, Stop};
use crate::golden::{GateResult, GateVerdict};
use crate::judge::{AnswerOrders, Reading, StrategyChoice};
use crate::model::Reuse;
use crate::subject::JoinFaults;
use crate::summary::Summary;

/// How a suite is run. What is `None` or empty stays as evenhand.toml says.
///
/// ```
/// use evenhand::judge::Reading;
/// use evenhand::suite::{RunOptions, Spending};
///
/// let options = RunOptions {
///     reading: Some(Reading::Weighted),
///     filters: vec!["tag=hard".to_owned()],
///     budget: Spending { cost_usd: Some(0.5), ..Spending::default() },
///     ..RunOptions::default()
/// };
/// assert_eq!(options.limit, None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The model that judges, whatever models the judges have of their own: a role or a route of
    /// evenhand.toml, or PROVIDER/NAME.
    pub model: Option<String>,
    /// The model of single judges, by the judge's name; over `model`.
    pub judge_models: BTreeMap<String, String>,
    /// How verdicts are read.
    pub reading: Option<Reading>,
    /// How all judges ask: a strategy, over what the suite and its judges say.
    pub strategy: Option<StrategyChoice>,
    /// At most so many records at the same time.
    pub concurrency: Option<usize>,
    /// A file of outputs, joined by id, that are judged instead of what the suite says.
    pub outputs: Option<PathBuf>,
    /// At most so many records.
    pub limit: Option<u64>,
    /// Only records that fit all of these: `tag=hard`, `id=rel-0*`, `label!=pass`.
    pub filters: Vec<String>,
    /// What may be spent.
    pub budget: Spending,
    /// How many draws a sampled reading takes; 20 by default.
    pub samples: Option<u32>,
    /// In which orders a weighted reading lists the possible answers.
    pub orders: Option<AnswerOrders>,
    /// How often each record is taken, 1 to 1000.
    pub repeats: Option<u32>,
    /// Of how many records, at most, whose verdict is not their label the reasons are asked afterwards.
    pub explain: Option<usize>,
    /// How the cache of replies is used.
    pub cache: CacheUse,
    /// Files with a batch's results: their replies are used, and what they lack is asked for.
    pub import_batch: Vec<PathBuf>,
    /// Asks no model for what neither the cache nor a file has: such records are unscored.
    pub no_live: bool,
    /// A file that every reply is written to; `replay/FILE` answers from it.
    pub record: Option<PathBuf>,
    /// A file that every produced output is written to.
    pub record_outputs: Option<PathBuf>,
    /// Leaves scores as the judge gives them, whatever calibration the suite names.
    pub uncalibrated: bool,
    /// Whether the suite's last run is gone on with.
    pub resume: Resume,
    /// Records that are not judged, by id.
    pub skip: IdSet,
    /// Whether golden files may be written in continuous integration.
    pub golden_writes: GoldenWrites,
    /// A folder of recordings, `SUITE.jsonl` each, that answer instead of models.
    pub replies: Option<PathBuf>,
    /// Load the models of servers that load them anew each time so much time has passed, so that they stay in memory.
    pub keep_warm: Option<std::time::Duration>,
    /// Ends the run when it is wished: what is in flight is finished first.
    pub stop: Stop,
}

/// What may be spent by everything that runs with the same options. What is `None` has the limit of evenhand.toml.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spending {
    /// US dollars: the worst case of a call is taken out before it is sent.
    pub cost_usd: Option<f64>,
    /// Calls, those sent again by the transport included.
    pub calls: Option<u64>,
    /// Tokens, of prompts and answers together.
    pub tokens: Option<u64>,
    /// Minutes after which nothing is sent.
    pub minutes: Option<f64>,
}

/// How the cache of replies is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheUse {
    /// Replies are taken from it, and kept in it.
    #[default]
    Use,
    /// Everything is asked anew; the new replies take the places of the old ones.
    Refresh,
    /// Replies are neither taken from it nor kept in it.
    Ignore,
}

/// Whether the folder of golden files may be written in continuous integration, as the variables `CI` and `TF_BUILD`
/// tell it. What CI writes nobody reviews.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GoldenWrites {
    /// Only elsewhere: in CI it is an error.
    #[default]
    NotInCi,
    /// In CI too.
    InCiToo,
}

/// Whether the suite's last run is gone on with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    /// A new run is started.
    #[default]
    No,
    /// It is gone on with where it was left.
    Last,
    /// The same, and records without a score are judged again.
    RetryUnscored,
}

impl RunOptions {
    /// What records must fit.
    pub(crate) fn filters(&self) -> Result<Vec<Filter>> {
        self.filters.iter().map(|text| Filter::parse(text)).collect()
    }

    /// The recording that answers for a suite's models, if one shall.
    pub(crate) fn replies_of(&self, suite: &str) -> Option<PathBuf> {
        self.replies.as_ref().map(|folder| folder.join(format!("{suite}.jsonl")))
    }

    /// How cached replies are used; `None` for not at all. A record that is judged again is not given the cached
    /// reply that left it without a score.
    pub(crate) fn reuse(&self) -> Option<Reuse> {
        let anew = self.cache == CacheUse::Refresh || self.resume == Resume::RetryUnscored;
        (self.cache != CacheUse::Ignore).then_some(if anew { Reuse::None } else { Reuse::All })
    }
}

/// The share of unscored records above which the rest no longer counts.
pub(crate) const MAX_UNSCORED: f64 = 0.1;

/// What happens while suites are run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RunEvent<'a> {
    /// A suite's run begins, or goes on.
    Started {
        /// The suite.
        suite: &'a str,
        /// Who judges.
        model: &'a str,
        /// How many records the run has.
        records: u64,
    },
    /// A record is settled: now, or in the part of the run that was before.
    Settled(&'a Outcome),
    /// A line of the dataset cannot be used, and is left out.
    LeftOut(&'a DataFault),
    /// A suite's run ended.
    Ended(&'a Run),
}

/// What listens to a run. An error of its own ends the run.
pub(crate) type Listener<'l> = dyn FnMut(RunEvent<'_>) -> Result<()> + 'l;

/// A run that ended.
///
/// ```
/// use evenhand::suite::Run;
///
/// fn tell(run: &Run) -> evenhand::Result<()> {
///     let scored = run.summary().scored;
///     println!("{}: {} of {} scored", run.suite(), scored.count, scored.n);
///     for outcome in run.outcomes()? {
///         println!("{} {:?}", outcome.id, outcome.score().and_then(|score| score.value));
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Run {
    pub(crate) suite: String,
    pub(crate) folder: PathBuf,
    pub(crate) ended: Ended,
    /// How it ended, before its gates.
    pub(crate) exit: Exit,
    pub(crate) summary: Summary,
    pub(crate) gates: Vec<GateResult>,
    pub(crate) joined: JoinFaults,
    /// What the suite says of a gate that is inconclusive.
    pub(crate) inconclusive: Inconclusive,
}

impl Run {
    /// The suite's name.
    #[must_use]
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// The run's folder, with its journal, its replies and its numbers.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How it ended.
    #[must_use]
    pub fn ended(&self) -> &Ended {
        &self.ended
    }

    /// Its numbers.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Every outcome, in the order in which they were settled.
    ///
    /// # Errors
    /// The run's journal cannot be read.
    pub fn outcomes(&self) -> Result<Vec<Outcome>> {
        Journal::read(&self.folder)
    }

    /// The exit code of the command that runs the suite alone: with its gates.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.exit != Exit::Success {
            return self.exit;
        }
        match self.open_gate() {
            Some(gate) if gate.verdict == GateVerdict::Inconclusive => Exit::Inconclusive,
            Some(gate) if gate.gate == "max_unscored" => Exit::Unscored,
            Some(_) => Exit::Quality,
            None => Exit::Success,
        }
    }

    /// The gate that decides against the run.
    pub(crate) fn open_gate(&self) -> Option<&GateResult> {
        let first = |verdict| self.gates.iter().find(|gate| gate.verdict == verdict);
        let passes = self.inconclusive == Inconclusive::Pass;
        first(GateVerdict::Fails).or_else(|| first(GateVerdict::Inconclusive).filter(|_| !passes))
    }
}
