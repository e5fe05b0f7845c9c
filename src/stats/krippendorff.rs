//! Krippendorff's α: agreement of any number of raters, with missing ratings.

use super::rank::dense_ranks;
use super::real::{length, real};

/// What the distance between two ratings means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measurement {
    /// Same or different.
    Nominal,
    /// Order only: distance by how many ratings lie between.
    Ordinal,
    /// Squared differences.
    Interval,
    /// Squared relative differences, of ratings that are not negative.
    Ratio,
}

/// α = 1 − observed/expected disagreement (Krippendorff 2004, *Content Analysis*, chapter 11).
///
/// Each unit lists its raters' ratings, `None` for a missing one; units with fewer than two are
/// left out. 1 is full agreement, 0 is chance. `None` when nothing can be paired, for values that
/// are not finite, or for negative values on a ratio scale. When all ratings are the same there is
/// no disagreement to expect; by convention that is 1.
#[must_use]
pub fn krippendorff_alpha(units: &[Vec<Option<f64>>], measurement: Measurement) -> Option<f64> {
    let units: Vec<Vec<f64>> = units
        .iter()
        .map(|unit| unit.iter().flatten().copied().collect())
        .filter(|unit: &Vec<f64>| unit.len() > 1)
        .collect();
    let values = units.concat();
    let negative = values.iter().any(|&value| value < 0.0);
    if values.is_empty()
        || !values.iter().all(|value| value.is_finite())
        || (negative && measurement == Measurement::Ratio)
    {
        return None;
    }
    let scale = Scale::new(&values, measurement);
    let mut ranks = scale.ranks.iter().copied();
    let mut observed = 0.0;
    for unit in &units {
        let counts = count_ranks(ranks.by_ref().take(unit.len()));
        observed += scale.disagreement(&counts) / length(unit.len() - 1);
    }
    let all = count_ranks(scale.ranks.iter().copied());
    let expected = scale.disagreement(&all) / (length(values.len()) - 1.0);
    if !expected.is_finite() {
        return None;
    }
    Some(if expected > 0.0 { 1.0 - observed / expected } else { 1.0 })
}

/// The distinct ratings, and how far they lie apart.
struct Scale {
    /// Of every rating, its position among the distinct ones.
    ranks: Vec<usize>,
    /// For each distinct rating: its value, or its mid-rank on an ordinal scale.
    places: Vec<f64>,
    measurement: Measurement,
}

impl Scale {
    fn new(values: &[f64], measurement: Measurement) -> Self {
        let (ranks, distinct) = dense_ranks(values);
        let mut places = vec![0.0; distinct];
        for (&rank, &value) in ranks.iter().zip(values) {
            places[rank] = value;
        }
        if measurement == Measurement::Ordinal {
            // Ratings up to half of the own ones: the differences are Krippendorff's sums.
            let mut before = 0.0;
            for (rank, count) in count_ranks(ranks.iter().copied()) {
                places[rank] = before + count / 2.0;
                before += count;
            }
        }
        Self { ranks, places, measurement }
    }

    /// Σ of the distances over all ordered pairs of the counted ratings.
    fn disagreement(&self, counts: &[(usize, f64)]) -> f64 {
        let mut total = 0.0;
        for (index, &(left, left_count)) in counts.iter().enumerate() {
            for &(right, right_count) in &counts[..index] {
                total += 2.0 * left_count * right_count * self.distance(left, right);
            }
        }
        total
    }

    fn distance(&self, left: usize, right: usize) -> f64 {
        let (left, right) = (self.places[left], self.places[right]);
        match self.measurement {
            Measurement::Nominal => 1.0,
            Measurement::Ordinal | Measurement::Interval => (left - right).powi(2),
            Measurement::Ratio => ((left - right) / (left + right)).powi(2),
        }
    }
}

/// Distinct ranks in rising order with their counts.
fn count_ranks(ranks: impl Iterator<Item = usize>) -> Vec<(usize, f64)> {
    let mut sorted: Vec<usize> = ranks.collect();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(PartialEq::eq);
    runs.map(|run| (run[0], real(run.len() as u64))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alpha(units: &[&[f64]], measurement: Measurement) -> Option<f64> {
        let units: Vec<Vec<Option<f64>>> =
            units.iter().map(|unit| unit.iter().copied().map(Some).collect()).collect();
        krippendorff_alpha(&units, measurement)
    }

    #[test]
    fn reference_values() {
        let nominal = |units: &[&[f64]]| alpha(units, Measurement::Nominal).unwrap();
        let three_raters: &[&[f64]] = &[&[1., 1., 1.], &[0., 0., 0.], &[1., 1., 1.], &[0., 0., 1.]];
        assert!((nominal(three_raters) - (1.0 - 132.0 / 420.0)).abs() < 1e-12);
        assert!((nominal(&[&[0., 1.], &[0., 1.], &[1., 0.], &[1., 0.]]) + 0.75).abs() < 1e-12);
        assert!((nominal(&[&[1., 1., 0.], &[0., 0.]]) - 1.0 / 3.0).abs() < 1e-12);
        let interval = alpha(&[&[1., 2.], &[3., 4.], &[1., 1.]], Measurement::Interval).unwrap();
        assert!((interval - 19.0 / 24.0).abs() < 1e-12);
        assert_eq!(alpha(&[&[2., 2.], &[2., 2.]], Measurement::Ordinal), Some(1.0));
        assert_eq!(alpha(&[], Measurement::Nominal), None);
    }

    #[test]
    fn what_cannot_be_paired_is_left_out() {
        let units =
            [vec![Some(1.0), None, Some(1.0)], vec![None, Some(5.0), None], vec![Some(2.0), Some(2.0), None]];
        assert_eq!(krippendorff_alpha(&units, Measurement::Nominal), Some(1.0));
        assert_eq!(krippendorff_alpha(&units[1..2], Measurement::Nominal), None);
    }

    #[test]
    fn ratio_scales_have_no_negative_values() {
        assert_eq!(alpha(&[&[-1.0, 1.0]], Measurement::Ratio), None);
        assert_eq!(alpha(&[&[0.0, 0.0], &[0.0, 0.0]], Measurement::Ratio), Some(1.0));
        assert_eq!(alpha(&[&[1.0, f64::NAN]], Measurement::Interval), None);
    }
}
