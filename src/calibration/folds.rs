//! Which items are left out together.

use std::collections::BTreeMap;

use super::problem::Item;
use crate::stats::Random;

/// Deals whole clusters to `folds` folds so that each fold gets its share of every level. The same
/// seed gives the same folds, whatever the order of the items.
pub(super) fn assign(items: &[&Item], folds: usize, seed: u64) -> Vec<usize> {
    let mut clusters: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        clusters.entry(&item.cluster).or_default().push(index);
    }
    let mut clusters: Vec<Vec<usize>> = clusters.into_values().collect();
    Random::new(seed).shuffle(&mut clusters);
    clusters.sort_by_key(|members| typical_level(items, members));
    let mut fold_of = vec![0; items.len()];
    for (place, members) in clusters.iter().enumerate() {
        for &index in members {
            fold_of[index] = place % folds;
        }
    }
    fold_of
}

/// The middle one of the members' levels.
fn typical_level(items: &[&Item], members: &[usize]) -> usize {
    let mut levels: Vec<usize> = members.iter().map(|&index| items[index].true_level).collect();
    levels.sort_unstable();
    levels.get(levels.len() / 2).copied().unwrap_or(0)
}
