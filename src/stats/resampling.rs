//! Resampling: bootstrap intervals for any statistic, by drawing items with replacement, and the paired
//! permutation test, by drawing the signs of the differences.

use serde::{Deserialize, Serialize};

use super::interval::{Estimate, Interval};
use super::quantile::sorted_quantile;
use super::random::Random;
use super::sum::paired;
use super::{moments, normal, sum};
use crate::number::real;

/// Above this share of undefined draws the statistic is too brittle for an interval.
const MAX_UNDEFINED: f64 = 0.05;

/// How to draw: how often, and from which seed. The same seed gives the same interval for good.
///
/// The order of the items matters to the draws: sort them by a stable key first where the order
/// may vary. For clustered data let an item be a whole cluster.
///
/// ```
/// use evenhand::stats::{Bootstrap, mean};
///
/// let scores = [0.5, 0.75, 1.0, 0.25, 1.0, 0.75, 0.5, 1.0];
/// let interval = Bootstrap::default().bca(&scores, mean, 0.95).expect("an interval");
/// assert!(interval.contains(0.71875));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// How many resamples to draw; a few thousand for intervals.
    pub resamples: u32,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 2000, seed: 0 }
    }
}

impl Bootstrap {
    /// The percentile interval (Efron 1979). For a skewed statistic or few items prefer
    /// [`Bootstrap::bca`].
    ///
    /// `None` without items, or where the statistic is undefined on the items or on more than one
    /// draw in twenty; fewer undefined draws are left out.
    #[must_use]
    pub fn percentile<T: Clone>(
        &self,
        items: &[T],
        statistic: impl Fn(&[T]) -> Option<f64>,
        level: f64,
    ) -> Option<Interval> {
        let tail = tail(level)?;
        statistic(items)?;
        let replicates = self.replicates(items, &statistic)?;
        interval_at(&replicates, tail, 1.0 - tail, level)
    }

    /// The bias-corrected and accelerated interval (Efron 1987), with the jackknife's
    /// acceleration. Calls the statistic `resamples` + n times; `None` as for
    /// [`Bootstrap::percentile`], and where all draws lie on one side of the estimate.
    #[must_use]
    pub fn bca<T: Clone>(
        &self,
        items: &[T],
        statistic: impl Fn(&[T]) -> Option<f64>,
        level: f64,
    ) -> Option<Interval> {
        let tail = tail(level)?;
        let estimate = statistic(items)?;
        let replicates = self.replicates(items, &statistic)?;
        if replicates.first() == replicates.last() {
            return interval_at(&replicates, tail, 1.0 - tail, level);
        }
        let bias = bias_correction(&replicates, estimate)?;
        let acceleration = acceleration(&jackknife(items, &statistic)?)?;
        let adjusted = |z: f64| {
            let shifted = bias + z;
            normal::cdf(bias + shifted / (1.0 - acceleration * shifted))
        };
        let reach = normal::quantile(1.0 - tail)?;
        interval_at(&replicates, adjusted(-reach), adjusted(reach), level)
    }

    /// The standard deviation of the statistic over the draws.
    #[must_use]
    pub fn standard_error<T: Clone>(
        &self,
        items: &[T],
        statistic: impl Fn(&[T]) -> Option<f64>,
    ) -> Option<f64> {
        moments::variance(&self.replicates(items, &statistic)?).map(f64::sqrt)
    }

    /// The statistic of every draw where it is defined, sorted.
    fn replicates<T: Clone>(
        &self,
        items: &[T],
        statistic: &impl Fn(&[T]) -> Option<f64>,
    ) -> Option<Vec<f64>> {
        if items.is_empty() || self.resamples == 0 {
            return None;
        }
        let mut random = Random::new(self.seed);
        let mut drawn = Vec::with_capacity(items.len());
        let mut replicates = Vec::new();
        for _ in 0..self.resamples {
            drawn.clear();
            drawn.extend(items.iter().map(|_| items[random.below(items.len())].clone()));
            replicates.extend(statistic(&drawn).filter(|value| value.is_finite()));
        }
        let undefined = f64::from(self.resamples) - real(replicates.len());
        if undefined > MAX_UNDEFINED * f64::from(self.resamples) {
            return None;
        }
        replicates.sort_by(f64::total_cmp);
        Some(replicates)
    }
}

