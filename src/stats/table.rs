//! A square table of counts: what two raters said about the same items.

use super::real::real;

/// Counts of two raters' labels, `counts[first][second]`, over the same ordered labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    counts: Vec<Vec<u64>>,
}

impl Table {
    /// `None` unless the rows form a square.
    #[must_use]
    pub fn new(counts: Vec<Vec<u64>>) -> Option<Self> {
        let square = counts.iter().all(|row| row.len() == counts.len());
        square.then_some(Self { counts })
    }

    /// Counts pairs of label positions below `size`; pairs beyond it are left out.
    #[must_use]
    pub fn of_pairs(size: usize, pairs: &[(usize, usize)]) -> Self {
        let mut counts = vec![vec![0; size]; size];
        for &(first, second) in pairs {
            if first < size && second < size {
                counts[first][second] += 1;
            }
        }
        Self { counts }
    }

    /// How many labels there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.counts.len()
    }

    /// How many items were counted.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Every item as its pair of label positions, cell by cell.
    #[must_use]
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for (first, row) in self.counts.iter().enumerate() {
            for (second, &count) in row.iter().enumerate() {
                pairs.extend((0..count).map(|_| (first, second)));
            }
        }
        pairs
    }

    /// The table as shares with their marginals; `None` without items.
    pub(super) fn shares(&self) -> Option<Shares> {
        let n = self.n();
        if n == 0 {
            return None;
        }
        let cells: Vec<Vec<f64>> =
            self.counts.iter().map(|row| row.iter().map(|&count| real(count) / real(n)).collect()).collect();
        let size = self.size();
        let sums = |counts: &dyn Fn(usize) -> u64| -> Vec<f64> {
            (0..size).map(|index| real(counts(index)) / real(n)).collect()
        };
        Some(Shares {
            rows: sums(&|index| self.counts[index].iter().sum()),
            columns: sums(&|index| self.counts.iter().map(|row| row[index]).sum()),
            cells,
            n: real(n),
        })
    }
}

/// A table divided by its n.
pub(super) struct Shares {
    pub(super) cells: Vec<Vec<f64>>,
    /// The first rater's shares.
    pub(super) rows: Vec<f64>,
    /// The second rater's shares.
    pub(super) columns: Vec<f64>,
    pub(super) n: f64,
}

impl Shares {
    /// Σ share · `value(first, second)` over all cells.
    pub(super) fn expect(&self, value: impl Fn(usize, usize) -> f64) -> f64 {
        let mut total = 0.0;
        for (first, row) in self.cells.iter().enumerate() {
            for (second, share) in row.iter().enumerate() {
                total += share * value(first, second);
            }
        }
        total
    }
}
