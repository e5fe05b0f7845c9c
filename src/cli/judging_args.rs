//! The command line of the commands that judge: what they have in common, then `evenhand check`
//! and `evenhand golden`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::report_files::ReportFiles;
use crate::error::{Error, ErrorKind, Result};
use crate::suite::{CacheUse, GoldenWrites, Reading, Resume, RunOptions, Spending, StrategyChoice};

/// Who judges what, and how.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct JudgingArgs {
    /// The model that judges: a role or a route of evenhand.toml, or PROVIDER/NAME.
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL")]
    pub(super) model: Option<String>,
    /// How verdicts are read.
    #[arg(long, value_enum)]
    pub(super) reading: Option<Reading>,
    /// At most N records at the same time.
    #[arg(long, value_name = "N")]
    pub(super) concurrency: Option<usize>,
    /// Judge the outputs of this file, joined by id, instead of the suite's.
    #[arg(long, value_name = "FILE")]
    pub(super) outputs: Option<PathBuf>,
}

/// How all judges ask.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct StrategyArgs {
    /// How questions are asked, instead of the suite's strategy: NAME, or NAME:option=value,option=value.
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
    /// The model of one judge: JUDGE=MODEL. --model sets that of all judges. May be given several times.
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
    /// Take at most N records of each suite.
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u64>,
    /// Take only records that fit: tag=hard, id=rel-0*, label!=pass. May be given several times.
    #[arg(long, value_name = "FIELD=PATTERN")]
    pub(super) filter: Vec<String>,
}

/// What may be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Args)]
#[expect(clippy::struct_field_names, reason = "the flags are called so")]
pub(super) struct BudgetArgs {
    /// Spend at most this many US dollars. The worst case of a call is reserved before it is sent.
    #[arg(long, value_name = "USD")]
    pub(super) max_cost: Option<f64>,
    /// Send at most N calls, including those that are sent again after a failure.
    #[arg(long, value_name = "N")]
    pub(super) max_calls: Option<u64>,
    /// Use at most N tokens, of prompts and answers together.
    #[arg(long, value_name = "N")]
    pub(super) max_tokens: Option<u64>,
    /// Send nothing after this many minutes.
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
    #[arg(long, global = true)]
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
    /// The suites, by name; all that have a golden file or gates by default.
    pub(super) suites: Vec<String>,
    /// Take the judgments of an earlier run instead of judging: its folder, or last.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["replay", "resume", "BudgetArgs"])]
    pub(super) from: Option<String>,
    /// Ask no model: answer from golden/replies/SUITE.jsonl, and from nothing else.
    #[arg(long, conflicts_with = "refresh")]
    pub(super) replay: bool,
    /// Compare with the scores by this model, if the golden file has several.
    #[arg(long, value_name = "MODEL")]
    pub(super) against: Option<String>,
    #[command(flatten)]
    pub(super) locking: LockingArgs,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    /// Continue the last run of each suite.
    #[arg(long)]
    pub(super) resume: bool,
    /// Print JSON lines instead of a report, one a suite.
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
    /// Ask everything again. Cached replies would give the same scores as before.
    #[arg(long)]
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
    /// An input: NAME=TEXT, NAME=@FILE for a file's text, NAME=- for the standard input. Once for each input.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) set: Vec<String>,
    /// The model that judges: a role of evenhand.toml, or PROVIDER/NAME.
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL")]
    pub(super) model: Option<String>,
    /// Print JSON instead of text.
    #[arg(long)]
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
    /// Judge a suite, and lock its scores in golden/SUITE.json.
    Lock(Box<LockArgs>),
    /// Record the judge's replies in golden/replies/SUITE.jsonl. The locked scores stay.
    Replies(Box<RepliesArgs>),
    /// Go through changed scores, one by one: accept, reject, or skip.
    Review {
        /// The suite; all by default.
        suite: Option<String>,
    },
    /// Write changed scores to the golden files.
    Accept(DecideArgs),
    /// Leave the golden files as they are, and drop the changed scores.
    Reject(DecideArgs),
    /// Say what is locked, what waits for a decision, and what belongs to no suite.
    Status {
        /// Only golden files of suites that evenhand.toml does not have; "delete" removes them.
        #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, default_missing_value = "list")]
        unreferenced: Option<Unreferenced>,
    },
    /// After a change of the dataset or the judge setup: say which locked scores can be kept.
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

/// `evenhand golden replies`.
#[derive(Clone, Debug, Args)]
pub(super) struct RepliesArgs {
    /// The suites, by name.
    #[arg(required = true)]
    pub(super) suites: Vec<String>,
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
    /// Keep what can be kept. The next check judges the rest.
    #[arg(long)]
    pub(super) write: bool,
    #[command(flatten)]
    pub(super) locking: LockingArgs,
}
