//! From which score on the higher of two verdicts is given.

use serde::{Deserialize, Serialize};

/// What a threshold is chosen for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdGoal {
    /// The highest κ (Cohen 1960).
    #[default]
    Kappa,
    /// The lowest cost of wrong verdicts (Elkan 2001).
    Cost {
        /// What a bad item passed costs.
        false_pass: f64,
        /// What a good item failed costs.
        false_fail: f64,
    },
}

/// Items by their true verdict and the side of the threshold they lie on.
#[derive(Clone, Copy, Debug, Default)]
struct Sides {
    good_above: f64,
    good_below: f64,
    bad_above: f64,
    bad_below: f64,
}

impl Sides {
    fn worth(&self, goal: ThresholdGoal) -> f64 {
        match goal {
            ThresholdGoal::Kappa => self.kappa(),
            ThresholdGoal::Cost { false_pass, false_fail } => {
                -(false_pass * self.bad_above + false_fail * self.good_below)
            }
        }
    }

    /// 2(ad − bc)/((a + b)(b + d) + (a + c)(c + d)); 0 where chance explains all.
    fn kappa(&self) -> f64 {
        let Self { good_above: a, good_below: b, bad_above: c, bad_below: d } = self;
        let scale = (a + b) * (b + d) + (a + c) * (c + d);
        if scale > 0.0 { 2.0 * (a * d - b * c) / scale } else { 0.0 }
    }
}

/// The threshold that serves the goal best on items of (score, truly the higher verdict), midway
/// between two scores; of equally good ones the one nearest to ½.
#[must_use]
pub fn best_threshold(items: &[(f64, bool)], goal: ThresholdGoal) -> f64 {
    let items: Vec<(f64, bool, f64)> = items.iter().map(|(score, good)| (*score, *good, 1.0)).collect();
    best_weighted_threshold(&items, goal)
}

/// The same of items that count by their weights, the third.
#[must_use]
pub(crate) fn best_weighted_threshold(items: &[(f64, bool, f64)], goal: ThresholdGoal) -> f64 {
    let mut sorted = items.to_vec();
    sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut sides = Sides::default();
    for &(_, good, weight) in &sorted {
        *(if good { &mut sides.good_above } else { &mut sides.bad_above }) += weight;
    }
    let mut best = (sides.worth(goal), 0.0);
    for (index, &(score, good, weight)) in sorted.iter().enumerate() {
        let (above, below) = if good {
            (&mut sides.good_above, &mut sides.good_below)
        } else {
            (&mut sides.bad_above, &mut sides.bad_below)
        };
        *above -= weight;
        *below += weight;
        // Above 1 no score is passed.
        let next = sorted.get(index + 1).map_or(2.0, |next| next.0);
        if next > score {
            let found = (sides.worth(goal), f64::midpoint(score, next));
            if better(found, best) {
                best = found;
            }
        }
    }
    best.1
}

fn better(found: (f64, f64), best: (f64, f64)) -> bool {
    let nearer = (found.1 - 0.5).abs() < (best.1 - 0.5).abs();
    found.0 > best.0 + 1e-12 || (found.0 > best.0 - 1e-12 && nearer)
}
