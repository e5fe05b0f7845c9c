//! Values that differ by rounding noise alone.

/// The values with those that lie within `tolerance` of each other made the same, so that ranks
/// and pairs see them as ties: 0.3 and 0.1 + 0.2.
///
/// A run of neighbours becomes its lowest value as long as they lie within `tolerance` of that one.
/// With a tolerance of 0 nothing changes; values that are not finite stay as they are.
#[must_use]
pub fn join_near_ties(values: &[f64], tolerance: f64) -> Vec<f64> {
    let mut joined = values.to_vec();
    if tolerance.is_nan() || tolerance <= 0.0 {
        return joined;
    }
    let mut order: Vec<usize> = (0..values.len()).filter(|&index| values[index].is_finite()).collect();
    order.sort_by(|&left, &right| values[left].total_cmp(&values[right]));
    let mut lowest = f64::NEG_INFINITY;
    for index in order {
        if values[index] - lowest > tolerance {
            lowest = values[index];
        }
        joined[index] = lowest;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::average_ranks;

    #[test]
    fn rounding_noise_is_a_tie_and_a_real_difference_is_not() {
        let values = [0.1 + 0.2, 0.3, 0.300_1, -1.0];
        assert_eq!(average_ranks(&values), [3.0, 2.0, 4.0, 1.0]);
        assert_eq!(average_ranks(&join_near_ties(&values, 1e-9)), [2.5, 2.5, 4.0, 1.0]);
        assert_eq!(join_near_ties(&values, 0.0), values);
    }
}
