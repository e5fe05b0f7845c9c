//! How often a score orders two items the way people do.

use serde::{Deserialize, Serialize};

use super::rank::dense_ranks;
use super::real::{paired, real};

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

/// Kendall's τ-b; `None` where either list is constant, or as for [`concordance`].
#[must_use]
pub fn kendall_tau_b(left: &[f64], right: &[f64]) -> Option<f64> {
    concordance(left, right)?.tau_b()
}

/// The area under the ROC curve: how often a positive item scores above a negative one, ties
/// counting half. `None` without both kinds.
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
