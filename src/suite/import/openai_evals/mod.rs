//! An eval of OpenAI's hosted Evals service as a project.

mod criteria;
mod models;
mod outputs;
mod records;
mod results;
mod rows;
mod source;
mod suites;
mod template;
mod written;

use std::path::Path;

use super::Imported;
use crate::error::{Error, ErrorKind, Result};

/// Reads an eval, with its rows from a file or from a run.
///
/// # Errors
///
/// A file cannot be read or is something else, or there are no rows.
pub(crate) fn openai_evals(eval: &Path, data: Option<&Path>, run: Option<&Path>) -> Result<Imported> {
    let mut source = source::Source::open(eval)?;
    let run = match run {
        Some(path) => Some((path.display().to_string(), source::run(path)?)),
        None => None,
    };
    let rows = match (data, &run) {
        (Some(path), _) => rows::from_file(path)?,
        (None, Some((name, run))) => rows::from_run(name, run)?,
        (None, None) => {
            let detail = format!("{} says how to grade, and has no rows", source.name);
            return Err(Error::new(ErrorKind::Usage, detail)
                .help("name a file of rows or of a run's output items with --data, or a run with --run"));
        }
    };
    let criteria = criteria::criteria(&mut source);
    suites::project(source, run.as_ref(), &rows, criteria)
}
