//! A bench as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::bench_answer;
use crate::bench::Bench;
use crate::error::{Error, ErrorKind, Result};

/// A bench, as `evenhand bench --json` writes it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct BenchReport<'a> {
    /// `bench`.
    r#type: &'static str,
    /// The version of the format: 1.
    format: u32,
    /// What to use, in one sentence.
    answer: String,
    #[serde(flatten)]
    bench: &'a Bench,
}

/// A bench as JSON.
pub(crate) fn bench_json(bench: &Bench) -> Result<String> {
    let report = BenchReport { r#type: "bench", format: 1, answer: bench_answer(bench), bench };
    serde_json::to_string(&report).map_err(|source| {
        Error::new(ErrorKind::Internal, "a bench cannot be written as JSON").caused_by(source)
    })
}
