//! Judges text and agent outputs with language models, and says how far the scores can be trusted.
//!
//! The modules stand in the order in which they build on each other: each
//! imports only from those above it.

#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports, reason = "the command uses the rest"))]

mod error;
mod number;

mod document;
pub mod stats;
mod store;

mod data;

pub mod signature;
pub mod trajectory;

mod answer;
mod prompt;

pub mod model;

mod ask;

mod check;
pub mod judge;
mod subject;

pub mod eval;

mod imported;

pub mod summary;

pub mod calibration;
pub mod comparison;
pub mod golden;
pub mod optimizer;

pub mod report;

pub mod suite;

pub mod testing;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

/// The README's code, compiled and run.
#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../README.md")]
struct Readme;

pub use error::{Diagnostic, Error, ErrorKind, Result};
pub use signature::{Signature, Spec};

/// For this repository's own tests, measurements and examples alone. It follows no version rule.
#[doc(hidden)]
pub mod internal {
    #![allow(missing_docs, reason = "nobody else should use it")]

    pub mod answer {
        pub use crate::answer::{Answer, Contract, Invalid, deserialize, parse};
    }

    pub mod check {
        pub use crate::check::{Check, CheckFile, Examined, Material, Verdict, combine};
    }

    pub mod data {
        pub use crate::data::{Dataset, Layout, Record};
    }

    pub mod document {
        pub use crate::document::Document;
    }

    pub mod eval {
        pub use crate::ask::Mapping;
        pub use crate::eval::journal::{Journal, RunHead};
        pub use crate::eval::panel::Panel;
        pub use crate::eval::plan::Plan;
        pub use crate::eval::run::{Event, run};
    }

    pub mod judge {
        pub use crate::ask::Question;
    }

    pub mod model {
        pub use crate::model::cache::{Cache, Reuse};
        pub use crate::model::limiter::{ConcurrencyLimiter, ConcurrencyOptions};
        pub use crate::model::recording::{RecordedTimes, Recorder};
        pub use crate::model::retry::Jitter;
    }

    pub mod prompt {
        pub use crate::prompt::Compiled;
    }

    pub mod report {
        pub use crate::report::formatting::count;
    }

    pub mod stats {
        pub use crate::stats::agreement::*;
        pub use crate::stats::annotators::*;
        pub use crate::stats::association::*;
        pub use crate::stats::calibration_map::*;
        pub use crate::stats::confusion::*;
        pub use crate::stats::interval::*;
        pub use crate::stats::isotonic::*;
        pub use crate::stats::mean_error::*;
        pub use crate::stats::moments::*;
        pub use crate::stats::normal;
        pub use crate::stats::paired::*;
        pub use crate::stats::prediction_error::*;
        pub use crate::stats::prediction_powered::*;
        pub use crate::stats::proportion::*;
        pub use crate::stats::quantile::*;
        pub use crate::stats::random::*;
        pub use crate::stats::repeats::*;
        pub use crate::stats::resampling::*;
        pub use crate::stats::rogan_gladen::*;
        pub use crate::stats::significance::*;
        pub use crate::stats::sum::*;
        pub use crate::stats::threshold::*;
        pub use crate::stats::together::*;
    }

    pub mod store {
        pub use crate::store::{Entry, Kind, Store, StoreKey, StoreOptions};
    }

    pub mod summary {
        pub use crate::summary::tally::Tally;
    }
}
