//! Items that must not be parted, merged until nothing joins them any more.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Items that must not be parted (disjoint sets: Galler & Fischer 1964). What joins two items joins all that
/// each of them is joined with.
#[derive(Clone, Debug)]
pub struct Together {
    /// An item of the same group with a lower number, or the item itself.
    before: Vec<usize>,
}

impl Together {
    /// As many items, each alone.
    #[must_use]
    pub fn new(items: usize) -> Self {
        Self { before: (0..items).collect() }
    }

    /// Joins the groups of two items.
    ///
    /// # Panics
    /// There is no such item.
    pub fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.before[one.max(other)] = one.min(other);
    }

    /// Joins all items that have a key in common.
    ///
    /// # Panics
    /// There is no such item.
    pub fn join_alike<K: Eq + Hash>(&mut self, keys: impl IntoIterator<Item = (usize, K)>) {
        let mut holders: HashMap<K, usize> = HashMap::new();
        for (item, key) in keys {
            let holder = *holders.entry(key).or_insert(item);
            self.join(holder, item);
        }
    }

    /// The first item of an item's group.
    ///
    /// # Panics
    /// There is no such item.
    pub fn first(&mut self, item: usize) -> usize {
        let mut at = item;
        while self.before[at] != at {
            // Every second step is made shorter for the next time.
            self.before[at] = self.before[self.before[at]];
            at = self.before[at];
        }
        at
    }

    /// The groups, by their first items; within each the items in order.
    #[must_use]
    pub fn groups(mut self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for item in 0..self.before.len() {
            groups.entry(self.first(item)).or_default().push(item);
        }
        groups.into_values().collect()
    }
}

/// Each item's group as a number: groups are numbered from 0, as they come.
pub fn group_numbers<K: Eq + Hash>(keys: impl IntoIterator<Item = K>) -> Vec<usize> {
    let mut numbers: HashMap<K, usize> = HashMap::new();
    keys.into_iter()
        .map(|key| {
            let next = numbers.len();
            *numbers.entry(key).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_joins_two_items_joins_all_of_their_groups() {
        let mut together = Together::new(6);
        together.join_alike([(0, "x"), (1, "y"), (2, "x"), (4, "z"), (5, "z")]);
        together.join_alike([(2, 7), (1, 7)]);
        assert_eq!(together.groups(), [vec![0, 1, 2], vec![3], vec![4, 5]]);
    }

    #[test]
    fn groups_are_numbered_as_they_come() {
        assert_eq!(group_numbers(["b", "a", "b", "c"]), [0, 1, 0, 2]);
    }

    proptest! {
        /// Compared with a search that follows the joins item by item.
        #[test]
        fn groups_are_what_can_be_reached(
            n in 1_usize..25,
            joins in prop::collection::vec((0_usize..25, 0_usize..25), 0..40),
        ) {
            let joins: Vec<(usize, usize)> = joins.into_iter().map(|(a, b)| (a % n, b % n)).collect();
            let mut together = Together::new(n);
            for (a, b) in &joins {
                together.join(*a, *b);
            }
            let mut label: Vec<usize> = (0..n).collect();
            for _ in 0..n {
                for &(a, b) in &joins {
                    let least = label[a].min(label[b]);
                    label[a] = least;
                    label[b] = least;
                }
            }
            for (item, least) in label.into_iter().enumerate() {
                prop_assert_eq!(together.first(item), least);
            }
            prop_assert_eq!(together.groups().into_iter().flatten().count(), n);
        }
    }
}
