//! What repeated tries of one item say.

use super::beta;
use super::real::real;

/// pass@k: the chance that at least one of `k` tries passes, unbiased from `passed` of `n` tries
/// (Chen 2021, arXiv 2107.03374): 1 − C(n−c, k)/C(n, k). `None` unless `k` and `passed` are at
/// most `n` and `n` > 0.
#[must_use]
pub fn pass_at_k(n: u64, passed: u64, k: u64) -> Option<f64> {
    Some(1.0 - all_drawn_from(n.checked_sub(passed)?, n, k)?)
}

/// pass^k: the chance that all of `k` tries pass, unbiased from `passed` of `n` tries (Yao 2024,
/// arXiv 2406.12045): C(c, k)/C(n, k). `None` as for [`pass_at_k`].
#[must_use]
pub fn pass_hat_k(n: u64, passed: u64, k: u64) -> Option<f64> {
    n.checked_sub(passed)?;
    all_drawn_from(passed, n, k)
}

/// The chance that a majority of `votes` independent votes is wrong when each is wrong with
/// probability `error`; an even split counts half. `None` for no votes or an error outside `0..=1`.
#[must_use]
pub fn majority_error(error: f64, votes: u64) -> Option<f64> {
    if votes == 0 || !(0.0..=1.0).contains(&error) {
        return None;
    }
    // With an even number the last vote only ever makes or breaks ties: it changes nothing.
    let odd = votes - 1 + votes % 2;
    Some(1.0 - beta::binomial_cdf(odd / 2, odd, error))
}

/// C(part, k)/C(whole, k): the chance that `k` draws without replacement all come from `part`.
fn all_drawn_from(part: u64, whole: u64, k: u64) -> Option<f64> {
    if whole == 0 || k > whole {
        return None;
    }
    if k > part {
        return Some(0.0);
    }
    Some((0..k).map(|drawn| real(part - drawn) / real(whole - drawn)).product())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pass_reference_values() {
        assert!((pass_at_k(10, 7, 3).unwrap() - 0.991_667).abs() < 1e-6);
        assert!((pass_hat_k(10, 7, 3).unwrap() - 0.291_667).abs() < 1e-6);
    }

    #[test]
    fn pass_at_the_ends() {
        assert_eq!(pass_at_k(5, 0, 2), Some(0.0));
        assert_eq!(pass_at_k(5, 4, 2), Some(1.0));
        assert_eq!(pass_hat_k(5, 5, 5), Some(1.0));
        assert_eq!(pass_at_k(5, 3, 6), None);
        assert_eq!(pass_at_k(5, 6, 2), None);
        assert_eq!(pass_hat_k(0, 0, 0), None);
    }

    #[test]
    fn majority_reference_values() {
        let rows = [
            (0.136, [0.1360, 0.0505, 0.0203, 0.0085, 0.0016]),
            (0.2, [0.2, 0.104, 0.0579, 0.0333, 0.0117]),
            (0.3, [0.3, 0.216, 0.1631, 0.126, 0.0782]),
        ];
        for (error, expected) in rows {
            for (votes, expected) in [1, 3, 5, 7, 11].into_iter().zip(expected) {
                let wrong = majority_error(error, votes).unwrap();
                assert!((wrong - expected).abs() < 5.1e-5, "{error} {votes} {wrong}");
            }
        }
        assert_eq!(majority_error(0.2, 0), None);
        assert_eq!(majority_error(1.0, 3), Some(1.0));
    }

    #[test]
    fn an_even_split_counts_half() {
        // Of two votes: both wrong .04, split .32.
        assert!((majority_error(0.2, 2).unwrap() - 0.2).abs() < 1e-12);
    }
}
