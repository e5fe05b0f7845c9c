//! Shares and agreement of items that were drawn at unequal rates, each weighted by how many it stands for.

use super::interval::{Estimate, Interval};
use super::moments::Moments;
use super::proportion::wilson;
use super::sum::{all_finite, sum};
use crate::number::real;

/// A share of weighted items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WeightedShare {
    /// The share in `0..=1`: the weights of the items that count, by all weights.
    pub(crate) rate: f64,
    /// Wilson's interval at the effective number of items (Korn & Graubard 1998).
    pub(crate) interval: Interval,
}

/// How many items drawn at one rate these are worth: (Σw)² / Σw² (Kish 1965). `None` without items, and where a weight
/// is not a number above 0.
#[must_use]
pub(crate) fn effective_n(weights: &[f64]) -> Option<f64> {
    let is_sound = !weights.is_empty() && weights.iter().all(|weight| weight.is_finite() && *weight > 0.0);
    let squares: Vec<f64> = weights.iter().map(|weight| weight * weight).collect();
    Some(sum(weights).filter(|_| is_sound)?.powi(2) / sum(&squares)?)
}

/// The share of the items that count. `None` as for [`effective_n`].
#[must_use]
pub(crate) fn weighted_share(items: &[(f64, bool)], level: f64) -> Option<WeightedShare> {
    let weights: Vec<f64> = items.iter().map(|(weight, _)| *weight).collect();
    let counted: Vec<f64> = items.iter().filter(|(_, counts)| *counts).map(|(weight, _)| *weight).collect();
    let n = effective_n(&weights)?;
    let rate = (sum(&counted).unwrap_or(0.0) / sum(&weights)?).clamp(0.0, 1.0);
    Some(WeightedShare { rate, interval: wilson(rate, n, level)? })
}

/// Cohen's κ (1960) of labels and verdicts, by weights instead of counts; each is the place among `size` verdicts.
/// `None` where all are one and the same.
#[must_use]
pub(crate) fn weighted_kappa(items: &[(f64, (usize, usize))], size: usize) -> Option<f64> {
    let weight_of = |counts: &dyn Fn((usize, usize)) -> bool| {
        let own: Vec<f64> =
            items.iter().filter(|(_, pair)| counts(*pair)).map(|(weight, _)| *weight).collect();
        sum(&own).unwrap_or(0.0)
    };
    let all = weight_of(&|_| true);
    let same = weight_of(&|(label, verdict)| label == verdict) / all;
    let by_chance: f64 = (0..size)
        .map(|at| {
            weight_of(&|(label, _)| label == at) * weight_of(&|(_, verdict)| verdict == at) / (all * all)
        })
        .sum();
    (all > 0.0 && by_chance < 1.0).then(|| (same - by_chance) / (1.0 - by_chance))
}

/// Prediction-powered inference (PPI++, Angelopoulos 2023, arXiv 2311.01453) where the labelled items were drawn at
/// unequal rates: the mean label of the items that have a judge's score alone.
///
/// The judge's misses count by how many of those items each label stands for: the rectifier is Σw(y − λf)/Σw (Hájek
/// 1971; in surveys the difference estimator, Särndal, Swensson & Wretman 1992, 6.3), its variance
/// Σw²(r − r̄)²/(Σw)² (their 5.7, linearized). With equal weights both are those of plain PPI.
#[derive(Clone, Debug)]
pub(crate) struct WeightedPowered {
    weights: Vec<f64>,
    labels: Vec<f64>,
    judged: Vec<f64>,
    others: Vec<f64>,
}

