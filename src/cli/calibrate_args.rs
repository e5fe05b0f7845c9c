//! The command line of `evenhand calibrate`.

use std::path::PathBuf;

use clap::Args;

use super::help_texts::{FROM, JSON, JUDGE, RECORD, RESUME, SUITE};
use super::judging_args::{BudgetArgs, JudgingArgs, SelectionArgs};
use super::report_files::AnswerFiles;

#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Clone, Debug, Args)]
pub(super) struct CalibrateArgs {
    #[arg(help = SUITE)]
    pub(super) suite: String,
    /// The record's field with the label; the suite's `label` by default. Labels of several people are a list in one
    /// field, or several fields separated by commas.
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub(super) labels: Vec<String>,
    /// Who labelled the records. Agreement with a model's labels does not calibrate a judge.
    #[arg(long, value_enum, default_value_t = Labeller::Human, value_name = "WHO")]
    pub(super) labels_by: Labeller,
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["unlabelled", "resume", "BudgetArgs", "record"], help = FROM)]
    pub(super) from: Option<String>,
    /// Also judge the records without a label, and estimate their pass rate.
    #[arg(long)]
    pub(super) unlabelled: bool,
    /// Another run of the same judge on the same records, to count verdicts that flip. It must be made with
    /// --refresh, since cached replies are the same. May be given several times.
    #[arg(long, value_name = "FOLDER")]
    pub(super) again: Vec<String>,
    /// A run with the two sides of each pair exchanged, to count verdicts that depend on the order.
    #[arg(long, value_name = "FOLDER")]
    pub(super) swapped: Option<String>,
    /// A field whose value is the same for records of one origin (a conversation, an author). They stay together.
    #[arg(long, value_name = "FIELD")]
    pub(super) cluster: Option<String>,
    /// How much worse than a person the judge may be, where several people labelled: 0.2 beside experts, 0.15 beside
    /// skilled workers, 0.1 beside crowd workers.
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    pub(super) epsilon: f64,
    /// What decides between score corrections. By default log-loss.
    #[arg(long, value_enum)]
    pub(super) metric: Option<ChosenBy>,
    /// Fit a threshold alone (on a scale, cut points), chosen by κ. It changes verdicts and leaves scores.
    #[arg(long, conflicts_with_all = ["metric", "content_free"])]
    pub(super) threshold: bool,
    /// Correct scores by the judge's mean: each share is divided by its mean over the records. It needs no labels.
    /// Without --from, the records are judged.
    #[arg(long, conflicts_with_all = ["labels", "unlabelled", "again", "swapped", "cluster", "metric", "threshold", "cascade", "content_free", "PlanArgs", "html", "markdown"])]
    pub(super) batch: bool,
    /// Find thresholds with a guarantee for the suite's cascade, instead of a score correction. Every stage judges
    /// every labelled record.
    #[arg(long, conflicts_with_all = ["unlabelled", "again", "swapped", "cluster", "metric", "threshold", "content_free", "PlanArgs"])]
    pub(super) cascade: bool,
    #[arg(long, value_name = "NAME", help = JUDGE)]
    pub(super) judge: Option<String>,
    /// With --cascade: the share of the final verdicts that may be wrong.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, requires = "cascade")]
    pub(super) alpha: f64,
    /// With --cascade: the probability with which this guarantee may fail.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, requires = "cascade")]
    pub(super) delta: f64,
    /// Also ask about three records without content, and try a score correction by the judge's answers to them.
    #[arg(long)]
    pub(super) content_free: bool,
    /// Store the score correction. By default in calibration/SUITE.json beside evenhand.toml.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "not wished, wished, and wished with a file")]
    pub(super) write: Option<Option<PathBuf>>,
    /// Judge nothing: print whether the stored score correction still holds, or what changed.
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["write", "from", "plan", "html", "markdown"])]
    #[expect(clippy::option_option, reason = "not wished, wished, and wished with a file")]
    pub(super) check: Option<Option<PathBuf>>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    #[arg(long, value_name = "FILE", help = RECORD)]
    pub(super) record: Option<PathBuf>,
    #[arg(long, help = RESUME)]
    pub(super) resume: bool,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) plan: PlanArgs,
    #[command(flatten)]
    pub(super) files: AnswerFiles,
}

/// Planning labels.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "How many labels to collect")]
pub(super) struct PlanArgs {
    /// Judge nothing: print how many labels to collect, and of which records. It uses the labels that there are,
    /// or the guesses below.
    #[arg(long, conflicts_with_all = ["html", "markdown"])]
    pub(super) plan: bool,
    /// How many labels there will be.
    #[arg(long, value_name = "N", default_value_t = 200, requires = "plan")]
    pub(super) budget: u64,
    /// The half-width that the interval of the corrected pass rate should have.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, requires = "plan")]
    pub(super) half_width: f64,
    /// How many further records are judged. By default those without a label, or 1000.
    #[arg(long, value_name = "N", requires = "plan")]
    pub(super) judged: Option<u64>,
    /// A guess: the share of good records that the judge passes.
    #[arg(long, value_name = "SHARE", requires_all = ["plan", "specificity", "rate"])]
    pub(super) sensitivity: Option<f64>,
    /// A guess: the share of bad records that the judge fails.
    #[arg(long, value_name = "SHARE", requires_all = ["plan", "sensitivity", "rate"])]
    pub(super) specificity: Option<f64>,
    /// A guess: the share of records that are good.
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
