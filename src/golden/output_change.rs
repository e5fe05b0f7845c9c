//! What changed of an output, line by line.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::trajectory::{CutRule, Trajectory};

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
