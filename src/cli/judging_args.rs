//! The command line of the commands that judge: what they have in common, then `evenhand check`
//! and `evenhand golden`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::help_texts::{
    CONCURRENCY, FILTER, FROM, JSON, LIMIT, MODEL, MODEL_OR_ROUTE, OUTPUTS, READING, REFRESH, RESUME, SUITE,
    SUITES,
};
use super::report_files::ReportFiles;
use crate::error::{Error, ErrorKind, Result};
use crate::suite::{CacheUse, GoldenWrites, Reading, Resume, RunOptions, Spending, StrategyChoice};

/// Who judges what, and how.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct JudgingArgs {
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL", help = MODEL_OR_ROUTE, hide_env_values = true)]
    pub(super) model: Option<String>,
    #[arg(long, value_enum, help = READING)]
    pub(super) reading: Option<Reading>,
    #[arg(long, value_name = "N", help = CONCURRENCY)]
    pub(super) concurrency: Option<usize>,
    #[arg(long, value_name = "FILE", help = OUTPUTS)]
    pub(super) outputs: Option<PathBuf>,
}

/// How all judges ask.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct StrategyArgs {
    /// The strategy that all judges ask by, instead of the suite's: NAME, or NAME:option=value,option=value.
    #[arg(long, value_name = "NAME[:OPTION=VALUE,...]")]
    pub(super) strategy: Option<StrategyChoice>,
}

/// Several strategies, as the command line takes them.
#[derive(Clone, Debug)]
pub(super) struct StrategyList(pub(super) Vec<StrategyChoice>);

impl FromStr for StrategyList {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let strategies = StrategyChoice::list(text)?;
        if strategies.len() < 2 {
            let detail = "--strategies takes two strategies or more, separated by commas";
            return Err(Error::new(ErrorKind::Usage, detail).help("--strategies direct,self_consistency:n=3"));
        }
        Ok(Self(strategies))
    }
}

/// The models of single judges.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct JudgeModelArgs {
    /// The model of one judge, where --model sets that of all judges: JUDGE=MODEL. May be given several times.
    #[arg(long, value_name = "JUDGE=MODEL", value_parser = judge_model)]
    pub(super) judge_model: Vec<(String, String)>,
}

fn judge_model(text: &str) -> std::result::Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((judge, model)) if !judge.is_empty() && !model.is_empty() => Ok((judge.into(), model.into())),
        _ => Err("it is JUDGE=MODEL: a judge of the suite, and a role of evenhand.toml or PROVIDER/NAME"),
    }
}

impl JudgeModelArgs {
    /// By the judge's name.
    pub(super) fn by_judge(&self) -> BTreeMap<String, String> {
        self.judge_model.iter().cloned().collect()
    }
}

/// Which records are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(super) struct SelectionArgs {
    #[arg(long, value_name = "N", help = LIMIT)]
    pub(super) limit: Option<u64>,
    #[arg(long, value_name = "FIELD=PATTERN", help = FILTER)]
    pub(super) filter: Vec<String>,
}

/// What may be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Args)]
#[expect(clippy::struct_field_names, reason = "the flags are called so")]
pub(super) struct BudgetArgs {
    /// Spend at most this many US dollars. The highest possible cost of a call is reserved before it is sent.
    #[arg(long, value_name = "USD")]
    pub(super) max_cost: Option<f64>,
    /// Send at most N calls, including those that are sent again after a failure.
    #[arg(long, value_name = "N")]
    pub(super) max_calls: Option<u64>,
    /// Use at most N tokens, in prompts and answers together.
    #[arg(long, value_name = "N")]
    pub(super) max_tokens: Option<u64>,
    /// Send no call after this many minutes.
    #[arg(long, value_name = "MINUTES")]
    pub(super) max_minutes: Option<f64>,
}

/// How suites are run by a command that says this much of it.
pub(super) fn options(judging: &JudgingArgs, selection: &SelectionArgs, budget: BudgetArgs) -> RunOptions {
    RunOptions {
        model: judging.model.clone(),
        reading: judging.reading,
        concurrency: judging.concurrency,
        outputs: judging.outputs.clone(),
        limit: selection.limit,
        filters: selection.filter.clone(),
        budget: spending(budget),
        ..RunOptions::default()
    }
}

/// What may be spent, as a command says it.
pub(super) fn spending(budget: BudgetArgs) -> Spending {
    Spending {
        cost_usd: budget.max_cost,
        calls: budget.max_calls,
        tokens: budget.max_tokens,
        minutes: budget.max_minutes,
    }
}

/// Whether golden files may be written in CI.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct AllowCi {
    /// Write golden files in CI too. By default that is refused.
    #[arg(long, global = true, display_order = 900)]
    allow_ci: bool,
}

impl AllowCi {
    /// The same for the suite.
    pub(super) fn writes(self) -> GoldenWrites {
        if self.allow_ci { GoldenWrites::InCiToo } else { GoldenWrites::NotInCi }
    }
}

