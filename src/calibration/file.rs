//! A calibration as it is stored, with all that it is bound to.

use serde::{Deserialize, Serialize};

use super::fitted::Fitted;
use super::problem::{Case, Verdicts};
use crate::data::id_hash;
use crate::stats::CalibrationMap;

/// The version of the stored form.
const FORMAT: u32 = 1;

/// What a calibration holds for; a change of any of them makes it void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fingerprints {
    /// Of the signature: instruction, rubric, scale, demonstrations.
    pub signature: String,
    /// Of the judge: the signature and its prompt, reading and parameters.
    pub judge: String,
    /// The model's name.
    pub model: String,
    /// How verdicts are read: `weighted`, `sampled`, `text`.
    pub reading: String,
}

impl Fingerprints {
    /// What is not any more as it was, a line each.
    pub(super) fn changes(&self, now: &Self) -> Vec<String> {
        let mut changed = Vec::new();
        if self.signature != now.signature {
            changed
                .push("the signature changed: its instruction, rubric, scale or demonstrations".to_owned());
        } else if self.judge != now.judge && self.reading == now.reading {
            changed.push("the prompt or the parameters of the judge changed".to_owned());
        }
        for (what, then, now) in
            [("model", &self.model, &now.model), ("reading", &self.reading, &now.reading)]
        {
            if then != now {
                changed.push(format!("the {what} changed from `{then}` to `{now}`"));
            }
        }
        changed
    }
}

/// Where the labels came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Origin {
    /// The suite that was calibrated.
    pub suite: String,
    /// The BLAKE3 hash of the dataset's bytes, in hex.
    pub dataset: String,
    /// The field with the label.
    pub label_field: String,
    /// Who labelled.
    pub labels_by: LabelsBy,
}

/// Who labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelsBy {
    /// People.
    Human,
    /// A model: agreement with it is no calibration.
    Model,
}

/// A stored calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalibrationFile {
    /// The version of this form, 1.
    pub format: u32,
    /// What it holds for.
    pub fingerprints: Fingerprints,
    /// Where the labels came from.
    pub origin: Origin,
    /// The verdicts, in the order of the shares.
    pub verdicts: Verdicts,
    /// The map and all that was tried.
    pub fitted: Fitted,
    /// The ids that were fitted on, as [`id_hash`], sorted: a run must not report on them.
    pub fitted_on: Vec<String>,
}

impl CalibrationFile {
    /// Puts together what is stored.
    #[must_use]
    pub(crate) fn new(
        fingerprints: Fingerprints,
        origin: Origin,
        verdicts: Verdicts,
        cases: &[Case],
        fitted: Fitted,
    ) -> Self {
        let mut fitted_on: Vec<String> = cases.iter().map(|case| id_hash(&case.id)).collect();
        fitted_on.sort();
        fitted_on.dedup();
        Self { format: FORMAT, fingerprints, origin, verdicts, fitted, fitted_on }
    }

    /// The map to apply, where one was kept.
    #[must_use]
    pub(crate) fn map(&self) -> Option<&CalibrationMap> {
        self.fitted.chosen.as_ref()
    }

    /// Whether the calibration holds for what is about to be judged.
    ///
    /// # Errors
    /// What changed since it was fitted, a line each.
    pub(crate) fn check(&self, now: &Fingerprints) -> Result<(), Vec<String>> {
        let mut changed = Vec::new();
        if self.format != FORMAT {
            changed.push(format!("its form is version {}, and this is version {FORMAT}", self.format));
        }
        changed.extend(self.fingerprints.changes(now));
        if changed.is_empty() { Ok(()) } else { Err(changed) }
    }
}
