//! nDCG: how near the order of scores is to that of graded relevance.

use serde::{Deserialize, Serialize};

use super::sum::all_finite;
use crate::number::real;

/// What a relevance grade is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gain {
    /// The grade itself (Järvelin & Kekäläinen 2002; TREC).
    #[default]
    Linear,
    /// 2^grade − 1 (Burges 2005): top grades count more.
    Exponential,
}

impl Gain {
    fn of(self, grade: f64) -> f64 {
        match self {
            Self::Linear => grade,
            Self::Exponential => grade.exp2() - 1.0,
        }
    }
}

/// nDCG@k of grades listed in ranked order, best rank first: Σ gain/log₂(rank + 1) over the first
/// `k`, divided by the same for the best order of all grades.
///
/// List all judged items, not only the first `k`, or the ideal will be too low. `None` without a
/// relevant item, for `k` = 0, or for negative grades.
#[must_use]
pub fn ndcg_at_k(ranked: &[f64], k: usize, gain: Gain) -> Option<f64> {
    let gains: Vec<f64> = ranked.iter().map(|&grade| gain.of(grade)).collect();
    normalized(ranked, k, gain, &gains)
}

/// nDCG@k of grades ranked by scores, the highest first. Items with the same score share the mean of their gains,
/// which is the expected value over all orders of them (`McSherry` & Najork 2008). `None` as for [`ndcg_at_k`], and
/// for unequal lengths.
#[must_use]
pub fn ndcg_of_scores(grades: &[f64], scores: &[f64], k: usize, gain: Gain) -> Option<f64> {
    if grades.len() != scores.len() || !all_finite(scores) {
        return None;
    }
    let mut ranked: Vec<(f64, f64)> = scores.iter().copied().zip(grades.iter().copied()).collect();
    ranked.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mut gains = Vec::new();
    for tied in ranked.chunk_by(|left, right| (left.0 - right.0).abs() <= 0.0) {
        let mean = tied.iter().map(|&(_, grade)| gain.of(grade)).sum::<f64>() / real(tied.len());
        gains.extend(tied.iter().map(|_| mean));
    }
    normalized(grades, k, gain, &gains)
}

/// The discounted sum of gains in ranked order, by that of the best order.
fn normalized(grades: &[f64], k: usize, gain: Gain, gains: &[f64]) -> Option<f64> {
    if !all_finite(grades) || grades.iter().any(|&grade| grade < 0.0) {
        return None;
    }
    let mut ideal: Vec<f64> = grades.iter().map(|&grade| gain.of(grade)).collect();
    ideal.sort_by(|left, right| right.total_cmp(left));
    let best = discounted(&ideal, k);
    (best > 0.0 && best.is_finite()).then(|| discounted(gains, k) / best)
}

fn discounted(gains: &[f64], k: usize) -> f64 {
    gains.iter().take(k).enumerate().map(|(index, gain)| gain / real(index + 2).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let ndcg = ndcg_at_k(&[0.0, 2.0, 1.0], 2, Gain::Linear).unwrap();
        let log3 = 3.0_f64.log2();
        assert!((ndcg - (2.0 / log3) / (2.0 + 1.0 / log3)).abs() < 1e-12);
        let ndcg = ndcg_at_k(&[0.0, 2.0, 1.0], 3, Gain::Exponential).unwrap();
        assert!((ndcg - (3.0 / log3 + 0.5) / (3.0 + 1.0 / log3)).abs() < 1e-12);
        assert_eq!(ndcg_at_k(&[3.0, 2.0, 0.0], 10, Gain::Linear), Some(1.0));
    }

    #[test]
    fn undefined_ndcg() {
        assert_eq!(ndcg_at_k(&[0.0, 0.0], 2, Gain::Linear), None);
        assert_eq!(ndcg_at_k(&[1.0], 0, Gain::Linear), None);
        assert_eq!(ndcg_at_k(&[1.0, -1.0], 2, Gain::Linear), None);
        assert_eq!(ndcg_at_k(&[1e9], 2, Gain::Exponential), None);
    }

    #[test]
    fn tied_scores_share_their_gains() {
        let grades = [0.0, 2.0, 1.0];
        let in_order = ndcg_of_scores(&grades, &[0.9, 0.5, 0.1], 2, Gain::Linear);
        assert_eq!(in_order, ndcg_at_k(&grades, 2, Gain::Linear));
        let orders = [[0.0, 2.0, 1.0], [2.0, 0.0, 1.0]];
        let mean = orders.iter().filter_map(|order| ndcg_at_k(order, 2, Gain::Linear)).sum::<f64>() / 2.0;
        let tied = ndcg_of_scores(&grades, &[0.5, 0.5, 0.1], 2, Gain::Linear).unwrap();
        assert!((tied - mean).abs() < 1e-15);
        assert_eq!(ndcg_of_scores(&grades, &[0.5, 0.5], 2, Gain::Linear), None);
        assert_eq!(ndcg_of_scores(&grades, &[0.5, f64::NAN, 0.1], 2, Gain::Linear), None);
    }
}
