//! Whether a stored calibration still holds.

use std::path::{Path, PathBuf};

use super::judge::{model_config, silent};
use crate::calibration::{CalibrationFile, Fingerprints};
use crate::error::{Error, ErrorKind, Result};
use crate::suite::calibrations::{self, fingerprints};
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::model_config::default_reading;
use crate::suite::options::RunOptions;

/// A stored calibration, held against the suite as it is.
pub(crate) struct StoredCalibration {
    pub(crate) path: PathBuf,
    pub(crate) file: CalibrationFile,
    /// What changed since it was fitted; it holds where this is empty.
    pub(crate) changes: Vec<String>,
}

/// Whether the stored calibration still holds.
pub(crate) async fn check(
    suite: &Suite,
    config: &Config,
    options: &RunOptions,
    file: Option<&Path>,
) -> Result<StoredCalibration> {
    let path = file.map_or_else(|| calibrations::default_path(config, &suite.name), Path::to_owned);
    let stored = calibrations::open(&path)?;
    let model_config = model_config(suite, config, options, None)?;
    let reading = match options.reading.or(suite.file.reading) {
        Some(reading) => reading,
        // A recording's reading is what it holds; an embedded model would be loaded for nothing.
        None if model_config.provider == "replay" => model_config.open(config).await?.reading,
        None => default_reading(&model_config),
    };
    let panel = silent(suite, &model_config, reading)?;
    let Some(now) = fingerprints(&panel) else {
        return Err(Error::new(ErrorKind::Internal, "a panel of one judge has fingerprints"));
    };
    let changes = stored.check(&Fingerprints { model: model_config.full_name(), ..now }).err();
    Ok(StoredCalibration { path, file: stored, changes: changes.unwrap_or_default() })
}
