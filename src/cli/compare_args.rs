//! The command line of `evenhand compare`.

use clap::Args;

use super::help_texts::{CONCURRENCY, DRY_RUN, FILTER, JSON, LIMIT, MODEL_OR_ROUTE, READING};
use super::judging_args::StrategyList;
use super::report_files::AnswerFiles;
use crate::suite::{AnswerLabels, Reading};

/// The heading of the options that name two ways or more to judge a suite.
const TO_JUDGE: &str = "Judge a suite in several ways, through the cache, and compare";
/// The heading of what else there is to say of it.
const HOW_JUDGED: &str = "How that suite is judged";

#[derive(Clone, Debug, Args)]
pub(super) struct CompareArgs {
    /// The old run and the new one: folders, names in .evenhand/runs, last, last~1 for the one before, or golden
    /// files as FILE.json or FILE.json:MODEL. Or a suite to judge, with --models, --signatures, --strategies or
    /// --answer-labels.
    #[arg(value_name = "OLD NEW | SUITE", required = true, num_args = 1..=2)]
    pub(super) what: Vec<String>,
    /// Judge the suite with two models, the old one and the new one: roles or routes of evenhand.toml, or
    /// PROVIDER/NAME.
    #[arg(long, value_name = "OLD,NEW", value_delimiter = ',', group = "both_ways", help_heading = TO_JUDGE)]
    pub(super) models: Vec<String>,
    /// Judge the suite with two signatures, the old one and the new one: bundled ones, names in signatures/, or
    /// files.
    #[arg(long, value_name = "OLD,NEW", value_delimiter = ',', group = "both_ways", help_heading = TO_JUDGE)]
    pub(super) signatures: Vec<String>,
    /// Judge the suite by several strategies, and compare the others with the first: NAME, or
    /// NAME:option=value,option=value.
    #[arg(long, value_name = "FIRST,OTHER,...", group = "both_ways", help_heading = TO_JUDGE)]
    pub(super) strategies: Option<StrategyList>,
    /// Judge the suite with two kinds of names for the possible answers of --reading weighted, the old kind and the
    /// new one.
    #[arg(long, value_enum, value_name = "OLD,NEW", value_delimiter = ',', group = "both_ways", help_heading = TO_JUDGE)]
    pub(super) answer_labels: Vec<AnswerLabels>,
    /// The judge, if the suite has several. With --signatures.
    #[arg(long, value_name = "NAME", requires = "signatures", help_heading = HOW_JUDGED)]
    pub(super) judge: Option<String>,
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL", help = MODEL_OR_ROUTE, help_heading = HOW_JUDGED, hide_env_values = true)]
    pub(super) model: Option<String>,
    /// The suite that `last` is the last run of. By default any suite.
    #[arg(long, value_name = "SUITE", conflicts_with = "both_ways")]
    pub(super) suite: Option<String>,
    #[arg(long, value_enum, requires = "both_ways", help = READING, help_heading = HOW_JUDGED)]
    pub(super) reading: Option<Reading>,
    /// Judge each record K times.
    #[arg(long, value_name = "K", requires = "both_ways", value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = HOW_JUDGED)]
    pub(super) repeats: Option<u32>,
    #[arg(long, value_name = "N", requires = "both_ways", help = LIMIT, help_heading = HOW_JUDGED)]
    pub(super) limit: Option<u64>,
    #[arg(long, value_name = "FIELD=PATTERN", requires = "both_ways", help = FILTER, help_heading = HOW_JUDGED)]
    pub(super) filter: Vec<String>,
    #[arg(long, value_name = "N", requires = "both_ways", help = CONCURRENCY, help_heading = HOW_JUDGED)]
    pub(super) concurrency: Option<usize>,
    /// Send at most N calls, including those that are sent again after a failure. Each side has this budget.
    #[arg(long, value_name = "N", requires = "both_ways", help_heading = HOW_JUDGED)]
    pub(super) max_calls: Option<u64>,
    /// Spend at most this many US dollars. Each side has this budget.
    #[arg(long, value_name = "USD", requires = "both_ways", help_heading = HOW_JUDGED)]
    pub(super) max_cost: Option<f64>,
    #[arg(long, requires = "both_ways", help = DRY_RUN, help_heading = HOW_JUDGED)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) files: AnswerFiles,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
}
