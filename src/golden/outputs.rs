//! The outputs that scores were locked of, kept beside the golden file: what they were, and what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::file::Golden;
use super::locked::fingerprint;
use super::{secrets, store};
use crate::error::{Error, ErrorKind, Result};
use crate::trajectory::{CutRule, Trajectory};

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

/// A record's output as it was locked and as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    /// The output that was locked.
    pub was: Value,
    /// The output now.
    pub now: Value,
    /// Both as text, or as an agent's numbered steps, line by line.
    pub lines: Vec<ChangedLine>,
}

/// A line of an output that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedLine {
    /// It is in both.
    Same(String),
    /// It was in the locked output.
    Removed(String),
    /// It is in the new output.
    Added(String),
}

impl OutputChange {
    /// What changed from one output to another.
    #[must_use]
    pub fn new(was: Value, now: Value) -> Self {
        let (before, after) = (shown(&was), shown(&now));
        let lines = TextDiff::from_lines(&before, &after)
            .iter_all_changes()
            .map(|change| {
                let text = change.value().trim_end_matches(['\r', '\n']).to_owned();
                match change.tag() {
                    ChangeTag::Equal => ChangedLine::Same(text),
                    ChangeTag::Delete => ChangedLine::Removed(text),
                    ChangeTag::Insert => ChangedLine::Added(text),
                }
            })
            .collect();
        Self { was, now, lines }
    }
}

/// An output as people read it. It ends with a newline, so that a last line is like any other.
fn shown(output: &Value) -> String {
    let text = match (output, Trajectory::read(output)) {
        (Value::String(text), _) => text.clone(),
        (_, Ok(trajectory)) => {
            trajectory.render(&CutRule { budget_chars: usize::MAX, piece_chars: usize::MAX }).text
        }
        (other, Err(_)) => serde_json::to_string_pretty(other).unwrap_or_else(|_| other.to_string()),
    };
    if text.ends_with('\n') { text } else { text + "\n" }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::golden::{Entry, Fingerprints, Locked, Marks, Watch};

    fn golden(outputs: &[(&str, Value)]) -> Golden {
        let locked = |(id, output): &(&str, Value)| Locked {
            id: (*id).to_owned(),
            score: Some(1.0),
            marks: Marks { output: Some(fingerprint(output)), ..Marks::default() },
            ..Locked::default()
        };
        let mut golden = Golden::new("s", Watch::Subject);
        let entry = Entry::new(outputs.iter().map(locked).collect(), Fingerprints::default());
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

    #[test]
    fn differences_are_lines_of_text_or_steps() {
        let change = OutputChange::new(json!("one\ntwo\n"), json!("one\nthree"));
        let expected = [
            ChangedLine::Same("one".into()),
            ChangedLine::Removed("two".into()),
            ChangedLine::Added("three".into()),
        ];
        assert_eq!(change.lines, expected);
        let steps = |tool: &str| json!({"steps": [{"tool": tool, "arguments": {}}], "answer": "Done."});
        let change = OutputChange::new(steps("look"), steps("refund"));
        let removed =
            |line: &ChangedLine| matches!(line, ChangedLine::Removed(text) if text.contains("look"));
        assert!(change.lines.iter().any(removed), "{:?}", change.lines);
        assert!(change.lines.iter().any(|line| matches!(line, ChangedLine::Same(_))), "{:?}", change.lines);
    }
}
