//! Suites over HTTP: their judges behind the two forms that decision models are asked in.

mod answers;
mod decisions;
mod form;
mod http;
mod inputs;
mod label;
mod metrics;
mod models;
mod problem;
mod questions;
mod service;
mod systemone;

pub(crate) use self::http::{Listening, Shutdown, listen};
pub(crate) use self::label::label_router;
pub(crate) use self::service::{Limits, Service};
