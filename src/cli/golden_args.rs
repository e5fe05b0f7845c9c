//! The command line of `evenhand check` and `evenhand golden`.

use clap::{Args, Subcommand};

use super::judging_args::{BudgetArgs, JudgingArgs, SelectionArgs, options};
use super::report_files::ReportFiles;
use crate::suite::{CacheUse, Resume, RunOptions};

/// `evenhand check`.
#[derive(Clone, Debug, Args)]
pub(super) struct CheckArgs {
    /// The suites, by name; all that have a golden file or gates by default.
    pub(super) suites: Vec<String>,
    /// Take the judgments of an earlier run instead of judging: its folder, or last.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["replay", "resume", "BudgetArgs"])]
    pub(super) from: Option<String>,
    /// Ask no model: answer from golden/replies/SUITE.jsonl, and from nothing else.
    #[arg(long, conflicts_with = "refresh")]
    pub(super) replay: bool,
    /// Compare with the scores by this model, of several in the golden file.
    #[arg(long, value_name = "MODEL")]
    pub(super) against: Option<String>,
    #[command(flatten)]
    pub(super) locking: LockingArgs,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    /// Go on with the last run of each suite where it was left.
    #[arg(long)]
    pub(super) resume: bool,
    /// Print JSON lines instead of a report, one a suite.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) files: ReportFiles,
}

/// How suites are judged for a golden file.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct LockingArgs {
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    /// Take each record so many times: what is locked is then the judge's usual verdict.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) repeats: Option<u32>,
    /// Ask everything anew: cached replies would give the scores of before.
    #[arg(long)]
    pub(super) refresh: bool,
}

impl LockingArgs {
    /// How the suites are run.
    pub(super) fn options(&self) -> RunOptions {
        RunOptions {
            repeats: self.repeats,
            cache: if self.refresh { CacheUse::Refresh } else { CacheUse::Use },
            ..options(&self.judging, &SelectionArgs::default(), self.budget)
        }
    }
}

impl CheckArgs {
    /// How the suites are run that are checked.
    pub(super) fn options(&self) -> RunOptions {
        let own = self.locking.options();
        RunOptions {
            limit: self.selection.limit,
            filters: self.selection.filter.clone(),
            resume: if self.resume { Resume::Last } else { Resume::No },
            cache: if self.replay { CacheUse::Ignore } else { own.cache },
            ..own
        }
    }
}

/// `evenhand golden`.
#[derive(Debug, Subcommand)]
pub(super) enum GoldenCommand {
    /// Judge a suite, and lock its scores in golden/SUITE.json.
    Lock(Box<LockArgs>),
    /// Go through changed scores, one by one: accept, reject, or skip.
    Review {
        /// The suite; all by default.
        suite: Option<String>,
    },
    /// Take changed scores into the golden files.
    Accept(DecideArgs),
    /// Leave the golden files as they are, and forget the changed scores.
    Reject(DecideArgs),
    /// Say what is locked, what waits for a decision, and what belongs to no suite.
    Status {
        /// Only golden files of suites that evenhand.toml does not have; "delete" removes them.
        #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, default_missing_value = "list")]
        unreferenced: Option<Unreferenced>,
    },
    /// After a change of the dataset or the ruler: say which locked scores can be kept.
    Migrate(Box<MigrateArgs>),
}

/// What is done about golden files of suites that are no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Unreferenced {
    /// They are listed.
    List,
    /// They are removed, with what waits for them and their replies.
    Delete,
}

/// `evenhand golden lock`.
#[derive(Clone, Debug, Args)]
pub(super) struct LockArgs {
    /// The suites, by name.
    #[arg(required = true)]
    pub(super) suites: Vec<String>,
    /// Take the judgments of an earlier run instead of judging: its folder, or last.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["replies", "BudgetArgs"])]
    pub(super) from: Option<String>,
    /// Record every reply in golden/replies/SUITE.jsonl, for evenhand check --replay.
    #[arg(long)]
    pub(super) replies: bool,
    #[command(flatten)]
    pub(super) locking: LockingArgs,
}

/// `evenhand golden accept` and `reject`.
#[derive(Clone, Debug, Args)]
pub(super) struct DecideArgs {
    /// The suite; all by default.
    pub(super) suite: Option<String>,
    /// Only this record, by id.
    #[arg(long, value_name = "ID", requires = "suite")]
    pub(super) record: Option<String>,
}

/// `evenhand golden migrate`.
#[derive(Clone, Debug, Args)]
pub(super) struct MigrateArgs {
    /// The suite.
    pub(super) suite: String,
    /// Keep what can be kept; the rest is judged by the next check.
    #[arg(long)]
    pub(super) write: bool,
    #[command(flatten)]
    pub(super) locking: LockingArgs,
}
