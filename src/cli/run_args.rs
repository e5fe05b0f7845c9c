//! The command line of `evenhand run`.

use std::path::PathBuf;

use clap::Args;

use super::bench_args::time;
use super::judging_args::{
    AllowCi, BudgetArgs, JudgeModelArgs, JudgingArgs, SelectionArgs, StrategyArgs, options,
};
use super::report_files::ReportFiles;
use crate::suite::{AnswerOrders, CacheUse, Resume, RunOptions};

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "a command line has switches")]
pub(super) struct RunArgs {
    /// The suites, by name; all of them by default.
    pub(super) suites: Vec<String>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    #[command(flatten)]
    pub(super) strategy: StrategyArgs,
    #[command(flatten)]
    pub(super) judge_models: JudgeModelArgs,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    /// How many draws a sampled reading takes; 20 by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) samples: Option<u32>,
    /// List the possible answers of a weighted reading in several orders, each a call, and average.
    #[arg(long, value_enum, value_name = "ORDERS")]
    pub(super) orders: Option<AnswerOrders>,
    /// Judge each record K times. Outputs that a command or a model produces are produced again each time.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) repeats: Option<u32>,
    /// Ask afterwards for the reasons of at most N records whose verdict is not their label.
    #[arg(long, value_name = "N")]
    pub(super) explain: Option<usize>,
    /// Neither use nor keep cached replies.
    #[arg(long)]
    pub(super) no_cache: bool,
    /// Ask everything again, and replace the cached replies.
    #[arg(long, conflicts_with = "no_cache")]
    pub(super) refresh: bool,
    /// Ask nothing: say how many calls, tokens, dollars and minutes it would take.
    #[arg(long, conflicts_with_all = ["resume", "retry", "record"])]
    pub(super) dry_run: bool,
    /// Ask nothing: write the requests to a file for a server that answers later at a lower price, as OpenAI, vLLM and
    /// Anthropic take it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "resume", "retry", "record", "import_batch"])]
    pub(super) export_batch: Option<PathBuf>,
    /// Take the replies from a batch's results, and ask for those that are missing or failed. May be given several
    /// times.
    #[arg(long, value_name = "FILE")]
    pub(super) import_batch: Vec<PathBuf>,
    /// Ask no model: records whose replies neither the cache nor a file has are unscored.
    #[arg(long)]
    pub(super) no_live: bool,
    /// Write every reply to a file that replay/FILE can answer from.
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Write every output that a command produces to a file that --outputs can take.
    #[arg(long, value_name = "FILE")]
    pub(super) record_outputs: Option<PathBuf>,
    /// Leave scores as the judge gives them, without the suite's calibration.
    #[arg(long)]
    pub(super) no_calibration: bool,
    /// Continue the last run of each suite.
    #[arg(long)]
    pub(super) resume: bool,
    /// Continue the last run of each suite, and judge the records without a score again.
    #[arg(long, value_enum, value_name = "WHICH")]
    pub(super) retry: Option<RetryWhich>,
    /// Keep models of ollama/ in their server's memory while the run goes on, by loading them anew this often.
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "4m", value_parser = time)]
    pub(super) keep_warm: Option<f64>,
    /// Lock the scores in golden/SUITE.json.
    #[arg(long, conflicts_with_all = ["limit", "filter", "dry_run"])]
    pub(super) lock: bool,
    #[command(flatten)]
    pub(super) allow: AllowCi,
    /// Print JSON lines instead of a report: one an outcome, in the order of the records, and one a summary.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) files: ReportFiles,
}

impl RunArgs {
    /// How the suites are run.
    pub(super) fn options(&self) -> RunOptions {
        RunOptions {
            judge_models: self.judge_models.by_judge(),
            strategy: self.strategy.strategy.clone(),
            samples: self.samples,
            orders: self.orders,
            repeats: self.repeats,
            explain: self.explain,
            cache: match (self.no_cache, self.refresh) {
                (true, _) => CacheUse::Ignore,
                (false, true) => CacheUse::Refresh,
                (false, false) => CacheUse::Use,
            },
            keep_warm: self.keep_warm.map(|ms| std::time::Duration::from_secs_f64(ms / 1e3)),
            import_batch: self.import_batch.clone(),
            no_live: self.no_live,
            record: self.record.clone(),
            record_outputs: self.record_outputs.clone(),
            uncalibrated: self.no_calibration,
            golden_writes: self.allow.writes(),
            resume: match (self.retry, self.resume) {
                (Some(RetryWhich::Unscored), _) => Resume::RetryUnscored,
                (None, true) => Resume::Last,
                (None, false) => Resume::No,
            },
            ..options(&self.judging, &self.selection, self.budget)
        }
    }
}

/// Which settled records are judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum RetryWhich {
    /// Those without a score, for whatever reason.
    Unscored,
}
