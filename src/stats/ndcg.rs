//! The quality of a ranking by graded relevance.

use super::real::{all_finite, length};

/// What a relevance grade is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gain {
    /// The grade itself (Järvelin & Kekäläinen 2002; TREC).
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
    if !all_finite(ranked) || ranked.iter().any(|&grade| grade < 0.0) {
        return None;
    }
    let mut ideal = ranked.to_vec();
    ideal.sort_by(|left, right| right.total_cmp(left));
    let best = discounted(&ideal, k, gain);
    (best > 0.0 && best.is_finite()).then(|| discounted(ranked, k, gain) / best)
}

fn discounted(ranked: &[f64], k: usize, gain: Gain) -> f64 {
    let first = ranked.iter().take(k).enumerate();
    first.map(|(index, &grade)| gain.of(grade) / length(index + 2).log2()).sum()
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
    fn undefined() {
        assert_eq!(ndcg_at_k(&[0.0, 0.0], 2, Gain::Linear), None);
        assert_eq!(ndcg_at_k(&[1.0], 0, Gain::Linear), None);
        assert_eq!(ndcg_at_k(&[1.0, -1.0], 2, Gain::Linear), None);
        assert_eq!(ndcg_at_k(&[1e9], 2, Gain::Exponential), None);
    }
}
