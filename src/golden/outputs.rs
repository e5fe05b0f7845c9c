//! The outputs that scores were locked of, kept beside the golden file, and what it took to produce them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file::Golden;
use super::fingerprints::fingerprint;
use super::produced::MeasuredOutput;
use super::{secrets, store};
use crate::error::{Error, ErrorKind, Result};

/// The outputs that a golden file's scores are of, by record and mark, and what each took and cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptOutputs {
    by_record: BTreeMap<(String, String), Value>,
    measured: BTreeMap<(String, String, u32), MeasuredOutput>,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    output: Value,
}

impl KeptOutputs {
    /// Reads what is kept of a suite; nothing where there is no file.
    ///
    /// # Errors
    /// A file cannot be read, or a line of it.
    pub fn read(folder: &Path, suite: &str) -> Result<Self> {
        let mut kept = Self::default();
        for Line { id, output } in read_lines(&store::outputs_path(folder, suite), "output")? {
            kept.add(id, output);
        }
        for measured in read_lines(&store::measured_path(folder, suite), "measurement")? {
            kept.add_measured(measured);
        }
        Ok(kept)
    }

    /// Adds a record's output.
    pub fn add(&mut self, id: String, output: Value) {
        self.by_record.insert((id, fingerprint(&output)), output);
    }

    /// Adds what an output took and cost.
    pub fn add_measured(&mut self, measured: MeasuredOutput) {
        let key = (measured.id.clone(), measured.output.clone(), measured.repeat);
        self.measured.insert(key, measured);
    }

    /// What a record's output with this mark took and cost at this try.
    #[must_use]
    pub fn measured(&self, id: &str, mark: &str, repeat: u32) -> Option<&MeasuredOutput> {
        self.measured.get(&(id.to_owned(), mark.to_owned(), repeat))
    }

    /// A record's output with this mark.
    #[must_use]
    pub fn get(&self, id: &str, mark: &str) -> Option<&Value> {
        self.by_record.get(&(id.to_owned(), mark.to_owned()))
    }

    /// Writes those that a golden file's scores are of, sorted by record, one a line; a file whole or not at all.
    ///
    /// # Errors
    /// A file or its folder cannot be written.
    pub fn write(&self, folder: &Path, golden: &Golden) -> Result<()> {
        let line =
            |(id, output): &(&str, &Value)| format!("{}\n", serde_json::json!({"id": id, "output": output}));
        let outputs: String = self.wanted(golden).iter().map(line).collect();
        store::write_text(&store::outputs_path(folder, &golden.suite), &outputs)?;
        let path = store::measured_path(folder, &golden.suite);
        let wanted = self.wanted_measured(golden);
        if wanted.is_empty() {
            return store::remove(&path);
        }
        let line = |one: &&MeasuredOutput| serde_json::to_string(one).unwrap_or_default() + "\n";
        store::write_text(&path, &wanted.iter().map(line).collect::<String>())
    }

    /// Whether those that a golden file's scores are of can be kept.
    ///
    /// # Errors
    /// One of them seems to hold a secret: its record and place.
    pub fn permitted(&self, golden: &Golden) -> Result<()> {
        let found: Vec<secrets::Secret> =
            self.wanted(golden).into_iter().flat_map(|(id, output)| secrets::secrets(id, output)).collect();
        secrets::refused(&found).map_or(Ok(()), Err)
    }

    fn wanted(&self, golden: &Golden) -> Vec<(&str, &Value)> {
        let named: BTreeSet<(&str, &str)> = named(golden).map(|(id, mark, _)| (id, mark)).collect();
        self.by_record
            .iter()
            .filter(|((id, mark), _)| named.contains(&(id.as_str(), mark.as_str())))
            .map(|((id, _), output)| (id.as_str(), output))
            .collect()
    }

    fn wanted_measured(&self, golden: &Golden) -> Vec<&MeasuredOutput> {
        let named: BTreeSet<(&str, &str, u32)> = named(golden).collect();
        let is_wanted =
            |one: &&MeasuredOutput| named.contains(&(one.id.as_str(), one.output.as_str(), one.repeat));
        self.measured.values().filter(is_wanted).collect()
    }
}

/// The outputs that a golden file's scores are of: the record, the mark, and the number of the try.
fn named(golden: &Golden) -> impl Iterator<Item = (&str, &str, u32)> {
    let records = golden.models.values().flat_map(|entry| &entry.records);
    records.flat_map(|locked| {
        let marks = (0..).zip(locked.outputs());
        let own = locked.marks.output.as_deref().map(|mark| (locked.id.as_str(), mark, 0));
        let of_tries = marks.filter_map(|(number, mark)| Some((locked.id.as_str(), mark?.as_str(), number)));
        own.into_iter().chain(of_tries)
    })
}

/// The lines of a file; none where there is no file.
fn read_lines<T: DeserializeOwned>(path: &Path, what: &str) -> Result<Vec<T>> {
    let unusable = |problem: String| {
        Error::new(ErrorKind::Golden, format!("{} cannot be used: {problem}", path.display()))
            .help("take it back from version control, or remove it and lock anew")
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unusable(error.to_string())),
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            serde_json::from_str(line)
                .map_err(|error| unusable(format!("line {} is no {what}: {error}", at + 1)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::golden::{Fingerprints, GoldenEntry, Locked, Marks, Watch};

    fn golden(outputs: &[(&str, Value)]) -> Golden {
        let locked = |(id, output): &(&str, Value)| Locked {
            id: (*id).to_owned(),
            score: Some(1.0),
            marks: Marks { output: Some(fingerprint(output)), ..Marks::default() },
            ..Locked::default()
        };
        let mut golden = Golden::new("s", Watch::Subject);
        let entry = GoldenEntry::new(outputs.iter().map(locked).collect(), Fingerprints::default());
        golden.models.insert("m".into(), entry);
        golden
    }

    #[test]
    fn what_no_score_is_of_goes_and_the_rest_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outputs/s.jsonl");
        let new = json!({"z": 1, "a": "two"});
        let golden = golden(&[("r2", json!("b")), ("r1", new.clone())]);
        let mut kept = KeptOutputs::default();
        kept.add("r2".into(), json!("b"));
        kept.add("r1".into(), json!("old"));
        kept.add("r1".into(), new.clone());
        kept.write(folder.path(), &golden).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "{\"id\":\"r1\",\"output\":{\"z\":1,\"a\":\"two\"}}\n{\"id\":\"r2\",\"output\":\"b\"}\n"
        );
        let read = KeptOutputs::read(folder.path(), "s").unwrap();
        assert_eq!(read.get("r1", &fingerprint(&new)), Some(&new));
        assert_eq!(read.get("r1", &fingerprint(&json!("old"))), None);
        fs::write(&path, "{\"id\": 1}\n").unwrap();
        let error = KeptOutputs::read(folder.path(), "s").unwrap_err();
        assert!(error.to_string().contains("line 1 is no output"), "{error:#}");
    }
}
