//! The lines of a part's file: outcomes, or rows of a table that hold one.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::eval::Outcome;

/// A row of a table of results, as `evenhand.ray` and `evenhand.spark` give it.
#[derive(Deserialize)]
struct Row {
    outcome: String,
}

/// A line's outcome.
pub(super) fn outcome(line: &[u8]) -> serde_json::Result<Outcome> {
    match serde_json::from_slice(line) {
        Ok(outcome) => Ok(outcome),
        Err(problem) => match serde_json::from_slice::<Row>(line) {
            Ok(row) => serde_json::from_str(&row.outcome),
            Err(_) => Err(problem),
        },
    }
}

/// Whether a file's first line is an outcome, or it has no line.
pub(super) fn begins_with_outcome(path: &Path) -> Result<bool> {
    let refused = |source: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot read {}: {source}", path.display()))
    };
    let mut first = Vec::new();
    BufReader::new(File::open(path).map_err(refused)?).read_until(b'\n', &mut first).map_err(refused)?;
    Ok(first.is_empty() || outcome(&first).is_ok())
}

/// Gives every line's number, the byte it begins at, its bytes and its outcome to `take`. A last line that was cut off is left out.
pub(super) fn each(path: &Path, mut take: impl FnMut(u64, u64, &[u8], Outcome) -> Result<()>) -> Result<()> {
    let refused = |problem: String| {
        Error::new(ErrorKind::Journal, format!("{}: {problem}", path.display())).help(
            "a part is a run's folder, or a file with an outcome of evenhand, or a row of one, on each line",
        )
    };
    let mut reader = BufReader::new(File::open(path).map_err(|source| refused(source.to_string()))?);
    let (mut line, mut start, mut number) = (Vec::new(), 0, 0_u64);
    loop {
        line.clear();
        let length =
            reader.read_until(b'\n', &mut line).map_err(|source| refused(source.to_string()))? as u64;
        number += 1;
        let text = line.trim_ascii();
        if length == 0 {
            return Ok(());
        }
        if !text.is_empty() {
            match outcome(text) {
                Ok(outcome) => take(number, start, text, outcome)?,
                Err(_) if !line.ends_with(b"\n") => return Ok(()),
                Err(problem) => return Err(refused(format!("line {number} is no outcome: {problem}"))),
            }
        }
        start += length;
    }
}
