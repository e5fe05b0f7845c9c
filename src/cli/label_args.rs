//! The command line of `evenhand label`.

use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "a command line has switches")]
pub(super) struct LabelArgs {
    /// The suite.
    pub(super) suite: String,
    /// Who labels: the name of the file that the labels go to.
    #[arg(long = "as", value_name = "NAME")]
    pub(super) name: Option<String>,
    /// The page's port; 0 for a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8090)]
    pub(super) port: u16,
    /// Label the outputs of this file, joined by id, instead of what the suite says.
    #[arg(long, value_name = "FILE")]
    pub(super) outputs: Option<PathBuf>,
    /// Choose the records to label, and keep the choice. No model is asked.
    #[arg(long, conflicts_with_all = ["status", "export", "import", "adjudicate"])]
    pub(super) plan: bool,
    /// How many records a plan draws at random; 100 by default.
    #[arg(long, value_name = "N", requires = "plan")]
    pub(super) random: Option<u64>,
    /// Draw as many as it takes to know a share within so much.
    #[arg(long, value_name = "X", requires = "plan", conflicts_with = "random")]
    pub(super) half_width: Option<f64>,
    /// How many records a plan takes of those that the last run's judge was least sure of.
    #[arg(long, value_name = "N", requires = "plan", default_value_t = 0)]
    pub(super) uncertain: u64,
    /// How many records everybody labels, so that agreement can be computed.
    #[arg(long, value_name = "N", requires = "plan", default_value_t = 30)]
    pub(super) overlap: u64,
    /// Draw from the records of each value of this field in the same share.
    #[arg(long, value_name = "FIELD", requires = "plan")]
    pub(super) strata: Option<String>,
    /// Who labels, by a plan: ana,ben.
    #[arg(long, value_name = "NAMES", requires = "plan", value_delimiter = ',')]
    pub(super) people: Vec<String>,
    /// Another number draws other records.
    #[arg(long, value_name = "N", requires = "plan", default_value_t = 0)]
    pub(super) seed: u64,
    /// Say who is done, how far people agree, and what the labels say.
    #[arg(long, conflicts_with_all = ["export", "import", "adjudicate"])]
    pub(super) status: bool,
    /// Tell the status as JSON.
    #[arg(long, requires = "status")]
    pub(super) json: bool,
    /// Write all labels to this file: .csv or .jsonl.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["import", "adjudicate"])]
    pub(super) export: Option<PathBuf>,
    /// Take labels from this file: .csv or .jsonl with `id`, `label`, and `by` unless --as names somebody.
    #[arg(long, value_name = "FILE", conflicts_with = "adjudicate")]
    pub(super) import: Option<PathBuf>,
    /// Decide about records on which people disagree: everybody's labels are shown.
    #[arg(long)]
    pub(super) adjudicate: bool,
}
