//! The command line of `karat check` and `karat golden`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::RunArgs;
use super::report_files::ReportFiles;
use crate::judge::Reading;

/// `karat check`.
#[derive(Clone, Debug, Args)]
pub(super) struct CheckArgs {
    /// The suites, by name; all that have a golden file or gates by default.
    pub(super) suites: Vec<String>,
    /// Take the judgments of an earlier run instead of judging: its folder, or last.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["replay", "resume", "max_cost", "max_calls"])]
    pub(super) from: Option<String>,
    /// Ask no model: answer from golden/replies/SUITE.jsonl, and from nothing else.
    #[arg(long, conflicts_with = "refresh")]
    pub(super) replay: bool,
    /// Compare with the scores by this model, of several in the golden file.
    #[arg(long, value_name = "MODEL")]
    pub(super) against: Option<String>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    /// Compare only records that fit: tag=hard, id=rel-0*. May be given several times.
    #[arg(long, value_name = "FIELD=PATTERN")]
    pub(super) filter: Vec<String>,
    /// Compare at most so many records of each suite.
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u64>,
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
pub(super) struct JudgingArgs {
    /// The model that judges: a role of karat.toml, or PROVIDER/NAME.
    #[arg(long, short, value_name = "MODEL", env = "KARAT_MODEL")]
    pub(super) model: Option<String>,
    /// How verdicts are read.
    #[arg(long, value_enum)]
    pub(super) reading: Option<Reading>,
    /// At most so many records at the same time.
    #[arg(long, value_name = "N")]
    pub(super) concurrency: Option<usize>,
    /// Judge the outputs of this file, joined by id, instead of what the suite says.
    #[arg(long, value_name = "FILE")]
    pub(super) outputs: Option<PathBuf>,
    /// Take each record so many times: what is locked is then the judge's usual verdict.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) repeats: Option<u32>,
    /// Spend at most so many US dollars.
    #[arg(long, value_name = "USD")]
    pub(super) max_cost: Option<f64>,
    /// Send at most so many calls.
    #[arg(long, value_name = "N")]
    pub(super) max_calls: Option<u64>,
    /// Ask everything anew: cached replies would give the scores of before.
    #[arg(long)]
    pub(super) refresh: bool,
}

impl JudgingArgs {
    /// The same as `karat run` takes it.
    pub(super) fn run(&self) -> RunArgs {
        RunArgs {
            model: self.model.clone(),
            reading: self.reading,
            concurrency: self.concurrency,
            repeats: self.repeats,
            outputs: self.outputs.clone(),
            max_cost: self.max_cost,
            max_calls: self.max_calls,
            refresh: self.refresh,
            ..RunArgs::default()
        }
    }
}

impl CheckArgs {
    /// The run that is checked.
    pub(super) fn run(&self) -> RunArgs {
        RunArgs {
            suites: self.suites.clone(),
            filter: self.filter.clone(),
            limit: self.limit,
            resume: self.resume,
            no_cache: self.replay,
            ..self.judging.run()
        }
    }
}

/// `karat golden`.
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
        /// Only golden files of suites that karat.toml does not have; "delete" removes them.
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

/// `karat golden lock`.
#[derive(Clone, Debug, Args)]
pub(super) struct LockArgs {
    /// The suites, by name.
    #[arg(required = true)]
    pub(super) suites: Vec<String>,
    /// Take the judgments of an earlier run instead of judging: its folder, or last.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["replies", "max_cost", "max_calls"])]
    pub(super) from: Option<String>,
    /// Record every reply in golden/replies/SUITE.jsonl, for karat check --replay.
    #[arg(long)]
    pub(super) replies: bool,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
}

/// `karat golden accept` and `reject`.
#[derive(Clone, Debug, Args)]
pub(super) struct DecideArgs {
    /// The suite; all by default.
    pub(super) suite: Option<String>,
    /// Only this record, by id.
    #[arg(long, value_name = "ID", requires = "suite")]
    pub(super) record: Option<String>,
}

/// `karat golden migrate`.
#[derive(Clone, Debug, Args)]
pub(super) struct MigrateArgs {
    /// The suite.
    pub(super) suite: String,
    /// Keep what can be kept; the rest is judged by the next check.
    #[arg(long)]
    pub(super) write: bool,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
}
