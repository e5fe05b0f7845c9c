//! Records whose verdict is another.

use serde::{Deserialize, Serialize};

use super::changed::Changed;
use super::side::Judged;

/// A record whose verdict is another on the new side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// The record's id.
    pub id: String,
    /// Its label, if it has one.
    pub expected: Option<String>,
    /// The old verdict.
    pub old: String,
    /// The new verdict.
    pub new: String,
    /// The old score.
    pub old_value: Option<f64>,
    /// The new score.
    pub new_value: Option<f64>,
    /// The reasons of the old verdict.
    pub old_reasoning: Option<String>,
    /// The reasons of the new verdict.
    pub new_reasoning: Option<String>,
    /// What it means for the label.
    pub effect: Effect,
}

/// What a flip means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The verdict was the label, and is no longer.
    Broken,
    /// The verdict was not the label, and is now.
    Mended,
    /// Neither verdict is the label.
    StillWrong,
    /// There is no label, or it was of another output: the score is lower.
    Lower,
    /// The same, and the score is not lower.
    Unlabelled,
}

/// The flip of a record, where both verdicts are there and differ. A label of another output is none.
pub(super) fn flip(id: &str, old: &Judged, new: &Judged, changed: Changed) -> Option<Flip> {
    let (was, is) = (old.verdict.as_ref().ok()?, new.verdict.as_ref().ok()?);
    if was.label == is.label {
        return None;
    }
    let labels = new.expected.iter().chain(&old.expected).filter(|_| changed != Changed::Outputs);
    let expected = labels.map(|expected| expected.label.clone()).next();
    let is_lower = was.value.zip(is.value).is_some_and(|(was, is)| is < was);
    let effect = match &expected {
        None if is_lower => Effect::Lower,
        None => Effect::Unlabelled,
        Some(label) if *label == was.label => Effect::Broken,
        Some(label) if *label == is.label => Effect::Mended,
        Some(_) => Effect::StillWrong,
    };
    Some(Flip {
        id: id.to_owned(),
        expected,
        old: was.label.clone(),
        new: is.label.clone(),
        old_value: was.value,
        new_value: is.value,
        old_reasoning: was.reasoning.clone(),
        new_reasoning: is.reasoning.clone(),
        effect,
    })
}

/// What broke first, then what was mended; within these the greatest change first.
pub(super) fn in_order(flips: &mut [Flip]) {
    flips.sort_by(|a, b| {
        let change = |flip: &Flip| {
            flip.old_value.zip(flip.new_value).map_or(f64::INFINITY, |(old, new)| (new - old).abs())
        };
        a.effect.cmp(&b.effect).then(change(b).total_cmp(&change(a))).then(a.id.cmp(&b.id))
    });
}
