//! The command line of `evenhand import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The tools whose tests can be imported.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// A configuration of promptfoo's, with the files that it names.
    Promptfoo(ImportArgs),
    /// An eval of OpenAI's hosted Evals service, with its rows.
    OpenaiEvals(OpenaiEvalsArgs),
    /// A log of Inspect's, .json or .eval: its samples as a dataset, its scores as judgments for `evenhand score`.
    Inspect(ImportArgs),
}

#[derive(Clone, Debug, Args)]
pub(super) struct OpenaiEvalsArgs {
    #[command(flatten)]
    pub(super) import: ImportArgs,
    /// Its rows: lines of {"item": {...}}, with "sample" if there is an output, or the output items of a run.
    #[arg(long, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
    /// A run of the eval: its rows, if it holds them, and the model and prompt that made the outputs.
    #[arg(long, value_name = "FILE")]
    pub(super) run: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ImportArgs {
    /// The file to import.
    pub(super) file: PathBuf,
    /// The folder that the project is written to.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(super) to: PathBuf,
    /// Write what can be carried over, and list the rest in evenhand.toml. By default nothing is written then.
    #[arg(long)]
    pub(super) allow_partial: bool,
}
