//! How votes become one verdict.

use serde::{Deserialize, Serialize};

use crate::number::real;
use crate::signature::{Scale, ScaleKind};

/// How the votes of a jury become one verdict.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum), value(rename_all = "snake_case"))]
pub enum JuryRule {
    /// The verdict of most votes.
    Majority,
    /// The verdict with the most weight: the log-odds of each member's accuracy, ln(a / (1 − a)); 0 for a member that
    /// is no better than chance (Nitzan & Paroush 1982).
    Weighted,
    /// The mean of what the verdicts are worth, and the verdict nearest to it.
    Mean,
    /// Their median: of an even number the mean of the middle two.
    Median,
    /// Their mean without the lowest and the highest fifth, at least one of each; the median of fewer than three.
    TrimmedMean,
}

/// The verdict where no other has most votes.
pub(crate) const TIE: &str = "tie";

/// Weights that differ by no more than this are the same: they differ by rounding.
const SAME: f64 = 1e-9;

/// The share that a trimmed mean leaves out at each end.
const TRIM: f64 = 0.2;

/// The accuracies between which log-odds are taken: nobody is always right.
const SUREST: f64 = 0.99;

/// What one member says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Vote<'a> {
    /// The verdict.
    pub(crate) label: &'a str,
    /// What it is worth in `0..=1`; `None` for one that decides nothing.
    pub(crate) value: Option<f64>,
    /// The member's accuracy in `0..=1`, where it is known.
    pub(crate) accuracy: Option<f64>,
}

/// What a jury says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decision {
    pub(crate) label: String,
    pub(crate) value: Option<f64>,
    /// The share of the votes' weight that is for the verdict, in `0..=1`; the votes' own share where they are averaged.
    pub(crate) share: f64,
}

impl JuryRule {
    /// Its name in evenhand.toml.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Majority => "majority",
            Self::Weighted => "weighted",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::TrimmedMean => "trimmed_mean",
        }
    }

    /// Whether a verdict may be decided before all have voted.
    #[must_use]
    pub fn counts_votes(self) -> bool {
        matches!(self, Self::Majority | Self::Weighted)
    }

    fn weight(self, accuracy: Option<f64>) -> f64 {
        match (self, accuracy) {
            (Self::Weighted, Some(accuracy)) => {
                let accuracy = accuracy.clamp(0.5, SUREST);
                (accuracy / (1.0 - accuracy)).ln()
            }
            _ => 1.0,
        }
    }

    /// The verdict; `None` without a vote, or where votes are averaged and none is worth anything.
    pub(crate) fn decide(self, votes: &[Vote<'_>], scale: &Scale) -> Option<Decision> {
        if self.counts_votes() {
            return self.counted(votes, scale);
        }
        let mut values: Vec<f64> = votes.iter().filter_map(|vote| vote.value).collect();
        values.sort_by(f64::total_cmp);
        let value = self.average(&values)?;
        let label = nearest(scale, value);
        let same = votes.iter().filter(|vote| vote.label == label).count();
        Some(Decision { label, value: Some(value), share: real(same) / real(votes.len()) })
    }

    /// Whether votes that are still out cannot change the verdict; each has its accuracy.
    pub(crate) fn is_decided(self, votes: &[Vote<'_>], out: &[Option<f64>]) -> bool {
        let weights = self.weights(votes);
        let mut sums: Vec<f64> = weights.iter().map(|(_, weight)| *weight).collect();
        sums.sort_by(|left, right| right.total_cmp(left));
        let (most, second) = (sums.first().copied().unwrap_or(0.0), sums.get(1).copied().unwrap_or(0.0));
        let rest: f64 = out.iter().map(|accuracy| self.weight(*accuracy)).sum();
        self.counts_votes() && most > second + rest + SAME
    }

    fn counted(self, votes: &[Vote<'_>], scale: &Scale) -> Option<Decision> {
        let weights = self.weights(votes);
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let most = weights.iter().map(|(_, weight)| *weight).reduce(f64::max)?;
        let share = if all > 0.0 { most / all } else { 0.0 };
        let top: Vec<&str> =
            weights.iter().filter(|(_, weight)| *weight >= most - SAME).map(|(label, _)| *label).collect();
        match top.as_slice() {
            [label] => {
                let of = votes.iter().find(|vote| vote.label == *label).and_then(|vote| vote.value);
                // A member's reading may give a verdict another worth than the scale does; the jury's is the scale's.
                let value = scale.worth(label).or(of.filter(|_| scale.bounds().is_some()));
                Some(Decision { label: (*label).to_owned(), value, share })
            }
            _ => Some(Decision { label: TIE.to_owned(), value: None, share }),
        }
    }

    /// The weight that each verdict has, in the order in which verdicts were first given.
    fn weights<'v>(self, votes: &[Vote<'v>]) -> Vec<(&'v str, f64)> {
        let mut weights: Vec<(&str, f64)> = Vec::new();
        for vote in votes {
            let weight = self.weight(vote.accuracy);
            match weights.iter_mut().find(|(label, _)| *label == vote.label) {
                Some((_, sum)) => *sum += weight,
                None => weights.push((vote.label, weight)),
            }
        }
        weights
    }

    /// The average of sorted values.
    fn average(self, sorted: &[f64]) -> Option<f64> {
        let mean =
            |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / real(values.len()));
        match self {
            Self::Median => mean(middle(sorted)),
            Self::TrimmedMean => {
                if sorted.len() < 3 {
                    return mean(middle(sorted));
                }
                let cut = crate::number::to_usize((TRIM * real(sorted.len())).floor()).max(1);
                mean(sorted.get(cut..sorted.len() - cut).unwrap_or_default())
            }
            _ => mean(sorted),
        }
    }
}

