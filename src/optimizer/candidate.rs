//! A way to ask: an instruction and demos, as data.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::signature::{Demo, Mix, NearestDemos, Spec};

/// A way to ask the judge, relative to the signature it started from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// How it came about: `random search, seed 3`.
    pub origin: String,
    /// What the judge is told to do; `None` for the signature's own instruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// What it is shown.
    pub demos: Demos,
}

/// The demos of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demos {
    /// Those of the signature.
    Own,
    /// These, in this order; none for zero-shot.
    Fixed(Vec<Demo>),
    /// For each record the training examples that are most like it, the likest last, next to the record.
    Nearest {
        /// How many.
        k: usize,
        /// Which of the like ones.
        mix: Mix,
    },
}

impl Candidate {
    /// The signature as it is.
    #[must_use]
    pub fn baseline() -> Self {
        Self { origin: "baseline".into(), instruction: None, demos: Demos::Own }
    }

    /// The signature's instruction with these demos.
    pub fn with_demos(origin: impl Into<String>, demos: Vec<Demo>) -> Self {
        Self { origin: origin.into(), instruction: None, demos: Demos::Fixed(demos) }
    }

    /// The spec to ask by, which is the one to keep, too. `pool` is what the nearest demos are looked up in.
    #[must_use]
    pub fn apply(&self, spec: &Spec, pool: &[Demo]) -> Spec {
        let mut applied = spec.clone();
        if let Some(instruction) = &self.instruction {
            applied.instruction.clone_from(instruction);
        }
        match &self.demos {
            Demos::Own => {}
            Demos::Fixed(demos) => {
                applied.demos.clone_from(demos);
                applied.nearest_demos = None;
            }
            Demos::Nearest { k, mix } => {
                applied.demos = pool.to_vec();
                applied.nearest_demos = Some(NearestDemos { show: *k, mix: *mix });
            }
        }
        applied
    }

    /// What it asks, whatever it is called: two candidates with one key are the same.
    #[must_use]
    pub fn key(&self, spec: &Spec) -> String {
        let demos = match &self.demos {
            Demos::Own => match spec.nearest_demos {
                Some(nearest) => json!([spec.demos, nearest]),
                None => json!(spec.demos),
            },
            Demos::Fixed(demos) => json!(demos),
            Demos::Nearest { k, mix } => json!([k, mix]),
        };
        let instruction = self.instruction.as_ref().unwrap_or(&spec.instruction);
        blake3::hash(json!([instruction, demos]).to_string().as_bytes()).to_hex().chars().take(12).collect()
    }

    /// How many demos it shows.
    #[must_use]
    pub fn demo_count(&self, spec: &Spec) -> usize {
        match &self.demos {
            Demos::Own => spec.nearest_demos.map_or(usize::MAX, |nearest| nearest.show).min(spec.demos.len()),
            Demos::Fixed(demos) => demos.len(),
            Demos::Nearest { k, .. } => *k,
        }
    }
}