impl WeightedPowered {
    /// From (weight, label, judge's score) of the labelled items and the scores of the others. Items of weight 0 stand
    /// for none of the others, and are left out. `None` for fewer than two items, no others, or values that are not
    /// finite.
    #[must_use]
    pub(crate) fn new(labelled: &[(f64, f64, f64)], others: &[f64]) -> Option<Self> {
        let own: Vec<&(f64, f64, f64)> = labelled.iter().filter(|item| item.0 > 0.0).collect();
        let column =
            |of: fn(&(f64, f64, f64)) -> f64| -> Vec<f64> { own.iter().map(|item| of(item)).collect() };
        let (weights, labels, judged) = (column(|item| item.0), column(|item| item.1), column(|item| item.2));
        let is_sound = [&weights, &labels, &judged].into_iter().all(|values| all_finite(values));
        (own.len() > 1 && is_sound && !others.is_empty() && all_finite(others)).then(|| Self {
            weights,
            labels,
            judged,
            others: others.to_vec(),
        })
    }

    /// How many labels drawn at one rate these are worth.
    #[must_use]
    pub(crate) fn effective_n(&self) -> Option<f64> {
        effective_n(&self.weights)
    }

    /// The λ of the smallest error, as plain PPI++ has it, with the covariance by weights and the effective number of
    /// labels: Cov(y, f)/((1 + n/N)·Var(f)), in `0..=1`.
    #[must_use]
    pub(crate) fn best_lambda(&self) -> Option<f64> {
        let (label, judge) = (self.mean(&self.labels)?, self.mean(&self.judged)?);
        let pairs = self.labels.iter().zip(&self.judged);
        let products: Vec<f64> = pairs.map(|(y, f)| (y - label) * (f - judge)).collect();
        let all: Moments = self.judged.iter().chain(&self.others).copied().collect();
        let scale = (1.0 + self.effective_n()? / real(self.others.len())) * all.variance()?;
        Some(if scale > 0.0 { (self.mean(&products)? / scale).clamp(0.0, 1.0) } else { 0.0 })
    }

    /// The mean label of the others, trusting the judge by λ.
    #[must_use]
    pub(crate) fn estimate(&self, lambda: f64) -> Option<Estimate> {
        let pairs = self.labels.iter().zip(&self.judged);
        let misses: Vec<f64> = pairs.map(|(y, f)| y - lambda * f).collect();
        let miss = self.mean(&misses)?;
        let squares: Vec<f64> =
            misses.iter().zip(&self.weights).map(|(one, weight)| (weight * (one - miss)).powi(2)).collect();
        let others: Moments = self.others.iter().copied().collect();
        let variance = lambda * lambda * others.population_variance()? / real(self.others.len())
            + sum(&squares)? / sum(&self.weights)?.powi(2);
        Some(Estimate { value: lambda * others.mean()? + miss, standard_error: Some(variance.sqrt()) })
    }

    /// Σwx / Σw.
    fn mean(&self, values: &[f64]) -> Option<f64> {
        let weighed: Vec<f64> =
            values.iter().zip(&self.weights).map(|(value, weight)| value * weight).collect();
        Some(sum(&weighed)? / sum(&self.weights)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PredictionPowered, Proportion, Table, Weighting, cohen_kappa};
    use super::*;

    const LABELLED: [(f64, f64, f64); 10] = [
        (1.0, 1.0, 0.9),
        (1.0, 0.0, 0.6),
        (4.0, 1.0, 0.8),
        (4.0, 1.0, 0.55),
        (2.5, 0.0, 0.4),
        (2.5, 1.0, 0.7),
        (10.0, 1.0, 0.95),
        (10.0, 0.0, 0.35),
        (1.0, 1.0, 0.2),
        (4.0, 1.0, 0.6),
    ];

    fn others() -> Vec<f64> {
        (0..60_u32).map(|place| f64::from(place * 37 % 100) / 100.0).collect()
    }

    fn near(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-12, "{one} and not {other}");
    }

    /// Computed in plain Python from the formulas of [`WeightedPowered`]'s sources.
    #[test]
    fn powered_by_weights_as_the_formulas_say() {
        let powered = WeightedPowered::new(&LABELLED, &others()).unwrap();
        near(powered.effective_n().unwrap(), 6.072_106_261_859_583);
        let lambda = powered.best_lambda().unwrap();
        near(lambda, 0.938_157_950_313_535_1);
        for (lambda, value, error) in [
            (lambda, 0.537_803_172_437_492_6, 0.127_722_617_592_287_29),
            (0.0, 0.6625, 0.201_355_635_125_702_4),
            (1.0, 0.529_583_333_333_333_3, 0.124_691_720_912_150_24),
        ] {
            let estimate = powered.estimate(lambda).unwrap();
            near(estimate.value, value);
            near(estimate.standard_error.unwrap(), error);
        }
    }