/// The middle one, or of an even number the middle two.
fn middle(sorted: &[f64]) -> &[f64] {
    let half = sorted.len() / 2;
    let first = if sorted.len().is_multiple_of(2) { half.saturating_sub(1) } else { half };
    sorted.get(first..=half.min(sorted.len().saturating_sub(1))).unwrap_or_default()
}

/// The verdict nearest to a value in `0..=1`; of two as near the lower.
fn nearest(scale: &Scale, value: f64) -> String {
    match &scale.kind {
        ScaleKind::Labels(labels) => {
            let worth = labels.iter().filter_map(|label| Some((label, label.value?)));
            let closest = worth.min_by(|(_, left), (_, right)| {
                let (near, far) = ((left - value).abs(), (right - value).abs());
                if (near - far).abs() <= SAME { left.total_cmp(right) } else { near.total_cmp(&far) }
            });
            closest.map_or_else(|| TIE.to_owned(), |(label, _)| label.name.clone())
        }
        ScaleKind::Numeric { min, max, whole } => {
            let number = min + value * (max - min);
            // Of two whole numbers as near the lower.
            let number = if *whole { (number - 0.5).ceil() } else { (number * 1e4).round() / 1e4 };
            format!("{}", number + 0.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Label;

    fn labels() -> Scale {
        let label = |name: &str, value| Label { name: name.into(), value };
        let labels = vec![label("pass", Some(1.0)), label("fail", Some(0.0)), label("unclear", None)];
        Scale { field: "verdict".into(), kind: ScaleKind::Labels(labels) }
    }

    fn stars() -> Scale {
        Scale { field: "stars".into(), kind: ScaleKind::Numeric { min: 1.0, max: 5.0, whole: true } }
    }

    fn vote(label: &str, value: Option<f64>) -> Vote<'_> {
        Vote { label, value, accuracy: None }
    }

    fn said(label: &str, accuracy: f64) -> Vote<'_> {
        let value = (label != "unclear").then_some(if label == "pass" { 1.0 } else { 0.0 });
        Vote { label, value, accuracy: Some(accuracy) }
    }

    fn star(number: &str) -> Vote<'_> {
        vote(number, Some((number.parse::<f64>().unwrap() - 1.0) / 4.0))
    }

    #[test]
    fn most_votes_decide_and_a_tie_decides_nothing() {
        let of = |votes: &[Vote<'_>]| JuryRule::Majority.decide(votes, &labels());
        let two = [said("pass", 0.9), said("fail", 0.9), said("pass", 0.9)];
        let decision = of(&two).unwrap();
        assert_eq!((decision.label.as_str(), decision.value), ("pass", Some(1.0)));
        assert!((decision.share - 2.0 / 3.0).abs() < 1e-12);
        let tied = of(&two[..2]).unwrap();
        assert_eq!((tied.label.as_str(), tied.value), (TIE, None));
        assert_eq!(
            of(&[said("unclear", 0.5)]).unwrap().value,
            None,
            "what decides nothing can have most votes"
        );
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn weights_are_log_odds_of_accuracy() {
        // ln(0.9 / 0.1) = 2.197 is more than 2 ln(0.7 / 0.3) = 1.695, and less than 2 ln(0.8 / 0.2) = 2.773.
        let of = |accuracy| {
            let votes = [said("pass", 0.9), said("fail", accuracy), said("fail", accuracy)];
            JuryRule::Weighted.decide(&votes, &labels()).unwrap().label
        };
        assert_eq!((of(0.7).as_str(), of(0.8).as_str()), ("pass", "fail"));
        let worse_than_chance = [said("pass", 0.3), said("fail", 0.51)];
        assert_eq!(JuryRule::Weighted.decide(&worse_than_chance, &labels()).unwrap().label, "fail");
    }

    #[test]
    fn averages_of_a_scale() {
        let votes = ["1", "2", "5", "5", "5"].map(star);
        let of = |rule: JuryRule, votes: &[Vote<'_>]| {
            let decision = rule.decide(votes, &stars()).unwrap();
            (decision.label, decision.value.unwrap())
        };
        assert_eq!(of(JuryRule::Mean, &votes), ("4".into(), 0.65));
        assert_eq!(of(JuryRule::Median, &votes), ("5".into(), 1.0));
        assert_eq!(of(JuryRule::TrimmedMean, &votes), ("4".into(), 0.75));
        assert_eq!(
            of(JuryRule::Median, &["1", "2"].map(star)),
            ("1".into(), 0.125),
            "of two as near the lower"
        );
        assert_eq!(of(JuryRule::TrimmedMean, &["4"].map(star)), ("4".into(), 0.75));
        let halves = [said("pass", 0.5), said("fail", 0.5)];
        let mean = JuryRule::Mean.decide(&halves, &labels()).unwrap();
        assert_eq!((mean.label.as_str(), mean.value), ("fail", Some(0.5)));
        assert_eq!(JuryRule::Mean.decide(&[said("unclear", 0.5)], &labels()), None);
    }

    #[test]
    fn it_is_decided_when_the_votes_that_are_out_cannot_change_it() {
        let two = [said("pass", 0.9), said("pass", 0.9)];
        assert!(JuryRule::Majority.is_decided(&two, &[None]));
        assert!(!JuryRule::Majority.is_decided(&two, &[None, None]), "they could make it a tie");
        assert!(!JuryRule::Majority.is_decided(&two[..1], &[None]));
        assert!(JuryRule::Weighted.is_decided(&two[..1], &[Some(0.7), Some(0.7)]));
        assert!(!JuryRule::Mean.is_decided(&two, &[None]), "a mean is decided by all");
    }
}
