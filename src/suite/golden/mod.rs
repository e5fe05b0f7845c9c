//! Suites held against their golden files.

pub(crate) mod compared;
pub(crate) mod settings;
pub(crate) mod standing;
