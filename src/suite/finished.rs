//! Runs that are over, read from their folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::judges::Suite;
use super::parts::{Summed, has_parts};
use super::run_tally::{opened, tally};
use super::runs::SummaryFile;
use super::{checked_file, material, runs};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, Outcome, RunHead};
use crate::judge::Reading;
use crate::report::{Ran, Report, SuiteMaterial, SuiteReport, suite_report};

/// A run that is over.
pub(crate) struct Finished {
    folder: PathBuf,
    pub(crate) head: RunHead,
    pub(crate) file: SummaryFile,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Finished {
    /// Reads a run's folder, or one with the parts of a run.
    pub(crate) fn open(folder: &Path, config: &Config) -> Result<Self> {
        if has_parts(folder) {
            return Self::of_parts(folder, config);
        }
        let head = Journal::head(folder)?;
        let outcomes = Journal::read(folder)?;
        if outcomes.is_empty() {
            let detail = format!("nothing is settled in the run in {}", folder.display());
            return Err(Error::new(ErrorKind::Journal, detail).help("a report needs one record at least"));
        }
        let file = SummaryFile::read(folder).unwrap_or_else(|| unfinished(&head, &outcomes, config));
        Ok(Self { folder: folder.to_owned(), head, file, outcomes })
    }

    fn of_parts(folder: &Path, config: &Config) -> Result<Self> {
        let summed = Summed::open(folder, config)?;
        let file = summed.file(config)?;
        let mut outcomes = Vec::new();
        summed.each(|outcome| outcomes.push(outcome))?;
        Ok(Self { folder: folder.to_owned(), head: summed.head, file, outcomes })
    }

    /// The run as a part of a report, and what was judged of its records.
    pub(crate) fn report(&self, config: &Config) -> (SuiteReport, SuiteMaterial) {
        let place = self.folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let mut ran = Ran {
            run: place.unwrap_or_default(),
            ended: self.file.ended.clone(),
            exit_code: self.file.exit_code,
            pass_at: self.file.pass_at,
            dataset: None,
            lines: BTreeMap::new(),
        };
        let material = match self.suite(config) {
            Ok(suite) => {
                (ran.dataset, ran.lines) = self.places(&suite, config);
                material::material(&self.head, self.reading(), &self.outcomes, &suite, config)
            }
            Err(why) => SuiteMaterial { missing: Some(why.to_string()), ..SuiteMaterial::default() },
        };
        let report = suite_report(&ran, &self.file.summary, &self.outcomes);
        match checked_file::read(&self.folder) {
            Some(file) => (report.checked(&file.checked, file.exit_code), material),
            None => (report, material),
        }
    }

    /// The suite, if it is still there.
    fn suite(&self, config: &Config) -> Result<Suite> {
        if config.file.scores.contains_key(&self.head.suite) {
            let why = "the judgments were made elsewhere, and their prompts are not known here";
            return Err(Error::new(ErrorKind::Config, why));
        }
        opened(&self.head, config)
    }

    /// The dataset's file, and the records' lines in it, unless it changed since.
    fn places(&self, suite: &Suite, config: &Config) -> (Option<String>, BTreeMap<String, u64>) {
        let path = config.path(&suite.file.dataset);
        let same = runs::hash(&path).is_ok_and(|hash| hash == self.head.dataset);
        let records = if same { suite.dataset(config).ok() } else { None };
        let lines = records.into_iter().flatten().flatten().map(|record| (record.id, record.line));
        (Some(from_workspace(&path, config)), lines.collect())
    }

    /// How the run's verdicts were read.
    pub(crate) fn reading(&self) -> Reading {
        self.file.summary.reading
    }
}

/// The numbers of a run that has none yet: what is in its journal.
fn unfinished(head: &RunHead, outcomes: &[Outcome], config: &Config) -> SummaryFile {
    let reading = outcomes.first().map_or(Reading::Text, |outcome| outcome.reading);
    let mut tally = tally(head, reading, config);
    for outcome in outcomes {
        tally.add(outcome);
    }
    let pass_at = opened(head, config).ok().and_then(|suite| suite.file.pass_at);
    let wall_s = outcomes.iter().map(|outcome| outcome.elapsed_ms / 1000.0).sum();
    SummaryFile::new("unfinished", None, pass_at, tally.summary(wall_s))
}

/// A path as GitHub wants it: from the top of the repository.
fn from_workspace(path: &Path, config: &Config) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let workspace = config.environment.variable("GITHUB_WORKSPACE").map(PathBuf::from);
    let inside = workspace.as_deref().and_then(|workspace| whole.strip_prefix(workspace).ok());
    inside.unwrap_or(path).display().to_string()
}

/// The folders of the runs that words name: a run's folder or its name, a suite (its last run), or `last` (that of
/// every suite).
pub(crate) fn folders(config: &Config, words: &[String]) -> Result<Vec<PathBuf>> {
    let words: Vec<&String> = words.iter().filter(|word| *word != "last").collect();
    if words.is_empty() {
        return every_last(config);
    }
    let mut folders = Vec::new();
    for word in words {
        let folder = named(config, word)?;
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    Ok(folders)
}

/// The folder of the run that a word names; or a folder with the parts of one.
pub(crate) fn named(config: &Config, word: &str) -> Result<PathBuf> {
    let places = [PathBuf::from(word), config.state_dir.join("runs").join(word)];
    if let Some(folder) = places.into_iter().find(|folder| folder.join("run.json").exists()) {
        return Ok(folder);
    }
    if has_parts(Path::new(word)) {
        return Ok(PathBuf::from(word));
    }
    runs::last_folder(config, word).map_err(|_| {
        let runs = config.state_dir.join("runs");
        let detail = format!("`{word}` is neither a run nor a suite with a run in {}", runs.display());
        Error::new(ErrorKind::Usage, detail)
            .help("`evenhand run SUITE` makes one; runs are named by their folder")
    })
}

/// The last run of every suite, and of every [scores.NAME].
fn every_last(config: &Config) -> Result<Vec<PathBuf>> {
    let names = config.file.suites.keys().chain(config.file.scores.keys());
    let folders: Vec<PathBuf> = names.filter_map(|name| runs::last_folder(config, name).ok()).collect();
    if folders.is_empty() { newest(config).map(|folder| vec![folder]) } else { Ok(folders) }
}

/// The folder of the newest run of all.
pub(crate) fn newest(config: &Config) -> Result<PathBuf> {
    let runs = config.state_dir.join("runs");
    let folders = std::fs::read_dir(&runs).into_iter().flatten().flatten().map(|entry| entry.path());
    folders.filter(|folder| folder.join("run.json").exists()).max().ok_or_else(|| {
        Error::new(ErrorKind::Journal, format!("there is no run in {}", runs.display()))
            .help("`evenhand run` makes one")
    })
}

/// A report of these runs.
pub(crate) fn assemble(config: &Config, folders: &[PathBuf]) -> Result<Report> {
    let mut runs = Vec::new();
    for folder in folders {
        runs.push(Finished::open(folder, config)?.report(config));
    }
    Ok(Report::new(runs))
}
