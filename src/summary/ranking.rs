//! How well scores rank the records of each group, such as the passages of one query.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::{LEVEL, NEAR_TIES};
use crate::eval::{Expected, Outcome};
use crate::stats::{Bootstrap, Gain, Interval, mean, merge_near_ties, ndcg_of_scores};

/// How records are ranked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ranking {
    /// The record's field whose value names its group.
    pub(crate) group: String,
    /// How many places count.
    pub(crate) k: usize,
    /// What a label is worth.
    pub(crate) gain: Gain,
}

/// nDCG@k of the scores, over groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingSummary {
    /// The record's field whose value names its group.
    pub group: String,
    /// How many places count.
    pub k: usize,
    /// What a label is worth.
    pub(crate) gain: Gain,
    /// Groups with an nDCG.
    pub groups: u64,
    /// The mean over groups, in `0..=1`.
    pub ndcg: Option<f64>,
    /// Its bootstrap interval over groups (`BCa`).
    pub interval: Option<Interval>,
    /// What a random order has on the mean.
    pub by_chance: Option<f64>,
    /// Groups without a label above 0, of one record, or with a label that is no gain: they have no nDCG.
    pub left_out: u64,
    /// Labelled records of a group that are in no ranking, since they have no score.
    pub without_score: u64,
    /// Labelled records that name no group.
    pub without_group: u64,
}

/// Takes outcomes in any order.
#[derive(Clone, Debug)]
pub(super) struct RankingTally {
    ranking: Ranking,
    /// By group, the gain and the score of each record.
    groups: BTreeMap<String, Vec<Ranked>>,
    without_score: u64,
    without_group: u64,
}

/// A record in its group.
#[derive(Clone, Copy, Debug)]
struct Ranked {
    index: u64,
    grade: f64,
    score: f64,
}

impl RankingTally {
    pub(super) fn of(ranking: Ranking) -> Self {
        Self { ranking, groups: BTreeMap::new(), without_score: 0, without_group: 0 }
    }

    pub(super) fn add(&mut self, outcome: &Outcome) {
        // A label that is a number is a grade; another one is worth what the scale says.
        let grade = |expected: &Expected| expected.label.parse().ok().or(expected.value);
        let Some(grade) = outcome.expected.as_ref().and_then(grade) else {
            return;
        };
        let Some(group) = &outcome.group else {
            self.without_group += 1;
            return;
        };
        let members = self.groups.entry(group.clone()).or_default();
        match outcome.score().and_then(|score| score.value) {
            Some(score) => members.push(Ranked { index: outcome.index, grade, score }),
            None => self.without_score += 1,
        }
    }

    pub(super) fn summary(&self) -> RankingSummary {
        let each = self.groups.values().filter_map(|members| self.ndcg(members));
        let (found, by_chance): (Vec<f64>, Vec<f64>) = each.unzip();
        RankingSummary {
            group: self.ranking.group.clone(),
            k: self.ranking.k,
            gain: self.ranking.gain,
            groups: found.len() as u64,
            ndcg: mean(&found),
            interval: Bootstrap::default().bca(&found, mean, LEVEL),
            by_chance: mean(&by_chance),
            left_out: (self.groups.len() - found.len()) as u64,
            without_score: self.without_score,
            without_group: self.without_group,
        }
    }

    /// A group's nDCG, and that of a random order.
    fn ndcg(&self, members: &[Ranked]) -> Option<(f64, f64)> {
        if members.len() < 2 {
            return None;
        }
        // Sums of the same numbers in another order differ in the last bit.
        let mut members = members.to_vec();
        members.sort_by_key(|member| member.index);
        let grades: Vec<f64> = members.iter().map(|member| member.grade).collect();
        let scores: Vec<f64> = members.iter().map(|member| member.score).collect();
        let of = |scores: &[f64]| ndcg_of_scores(&grades, scores, self.ranking.k, self.ranking.gain);
        Some((of(&merge_near_ties(&scores, NEAR_TIES))?, of(&vec![0.0; grades.len()])?))
    }
}
