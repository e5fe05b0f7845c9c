//! Stored calibrations: where they lie, and what they hold for.

use std::fs;
use std::path::{Path, PathBuf};

use super::config::Config;
use crate::calibration::{CalibrationFile, Fingerprints};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Panel;

/// The fingerprints of a panel's judge. `None` where it is not a judge alone: several parts together
/// have no distribution that a map could read.
pub(super) fn fingerprints(panel: &Panel) -> Option<Fingerprints> {
    let judge = panel.alone()?;
    Some(Fingerprints {
        signature: judge.spec().fingerprint(),
        judge: judge.fingerprint(),
        model: panel.model().to_owned(),
        reading: panel.reading().name().to_owned(),
    })
}

/// Where a suite's calibration lies if nobody says: `calibration/SUITE.json` beside karat.toml.
pub(super) fn default_path(config: &Config, suite: &str) -> PathBuf {
    config.path(&Path::new("calibration").join(format!("{suite}.json")))
}

/// Reads a stored calibration.
pub(super) fn open(path: &Path) -> Result<CalibrationFile> {
    let unusable = |problem: String| {
        Error::new(ErrorKind::Config, format!("{} is no calibration: {problem}", path.display()))
            .help("`karat calibrate SUITE --write` makes one")
    };
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))
}

/// Writes a calibration, and the folder it lies in.
pub(super) fn store(path: &Path, file: &CalibrationFile) -> Result<()> {
    let unwritable = |source: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let text = serde_json::to_string_pretty(file).map_err(|source| {
        Error::new(ErrorKind::Internal, "a calibration cannot be written as JSON").caused_by(source)
    })?;
    fs::write(path, text + "\n").map_err(unwritable)
}