fn tail(level: f64) -> Option<f64> {
    (level > 0.0 && level < 1.0).then_some((1.0 - level) / 2.0)
}

fn interval_at(sorted: &[f64], low: f64, high: f64, level: f64) -> Option<Interval> {
    // An extreme acceleration can turn the ends around; there is no interval then.
    (low <= high).then_some(Interval {
        low: sorted_quantile(sorted, low)?,
        high: sorted_quantile(sorted, high)?,
        level,
    })
}

/// z₀: how far the estimate lies from the draws' median; ties count half.
fn bias_correction(sorted: &[f64], estimate: f64) -> Option<f64> {
    let below = sorted.partition_point(|&value| value < estimate);
    let up_to = sorted.partition_point(|&value| value <= estimate);
    normal::quantile(real(below + up_to) / (2.0 * real(sorted.len())))
}

/// The statistic without each item in turn.
fn jackknife<T: Clone>(items: &[T], statistic: &impl Fn(&[T]) -> Option<f64>) -> Option<Vec<f64>> {
    let (last, kept) = items.split_last()?;
    let mut left_out = last.clone();
    let mut kept = kept.to_vec();
    let mut values = vec![statistic(&kept)?];
    for position in (0..kept.len()).rev() {
        std::mem::swap(&mut kept[position], &mut left_out);
        values.push(statistic(&kept)?);
    }
    Some(values)
}

/// A statistic with the jackknife's standard error (Tukey 1958), √((n − 1)/n · Σ(θᵢ − θ̄)²), from its values without
/// each item in turn. For smooth statistics, such as ratios of sums. `None` for fewer than two items.
#[must_use]
pub fn jackknife_estimate(value: f64, without_each: &[f64]) -> Option<Estimate> {
    let n = real(without_each.len());
    let variance = moments::variance(without_each)?;
    Some(Estimate { value, standard_error: Some((n - 1.0) / n.sqrt() * variance.sqrt()) })
}

/// Σd³ / 6(Σd²)^1.5 over the jackknife's deviations; 0 when it does not vary.
fn acceleration(jackknife: &[f64]) -> Option<f64> {
    let mean = sum::mean(jackknife)?;
    let power = |exponent| -> Option<f64> {
        jackknife.iter().map(|value| (mean - value).powi(exponent)).collect::<sum::ExactSum>().total()
    };
    let spread = power(2)?;
    if spread <= 0.0 {
        return Some(0.0);
    }
    Some(power(3)? / (6.0 * spread.powf(1.5)))
}

/// Up to this many differences that are not zero, all 2^n sign patterns are tried.
pub const EXACT_UP_TO: usize = 20;

/// The outcome of a paired permutation test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Permutation {
    /// The mean of `left − right`.
    pub mean_difference: f64,
    /// The two-sided p-value for "no difference in distribution".
    pub p_value: f64,
    /// The one-sided p-value for "left is not lower": small means that it is.
    pub p_lower: f64,
    /// Whether all sign patterns were tried; else a seeded sample was.
    pub exact: bool,
}

/// Tests the mean of `left − right` by flipping the differences' signs.
///
/// Exact up to [`EXACT_UP_TO`] differences that are not zero; beyond that `draws` seeded patterns,
/// with p = (1 + as extreme)/(1 + draws) (Phipson & Smyth 2010), which is never 0. `None` for
/// unequal lengths, no items, or values that are not finite.
#[must_use]
pub fn paired_permutation(left: &[f64], right: &[f64], draws: u32, seed: u64) -> Option<Permutation> {
    if !paired(left, right) {
        return None;
    }
    let all: Vec<f64> = left.iter().zip(right).map(|(left, right)| left - right).collect();
    let total = sum::sum(&all)?;
    let sizes: Vec<f64> = all.iter().map(|value| value.abs()).filter(|&size| size > 0.0).collect();
    // Sums that are equal in exact arithmetic must count as equal.
    let hair = 1e-12 * sum::sum(&sizes)?;
    let observed = Observed { size: total.abs() - hair, low: total + hair };
    let exact = sizes.len() <= EXACT_UP_TO;
    let (p_value, p_lower) = if exact {
        let counted = Counted::of_all(&sizes, 0.0, observed);
        let patterns = real(1_u64 << sizes.len());
        (real(counted.as_far) / patterns, real(counted.as_low) / patterns)
    } else {
        let counted = Counted::of_drawn(&sizes, observed, draws, seed);
        let share = |count: u64| (real(count) + 1.0) / (f64::from(draws) + 1.0);
        (share(counted.as_far), share(counted.as_low))
    };
    Some(Permutation { mean_difference: total / real(all.len()), p_value, p_lower, exact })
}

