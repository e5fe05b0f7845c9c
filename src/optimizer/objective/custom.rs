//! An objective of the user's own.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Judgment;
use crate::signature::Scale;

/// An objective of the user's own, under a name. Two of one name are taken for the same one. As a
/// report it is its name alone: what is read from a report values nothing.
#[derive(Clone)]
pub struct CustomObjective {
    name: Arc<str>,
    value: Arc<Value>,
    loss: Arc<Loss>,
}

/// The value of judgments that were replied to; more is better.
type Value = dyn Fn(&[&Judgment], &Scale) -> Option<f64> + Send + Sync;
/// What one judgment loses.
type Loss = dyn Fn(&Judgment, &Scale) -> f64 + Send + Sync;

impl CustomObjective {
    /// An objective by its name, the value of judgments (more is better; `None` where it is
    /// undefined), and what one judgment loses, in `0..=1`, which candidates race by. Both see only
    /// judgments that were replied to.
    ///
    /// # Example
    /// ```
    /// use evenhand::optimizer::{CustomObjective, Given, Judgment, Objective};
    ///
    /// let is_right = |one: &Judgment| match &one.given {
    ///     Given::Verdict { label, .. } => *label == one.expected.label,
    ///     _ => false,
    /// };
    /// let hits = CustomObjective::new(
    ///     "right verdicts",
    ///     move |judgments, _| Some(judgments.iter().filter(|one| is_right(one)).count() as f64),
    ///     move |judgment, _| if is_right(judgment) { 0.0 } else { 1.0 },
    /// );
    /// assert_eq!(Objective::Custom(hits).name(), "right verdicts");
    /// ```
    pub fn new(
        name: impl Into<Arc<str>>,
        value: impl Fn(&[&Judgment], &Scale) -> Option<f64> + Send + Sync + 'static,
        loss: impl Fn(&Judgment, &Scale) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), value: Arc::new(value), loss: Arc::new(loss) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn value(&self, judged: &[&Judgment], scale: &Scale) -> Option<f64> {
        (self.value)(judged, scale).filter(|value| value.is_finite())
    }

    /// A loss that is no number is the greatest one.
    pub(super) fn loss(&self, judgment: &Judgment, scale: &Scale) -> f64 {
        let loss = (self.loss)(judgment, scale);
        if loss.is_nan() { 1.0 } else { loss.clamp(0.0, 1.0) }
    }
}

impl fmt::Debug for CustomObjective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CustomObjective").field(&self.name).finish()
    }
}

impl PartialEq for CustomObjective {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Serialize for CustomObjective {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for CustomObjective {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(Self::new(name, |_, _| None, |_, _| 1.0))
    }
}
