//! The command line of `evenhand probe`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::judging_args::{BudgetArgs, JudgingArgs, SelectionArgs, StrategyArgs, options};
use crate::cli::report_files::AnswerFiles;
use crate::suite::{CacheUse, ProbeName, ProbeOptions, Resume, RunOptions};

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "a command line has switches")]
pub(in crate::cli) struct ProbeArgs {
    /// The suite.
    pub(super) suite: String,
    /// The probes; by default all that say something about the judge.
    #[arg(long, value_enum, value_name = "NAME,...", value_delimiter = ',')]
    probes: Vec<ProbeName>,
    /// The judge that is probed, where the suite has several.
    #[arg(long, value_name = "NAME")]
    judge: Option<String>,
    /// In how many other orders, at most, verdicts, criteria and the items of lists are shown.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    orders: u32,
    /// How often the unchanged question is asked again, to tell noise from an effect.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100))]
    controls: u32,
    /// A model that writes the instruction in other words, for the probe paraphrase: a role of evenhand.toml, or
    /// PROVIDER/NAME. Its texts take the place of the suite's paraphrases and of evenhand's own rewordings.
    #[arg(long, value_name = "MODEL")]
    paraphrase_model: Option<String>,
    /// With --paraphrase-model: how many rewritings it writes.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=50))]
    paraphrases: u32,
    /// What orders are drawn by.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    judging: JudgingArgs,
    #[command(flatten)]
    strategy: StrategyArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    budget: BudgetArgs,
    /// Neither use nor keep cached replies.
    #[arg(long)]
    no_cache: bool,
    /// Ask nothing: say how many calls, tokens, dollars and minutes it would take.
    #[arg(long, conflicts_with_all = ["resume", "record"])]
    pub(super) dry_run: bool,
    /// Write every reply to a file that --replay can answer from.
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    record: Option<PathBuf>,
    /// Ask no model: answer from a file that --record wrote, and from nothing else.
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    replay: Option<PathBuf>,
    /// Go on with the last probing of the suite where it was left.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    pub(super) files: AnswerFiles,
    /// Print JSON instead of text.
    #[arg(long)]
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