/// The sum that was seen: what a sign pattern's sum is held against.
#[derive(Clone, Copy)]
struct Observed {
    /// A sum of this size or more is as far from 0.
    size: f64,
    /// A sum up to this is as low.
    low: f64,
}

/// How many sign patterns have a sum that is as far from 0, and one that is as low.
#[derive(Clone, Copy, Default)]
struct Counted {
    as_far: u64,
    as_low: u64,
}

impl Counted {
    fn of_all(sizes: &[f64], sum: f64, observed: Observed) -> Self {
        let Some((&size, rest)) = sizes.split_first() else {
            return Self::default().and(sum, observed);
        };
        let (plus, minus) =
            (Self::of_all(rest, sum + size, observed), Self::of_all(rest, sum - size, observed));
        Self { as_far: plus.as_far + minus.as_far, as_low: plus.as_low + minus.as_low }
    }

    fn of_drawn(sizes: &[f64], observed: Observed, draws: u32, seed: u64) -> Self {
        let mut random = Random::new(seed);
        (0..draws).fold(Self::default(), |counted, _| counted.and(flipped_sum(sizes, &mut random), observed))
    }

    fn and(self, sum: f64, observed: Observed) -> Self {
        Self {
            as_far: self.as_far + u64::from(sum.abs() >= observed.size),
            as_low: self.as_low + u64::from(sum <= observed.low),
        }
    }
}

