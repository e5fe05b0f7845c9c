//! The command line of `evenhand run`.

use std::path::PathBuf;

use clap::Args;

use super::bench_args::time;
use super::help_texts::{DRY_RUN, JSON_LINES, NO_CACHE, NO_CALIBRATION, RECORD, REFRESH, RESUME};
use super::judging_args::{
    AllowCi, BudgetArgs, JudgeModelArgs, JudgingArgs, SelectionArgs, StrategyArgs, options,
};
use super::report_files::ReportFiles;
use crate::suite::{AnswerOrders, CacheUse, Resume, RunOptions};

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "a command line has switches")]
pub(super) struct RunArgs {
    /// The suites, by name. By default all of them.
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
    /// Draw N answers per question with --reading sampled. By default 20, or as evenhand.toml says.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) samples: Option<u32>,
    /// With --reading weighted: list the possible answers in these orders, one call each, and average.
    #[arg(long, value_enum, value_name = "ORDERS")]
    pub(super) orders: Option<AnswerOrders>,
    /// Judge each record K times. Outputs that a command or a model produces are produced again each time.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) repeats: Option<u32>,
    /// Afterwards, ask for the reasons of at most N records whose verdict differs from their label.
    #[arg(long, value_name = "N")]
    pub(super) explain: Option<usize>,
    #[arg(long, help = NO_CACHE)]
    pub(super) no_cache: bool,
    #[arg(long, conflicts_with = "no_cache", help = REFRESH)]
    pub(super) refresh: bool,
    #[arg(long, conflicts_with_all = ["resume", "retry", "record"], help = DRY_RUN)]
    pub(super) dry_run: bool,
    /// Ask no model: write the requests to this file, for a batch service that answers later at a lower price
    /// (OpenAI, vLLM, Anthropic).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "resume", "retry", "record", "import_batch"])]
    pub(super) export_batch: Option<PathBuf>,
    /// Take the replies from this file of a batch's results. Ask the model for those that are missing or failed. May
    /// be given several times.
    #[arg(long, value_name = "FILE")]
    pub(super) import_batch: Vec<PathBuf>,
    /// Ask no model: a record whose reply is neither in the cache nor in a file is unscored.
    #[arg(long)]
    pub(super) no_live: bool,
    #[arg(long, value_name = "FILE", help = RECORD)]
    pub(super) record: Option<PathBuf>,
    /// Write every output that a command produces to this file. --outputs FILE takes it.
    #[arg(long, value_name = "FILE")]
    pub(super) record_outputs: Option<PathBuf>,
    #[arg(long, help = NO_CALIBRATION)]
    pub(super) no_calibration: bool,
    #[arg(long, help = RESUME)]
    pub(super) resume: bool,
    /// Continue each suite's last run, and judge the records without a score again.
    #[arg(long, value_enum, value_name = "WHICH")]
    pub(super) retry: Option<RetryWhich>,
    /// Keep models of ollama/ in their server's memory during the run, by loading them again at this interval: 30s,
    /// 4m. By default 4m.
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "4m", value_parser = time)]
    pub(super) keep_warm: Option<f64>,
    /// Lock the scores in golden/SUITE.json.
    #[arg(long, conflicts_with_all = ["limit", "filter", "dry_run"])]
    pub(super) lock: bool,
    #[command(flatten)]
    pub(super) allow: AllowCi,
    #[arg(long, help = JSON_LINES)]
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
