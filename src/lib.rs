//! Judges text and agent outputs with language models, and says how far the scores can be trusted.

pub mod error;

pub mod document;

pub mod data;

pub mod signature;

pub mod prompt;

pub mod model;

pub mod subject;

pub use error::{Error, ErrorKind, Result};
pub use signature::{Signature, Spec};