fn flipped_sum(sizes: &[f64], random: &mut Random) -> f64 {
    let mut sum = 0.0;
    for sizes in sizes.chunks(64) {
        let mut signs = random.bits();
        for size in sizes {
            sum += if signs & 1 == 0 { *size } else { -size };
            signs >>= 1;
        }
    }
    sum
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by construction")]
mod tests {
    use super::*;

    const VALUES: [f64; 12] = [1.0, 3.0, 2.0, 8.0, 5.0, 1.0, 0.0, 13.0, 2.0, 4.0, 6.0, 3.0];

    #[test]
    fn the_seed_fixes_the_interval() {
        let bootstrap = Bootstrap::default();
        let first = bootstrap.bca(&VALUES, sum::mean, 0.95);
        assert_eq!(first, bootstrap.bca(&VALUES, sum::mean, 0.95));
        // Locked: the same on every machine and for good.
        let plain = bootstrap.percentile(&VALUES, sum::mean, 0.95).unwrap();
        assert_eq!((plain.low, plain.high), (2.25, 74.0 / 12.0));
        let other = Bootstrap { seed: 1, ..bootstrap };
        assert_ne!(first, other.bca(&VALUES, sum::mean, 0.95));
    }

    #[test]
    fn bca_follows_the_skew() {
        let bootstrap = Bootstrap::default();
        let plain = bootstrap.percentile(&VALUES, sum::mean, 0.95).unwrap();
        let corrected = bootstrap.bca(&VALUES, sum::mean, 0.95).unwrap();
        assert!(corrected.low > plain.low && corrected.high > plain.high);
    }

    #[test]
    fn draws_equal_to_the_estimate_count_half() {
        assert_eq!(bias_correction(&[1.0, 2.0, 2.0, 3.0], 2.0), Some(0.0));
        let bias = bias_correction(&[1.0, 1.0, 2.0, 2.0], 2.0).unwrap();
        assert!((bias - 0.674_489_750_2).abs() < 1e-9);
        assert_eq!(bias_correction(&[1.0, 1.0], 2.0), None);
    }

    #[test]
    fn the_jackknifes_error_of_a_mean_is_that_of_the_mean() {
        let items = [0.2, 0.9, 0.4, 0.4, 1.0];
        let values = jackknife(&items, &sum::mean).unwrap();
        let found = jackknife_estimate(sum::mean(&items).unwrap(), &values).unwrap();
        let error = (moments::variance(&items).unwrap() / 5.0).sqrt();
        assert!((found.standard_error.unwrap() - error).abs() < 1e-15);
        assert_eq!(jackknife_estimate(0.5, &[0.5]), None);
    }

    #[test]
    fn jackknife_leaves_out_each_item_once() {
        let sums = jackknife(&[1.0, 10.0, 100.0], &sum::sum).unwrap();
        assert_eq!(sums, [11.0, 101.0, 110.0]);
    }

    #[test]
    fn constant_data_has_a_point_interval() {
        let interval = Bootstrap::default().bca(&[0.5; 9], sum::mean, 0.95).unwrap();
        assert_eq!((interval.low, interval.high), (0.5, 0.5));
    }

    #[test]
    fn undefined_where_the_statistic_is() {
        let bootstrap = Bootstrap::default();
        assert_eq!(bootstrap.bca(&[] as &[f64], sum::mean, 0.95), None);
        assert_eq!(bootstrap.percentile(&VALUES, |_| None, 0.95), None);
        assert_eq!(bootstrap.percentile(&VALUES, sum::mean, 1.0), None);
        // Undefined on every draw that repeats an item, so on nearly all.
        let needs_all = |items: &[f64]| items.contains(&13.0).then_some(1.0);
        assert_eq!(bootstrap.percentile(&VALUES, needs_all, 0.95), None);
    }

    #[test]
    fn all_on_one_side_is_two_in_all_patterns() {
        let test = paired_permutation(&[1.1, 2.2, 3.3, 4.4], &[1.0, 2.0, 3.0, 4.0], 0, 0).unwrap();
        assert!(test.exact);
        assert_eq!((test.p_value, test.p_lower), (2.0 / 16.0, 1.0));
        assert!((test.mean_difference - 0.25).abs() < 1e-12);
        let turned = paired_permutation(&[1.0, 2.0, 3.0, 4.0], &[1.1, 2.2, 3.3, 4.4], 0, 0).unwrap();
        assert_eq!(turned.p_lower, 1.0 / 16.0);
    }

    /// Fisher's *Design of Experiments*, section 21: Darwin's maize, 863 extreme sums of 32,768 on
    /// each side.
    #[test]
    fn darwins_maize() {
        let differences =
            [49.0, -67.0, 8.0, 16.0, 6.0, 23.0, 28.0, 41.0, 14.0, 29.0, 56.0, 24.0, 75.0, 60.0, -48.0];
        let test = paired_permutation(&differences, &[0.0; 15], 0, 0).unwrap();
        assert_eq!(test.p_value, 1726.0 / 32768.0);
    }

    #[test]
    fn sampling_agrees_with_trying_all() {
        let differences: Vec<f64> = (0..20).map(|i| f64::from(i * 7 % 11) - 4.0).collect();
        let exact = paired_permutation(&differences, &[0.0; 20], 0, 0).unwrap();
        assert!(exact.exact);
        let sizes: Vec<f64> = differences.iter().map(|value| value.abs()).collect();
        let total = sum::sum(&differences).unwrap();
        let observed = Observed { size: total.abs() - 1e-9, low: total + 1e-9 };
        let draws = 20_000;
        let counted = Counted::of_drawn(&sizes, observed, draws, 3);
        let p_value = real(counted.as_far) / f64::from(draws);
        let lower = real(counted.as_low) / f64::from(draws);
        assert!((lower - exact.p_lower).abs() < 0.02, "{lower} {exact:?}");
        let error = (exact.p_value * (1.0 - exact.p_value) / f64::from(draws)).sqrt();
        assert!((p_value - exact.p_value).abs() < 4.0 * error, "{p_value} {exact:?}");
    }

    /// Summed in another order, these floats fall short of their exact sum by a rounding error.
    #[test]
    fn rounding_does_not_hide_an_equal_sum() {
        let test = paired_permutation(&[0.7, 0.2, 0.9, 0.2], &[0.0; 4], 0, 0).unwrap();
        assert_eq!(test.p_value, 2.0 / 16.0);
    }

    #[test]
    fn a_sampled_p_value_is_never_zero() {
        let test = paired_permutation(&[1.0; 60], &[0.0; 60], 99, 0).unwrap();
        assert!(!test.exact);
        assert_eq!(test.p_value, 0.01);
    }

    #[test]
    fn no_difference_is_one() {
        let test = paired_permutation(&[1.0; 30], &[1.0; 30], 10, 0).unwrap();
        assert_eq!((test.p_value, test.mean_difference), (1.0, 0.0));
        assert_eq!(paired_permutation(&[], &[], 10, 0), None);
    }
}
