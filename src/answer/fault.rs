//! What is wrong with a reply, in words that can be sent back to the model.

use super::repair::{Repair, Repairs};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The longest stretch of a value that a fault repeats, in characters.
const VALUE_CLIP: usize = 60;
/// The longest problem text, in characters.
const PROBLEM_CLIP: usize = 240;

/// One thing that is wrong with a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where, as a JSON pointer into the answer; empty for the whole.
    pub pointer: String,
    /// What, as a lower-case fragment; values are clipped to 60 characters.
    pub problem: String,
}

impl Fault {
    pub(crate) fn new(pointer: impl Into<String>, problem: impl AsRef<str>) -> Self {
        Self { pointer: pointer.into(), problem: clip(problem.as_ref(), PROBLEM_CLIP) }
    }

    pub(crate) fn whole(problem: impl AsRef<str>) -> Self {
        Self::new("", problem)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            return f.write_str(&self.problem);
        }
        write!(f, "{}: {}", self.pointer, self.problem)
    }
}

/// A reply that holds no valid answer: every fault, and the repairs that were made on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// What is wrong, at least one fault; the order is deterministic.
    pub faults: Vec<Fault>,
    /// The repairs made before the reading was given up, sorted and without repetition.
    pub repairs: Vec<Repair>,
}

impl Invalid {
    pub(crate) fn new(faults: Vec<Fault>, repairs: Repairs) -> Self {
        Self { faults, repairs: repairs.list() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid answer")?;
        for (index, fault) in self.faults.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

/// The value as JSON on one line, clipped to 60 characters.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if items.len() > 8 => format!("a list of {} values", items.len()),
        Value::Object(members) if members.len() > 4 => format!("an object of {} fields", members.len()),
        Value::String(text) => clip(&Value::from(clip(text, VALUE_CLIP)).to_string(), 2 * VALUE_CLIP),
        other => clip(&other.to_string(), VALUE_CLIP),
    }
}

/// The text without its tail beyond `limit` characters, marked by an ellipsis.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn long_values_are_clipped_and_never_echoed_whole() {
        let long = "ä".repeat(5_000);
        assert!(shown(&json!(long)).chars().count() <= 63);
        assert!(shown(&json!({"text": long})).chars().count() <= 61);
        assert_eq!(shown(&json!((0..100).collect::<Vec<_>>())), "a list of 100 values");
        assert_eq!(shown(&json!(7)), "7");
    }

    #[test]
    fn faults_read_as_one_line() {
        let faults = vec![
            Fault::whole("the reply is empty"),
            Fault::new("/score", "7 is greater than the maximum of 5"),
        ];
        let invalid = Invalid::new(faults, Repairs::default());
        assert_eq!(
            invalid.to_string(),
            "invalid answer: the reply is empty; /score: 7 is greater than the maximum of 5"
        );
    }
}
