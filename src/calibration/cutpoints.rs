//! Limits between the levels of a scale.

use crate::stats::{CalibrationMap, Table, Weighting, cohen_kappa};

/// At most this many places between scores are tried for a limit.
const MOST_PLACES: usize = 64;
const MOST_ROUNDS: u32 = 10;

/// Limits with the highest quadratic κ on items of (score, true level, how often it counts), found by moving one limit at
/// a time, from limits that give each level as often as it is true.
pub(super) fn fit(items: &[(f64, usize, u64)], levels: usize) -> CalibrationMap {
    let grid = Grid::new(items, levels);
    let mut limits = grid.start();
    let mut best = grid.kappa(&limits);
    for _ in 0..MOST_ROUNDS {
        let before = best;
        for limit in 0..limits.len() {
            let low = if limit == 0 { 0 } else { limits[limit - 1] };
            let high = limits.get(limit + 1).copied().unwrap_or(grid.places.len() - 1);
            for place in low..=high {
                let kept = std::mem::replace(&mut limits[limit], place);
                let kappa = grid.kappa(&limits);
                if kappa > best + 1e-12 {
                    best = kappa;
                } else {
                    limits[limit] = kept;
                }
            }
        }
        if best <= before {
            break;
        }
    }
    CalibrationMap::Cutpoints { at: limits.into_iter().map(|place| grid.places[place]).collect() }
}

/// Places for limits, and how many items of each level lie below each.
struct Grid {
    places: Vec<f64>,
    below: Vec<Vec<u64>>,
    all: Vec<u64>,
}

impl Grid {
    fn new(items: &[(f64, usize, u64)], levels: usize) -> Self {
        let places = places(items);
        let count = |holds: &dyn Fn(f64) -> bool| {
            let mut counts = vec![0; levels];
            for &(_, level, units) in items.iter().filter(|item| holds(item.0)) {
                counts[level] += units;
            }
            counts
        };
        let below = places.iter().map(|&place| count(&|score| score < place)).collect();
        Self { below, all: count(&|_| true), places }
    }

    /// The places that part the scores as the true levels are parted.
    fn start(&self) -> Vec<usize> {
        let n: u64 = self.all.iter().sum();
        let mut wanted = 0;
        let mut limits = Vec::new();
        for count in &self.all[..self.all.len() - 1] {
            wanted += count;
            let reaches = |below: &Vec<u64>| below.iter().sum::<u64>() >= wanted.min(n);
            limits.push(self.below.iter().position(reaches).unwrap_or(self.places.len() - 1));
        }
        limits
    }

    /// Quadratic κ of the verdicts that limits at these places give; −1 where it is undefined.
    fn kappa(&self, limits: &[usize]) -> f64 {
        let counts = (0..self.all.len()).map(|truth| {
            let mut before = 0;
            let mut row = Vec::with_capacity(self.all.len());
            for below in limits.iter().map(|&place| self.below[place][truth]).chain([self.all[truth]]) {
                row.push(below - before);
                before = below;
            }
            row
        });
        let kappa = Table::new(counts.collect()).and_then(|table| cohen_kappa(&table, Weighting::Quadratic));
        kappa.map_or(-1.0, |kappa| kappa.value)
    }
}

/// Rising places between scores, the first below all and the last above all.
fn places(items: &[(f64, usize, u64)]) -> Vec<f64> {
    let mut scores: Vec<f64> = items.iter().map(|item| item.0).collect();
    scores.sort_by(f64::total_cmp);
    scores.dedup();
    let gaps: Vec<f64> = scores.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    let step = gaps.len().div_ceil(MOST_PLACES).max(1);
    let inner = gaps.into_iter().skip((step - 1) / 2).step_by(step);
    std::iter::once(0.0).chain(inner).chain(std::iter::once(2.0)).collect()
}
