//! Judges text and agent outputs with language models, and says how far the scores can be trusted.

pub mod error;

pub mod document;

pub mod signature;

pub mod prompt;

pub use error::{Error, ErrorKind, Result};
pub use signature::{Signature, Spec};

pub mod model;
