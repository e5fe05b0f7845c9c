//! The order in which the validation records are judged.

use std::collections::BTreeMap;

use crate::optimizer::example::Example;
use crate::stats::Random;

/// The validation records by group, in the order in which they are judged.
pub(super) fn units(validation: &[Example], seed: u64) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, example) in validation.iter().enumerate() {
        groups.entry(&example.group).or_default().push(index);
    }
    let mut units: Vec<Vec<usize>> = groups.into_values().collect();
    Random::new(seed).shuffle(&mut units);
    units
}
