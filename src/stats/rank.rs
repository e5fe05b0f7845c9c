//! Ranks with ties.

use super::real::length;

/// Ranks from 1, equal values sharing the mean of their ranks.
///
/// Values are equal only if they are the same float: scores that differ by rounding noise alone
/// (0.3 and 0.1 + 0.2) are ranked apart, so round them to the scale's precision first.
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
}
