//! Association of two lists of numbers: ranks with ties, correlation, and concordance.

use serde::{Deserialize, Serialize};

use super::sum::{ExactSum, constant, mean, paired};
use crate::number::real;

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
        let rank = f64::midpoint(real(start + 1), real(start + group.len()));
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

/// Pearson's r (1895), in `-1..=1`; `None` for unequal lengths, a constant list, or values that are not
/// finite.
#[must_use]
pub fn pearson(left: &[f64], right: &[f64]) -> Option<f64> {
    if !paired(left, right) || constant(left) || constant(right) {
        return None;
    }
    let (left, right) = (centered(left)?, centered(right)?);
    let product = |a: &[f64], b: &[f64]| -> Option<f64> {
        a.iter().zip(b).map(|(a, b)| a * b).collect::<ExactSum>().total()
    };
    // Both sums lie between 1 and n, so their product is safe.
    let spread = (product(&left, &left)? * product(&right, &right)?).sqrt();
    Some((product(&left, &right)? / spread).clamp(-1.0, 1.0))
}

/// Spearman's ρ (1904): Pearson's r of the ranks, ties sharing their mean rank. `None` as for [`pearson`].
///
/// Scores that differ by rounding noise alone are not ties: see [`super::merge_near_ties`].
#[must_use]
pub fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    if !paired(left, right) {
        return None;
    }
    pearson(&average_ranks(left), &average_ranks(right))
}

/// The values minus their mean, scaled so that the largest is 1 in size: r does not depend on the
/// scale, and squares can then neither overflow nor all vanish.
fn centered(values: &[f64]) -> Option<Vec<f64>> {
    let mean = mean(values)?;
    let deviations: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let largest = deviations.iter().fold(0.0_f64, |largest, deviation| largest.max(deviation.abs()));
    (largest > 0.0).then(|| deviations.iter().map(|deviation| deviation / largest).collect())
}

/// Pairs of items, by whether the second list orders them as the first one does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concordance {
    /// Pairs ordered the same way.
    pub concordant: u64,
    /// Pairs ordered the other way.
    pub discordant: u64,
    /// Pairs that differ in the label and are tied in the score.
    pub tied_score: u64,
    /// Pairs tied in the label, in the score or not: these say nothing about order.
    pub tied_label: u64,
    /// Pairs tied in both.
    pub tied_both: u64,
}

impl Concordance {
    /// Pairs with different labels: those that the share is about.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        self.concordant + self.discordant + self.tied_score
    }

    /// The share of those pairs that the score orders rightly, ties counting half: 1 is perfect,
    /// 0.5 chance. With two labels this is the area under the ROC curve. `None` without such pairs.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let right = real(self.concordant) + 0.5 * real(self.tied_score);
        (self.pairs() > 0).then(|| right / real(self.pairs()))
    }

    /// Kendall's τ-b (Kendall 1945); `None` where either list is constant.
    #[must_use]
    pub fn tau_b(&self) -> Option<f64> {
        let different_labels = self.pairs();
        let same_score = self.tied_score + self.tied_both;
        let different_scores = different_labels + self.tied_label - same_score;
        if different_labels == 0 || different_scores == 0 {
            return None;
        }
        let net = real(self.concordant) - real(self.discordant);
        let scale = real(different_labels).sqrt() * real(different_scores).sqrt();
        Some((net / scale).clamp(-1.0, 1.0))
    }
}

/// Compares all pairs of items in O(n log n). `None` for unequal lengths, no items, or values that
/// are not finite. Near-ties by rounding noise count as different: see [`super::merge_near_ties`].
#[must_use]
pub fn concordance(labels: &[f64], scores: &[f64]) -> Option<Concordance> {
    if !paired(labels, scores) {
        return None;
    }
    let (labels, label_count) = dense_ranks(labels);
    let (scores, score_count) = dense_ranks(scores);
    let mut groups = vec![Vec::new(); label_count];
    for (&label, &score) in labels.iter().zip(&scores) {
        groups[label].push(score);
    }
    let mut found = Concordance::default();
    let mut lower = RankCounts::new(score_count);
    for group in &mut groups {
        for &score in &*group {
            let below = lower.below(score);
            let tied = lower.below(score + 1) - below;
            found.concordant += below;
            found.tied_score += tied;
            found.discordant += lower.n - below - tied;
        }
        for &score in &*group {
            lower.add(score);
        }
        found.tied_label += pairs_of(group.len());
        group.sort_unstable();
        found.tied_both += group.chunk_by(PartialEq::eq).map(|run| pairs_of(run.len())).sum::<u64>();
    }
    Some(found)
}

