//! The label that two judgments of a record should have, and what is measured by it.

use super::side::Judged;
use crate::eval::Expected;

/// A number for a record, by the label it should have.
pub(super) type Of = fn(&Judged, Option<&Expected>) -> Option<f64>;

/// A side may not know the label, or not its worth: then it is the other's.
pub(super) fn is_labelled_alike(old: &Judged, new: &Judged) -> bool {
    old.expected.as_ref().zip(new.expected.as_ref()).is_none_or(|(old, new)| old.label == new.label)
}

/// The label of both sides.
pub(super) fn label<'a>(old: &'a Judged, new: &'a Judged) -> Option<&'a Expected> {
    let known = || new.expected.iter().chain(&old.expected);
    known().find(|expected| expected.value.is_some()).or_else(|| known().next())
}
