//! A bench as JSON.

use serde::Serialize;

use super::answer::bench_answer;
use crate::bench::Bench;
use crate::error::{Error, ErrorKind, Result};

#[derive(Serialize)]
struct Data<'a> {
    r#type: &'static str,
    format: u32,
    /// What to use, in one sentence.
    answer: String,
    #[serde(flatten)]
    bench: &'a Bench,
}

/// A bench as JSON.
pub(crate) fn bench_json(bench: &Bench) -> Result<String> {
    let data = Data { r#type: "bench", format: 1, answer: bench_answer(bench), bench };
    serde_json::to_string(&data).map_err(|source| {
        Error::new(ErrorKind::Internal, "a bench cannot be written as JSON").caused_by(source)
    })
}
