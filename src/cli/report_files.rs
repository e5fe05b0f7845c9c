//! The files that a report is written to.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::help_texts::{HTML, MARKDOWN, REPORTS};
use super::terminal::print;
use crate::error::{Error, ErrorKind, Result};
use crate::report::{Answer, Report, answer_html, answer_markdown};
use crate::suite::Exit;
use crate::suite::config::Config;
use crate::suite::finished::assemble;
use crate::suite::runs::to_file;

/// What is written of a run, and where to.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = REPORTS)]
pub(super) struct ReportFiles {
    #[arg(long, value_name = "FILE", help = HTML)]
    pub(super) html: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = MARKDOWN)]
    pub(super) markdown: Option<PathBuf>,
    /// Write the report as JUnit XML, for GitHub, GitLab and Jenkins.
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Write the report as CSV: one row per record.
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// Write the report as JSON. `evenhand schema report` prints its schema.
    #[arg(long, value_name = "FILE")]
    pub(super) json_report: Option<PathBuf>,
    /// In a job of GitHub Actions, add the report to the job's summary, and annotate lines of the dataset.
    #[arg(long)]
    pub(super) github: bool,
}

impl ReportFiles {
    /// Whether anything is wished.
    pub(super) fn any(&self) -> bool {
        let Self { html, markdown, junit, csv, json_report, github } = self;
        *github || [html, markdown, junit, csv, json_report].iter().any(|file| file.is_some())
    }

    /// Writes what is wished of runs that ended so. A report that cannot be written is told; it takes the place of a success, and
    /// of nothing worse.
    pub(super) fn write_after(&self, exit: Exit, config: &Config, folders: &[PathBuf]) -> Result<Exit> {
        match self.write(config, folders) {
            Ok(()) => Ok(exit),
            Err(error) if exit == Exit::Success => Err(error),
            Err(error) => {
                eprintln!("evenhand: no report: {error:#}");
                Ok(exit)
            }
        }
    }

    /// Writes what is wished of these runs.
    pub(super) fn write(&self, config: &Config, folders: &[PathBuf]) -> Result<()> {
        if !self.any() || folders.is_empty() {
            return Ok(());
        }
        let report = assemble(config, folders)?;
        write(self.html.as_deref(), || report.html())?;
        write(self.markdown.as_deref(), || Ok(report.markdown()))?;
        write(self.junit.as_deref(), || report.junit())?;
        write(self.csv.as_deref(), || report.csv())?;
        write(self.json_report.as_deref(), || report.json())?;
        if self.github { github(&report) } else { Ok(()) }
    }
}

/// Writes one of them, where it is wished.
pub(super) fn write(path: Option<&Path>, text: impl FnOnce() -> Result<String>) -> Result<()> {
    let Some(path) = path else {
        return Ok(());
    };
    let text = text()?;
    if path == Path::new("-") {
        return print(&text);
    }
    to_file(path, &text)?;
    eprintln!("report: {}", path.display());
    Ok(())
}

/// Annotations go to the standard error, which GitHub reads too: the standard output stays what it is.
fn github(report: &Report) -> Result<()> {
    eprint!("{}", report.annotations());
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from) else {
        eprintln!("GITHUB_STEP_SUMMARY is not set: there is no job summary to add to");
        return Ok(());
    };
    let refused = |source| Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()));
    let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(refused)?;
    file.write_all(report.markdown().as_bytes()).map_err(refused)
}

/// Where a report with one answer is written to.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct AnswerFiles {
    #[arg(long, value_name = "FILE", help = HTML, help_heading = REPORTS)]
    html: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = MARKDOWN, help_heading = REPORTS)]
    markdown: Option<PathBuf>,
}

impl AnswerFiles {
    /// Writes the files that are wished.
    pub(super) fn write(&self, answer: impl FnOnce() -> Answer) -> Result<()> {
        if self.html.is_none() && self.markdown.is_none() {
            return Ok(());
        }
        let answer = answer();
        write(self.html.as_deref(), || answer_html(&answer))?;
        write(self.markdown.as_deref(), || Ok(answer_markdown(&answer)))
    }
}