/// `evenhand check`.
#[derive(Clone, Debug, Args)]
pub(super) struct CheckArgs {
    /// The suites, by name. By default all that have a golden file or gates.
    pub(super) suites: Vec<String>,
    #[arg(long, value_name = "RUN", conflicts_with_all = ["replay", "resume", "BudgetArgs"], help = FROM)]
    pub(super) from: Option<String>,
    /// Ask no model: take every reply from golden/replies/SUITE.jsonl.
    #[arg(long, conflicts_with = "refresh")]
    pub(super) replay: bool,
    /// The model whose locked scores are compared with, if the golden file has several.
    #[arg(long, value_name = "MODEL")]
    pub(super) against: Option<String>,
    #[command(flatten)]
    pub(super) locking: LockingArgs,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    #[arg(long, help = RESUME)]
    pub(super) resume: bool,
    /// Print JSON lines instead of text: one per suite.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) allow: AllowCi,
    #[command(flatten)]
    pub(super) files: ReportFiles,
}

/// How suites are judged for a golden file.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct LockingArgs {
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    #[command(flatten)]
    pub(super) strategy: StrategyArgs,
    #[command(flatten)]
    pub(super) judge_models: JudgeModelArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    /// Judge each record K times. The judge's most common verdict is then locked.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) repeats: Option<u32>,
    #[arg(long, help = REFRESH)]
    pub(super) refresh: bool,
}

impl LockingArgs {
    /// How the suites are run.
    pub(super) fn options(&self) -> RunOptions {
        RunOptions {
            repeats: self.repeats,
            judge_models: self.judge_models.by_judge(),
            strategy: self.strategy.strategy.clone(),
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
            golden_writes: self.allow.writes(),
            cache: if self.replay { CacheUse::Ignore } else { own.cache },
            ..own
        }
    }
}

/// `evenhand judge`.
#[derive(Clone, Debug, Args)]
pub(super) struct JudgeArgs {
    /// The signature: a bundled one, one in signatures/, or a file.
    pub(super) signature: String,
    /// An input: NAME=TEXT, NAME=@FILE for the text of a file, or NAME=- for the standard input. Given once for each
    /// input.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) set: Vec<String>,
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL", help = MODEL, hide_env_values = true)]
    pub(super) model: Option<String>,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
}

/// `evenhand golden`.
#[derive(Debug, Args)]
pub(super) struct GoldenArgs {
    #[command(subcommand)]
    pub(super) command: GoldenCommand,
    #[command(flatten)]
    pub(super) allow: AllowCi,
}

/// What is done with golden files.
#[derive(Debug, Subcommand)]
pub(super) enum GoldenCommand {
    /// Judge suites, and lock their scores in golden/SUITE.json.
    Lock(Box<LockArgs>),
    /// Judge suites, and record the judge's replies in golden/replies/SUITE.jsonl. The locked scores stay as they
    /// are.
    Replies(Box<RepliesArgs>),
    /// Go through the changed scores one by one: accept, reject, or skip.
    Review {
        /// The suite, by name. By default all of them.
        suite: Option<String>,
    },
    /// Write the changed scores to the golden files.
    Accept(DecideArgs),
    /// Drop the changed scores. The golden files stay as they are.
    Reject(DecideArgs),
    /// Print what is locked, which changes wait for a decision, and which golden files belong to no suite.
    Status {
        /// Print only the golden files of suites that evenhand.toml does not have. "delete" removes them.
        #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, default_missing_value = "list")]
        unreferenced: Option<Unreferenced>,
    },
    /// Print which locked scores can be kept after a change of the dataset or the judge setup.
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
    #[arg(required = true, help = SUITES)]
    pub(super) suites: Vec<String>,
    #[arg(long, value_name = "RUN", conflicts_with_all = ["replies", "BudgetArgs"], help = FROM)]
    pub(super) from: Option<String>,
    /// Also record every reply in golden/replies/SUITE.jsonl, for evenhand check --replay.
    #[arg(long)]
    pub(super) replies: bool,
    #[command(flatten)]
    pub(super) locking: LockingArgs,
}

/// `evenhand golden replies`.
#[derive(Clone, Debug, Args)]
pub(super) struct RepliesArgs {
    #[arg(required = true, help = SUITES)]
    pub(super) suites: Vec<String>,
    #[command(flatten)]
    pub(super) locking: LockingArgs,
}

/// `evenhand golden accept` and `reject`.
#[derive(Clone, Debug, Args)]
pub(super) struct DecideArgs {
    /// The suite, by name. By default all of them.
    pub(super) suite: Option<String>,
    /// The record, by its id. By default every record with a changed score.
    #[arg(long, value_name = "ID", requires = "suite")]
    pub(super) record: Option<String>,
}

/// `evenhand golden migrate`.
#[derive(Clone, Debug, Args)]
pub(super) struct MigrateArgs {
    #[arg(help = SUITE)]
    pub(super) suite: String,
    /// Keep the scores that can be kept. The next check judges the other records.
    #[arg(long)]
    pub(super) write: bool,
    #[command(flatten)]
    pub(super) locking: LockingArgs,
}
