//! The command line of `evenhand label`.

use std::path::PathBuf;

use clap::Args;

use super::help_texts::{JSON, OUTPUTS, PORT, SEED, SUITE};

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "a command line has switches")]
pub(super) struct LabelArgs {
    #[arg(help = SUITE)]
    pub(super) suite: String,
    /// Who labels: the name of the file that the labels are written to.
    #[arg(long = "as", value_name = "NAME")]
    pub(super) name: Option<String>,
    #[arg(long, value_name = "PORT", default_value_t = 8090, help = PORT)]
    pub(super) port: u16,
    #[arg(long, value_name = "FILE", help = OUTPUTS)]
    pub(super) outputs: Option<PathBuf>,
    /// Choose the records to label, and keep the choice. No model is asked.
    #[arg(long, conflicts_with_all = ["status", "export", "import", "adjudicate"])]
    pub(super) plan: bool,
    /// With --plan: draw N records at random. By default 100.
    #[arg(long, value_name = "N", requires = "plan")]
    pub(super) random: Option<u64>,
    /// With --plan: draw as many records as it takes to estimate a share to within this half-width.
    #[arg(long, value_name = "X", requires = "plan", conflicts_with = "random")]
    pub(super) half_width: Option<f64>,
    /// With --plan: also take the N records that the judge of the last run was least sure of.
    #[arg(long, value_name = "N", requires = "plan", default_value_t = 0)]
    pub(super) uncertain: u64,
    /// With --plan: let everybody label the same N records, so that agreement can be computed.
    #[arg(long, value_name = "N", requires = "plan", default_value_t = 30)]
    pub(super) overlap: u64,
    /// With --plan: draw the same share of the records of each value of this field.
    #[arg(long, value_name = "FIELD", requires = "plan")]
    pub(super) strata: Option<String>,
    /// With --plan: who labels, separated by commas: ana,ben.
    #[arg(long, value_name = "NAMES", requires = "plan", value_delimiter = ',')]
    pub(super) people: Vec<String>,
    #[arg(long, value_name = "N", requires = "plan", default_value_t = 0, help = SEED)]
    pub(super) seed: u64,
    /// Print who is done, how well people agree, and what the labels say.
    #[arg(long, conflicts_with_all = ["export", "import", "adjudicate"])]
    pub(super) status: bool,
    #[arg(long, requires = "status", help = JSON)]
    pub(super) json: bool,
    /// Write all labels to this file: .csv or .jsonl.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["import", "adjudicate"])]
    pub(super) export: Option<PathBuf>,
    /// Take labels from this file: .csv or .jsonl with `id` and `label`, and with `by` unless --as names a person.
    #[arg(long, value_name = "FILE", conflicts_with = "adjudicate")]
    pub(super) import: Option<PathBuf>,
    /// Decide about the records on which people disagree. Everybody's labels are shown.
    #[arg(long)]
    pub(super) adjudicate: bool,
}
