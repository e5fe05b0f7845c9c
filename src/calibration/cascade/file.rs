//! The thresholds of a cascade as they are stored, with all that they are bound to.

use serde::{Deserialize, Serialize};

use super::cases::Case;
use crate::calibration::file::Origin;
use crate::data::id_hash;
use crate::stats::{Promise, StageThreshold};

/// The version of the stored form.
const FORMAT: u32 = 1;

/// Stored thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CascadeFile {
    /// The version of this form, 1.
    pub format: u32,
    /// What is promised of the verdicts that stand.
    pub promise: Promise,
    /// Where the labels came from.
    pub origin: Origin,
    /// Every stage, in the order in which they are asked.
    pub stages: Vec<StoredStage>,
    /// The ids that the thresholds were found on, as [`id_hash`], sorted: a run must not report on them.
    pub fitted_on: Vec<String>,
}

/// A stage, and what its threshold holds for; a change of any of it makes all thresholds void.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredStage {
    /// Its name.
    pub stage: String,
    /// Its fingerprint: signature, prompt, reading, parameters.
    pub judge: String,
    /// Its model's name.
    pub model: String,
    /// How its verdicts are read: `weighted`, `sampled`, `text`.
    pub reading: String,
    /// From which confidence on its verdicts stand; without one it is not asked.
    pub threshold: Option<StageThreshold>,
}

impl CascadeFile {
    /// Puts together what is stored.
    #[must_use]
    pub(crate) fn new(promise: Promise, origin: Origin, stages: Vec<StoredStage>, cases: &[Case]) -> Self {
        let mut fitted_on: Vec<String> = cases.iter().map(|case| id_hash(&case.id)).collect();
        fitted_on.sort();
        fitted_on.dedup();
        Self { format: FORMAT, promise, origin, stages, fitted_on }
    }

    /// The threshold of a stage; `None` where it is not asked.
    #[must_use]
    pub(crate) fn threshold(&self, stage: &str) -> Option<f64> {
        let stored = self.stages.iter().find(|stored| stored.stage == stage)?;
        Some(stored.threshold?.confidence)
    }

    /// What changed in the stages' names or order; nothing where they are what they were.
    #[must_use]
    pub(crate) fn other_stages<'s>(&self, now: impl Iterator<Item = &'s str>) -> Option<String> {
        let then: Vec<&str> = self.stages.iter().map(|stored| stored.stage.as_str()).collect();
        let now: Vec<&str> = now.collect();
        if self.format != FORMAT {
            return Some(format!("its form is version {}, and this is version {FORMAT}", self.format));
        }
        let list = |names: &[&str]| names.join(", then ");
        (then != now).then(|| format!("the stages changed from {} to {}", list(&then), list(&now)))
    }

    /// What changed in a stage that is asked; its threshold is as it was found.
    #[must_use]
    pub(crate) fn change(&self, now: &StoredStage) -> Option<String> {
        let name = &now.stage;
        let then = self.stages.iter().find(|stored| stored.stage == *name)?;
        if then.model != now.model {
            return Some(format!("{name}: the model changed from `{}` to `{}`", then.model, now.model));
        }
        if then.reading != now.reading {
            return Some(format!("{name}: the reading changed from `{}` to `{}`", then.reading, now.reading));
        }
        (then.judge != now.judge)
            .then(|| format!("{name}: its signature, its prompt or its parameters changed"))
    }
}
