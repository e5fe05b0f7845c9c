//! The command line of `evenhand calibrate`.

use std::path::PathBuf;

use clap::Args;

use super::judging_args::{BudgetArgs, JudgingArgs, SelectionArgs};

#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Clone, Debug, Args)]
pub(super) struct CalibrateArgs {
    /// The suite.
    pub(super) suite: String,
    /// The record's field with the label, or with a list of several people's; several fields, one a
    /// person, separated by commas. The suite's `label` by default.
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub(super) labels: Vec<String>,
    /// Who labelled: agreement with a model's labels is no calibration.
    #[arg(long, value_enum, default_value_t = Labeller::Human)]
    pub(super) labels_by: Labeller,
    /// Take the judgments of an earlier run instead of judging: its folder, or last.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["unlabelled", "resume", "BudgetArgs", "record"])]
    pub(super) from: Option<String>,
    /// Judge the records without a label too: their pass rate is estimated.
    #[arg(long)]
    pub(super) unlabelled: bool,
    /// Another run of the same judge on the same records (made with --refresh: the cache would give the same
    /// replies), for verdicts that flip. May be given several times.
    #[arg(long, value_name = "FOLDER")]
    pub(super) again: Vec<String>,
    /// A run with the two sides of each pair exchanged, for verdicts that go by the place.
    #[arg(long, value_name = "FOLDER")]
    pub(super) swapped: Option<String>,
    /// A field that records of one origin share (a conversation, an author): they are not parted in fitting.
    #[arg(long, value_name = "FIELD")]
    pub(super) cluster: Option<String>,
    /// How much worse than a person the judge may be, with labels of several: 0.2 beside experts, 0.15 beside skilled,
    /// 0.1 beside crowd workers.
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    pub(super) epsilon: f64,
    /// What a map is chosen by.
    #[arg(long, value_enum, default_value_t = ChosenBy::LogLoss)]
    pub(super) metric: ChosenBy,
    /// Ask three records without content too, and try the correction by what the judge says to them.
    #[arg(long)]
    pub(super) content_free: bool,
    /// Store the calibration; calibration/SUITE.json beside evenhand.toml by default.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "not wished, wished, and wished with a file")]
    pub(super) write: Option<Option<PathBuf>>,
    /// Say whether the stored calibration still holds, or what changed; nothing is judged.
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["write", "from", "plan"])]
    #[expect(clippy::option_option, reason = "not wished, wished, and wished with a file")]
    pub(super) check: Option<Option<PathBuf>>,
    #[command(flatten)]
    pub(super) plan: PlanArgs,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    /// Write every reply to a file that replay/FILE can answer from.
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Go on with the suite's last run where it was left.
    #[arg(long)]
    pub(super) resume: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

/// Planning labels.
#[derive(Clone, Debug, Args)]
pub(super) struct PlanArgs {
    /// Print how many labels to collect, and of which records, instead of the page: by the labels there are, or by
    /// the guesses below.
    #[arg(long)]
    pub(super) plan: bool,
    /// For --plan: how many labels there will be.
    #[arg(long, value_name = "N", default_value_t = 200, requires = "plan")]
    pub(super) budget: u64,
    /// For --plan: half of the width the corrected rate's interval should have.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, requires = "plan")]
    pub(super) half_width: f64,
    /// For --plan: how many records are judged besides; those without a label by default, or 1000.
    #[arg(long, value_name = "N", requires = "plan")]
    pub(super) judged: Option<u64>,
    /// For --plan: a guess of the share of good records that the judge passes.
    #[arg(long, value_name = "SHARE", requires_all = ["plan", "specificity", "rate"])]
    pub(super) sensitivity: Option<f64>,
    /// For --plan: a guess of the share of bad records that it fails.
    #[arg(long, value_name = "SHARE", requires_all = ["plan", "sensitivity", "rate"])]
    pub(super) specificity: Option<f64>,
    /// For --plan: a guess of the share of records that are good.
    #[arg(long, value_name = "SHARE", requires_all = ["plan", "sensitivity", "specificity"])]
    pub(super) rate: Option<f64>,
}

/// Who labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Labeller {
    /// People.
    Human,
    /// A model.
    Model,
}

/// What a map is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ChosenBy {
    /// The log loss: for scores that are read as probabilities or means.
    LogLoss,
    /// The Brier score.
    Brier,
    /// κ: for verdicts that decide something.
    Kappa,
}
