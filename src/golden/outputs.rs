//! The outputs that scores were locked of, kept beside the golden file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file::Golden;
use super::locked::fingerprint;
use super::{secrets, store};
use crate::error::{Error, ErrorKind, Result};

/// The outputs that a golden file's scores are of, by record and mark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptOutputs {
    by_record: BTreeMap<(String, String), Value>,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    output: Value,
}

impl KeptOutputs {
    /// Reads the outputs that are kept; none where there is no file.
    ///
    /// # Errors
    /// The file cannot be read, or a line is no output.
    pub fn read(path: &Path) -> Result<Self> {
        let unusable = |problem: String| {
            Error::new(ErrorKind::Golden, format!("{} cannot be used: {problem}", path.display()))
                .help("take it back from version control, or remove it and lock anew")
        };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unusable(error.to_string())),
        };
        let mut kept = Self::default();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let Line { id, output } = serde_json::from_str(line)
                .map_err(|error| unusable(format!("line {} is no output: {error}", at + 1)))?;
            kept.add(id, output);
        }
        Ok(kept)
    }

    /// Adds a record's output.
    pub fn add(&mut self, id: String, output: Value) {
        self.by_record.insert((id, fingerprint(&output)), output);
    }

    /// A record's output with this mark.
    #[must_use]
    pub fn get(&self, id: &str, mark: &str) -> Option<&Value> {
        self.by_record.get(&(id.to_owned(), mark.to_owned()))
    }

    /// Writes those that a golden file's scores are of, sorted by record, one a line; whole or not at all.
    ///
    /// # Errors
    /// The file or its folder cannot be written.
    pub fn write(&self, path: &Path, golden: &Golden) -> Result<()> {
        let wanted = self.wanted(golden);
        store::write_text(path, &lines(&wanted))
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
        let records = golden.models.values().flat_map(|entry| &entry.records);
        let named: BTreeSet<(&str, &str)> = records
            .filter_map(|locked| Some((locked.id.as_str(), locked.marks.output.as_deref()?)))
            .collect();
        self.by_record
            .iter()
            .filter(|((id, mark), _)| named.contains(&(id.as_str(), mark.as_str())))
            .map(|((id, _), output)| (id.as_str(), output))
            .collect()
    }
}

fn lines(wanted: &[(&str, &Value)]) -> String {
    let line =
        |(id, output): &(&str, &Value)| format!("{}\n", serde_json::json!({"id": id, "output": output}));
    wanted.iter().map(line).collect()
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
        kept.write(&path, &golden).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "{\"id\":\"r1\",\"output\":{\"z\":1,\"a\":\"two\"}}\n{\"id\":\"r2\",\"output\":\"b\"}\n"
        );
        let read = KeptOutputs::read(&path).unwrap();
        assert_eq!(read.get("r1", &fingerprint(&new)), Some(&new));
        assert_eq!(read.get("r1", &fingerprint(&json!("old"))), None);
        fs::write(&path, "{\"id\": 1}\n").unwrap();
        let error = KeptOutputs::read(&path).unwrap_err();
        assert!(error.to_string().contains("line 1 is no output"), "{error:#}");
    }
}
