//! What to do about an answer: keep what there is and why, or the steps, each with the command to type.

use serde::Serialize;

use super::formatting::{WIDTH, wrapped};

/// What to do about an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Advice {
    /// Why everything is to stay as it is, where that is the advice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// What to do, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Step {
    /// What is done by it.
    pub what: String,
    /// The command to type, as a shell takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl Advice {
    /// To leave everything as it is, and why.
    #[must_use]
    pub(crate) fn keep(why: impl Into<String>) -> Self {
        Self { keep: Some(why.into()), steps: Vec::new() }
    }

    /// With a step more: the command to type, and what it is for.
    #[must_use]
    pub(crate) fn step(mut self, what: impl Into<String>, command: impl Into<String>) -> Self {
        self.steps.push(Step { what: what.into(), command: Some(command.into()) });
        self
    }

    /// With something to do by hand.
    #[must_use]
    pub(crate) fn by_hand(mut self, what: impl Into<String>) -> Self {
        self.steps.push(Step { what: what.into(), command: None });
        self
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.keep.is_none() && self.steps.is_empty()
    }
}

impl Advice {
    /// The advice as the last lines of a report.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if let Some(why) = &self.keep {
            for line in wrapped(&format!("Keep what you have: {why}."), WIDTH) {
                text += &format!("{line}\n");
            }
        }
        if !self.steps.is_empty() {
            text += "Do this:\n";
        }
        for Step { what, command } in &self.steps {
            let end = if command.is_some() { ':' } else { '.' };
            for line in wrapped(&format!("{what}{end}"), WIDTH - 2) {
                text += &format!("  {line}\n");
            }
            if let Some(command) = command {
                text += &format!("    {command}\n");
            }
        }
        text
    }
}
