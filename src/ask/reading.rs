//! How a verdict is read from a model.

use serde::{Deserialize, Serialize};

/// Where the verdict comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The decoded answer, reasons first.
    Text,
    /// The distribution over the possible answers at the verdict's place.
    /// Nothing is decoded, so there are no reasons unless they are asked for
    /// afterwards. For models that give probabilities.
    Weighted,
    /// The answer is decoded several times at a temperature; the shares of the
    /// verdicts are the distribution. For models that give no probabilities.
    Sampled,
    /// By deterministic checks alone: no model is asked.
    #[cfg_attr(feature = "cli", value(skip))]
    Exact,
}

impl Reading {
    /// The reading's name in journals and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Weighted => "weighted",
            Self::Sampled => "sampled",
            Self::Exact => "exact",
        }
    }
}
