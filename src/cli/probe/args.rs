//! The command line of `evenhand probe`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::help_texts::{DRY_RUN, JSON, JUDGE, NO_CACHE, SEED, SUITE};
use crate::cli::judging_args::{BudgetArgs, JudgingArgs, SelectionArgs, StrategyArgs, options};
use crate::cli::report_files::AnswerFiles;
use crate::suite::{CacheUse, ProbeName, ProbeOptions, Resume, RunOptions};

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "a command line has switches")]
pub(in crate::cli) struct ProbeArgs {
    #[arg(help = SUITE)]
    pub(super) suite: String,
    /// What is changed. By default everything that applies to the judge.
    #[arg(long, value_enum, value_name = "NAME,...", value_delimiter = ',')]
    probes: Vec<ProbeName>,
    #[arg(long, value_name = "NAME", help = JUDGE)]
    judge: Option<String>,
    /// Show verdicts, criteria and the items of lists in at most N other orders.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    orders: u32,
    /// Ask the unchanged question N times again, to tell noise from an effect.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100))]
    controls: u32,
    /// A model that rewrites the instruction, for the probe paraphrase: a role of evenhand.toml, or PROVIDER/NAME.
    /// Its texts replace the suite's paraphrases and evenhand's own.
    #[arg(long, value_name = "MODEL")]
    paraphrase_model: Option<String>,
    /// With --paraphrase-model: rewrite the instruction N times.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=50))]
    paraphrases: u32,
    #[arg(long, value_name = "N", default_value_t = 1, help = SEED)]
    seed: u64,
    #[command(flatten)]
    judging: JudgingArgs,
    #[command(flatten)]
    strategy: StrategyArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    budget: BudgetArgs,
    #[arg(long, help = NO_CACHE)]
    no_cache: bool,
    #[arg(long, conflicts_with_all = ["resume", "record"], help = DRY_RUN)]
    pub(super) dry_run: bool,
    /// Write every reply to this file. --replay FILE answers from it.
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    record: Option<PathBuf>,
    /// Ask no model: take every reply from a file that --record wrote.
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    replay: Option<PathBuf>,
    /// Continue the suite's last probe where it stopped.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    pub(super) files: AnswerFiles,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
}

impl ProbeArgs {
    pub(super) fn options(&self) -> ProbeOptions {
        ProbeOptions {
            run: RunOptions {
                strategy: self.strategy.strategy.clone(),
                record: self.record.clone(),
                resume: if self.resume { Resume::Last } else { Resume::No },
                cache: if self.no_cache { CacheUse::Ignore } else { CacheUse::Use },
                ..options(&self.judging, &self.selection, self.budget)
            },
            probes: self.probes.clone(),
            judge: self.judge.clone(),
            orders: self.orders,
            controls: self.controls,
            paraphrase_model: self.paraphrase_model.clone(),
            paraphrases: self.paraphrases,
            seed: self.seed,
            replay: self.replay.clone(),
        }
    }
}
