//! Which labels were given where which were true.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::agreement::{Table, Weighting, cohen_kappa, gwet_ac1};
use super::interval::{Estimate, Interval};
use super::proportion::Proportion;
use super::resampling::Bootstrap;
use crate::number::real;

/// Counts of (true label, given label), in the labels' order.
///
/// Weighted κ takes the labels' sorted positions as their distances: use numbers rather than text
/// for a scale ("10" sorts before "2"), and declare the whole scale, since a label that nobody
/// used would otherwise leave no gap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion<L: Ord> {
    labels: BTreeSet<L>,
    rows: BTreeMap<L, BTreeMap<L, u64>>,
}

impl<L: Ord + Clone> Confusion<L> {
    /// No items yet; labels are added as they come.
    #[must_use]
    pub fn new() -> Self {
        Self::with_labels([])
    }

    /// No items yet; `labels` count as possible even if nobody uses them.
    #[must_use]
    pub fn with_labels(labels: impl IntoIterator<Item = L>) -> Self {
        Self { labels: labels.into_iter().collect(), rows: BTreeMap::new() }
    }

    /// Counts one item.
    pub fn add(&mut self, truth: L, given: L) {
        self.add_many(truth, given, 1);
    }

    /// Adds all that another matrix counted.
    pub fn merge(&mut self, other: &Self) {
        self.labels.extend(other.labels.iter().cloned());
        for (truth, row) in &other.rows {
            for (given, &count) in row {
                self.add_many(truth.clone(), given.clone(), count);
            }
        }
    }

    fn add_many(&mut self, truth: L, given: L, count: u64) {
        for label in [&truth, &given] {
            if !self.labels.contains(label) {
                self.labels.insert(label.clone());
            }
        }
        *self.rows.entry(truth).or_default().entry(given).or_default() += count;
    }
}

impl<L: Ord> Confusion<L> {
    /// The labels, sorted.
    pub fn labels(&self) -> impl Iterator<Item = &L> {
        self.labels.iter()
    }

    /// How many items with this true label were given that label.
    #[must_use]
    pub fn count(&self, truth: &L, given: &L) -> u64 {
        let row = self.rows.get(truth);
        row.and_then(|row| row.get(given)).copied().unwrap_or(0)
    }

    /// How many items were counted.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.rows.values().flat_map(BTreeMap::values).sum()
    }

    /// How many items truly have the label.
    #[must_use]
    pub fn truly(&self, label: &L) -> u64 {
        self.rows.get(label).map_or(0, |row| row.values().sum())
    }

    /// How many items were given the label.
    #[must_use]
    pub fn given(&self, label: &L) -> u64 {
        self.rows.values().filter_map(|row| row.get(label)).sum()
    }

    /// The counts as a square table in the labels' order.
    #[must_use]
    pub fn table(&self) -> Table {
        let position: BTreeMap<&L, usize> = self.labels.iter().zip(0..).collect();
        let mut counts = vec![vec![0; position.len()]; position.len()];
        for (truth, row) in &self.rows {
            for (given, &count) in row {
                counts[position[truth]][position[given]] = count;
            }
        }
        Table::new(counts).unwrap_or_else(|| Table::of_pairs(0, &[]))
    }

    /// Items whose given label is the true one.
    #[must_use]
    pub fn accuracy(&self) -> Proportion {
        let right = self.labels.iter().map(|label| self.count(label, label));
        Proportion::new(right.sum(), self.n())
    }

    /// Of the items given this label, those that truly have it.
    #[must_use]
    pub fn precision(&self, label: &L) -> Proportion {
        Proportion::new(self.count(label, label), self.given(label))
    }

    /// Of the items that truly have this label, those given it. Also called sensitivity.
    #[must_use]
    pub fn recall(&self, label: &L) -> Proportion {
        Proportion::new(self.count(label, label), self.truly(label))
    }

    /// Of the items that truly have this label, those given it (Yerushalmy 1947). Also called recall.
    #[must_use]
    pub fn sensitivity(&self, label: &L) -> Proportion {
        self.recall(label)
    }

    /// Of the items that truly have another label, those not given this one (Yerushalmy 1947).
    #[must_use]
    pub fn specificity(&self, label: &L) -> Proportion {
        let others = self.n() - self.truly(label);
        let false_alarms = self.given(label) - self.count(label, label);
        Proportion::new(others - false_alarms, others)
    }

    /// The harmonic mean of precision and recall (van Rijsbergen 1979); `None` for a label that is neither true nor
    /// given anywhere.
    #[must_use]
    pub fn f1(&self, label: &L) -> Option<f64> {
        let both = self.truly(label) + self.given(label);
        (both > 0).then(|| 2.0 * real(self.count(label, label)) / real(both))
    }

    /// The mean F1 of the labels that have one.
    #[must_use]
    pub fn macro_f1(&self) -> Option<f64> {
        mean_of(self.labels.iter().filter_map(|label| self.f1(label)))
    }

    /// The mean recall of the labels that are true somewhere (Brodersen et al. 2010): 1/labels is chance.
    #[must_use]
    pub fn balanced_accuracy(&self) -> Option<f64> {
        mean_of(self.labels.iter().filter_map(|label| self.recall(label).rate()))
    }

    /// Cohen's κ with its large-sample standard error: see [`cohen_kappa`].
    #[must_use]
    pub fn kappa(&self, weighting: Weighting) -> Option<Estimate> {
        cohen_kappa(&self.table(), weighting)
    }

    /// A `BCa` bootstrap interval for Cohen's κ, by drawing items: for few items or weighted κ.
    #[must_use]
    pub fn kappa_interval(
        &self,
        weighting: Weighting,
        bootstrap: &Bootstrap,
        level: f64,
    ) -> Option<Interval> {
        let table = self.table();
        let kappa = |pairs: &[(usize, usize)]| {
            let drawn = Table::of_pairs(table.size(), pairs);
            Some(cohen_kappa(&drawn, weighting)?.value)
        };
        bootstrap.bca(&table.pairs(), kappa, level)
    }

    /// Gwet's AC1 with its standard error: see [`gwet_ac1`].
    #[must_use]
    pub fn ac1(&self) -> Option<Estimate> {
        gwet_ac1(&self.table())
    }
}

