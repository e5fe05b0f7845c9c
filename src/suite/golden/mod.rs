//! Suites compared with their golden files.

pub(crate) mod check;
pub(crate) mod compared;
pub(crate) mod lock;
mod outputs;
pub(crate) mod program;
mod recompute;
mod recomputed;
pub(crate) mod settings;
pub(crate) mod standing;
pub(crate) mod status;
pub(crate) mod strict;

pub use self::program::{CheckedSuite, LockedSuite};
