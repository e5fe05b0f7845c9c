//! `steps.toml`: what is done in a project, one command after another.

#![expect(clippy::panic, reason = "a project that cannot be read ends its test")]

use std::path::Path;

use serde::Deserialize;

/// What is done in a project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What the project covers, for the reader.
    #[serde(rename = "covers")]
    _covers: String,
    /// How the judge of `judge.rs` judges.
    #[serde(default)]
    pub judge: Manner,
    /// What an earlier version did here. Runs only when the project is recorded.
    #[serde(default)]
    pub before: Vec<Step>,
    /// What of it is kept in `made/`: paths, or the beginnings of paths.
    #[serde(default)]
    pub made: Vec<String>,
    /// What this version does.
    pub steps: Vec<Step>,
    /// Files that are not recorded: paths, or the beginnings of paths.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// Files that are recorded, though they usually are not: journals, summaries, replies, and what is in the cache.
    #[serde(default)]
    pub keep: Vec<String>,
    /// How many of the first requests are recorded as they were sent.
    #[serde(default)]
    pub wire: usize,
}

/// How the judge judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// By the words of the text.
    #[default]
    Fair,
    /// So once it is shown examples; without, everything is good.
    NeedsDemos,
}

/// One command.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The command's arguments, as they are typed.
    pub run: Option<String>,
    /// Or a line for the shell.
    pub shell: Option<String>,
    /// The exit code.
    #[serde(default)]
    pub exit: i32,
    /// What is typed into it.
    #[serde(default)]
    pub typed: String,
    /// Does not record the standard output: it is a text for people, which snapshots hold elsewhere.
    #[serde(default)]
    pub untold: bool,
}

impl Plan {
    /// Reads `steps.toml` of a project.
    pub fn read(folder: &Path) -> Self {
        let path = folder.join("steps.toml");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

impl Step {
    /// What is run, for the reader.
    pub fn line(&self) -> String {
        match (&self.run, &self.shell) {
            (Some(run), None) => run.clone(),
            (None, Some(shell)) => format!("$ {shell}"),
            _ => panic!("a step has `run` or `shell`: {self:?}"),
        }
    }
}
