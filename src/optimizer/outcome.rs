//! What of a tuning gains on the test part, in one answer.

use super::page::TunePage;
use super::verdict::{TestFigures, TestVerdict, ThresholdFigures};

/// What gains on the test part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The winner's prompt, at the verdicts as they are given.
    Prompt(Gain),
    /// The winner's prompt, with the threshold that suits it.
    PromptAndThreshold(Gain),
    /// A threshold alone: no candidate beat the signature as it is.
    Threshold(Gain),
    /// Nothing.
    Nothing(NoGain),
}

/// A figure before and after, on so many test records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gain {
    pub(crate) before: Option<f64>,
    pub(crate) after: Option<f64>,
    pub(crate) n: usize,
}

/// Why nothing gains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoGain {
    /// There was no candidate to try.
    NoCandidate,
    /// No candidate beat the signature as it is on the validation part.
    NoWinner,
    /// The test part was not judged.
    NotTested,
    /// The test part gives no interval to judge by.
    NoInterval,
    /// The winner's gain on the test part could be chance.
    Unsure,
    /// There is none on the test part.
    NotSeen,
    /// The winner is worse on the test part.
    Worse,
}

impl TunePage {
    /// What gains on the test part: a gain is one whose interval lies above 0.
    pub(crate) fn outcome(&self) -> Outcome {
        let Some(test) = &self.test else {
            return Outcome::Nothing(NoGain::NotTested);
        };
        let has_winner = self.winner().is_some();
        if let Some(figures) = test.threshold.as_ref().filter(|figures| figures.gains()) {
            let n = test.compared;
            match has_winner {
                true if figures.winner_after > figures.winner_before => {
                    let (before, after) = (figures.baseline_before, figures.winner_after);
                    return Outcome::PromptAndThreshold(Gain { before, after, n });
                }
                true => {}
                false => {
                    let (before, after) = (figures.baseline_before, figures.baseline_after);
                    return Outcome::Threshold(Gain { before, after, n });
                }
            }
        }
        match (has_winner, self.standings.len()) {
            (true, _) => of_the_winner(test),
            (false, 0 | 1) => Outcome::Nothing(NoGain::NoCandidate),
            (false, _) => Outcome::Nothing(NoGain::NoWinner),
        }
    }
}

fn of_the_winner(test: &TestFigures) -> Outcome {
    Outcome::Nothing(match test.held() {
        Some(TestVerdict::Better) => {
            return Outcome::Prompt(Gain { before: test.baseline, after: test.winner, n: test.compared });
        }
        Some(TestVerdict::Unsure) => NoGain::Unsure,
        Some(TestVerdict::NoGain) => NoGain::NotSeen,
        Some(TestVerdict::Worse) => NoGain::Worse,
        None => NoGain::NoInterval,
    })
}

impl ThresholdFigures {
    /// Whether prompt and threshold together gain: in κ, or in right verdicts where κ has no interval.
    fn gains(&self) -> bool {
        self.kappa_interval.or(self.hits_interval).is_some_and(|interval| interval.low > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    fn figures(low: f64) -> ThresholdFigures {
        ThresholdFigures {
            baseline_at: 0.4,
            baseline_before: Some(0.2),
            baseline_after: Some(0.5),
            winner_at: 0.6,
            winner_before: Some(0.3),
            winner_after: Some(0.7),
            hits: Some(0.1),
            hits_interval: Some(Interval { low: -0.1, high: 0.3, level: 0.95 }),
            kappa_interval: Some(Interval { low, high: 0.9, level: 0.95 }),
        }
    }

    #[test]
    fn a_gain_is_told_by_kappa_where_it_has_an_interval() {
        assert!(figures(0.1).gains() && !figures(-0.1).gains());
        let without = ThresholdFigures { kappa_interval: None, ..figures(0.1) };
        assert!(!without.gains());
    }
}
