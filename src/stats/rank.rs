//! Ranks with ties.

use super::real::length;

/// Ranks from 1, equal values sharing the mean of their ranks.
///
/// Values are equal only if they are the same float: scores that differ by rounding noise alone
/// (0.3 and 0.1 + 0.2) are ranked apart, so bring them together first: [`merge_near_ties`].
#[must_use]
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for group in order.chunk_by(|&left, &right| same(values[left], values[right])) {
        let rank = f64::midpoint(length(start + 1), length(start + group.len()));
        for &index in group {
            ranks[index] = rank;
        }
        start += group.len();
    }
    ranks
}

/// The values with near-ties made equal: sorted, each value within `tolerance` of its lower
/// neighbour becomes the lowest of its run.
///
/// Scores computed along different paths (0.3 and 0.1 + 0.2) differ by rounding noise, which turns
/// ties into ranks and can move a rank correlation visibly. A tolerance of 1e-9 removes noise alone;
/// one near the steps of the scale would merge true differences. Values that are not finite stay.
#[must_use]
pub fn merge_near_ties(values: &[f64], tolerance: f64) -> Vec<f64> {
    let mut merged = values.to_vec();
    let order = ascending(values);
    for run in order.chunk_by(|&left, &right| values[right] - values[left] <= tolerance) {
        for &index in run {
            merged[index] = values[run[0]];
        }
    }
    merged
}

/// Ranks from 0 without gaps: equal values share a rank. Also how many ranks there are.
pub(super) fn dense_ranks(values: &[f64]) -> (Vec<usize>, usize) {
    let order = ascending(values);
    let mut ranks = vec![0; values.len()];
    let mut rank = 0;
    for group in order.chunk_by(|&left, &right| same(values[left], values[right])) {
        for &index in group {
            ranks[index] = rank;
        }
        rank += 1;
    }
    (ranks, rank)
}

fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    // Adding zero turns −0 into 0.
    order.sort_by(|&left, &right| (values[left] + 0.0).total_cmp(&(values[right] + 0.0)));
    order
}

fn same(left: f64, right: f64) -> bool {
    (left + 0.0).total_cmp(&(right + 0.0)).is_eq()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_the_mean_rank() {
        assert_eq!(average_ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(average_ranks(&[0.0, -0.0]), [1.5, 1.5]);
        assert_eq!(dense_ranks(&[3.0, 1.0, 3.0, 2.0]), (vec![2, 0, 2, 1], 3));
    }

    #[test]
    fn rounding_noise_can_be_taken_for_a_tie() {
        let values = [0.1 + 0.2, 0.9, 0.3, 0.3 + 1e-6];
        assert_eq!(average_ranks(&values), [2.0, 4.0, 1.0, 3.0]);
        assert_eq!(average_ranks(&merge_near_ties(&values, 1e-9)), [1.5, 4.0, 1.5, 3.0]);
        assert_eq!(merge_near_ties(&values, 0.0), values);
        let values = [0.1 + 0.2, 0.3, 0.300_1, -1.0];
        assert_eq!(average_ranks(&values), [3.0, 2.0, 4.0, 1.0]);
        assert_eq!(average_ranks(&merge_near_ties(&values, 1e-9)), [2.5, 2.5, 4.0, 1.0]);
        assert_eq!(merge_near_ties(&values, 0.0), values);
        assert_eq!(merge_near_ties(&[f64::INFINITY, 1.0], 1e-9), [f64::INFINITY, 1.0]);
    }
}
