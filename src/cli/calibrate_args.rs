//! The command line of `evenhand calibrate`.

use std::path::PathBuf;

use clap::Args;

use super::judging_args::{BudgetArgs, JudgingArgs, SelectionArgs};
use super::report_files::AnswerFiles;

#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Clone, Debug, Args)]
pub(super) struct CalibrateArgs {
    /// The suite.
    pub(super) suite: String,
    /// The record's field with the label, or with a list of several people's; several fields, one a
    /// person, separated by commas. The suite's `label` by default.
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub(super) labels: Vec<String>,
    /// Who labelled. Agreement with a model's labels is not a calibration.
    #[arg(long, value_enum, default_value_t = Labeller::Human)]
    pub(super) labels_by: Labeller,
    /// Take the judgments of an earlier run instead of judging: its folder, or last.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["unlabelled", "resume", "BudgetArgs", "record"])]
    pub(super) from: Option<String>,
    /// Judge the records without a label too, and estimate their pass rate.
    #[arg(long)]
    pub(super) unlabelled: bool,
    /// Another run of the same judge on the same records (made with --refresh: the cache would give the same
    /// replies), for verdicts that flip. May be given several times.
    #[arg(long, value_name = "FOLDER")]
    pub(super) again: Vec<String>,
    /// A run with the two sides of each pair exchanged, for verdicts that depend on the place.
    #[arg(long, value_name = "FOLDER")]
    pub(super) swapped: Option<String>,
    /// A field that records of one origin share (a conversation, an author). They stay together in fitting.
    #[arg(long, value_name = "FIELD")]
    pub(super) cluster: Option<String>,
    /// How much worse than a person the judge may be, with labels of several: 0.2 beside experts, 0.15 beside skilled,
    /// 0.1 beside crowd workers.
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    pub(super) epsilon: f64,
    /// What a score correction is chosen by; log-loss by default.
    #[arg(long, value_enum)]
    pub(super) metric: Option<ChosenBy>,
    /// Try a threshold (cut points on a scale) and nothing else, by κ: verdicts move, scores stay.
    #[arg(long, conflicts_with_all = ["metric", "content_free"])]
    pub(super) threshold: bool,
    /// Take the mean of what the judge says as a score correction: each share is divided by its mean. It needs no labels,
    /// and the records are judged if no run is named.
    #[arg(long, conflicts_with_all = ["labels", "unlabelled", "again", "swapped", "cluster", "metric", "threshold", "cascade", "content_free", "PlanArgs", "html", "markdown"])]
    pub(super) batch: bool,
    /// Find thresholds with a guarantee for the suite's cascade, instead of a score correction: every stage is asked
    /// about every labelled record.
    #[arg(long, conflicts_with_all = ["unlabelled", "again", "swapped", "cluster", "metric", "threshold", "content_free", "PlanArgs"])]
    pub(super) cascade: bool,
    /// The judge, if the suite has several. With --cascade: which judge, if several are cascades.
    #[arg(long, value_name = "NAME")]
    pub(super) judge: Option<String>,
    /// For --cascade: the share of the final verdicts that may be wrong.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, requires = "cascade")]
    pub(super) alpha: f64,
    /// For --cascade: the probability with which this guarantee may fail.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, requires = "cascade")]
    pub(super) delta: f64,
    /// Also ask about three records without content, and try a correction by the judge's answers to them.
    #[arg(long)]
    pub(super) content_free: bool,
    /// Store the score correction; calibration/SUITE.json beside evenhand.toml by default.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "not wished, wished, and wished with a file")]
    pub(super) write: Option<Option<PathBuf>>,
    /// Say whether the stored score correction still holds, or what changed. Nothing is judged.
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["write", "from", "plan", "html", "markdown"])]
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
    /// Continue the suite's last run.
    #[arg(long)]
    pub(super) resume: bool,
    #[command(flatten)]
    pub(super) files: AnswerFiles,
    /// Print JSON instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

/// Planning labels.
#[derive(Clone, Debug, Args)]
pub(super) struct PlanArgs {
    /// Print how many labels to collect, and of which records, instead of the page. Uses the labels there are, or
    /// the guesses below.
    #[arg(long, conflicts_with_all = ["html", "markdown"])]
    pub(super) plan: bool,
    /// For --plan: how many labels there will be.
    #[arg(long, value_name = "N", default_value_t = 200, requires = "plan")]
    pub(super) budget: u64,
    /// For --plan: half of the width that the corrected rate's interval should have.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, requires = "plan")]
    pub(super) half_width: f64,
    /// For --plan: how many further records are judged. By default those without a label, or 1000.
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

/// What a score correction is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ChosenBy {
    /// The log loss: for scores that are read as probabilities or means.
    LogLoss,
    /// The Brier score.
    Brier,
    /// κ: for verdicts that decide something.
    Kappa,
}

impl ChosenBy {
    /// As the command line has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::LogLoss => "log-loss",
            Self::Brier => "brier",
            Self::Kappa => "kappa",
        }
    }
}