/// Kendall's τ-b (1945); `None` where either list is constant, or as for [`concordance`].
#[must_use]
pub fn kendall_tau_b(left: &[f64], right: &[f64]) -> Option<f64> {
    concordance(left, right)?.tau_b()
}

/// The area under the ROC curve: how often a positive item scores above a negative one, ties
/// counting half (Bamber 1975; Hanley & `McNeil` 1982). `None` without both kinds.
#[must_use]
pub fn roc_auc(positive: &[bool], scores: &[f64]) -> Option<f64> {
    let labels: Vec<f64> = positive.iter().map(|&positive| f64::from(u8::from(positive))).collect();
    concordance(&labels, scores)?.share()
}

fn pairs_of(n: usize) -> u64 {
    let n = n as u64;
    n * n.saturating_sub(1) / 2
}

/// Counts by rank with fast prefix sums (Fenwick 1994).
struct RankCounts {
    tree: Vec<u64>,
    n: u64,
}

impl RankCounts {
    fn new(ranks: usize) -> Self {
        Self { tree: vec![0; ranks + 1], n: 0 }
    }

    fn add(&mut self, rank: usize) {
        self.n += 1;
        let mut node = rank + 1;
        while node < self.tree.len() {
            self.tree[node] += 1;
            node += node & node.wrapping_neg();
        }
    }

    /// How many were added with a rank below `rank`.
    fn below(&self, rank: usize) -> u64 {
        let mut count = 0;
        let mut node = rank;
        while node > 0 {
            count += self.tree[node];
            node &= node - 1;
        }
        count
    }
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

    #[test]
    fn straight_lines_are_one() {
        let left = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(pearson(&left, &[2.0, 4.0, 6.0, 8.0]), Some(1.0));
        assert_eq!(pearson(&left, &[-1.0, -2.0, -3.0, -4.0]), Some(-1.0));
        assert_eq!(spearman(&left, &[1.0, 10.0, 100.0, 1000.0]), Some(1.0));
        assert_eq!(pearson(&[1e-200, 2e-200, 3e-200], &[1e200, 2e200, 3e200]), Some(1.0));
    }

    #[test]
    fn undefined() {
        assert_eq!(pearson(&[0.1; 3], &[1.0, 2.0, 3.0]), None);
        assert_eq!(pearson(&[1.0], &[2.0]), None);
        assert_eq!(spearman(&[], &[]), None);
        assert_eq!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]), None);
    }

    #[test]
    fn pairs_by_hand() {
        // Six pairs; (b, c) tied in the label; (a, b) tied in the score.
        let found = concordance(&[1.0, 2.0, 2.0, 3.0], &[5.0, 5.0, 4.0, 9.0]).unwrap();
        assert_eq!(found.concordant, 3);
        assert_eq!(found.discordant, 1);
        assert_eq!(found.tied_score, 1);
        assert_eq!(found.tied_label, 1);
        assert_eq!(found.tied_both, 0);
        assert_eq!((found.pairs(), found.share()), (5, Some(0.7)));
    }

    #[test]
    fn auc_by_hand() {
        let auc = roc_auc(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8]);
        assert_eq!(auc, Some(0.75));
        assert_eq!(roc_auc(&[true, true], &[0.1, 0.4]), None);
        assert_eq!(roc_auc(&[], &[]), None);
    }

    #[test]
    fn tau_is_undefined_for_a_constant() {
        assert_eq!(kendall_tau_b(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(kendall_tau_b(&[1.0, 2.0], &[2.0, 2.0]), None);
        assert_eq!(kendall_tau_b(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
    }
}
