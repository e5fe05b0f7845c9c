//! The command line of `evenhand compare`.

use clap::Args;

use super::judging_args::StrategyList;
use super::report_files::AnswerFiles;
use crate::suite::{AnswerLabels, Reading};

#[derive(Clone, Debug, Args)]
pub(super) struct CompareArgs {
    /// The old run and the new one: folders, names in .evenhand/runs, last, last~1 for the one before, or golden
    /// files, as FILE.json or FILE.json:MODEL. With --models, --signatures, --strategies or --answer-labels, the suite.
    #[arg(value_name = "OLD NEW | SUITE", required = true, num_args = 1..=2)]
    pub(super) what: Vec<String>,
    /// Judge the suite with these two models, old and new, through the cache: roles or routes of evenhand.toml, or
    /// PROVIDER/NAME.
    #[arg(long, value_name = "OLD,NEW", value_delimiter = ',', group = "both_ways")]
    pub(super) models: Vec<String>,
    /// Judge the suite with these two signatures, old and new, through the cache: files, names in signatures/, or
    /// bundled ones.
    #[arg(long, value_name = "OLD,NEW", value_delimiter = ',', group = "both_ways")]
    pub(super) signatures: Vec<String>,
    /// Judge the suite by these strategies, through the cache, and compare all others with the first: NAME, or
    /// NAME:option=value,option=value.
    #[arg(long, value_name = "FIRST,OTHER,...", group = "both_ways")]
    pub(super) strategies: Option<StrategyList>,
    /// Judge the suite with these two kinds of names for the answers, old and new, through the cache: what a weighted
    /// reading shows in place of each possible answer.
    #[arg(long, value_enum, value_name = "OLD,NEW", value_delimiter = ',', group = "both_ways")]
    pub(super) answer_labels: Vec<AnswerLabels>,
    /// With --signatures: the judge that gets them, if the suite has several.
    #[arg(long, value_name = "NAME", requires = "signatures")]
    pub(super) judge: Option<String>,
    /// Where a suite is judged, but for --models: the model that judges: a role or a route of evenhand.toml, or
    /// PROVIDER/NAME.
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL")]
    pub(super) model: Option<String>,
    /// Whose runs last means; of any suite by default.
    #[arg(long, value_name = "SUITE", conflicts_with = "both_ways")]
    pub(super) suite: Option<String>,
    /// Where a suite is judged: how verdicts are read.
    #[arg(long, value_enum, requires = "both_ways")]
    pub(super) reading: Option<Reading>,
    /// Where a suite is judged: judge each record this many times.
    #[arg(long, value_name = "K", requires = "both_ways", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) repeats: Option<u32>,
    /// Where a suite is judged: judge at most N records.
    #[arg(long, value_name = "N", requires = "both_ways")]
    pub(super) limit: Option<u64>,
    /// Where a suite is judged: judge only records that fit: tag=hard, id=rel-0*. May be given several times.
    #[arg(long, value_name = "FIELD=PATTERN", requires = "both_ways")]
    pub(super) filter: Vec<String>,
    /// Where a suite is judged: at most N records at the same time.
    #[arg(long, value_name = "N", requires = "both_ways")]
    pub(super) concurrency: Option<usize>,
    /// Where a suite is judged: send at most N calls for each side.
    #[arg(long, value_name = "N", requires = "both_ways")]
    pub(super) max_calls: Option<u64>,
    /// Where a suite is judged: spend at most this many US dollars for each side.
    #[arg(long, value_name = "USD", requires = "both_ways")]
    pub(super) max_cost: Option<f64>,
    /// Where a suite is judged: say what it would take, at least and at most, and ask nothing.
    #[arg(long, requires = "both_ways")]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) files: AnswerFiles,
    /// Print JSON instead of text.
    #[arg(long)]
    pub(super) json: bool,
}
