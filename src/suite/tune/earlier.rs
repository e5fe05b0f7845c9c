//! A tuning that is finished: its page, and what of it can be written without asking a model.

use std::fs;
use std::path::{Path, PathBuf};

use super::folder::{RESULT, named, read};
use crate::error::{Error, ErrorKind, Result};
use crate::optimizer::TunePage;
use crate::suite::calibrations;
use crate::suite::config::Config;
use crate::suite::shell::quoted;

/// The winner as a signature file, in a tuning's folder.
pub(super) const SIGNATURE: &str = "signature.toml";
/// The winner's own template, where it has one.
pub(super) const TEMPLATE: &str = "signature.jinja";
/// The threshold that suits the prompt, as a calibration.
pub(super) const CALIBRATION: &str = "calibration.json";

/// A finished tuning.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) page: TunePage,
    pub(crate) folder: PathBuf,
}

impl Finished {
    /// The suite's tuning of this name: a folder, or `last`.
    pub(crate) fn open(config: &Config, suite: &str, name: &str) -> Result<Self> {
        let folder = named(config, suite, name)?;
        let page: TunePage = read(&folder.join(RESULT))?;
        if page.suite != suite {
            let detail = format!("{} is a tuning of suite {}, not of {suite}", folder.display(), page.suite);
            return Err(Error::new(ErrorKind::Usage, detail).help(format!(
                "evenhand tune {} --report {}",
                quoted(&page.suite),
                quoted(&folder.display().to_string())
            )));
        }
        Ok(Self { page, folder })
    }

    /// The winner's prompt beside the baseline's, where there is one.
    pub(crate) fn difference(&self) -> Option<String> {
        fs::read_to_string(self.folder.join("prompt.diff")).ok()
    }

    /// Whether a threshold is kept whose gain holds on unseen labels.
    pub(crate) fn has_calibration(&self) -> bool {
        self.folder.join(CALIBRATION).exists()
    }

    /// Writes the winner's signature to a file, its template beside it.
    pub(crate) fn write_signature(&self, path: &Path) -> Result<()> {
        if self.page.winner().is_none() {
            let why = "no candidate beat the signature as it is, so there is none to write";
            return Err(self.nothing(why).help("keep the signature as it is"));
        }
        copy(&self.folder.join(SIGNATURE), path)?;
        let template = self.folder.join(TEMPLATE);
        if template.exists() { copy(&template, &path.with_extension("jinja")) } else { Ok(()) }
    }

    /// How a signature that was written is used.
    pub(crate) fn use_signature(&self, path: &Path) -> String {
        let (path, suite) = (path.display(), &self.page.suite);
        format!("signature: {path}; to use it, set `signature = \"{path}\"` in [suites.{suite}]")
    }

    /// Writes the kept threshold to a file, as the suite's calibration.
    pub(crate) fn write_calibration(&self, path: &Path) -> Result<()> {
        if !self.has_calibration() {
            let suite = quoted(&self.page.suite);
            let why = "no threshold's gain holds on unseen labels, so there is none to write";
            return Err(self
                .nothing(why)
                .help(format!("place one on all labelled records: evenhand calibrate {suite} --threshold")));
        }
        let kept = calibrations::open(&self.folder.join(CALIBRATION))?;
        calibrations::store(path, &kept)
    }

    /// How a threshold that was written is used.
    pub(crate) fn use_calibration(&self, path: &Path) -> String {
        let (path, suite) = (path.display(), &self.page.suite);
        let winner = if self.page.winner().is_some() { ", beside the winner's signature" } else { "" };
        format!("calibration: {path}; to use it, set `calibration = \"{path}\"` in [suites.{suite}]{winner}")
    }

    fn nothing(&self, why: &str) -> Error {
        Error::new(ErrorKind::Journal, format!("{}: {why}", self.folder.display()))
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let refused = |source: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write {} to {}: {source}", from.display(), to.display()))
    };
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(refused)?;
    }
    fs::copy(from, to).map(|_| ()).map_err(refused)
}
