//! The paired permutation test: what the sign of each difference could have been.

use serde::{Deserialize, Serialize};

use super::random::Random;
use super::real::{length, paired, real};
use super::sum;

/// Up to this many differences that are not zero, all 2^n sign patterns are tried.
pub const EXACT_UP_TO: usize = 20;

/// The outcome of a paired permutation test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Permutation {
    /// The mean of `left − right`.
    pub mean_difference: f64,
    /// The two-sided p-value for "no difference in distribution".
    pub p_value: f64,
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
    let threshold = total.abs() - 1e-12 * sum::sum(&sizes)?;
    let exact = sizes.len() <= EXACT_UP_TO;
    let p_value = if exact {
        real(count_extreme(&sizes, 0.0, threshold)) / real(1 << sizes.len())
    } else {
        sampled(&sizes, threshold, draws, seed)
    };
    Some(Permutation { mean_difference: total / length(all.len()), p_value, exact })
}

/// How many sign patterns of `sizes` bring |sum| to the threshold.
fn count_extreme(sizes: &[f64], sum: f64, threshold: f64) -> u64 {
    let Some((&size, rest)) = sizes.split_first() else {
        return u64::from(sum.abs() >= threshold);
    };
    count_extreme(rest, sum + size, threshold) + count_extreme(rest, sum - size, threshold)
}

fn sampled(sizes: &[f64], threshold: f64, draws: u32, seed: u64) -> f64 {
    let mut random = Random::new(seed);
    let mut extreme = 0_u32;
    for _ in 0..draws {
        extreme += u32::from(flipped_sum(sizes, &mut random).abs() >= threshold);
    }
    (f64::from(extreme) + 1.0) / (f64::from(draws) + 1.0)
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

    #[test]
    fn all_on_one_side_is_two_in_all_patterns() {
        let test = paired_permutation(&[1.1, 2.2, 3.3, 4.4], &[1.0, 2.0, 3.0, 4.0], 0, 0).unwrap();
        assert!(test.exact);
        assert_eq!(test.p_value, 2.0 / 16.0);
        assert!((test.mean_difference - 0.25).abs() < 1e-12);
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
        let threshold = sum::sum(&differences).unwrap().abs() - 1e-9;
        let draws = 20_000;
        let p_value = sampled(&sizes, threshold, draws, 3);
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
