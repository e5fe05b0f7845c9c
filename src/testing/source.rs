//! Where a test's replies come from.

use std::env;
use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::golden::in_ci;
use crate::model::{Model, ModelOptions, Provider, RecordedTimes, Recorder, Recording, Replay};

/// A model that answers strictly from recorded replies: what is not among them is no score, and says so.
///
/// # Errors
/// There is no such recording, or it is none.
pub fn replayed(path: impl AsRef<Path>) -> Result<Model> {
    let recording = Recording::open(path.as_ref())?;
    let name = recording.model().map_or_else(|| "replay".to_owned(), str::to_owned);
    Ok(Model::new(Provider::Replay(Replay::new(name, Arc::new(recording))), ModelOptions::default()))
}

/// A model that answers from recorded replies; where `EVENHAND_RECORD` is set to anything, the live model,
/// whose replies are recorded anew. In CI it never is.
///
/// # Errors
/// As for [`replayed`]; the live model cannot be made, or the recording cannot be written.
pub fn recorded(path: impl AsRef<Path>, live: impl FnOnce() -> Result<Provider>) -> Result<Model> {
    if env::var_os("EVENHAND_RECORD").is_none_or(|value| value.is_empty()) || in_ci(|name| env::var_os(name))
    {
        return replayed(path);
    }
    let recorder = Arc::new(Recorder::create(path.as_ref(), RecordedTimes::Drop)?);
    Ok(Model::new(live()?, ModelOptions { recorders: vec![recorder], ..ModelOptions::default() }))
}