impl<L: Ord + Clone> FromIterator<(L, L)> for Confusion<L> {
    fn from_iter<I: IntoIterator<Item = (L, L)>>(items: I) -> Self {
        let mut confusion = Self::new();
        for (truth, given) in items {
            confusion.add(truth, given);
        }
        confusion
    }
}

fn mean_of(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / real(values.len()))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by construction")]
mod tests {
    use super::*;

    /// 30 good items of which 24 were called good, 20 bad ones of which 15 were called bad.
    fn judged() -> Confusion<&'static str> {
        let mut confusion = Confusion::new();
        confusion.add_many("good", "good", 24);
        confusion.add_many("good", "bad", 6);
        confusion.add_many("bad", "good", 5);
        confusion.add_many("bad", "bad", 15);
        confusion
    }

    #[test]
    fn rates_by_hand() {
        let judged = judged();
        assert_eq!(judged.n(), 50);
        assert_eq!(judged.accuracy(), Proportion::new(39, 50));
        assert_eq!(judged.precision(&"good"), Proportion::new(24, 29));
        assert_eq!(judged.sensitivity(&"good"), Proportion::new(24, 30));
        assert_eq!(judged.specificity(&"good"), Proportion::new(15, 20));
        assert_eq!(judged.f1(&"good"), Some(48.0 / 59.0));
        assert_eq!(judged.f1(&"ugly"), None);
        assert_eq!(judged.balanced_accuracy(), Some(0.775));
        assert_eq!(judged.labels().collect::<Vec<_>>(), [&"bad", &"good"]);
    }

    #[test]
    fn a_declared_scale_keeps_its_gaps() {
        let items = [(1, 5), (1, 1), (5, 5), (2, 5), (2, 2)];
        let seen: Confusion<u8> = items.into_iter().collect();
        let mut declared = Confusion::with_labels(1..=5);
        declared.merge(&seen);
        let kappa = |confusion: &Confusion<u8>| confusion.kappa(Weighting::Linear).unwrap().value;
        assert_ne!(kappa(&seen), kappa(&declared));
        assert_eq!(declared.table().size(), 5);
        assert_eq!(declared.recall(&4).rate(), None);
    }

    #[test]
    fn merging_adds_up() {
        let mut twice = judged();
        twice.merge(&judged());
        assert_eq!(twice.accuracy(), Proportion::new(78, 100));
    }

    #[test]
    fn a_bootstrap_interval_holds_the_estimate() {
        let judged = judged();
        let kappa = judged.kappa(Weighting::Quadratic).unwrap().value;
        let interval = judged.kappa_interval(Weighting::Quadratic, &Bootstrap::default(), 0.95).unwrap();
        assert!(interval.contains(kappa) && interval.width() < 0.6, "{interval}");
    }

    #[test]
    fn empty_is_undefined() {
        let empty: Confusion<String> = Confusion::new();
        assert_eq!(empty.accuracy().rate(), None);
        assert_eq!(empty.kappa(Weighting::Identity), None);
        assert_eq!(empty.macro_f1(), None);
    }
}
