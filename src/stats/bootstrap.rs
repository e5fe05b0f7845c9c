//! The bootstrap: intervals for any statistic, by drawing items with replacement.

use super::interval::Interval;
use super::moments;
use super::normal;
use super::quantile::sorted_quantile;
use super::random::Random;
use super::real::length;
use super::sum;

/// Above this share of undefined draws the statistic is too brittle for an interval.
const MAX_UNDEFINED: f64 = 0.05;

/// How to draw: how often, and from which seed. The same seed gives the same interval for good.
///
/// The order of the items matters to the draws: sort them by a stable key first where the order
/// may vary. For clustered data let an item be a whole cluster.
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
        let undefined = f64::from(self.resamples) - length(replicates.len());
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
    normal::quantile(length(below + up_to) / (2.0 * length(sorted.len())))
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

#[cfg(test)]
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
}
