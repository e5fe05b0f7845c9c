//! Evenhand judges text and agent outputs with language models. A judge's failure is never a score: such a record is
//! unscored, with a reason. Scores come with intervals, paired tests and the agreement with people, so that you see
//! how far they can be trusted.
//!
//! A judge needs a question and a model. Here the model is a closure; a server is
//! [`Provider::openai`](model::Provider::openai), [`anthropic`](model::Provider::anthropic) or
//! [`ollama`](model::Provider::ollama):
//!
//! ```
//! use evenhand::judge::{Judge, JudgeOptions};
//! use evenhand::model::{Model, ModelOptions, Provider, Response};
//! use evenhand::signature::bundled;
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let provider = Provider::from_fn("example/yes", |_request| async {
//!     let text = r#"{"evidence": "late", "reasoning": "It says so.", "verdict": "pass", "confidence": 0.9}"#;
//!     Ok(Response { text: text.to_owned(), ..Response::default() })
//! });
//! let model = Model::new(provider, ModelOptions::default());
//! let judge = Judge::new(bundled("relevance")?, model, JudgeOptions::default())?;
//!
//! let inputs = serde_json::json!({"ground_truth": "Say that order 7 is late", "artifact": "Order 7 is late."});
//! let judged = judge.judge(inputs.as_object().expect("an object")).await;
//! let score = judged.result.expect("a score");
//! assert_eq!((score.label.as_str(), score.value), ("pass", Some(1.0)));
//! # Ok::<(), evenhand::Error>(()) }).unwrap();
//! ```
//!
//! # The modules
//!
//! [`suite`] opens the suites of an `evenhand.toml` and does what the `evenhand` command does, in the same folders:
//! [`Project`](suite::Project), [`ProjectSuite::run`](suite::ProjectSuite::run),
//! [`check`](suite::ProjectSuite::check), [`calibrate`](suite::ProjectSuite::calibrate),
//! [`tune`](suite::ProjectSuite::tune), [`probe`](suite::ProjectSuite::probe). Start here if you have a suite.
//!
//! [`testing`] makes quality an assertion of `cargo test`: [`assert_golden!`] compares what was judged with scores
//! that are locked in a file.
//!
//! [`signature`] is what a judge is asked: a Rust struct that implements [`Signature`], a TOML file, or one of those
//! that come with the crate ([`bundled`](signature::bundled)). Each becomes a [`Spec`].
//!
//! [`model`] is who is asked: a [`Provider`](model::Provider), and around it a [`Model`](model::Model) with retries,
//! limits and budgets.
//!
//! [`judge`] asks: [`Judge`](judge::Judge) gives a score in `0..=1` with its reasons and every call that was made,
//! [`TypedJudge`](judge::TypedJudge) an answer of your own type.
//!
//! [`trajectory`] reads what an agent did from the message formats in use, and shows it to a judge as short text.
//!
//! [`eval`] holds what a run writes down: an [`Outcome`](eval::Outcome) for each record. [`summary`] has its numbers:
//! [`Summary`](summary::Summary).
//!
//! [`golden`] has what a check finds: the [`Diff`](golden::Diff) with the locked scores, the gates, the
//! [`Conclusion`](golden::Conclusion). [`comparison`] compares two runs: [`Project::compare`](suite::Project::compare).
//!
//! [`calibration`] compares a judge with people's labels: a [`Page`](calibration::Page) of agreement, error rates and
//! the score correction that brings them closer. [`optimizer`] is what a tuning found: a [`TunePage`](optimizer::TunePage).
//! [`probe`] is what leads a judge: a [`ProbeReport`](probe::ProbeReport).
//!
//! [`report`] shows all of these as text, Markdown, CSV, JSON, JUnit XML and a page of HTML. It prints nothing.
//!
//! [`stats`] has the statistics alone, over plain numbers: [`Interval`](stats::Interval),
//! [`Bootstrap`](stats::Bootstrap), [`Paired`](stats::Paired), [`cohen_kappa`](stats::cohen_kappa).

#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports, reason = "the command uses the rest"))]

// In the order in which they build on each other: each imports only from those above it.
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

mod bench;
pub mod calibration;
pub mod comparison;
pub mod golden;
pub mod optimizer;
pub mod probe;

pub mod report;

pub mod suite;

pub mod testing;

#[cfg(feature = "cli")]
mod serve;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

/// The README's code, compiled and run.
#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The pages' programs that are shown whole, compiled and run.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../docs/guides/golden.md")]
    struct Golden;

    #[doc = include_str!("../docs/guides/models.md")]
    struct Models;

    #[doc = include_str!("../docs/start/rust.md")]
    struct Rust;

    #[doc = include_str!("../docs/reference/signatures.md")]
    struct Signatures;
}

pub use error::{Diagnostic, Error, ErrorKind, Result};
pub use signature::{Signature, Spec};

/// For this repository's own tests, measurements, examples and Python package alone. It follows no version rule.
#[doc(hidden)]
pub mod internal {
    #![allow(missing_docs, reason = "nobody else should use it")]

    pub mod answer {
        pub use crate::answer::{Answer, Contract, Fault, Invalid, Repair, deserialize, parse};
    }

    pub mod check {
        pub use crate::check::{Check, CheckFile, Examined, Material, Measured, Metric, Verdict, combine};
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
        pub use crate::eval::plan::{Plan, Reasons};
        pub use crate::eval::run::{Event, run};
    }

    pub mod judge {
        pub use crate::ask::Question;
    }

    pub mod model {
        pub use crate::model::batch_file::BatchResults;
        pub use crate::model::cache::{Cache, Reuse};
        pub use crate::model::limiter::{ConcurrencyLimiter, ConcurrencyOptions};
        pub use crate::model::questions::{
            Decided, Decision, DecisionAnswer, DecisionAnswers, DecisionLimits, DecisionQuestion,
        };
        pub use crate::model::recording::{RecordedTimes, Recorder};
        pub use crate::model::retry::Jitter;
        pub use crate::model::stack::{Live, RunParts};
        use crate::model::{Model, ModelOptions, Provider};

        #[must_use]
        pub fn model_of_run(provider: Provider, options: ModelOptions, parts: RunParts) -> Model {
            Model::of_run(provider, options, parts)
        }
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
        pub use crate::stats::ranking::*;
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

    pub mod suite {
        pub use crate::suite::open_judge::{JudgeSetup, JudgedRecord, OpenJudge, SignatureSource};
        pub use crate::suite::parts::sum_up;
    }

    pub mod summary {
        pub use crate::summary::tally::Tally;
    }
}
