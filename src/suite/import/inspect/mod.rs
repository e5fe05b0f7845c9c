//! A log of Inspect as a dataset and judgments that are made already.

mod archive;
mod constants;
mod log;
mod sample;
mod scorers;
mod verdicts;

use std::path::Path;

use serde_json::{Value, json};

use self::log::Log;
use self::sample::Sample;
use super::project::Draft;
use super::{Imported, Missing};
use crate::error::{Error, ErrorKind, Result};

/// Reads a log: a `.json` file, or an `.eval` archive.
///
/// # Errors
///
/// The file cannot be read or is no log, or no sample was scored.
pub(crate) fn inspect(path: &Path) -> Result<Imported> {
    let Log { name, task, status, samples } = log::read(path)?;
    let mut missing = Vec::new();
    if status != "success" {
        let what = format!("the status of the log is `{status}`, so samples may be lacking");
        missing.push(Missing { place: name.clone(), part: String::new(), what });
    }
    let scorers = scorers::scorers(&samples);
    if scorers.is_empty() {
        return Err(Error::new(ErrorKind::Usage, format!("{name} has no score of any sample"))
            .help("score it first: inspect score LOG"));
    }
    let base = super::naming::key(&task);
    let dataset = format!("datasets/{base}.jsonl");
    let records: Vec<Value> = samples.iter().map(Sample::record).collect();
    let mut draft = Draft::default();
    draft.dataset(dataset.clone(), &records);
    let mut names: Vec<String> = Vec::new();
    for scorer in &scorers {
        let key =
            super::naming::free(super::naming::key(&scorer.name()), |key| names.iter().any(|it| it == key));
        match verdicts::table(scorer, &samples) {
            Err(what) => {
                missing.push(Missing {
                    place: name.clone(),
                    part: format!("scorer `{}`", scorer.name()),
                    what,
                });
            }
            Ok(mut table) => {
                let file = format!("judgments/{key}.jsonl");
                let lines = samples.iter().map(|sample| scorer.line(sample).to_string() + "\n");
                draft.file(file.clone(), lines.collect());
                table.insert("replies".to_owned(), json!(file));
                table.insert("judge".to_owned(), json!(scorer.name()));
                table.insert("dataset".to_owned(), json!(dataset));
                let read = json!({ "value": "value", "reasons": "explanation", "unscored": "unscored" });
                table.insert("read".to_owned(), read);
                draft.score(key.clone(), table);
                names.push(key);
            }
        }
    }
    draft.imported(missing)
}
