//! Judges text and agent outputs with language models, and says how far the scores can be trusted.
//!
//! The modules stand in the order in which they build on each other: each
//! imports only from those above it.

pub mod error;
pub(crate) mod number;

pub mod document;
pub mod stats;
pub mod store;

pub mod data;

pub mod signature;
pub mod trajectory;

pub mod answer;
pub mod prompt;

pub mod model;

pub mod ask;

pub mod check;
pub mod judge;
pub mod subject;

pub mod eval;

pub mod imported;

pub mod summary;

pub mod calibration;
pub mod comparison;
pub mod golden;
pub mod optimizer;

pub mod report;

pub mod suite;

pub mod testing;

#[cfg(feature = "cli")]
pub mod cli;

/// The README's code, compiled and run.
#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../README.md")]
struct Readme;

pub use error::{Error, ErrorKind, Result};
pub use signature::{Signature, Spec};
