//! Standard errors of means and of their differences (Miller 2024, arXiv 2411.00640).

use std::collections::BTreeMap;

use super::estimate::Estimate;
use super::moments::Moments;
use super::real::{length, paired};
use super::sum::{ExactSum, mean};

/// The mean with √(s²/n); the error is `None` for a single value.
#[must_use]
pub fn mean_estimate(values: &[f64]) -> Option<Estimate> {
    values.iter().copied().collect::<Moments>().estimate()
}

/// The mean of `left − right` over the same items, with the error of the differences.
/// `None` for unequal lengths.
#[must_use]
pub fn paired_difference(left: &[f64], right: &[f64]) -> Option<Estimate> {
    if !paired(left, right) {
        return None;
    }
    let differences: Vec<f64> = left.iter().zip(right).map(|(left, right)| left - right).collect();
    mean_estimate(&differences)
}

/// The difference of two means over different items: the errors add in squares.
#[must_use]
pub fn independent_difference(left: &[f64], right: &[f64]) -> Option<Estimate> {
    let (left, right) = (mean_estimate(left)?, mean_estimate(right)?);
    Some(Estimate {
        value: left.value - right.value,
        standard_error: left.standard_error.zip(right.standard_error).map(|(a, b)| a.hypot(b)),
    })
}

/// What to do about the clustered error's bias with few clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FewClusters {
    /// Nothing: the formula of Miller 2024.
    Uncorrected,
    /// Multiply the variance by C/(C − 1) for C clusters.
    Corrected,
}

/// The mean of all values, with an error that lets the values of a cluster depend on each other:
/// √(Σ over clusters of (Σ deviations)²)/n.
///
/// The normal interval needs many clusters: with 60 uneven ones it held the truth in 93 % instead
/// of 95 % of simulated samples. Items are (cluster, value). `None` for no items; the error needs two clusters.
#[must_use]
pub fn clustered_mean<C: Ord>(items: &[(C, f64)], few_clusters: FewClusters) -> Option<Estimate> {
    let values: Vec<f64> = items.iter().map(|&(_, value)| value).collect();
    let mean = mean(&values)?;
    let mut deviations: BTreeMap<&C, ExactSum> = BTreeMap::new();
    for (cluster, value) in items {
        deviations.entry(cluster).or_default().add(value - mean);
    }
    let mut spread = ExactSum::default();
    for deviation in deviations.values() {
        spread.add(deviation.total()?.powi(2));
    }
    let clusters = length(deviations.len());
    let correction = match few_clusters {
        FewClusters::Uncorrected => 1.0,
        FewClusters::Corrected => clusters / (clusters - 1.0),
    };
    let spread = spread.total()?;
    Some(Estimate {
        value: mean,
        standard_error: (clusters > 1.0).then(|| (correction * spread).sqrt() / length(items.len())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_estimate(estimate: Option<Estimate>, value: f64, standard_error: f64) {
        let estimate = estimate.unwrap();
        assert!((estimate.value - value).abs() < 1e-6, "{estimate:?}");
        assert!((estimate.standard_error.unwrap() - standard_error).abs() < 1e-6, "{estimate:?}");
    }

    fn bits(text: &str) -> Vec<f64> {
        text.bytes().map(|byte| f64::from(byte - b'0')).collect()
    }

    #[test]
    fn clustered_reference_values() {
        let items: Vec<(usize, f64)> = ["111", "00", "1101", "000"]
            .iter()
            .enumerate()
            .flat_map(|(cluster, text)| bits(text).into_iter().map(move |value| (cluster, value)))
            .collect();
        let values: Vec<f64> = items.iter().map(|item| item.1).collect();
        assert_estimate(mean_estimate(&values), 0.5, 0.150_756);
        assert_estimate(clustered_mean(&items, FewClusters::Uncorrected), 0.5, 0.212_459);
        assert_estimate(clustered_mean(&items, FewClusters::Corrected), 0.5, 0.245_327);
    }

    #[test]
    fn paired_reference_values() {
        let (left, right) = (bits("1101101110"), bits("1001100111"));
        assert_estimate(paired_difference(&left, &right), 0.1, 0.179_505);
        assert_estimate(independent_difference(&left, &right), 0.1, 0.223_607);
    }

    #[test]
    fn undefined() {
        assert_eq!(mean_estimate(&[]), None);
        assert_eq!(mean_estimate(&[1.0]).unwrap().standard_error, None);
        assert_eq!(paired_difference(&[1.0], &[]), None);
        let one_cluster = clustered_mean(&[("a", 1.0), ("a", 0.0)], FewClusters::Corrected);
        assert_eq!(one_cluster.unwrap().standard_error, None);
    }
}
