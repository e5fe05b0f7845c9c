//! Models that answer nothing: for looking at what would be asked.

use crate::model::{Failure, FailureKind, Model, ModelOptions, Provider};

/// A model that answers nothing: for looking at prompts.
pub(crate) fn nobody() -> Model {
    Model::new(nobody_named("nobody"), ModelOptions::default())
}

/// The same under the name of a model that is not there yet.
pub(crate) fn nobody_named(name: &str) -> Provider {
    Provider::from_fn(name, |_| async { Err(Failure::new(FailureKind::Unsupported, "nobody is asked here")) })
}