    #[test]
    fn powered_by_equal_weights_is_plain_and_what_stands_for_nobody_is_left_out() {
        let mut equal: Vec<(f64, f64, f64)> = LABELLED.iter().map(|(_, y, f)| (3.0, *y, *f)).collect();
        equal.push((0.0, 0.0, 1.0));
        let powered = WeightedPowered::new(&equal, &others()).unwrap();
        let labels: Vec<f64> = LABELLED.iter().map(|item| item.1).collect();
        let judged: Vec<f64> = LABELLED.iter().map(|item| item.2).collect();
        let plain = PredictionPowered { labels: &labels, judged: &judged, others: &others() };
        near(powered.best_lambda().unwrap(), plain.best_weight().unwrap());
        for lambda in [0.0, 0.4, 1.0] {
            let (one, other) = (powered.estimate(lambda).unwrap(), plain.mean(lambda).unwrap());
            near(one.value, other.value);
            near(one.standard_error.unwrap(), other.standard_error.unwrap());
        }
        assert!(WeightedPowered::new(&[(1.0, 1.0, 1.0), (0.0, 0.0, 0.0)], &others()).is_none());
        assert!(WeightedPowered::new(&LABELLED, &[]).is_none());
        assert!(WeightedPowered::new(&LABELLED, &[f64::NAN]).is_none());
    }

    #[test]
    fn equal_weights_are_no_weights() {
        for weight in [1.0, 7.5] {
            let items: Vec<(f64, bool)> = (0..40).map(|n| (weight, n % 5 != 0)).collect();
            let found = weighted_share(&items, 0.95).unwrap();
            let plain = Proportion::new(32, 40).wilson(0.95).unwrap();
            assert!((found.rate - 0.8).abs() < 1e-12);
            assert!((found.interval.low - plain.low).abs() < 1e-12, "{found:?}");
            assert!((found.interval.high - plain.high).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn an_item_that_stands_for_three_counts_as_three() {
        let pairs = [(0, 0), (0, 1), (1, 1), (1, 1), (1, 0), (0, 0), (1, 1)];
        let weights = [1.0, 3.0, 2.0, 1.0, 1.0, 3.0, 2.0];
        let weighted: Vec<(f64, (usize, usize))> = weights.into_iter().zip(pairs).collect();
        let repeated: Vec<(usize, usize)> = weighted
            .iter()
            .flat_map(|(weight, pair)| {
                std::iter::repeat_n(
                    *pair,
                    if *weight > 2.5 {
                        3
                    } else if *weight > 1.5 {
                        2
                    } else {
                        1
                    },
                )
            })
            .collect();
        let kappa = cohen_kappa(&Table::of_pairs(2, &repeated), Weighting::Identity).unwrap().value;
        assert!((weighted_kappa(&weighted, 2).unwrap() - kappa).abs() < 1e-12);
        let right: Vec<(f64, bool)> =
            weighted.iter().map(|(w, (label, verdict))| (*w, label == verdict)).collect();
        assert!((weighted_share(&right, 0.95).unwrap().rate - 9.0 / 13.0).abs() < 1e-12);
        // 13² / (1 + 9 + 4 + 1 + 1 + 9 + 4): seven items are worth less than six.
        assert!((effective_n(&weights).unwrap() - 169.0 / 29.0).abs() < 1e-12);
    }

    #[test]
    fn weights_that_are_none_give_nothing() {
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(effective_n(&[1.0, weight]), None);
            assert_eq!(weighted_share(&[(weight, true)], 0.95), None);
        }
        assert_eq!(effective_n(&[]), None);
        assert_eq!(weighted_kappa(&[(1.0, (0, 0)), (2.0, (0, 0))], 2), None);
    }
}
