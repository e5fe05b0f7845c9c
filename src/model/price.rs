//! What tokens cost.

use serde::{Deserialize, Serialize};

/// What a million tokens cost, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// A million tokens of prompts.
    pub input_per_million: f64,
    /// A million tokens of answers.
    pub output_per_million: f64,
}

impl Price {
    /// What so many tokens cost, in US dollars.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "money for people")]
    pub fn of(&self, prompt_tokens: u64, completion_tokens: u64) -> f64 {
        prompt_tokens as f64 / 1e6 * self.input_per_million
            + completion_tokens as f64 / 1e6 * self.output_per_million
    }
}
