//! A fitted map from a judge's distribution to a calibrated score: plain data, applied anywhere.

use serde::{Deserialize, Serialize};

use super::isotonic::Isotonic;
use crate::number::real;

/// Scores are taken as at least this far from 0 and 1 before their odds are formed.
const LEAST: f64 = 1e-6;

/// What a judge made of one item: its possible verdicts and how likely it found each.
#[derive(Clone, Copy, Debug)]
pub struct Distribution<'a> {
    /// The possible verdicts' labels.
    pub labels: &'a [String],
    /// What each verdict is worth, in `0..=1`; `None` for one that decides nothing.
    pub values: &'a [Option<f64>],
    /// The share of each verdict, none negative, of which the valued ones add up to more than 0.
    pub shares: &'a [f64],
}

impl Distribution<'_> {
    /// The distribution as it is: the likeliest valued verdict, and the expected value over the
    /// valued ones (G-Eval, Liu 2023, equation 1). `None` where the shares are no distribution over
    /// the verdicts, or no valued verdict has a share.
    #[must_use]
    pub fn read(&self) -> Option<Decided> {
        let sound = self.labels.len() == self.shares.len()
            && self.values.len() == self.shares.len()
            && self.shares.iter().all(|share| share.is_finite() && *share >= 0.0);
        if !sound {
            return None;
        }
        let total: f64 = self.shares.iter().sum();
        read(self.values, self.shares.iter().map(|share| share / total).collect())
    }
}

/// A distribution read through a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// The calibrated score in `0..=1`; `None` where the likeliest verdict decides nothing.
    pub value: Option<f64>,
    /// The verdict's label.
    pub label: String,
    /// The calibrated shares, in the verdicts' order; empty where a map of the score on a scale of
    /// more than two levels leaves none.
    pub shares: Vec<f64>,
}

/// The same, with the verdicts that decide nothing put aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The calibrated score in `0..=1`.
    pub value: f64,
    /// The position of the verdict among the distribution's.
    pub position: usize,
    /// As [`Mapped::shares`].
    pub shares: Vec<f64>,
    /// The position of the likeliest verdict, where that one decides nothing.
    pub undecided: Option<usize>,
}

/// A map from distributions to calibrated scores.
///
/// Maps of shares (temperature, content-free) give new shares, from which verdict and score follow
/// as without a map. Maps of the score (Platt, isotonic) give a new score; the verdict is the level
/// nearest to it. Limits (threshold, cutpoints) give a new verdict and leave the score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CalibrationMap {
    /// Shares to the power of 1/t, renormalised (Guo 2017, arXiv 1706.04599): the log-probabilities
    /// divided by `t`.
    Temperature {
        /// Above 1 makes the judge less sure of itself, below 1 surer.
        t: f64,
    },
    /// Shares divided by those of a content-free item, renormalised (Zhao 2021, arXiv 2102.09690).
    ContentFree {
        /// What the judge says to an item without content, in the verdicts' order.
        prior: Vec<f64>,
        /// The power to which the prior is taken: 1 is the paper's correction, 0 none.
        strength: f64,
    },
    /// Shares divided by their mean over many items, renormalised (Zhou 2024, arXiv 2309.17249). Verdicts that decide
    /// nothing keep their share: nobody knows how many such items there should be.
    Batch {
        /// The mean share of each verdict, in the verdicts' order.
        mean: Vec<f64>,
    },
    /// 1/(1 + exp(−a·logit(score) − b)) (Platt 1999).
    Platt {
        /// The slope; 1 with `b` of 0 changes nothing.
        a: f64,
        /// The shift, in log-odds.
        b: f64,
    },
    /// A rising map from score to expected label.
    Isotonic {
        /// The fitted map.
        map: Isotonic,
    },
    /// Of two verdicts the higher one from this score on.
    Threshold {
        /// In `0..=1`.
        at: f64,
    },
    /// The levels of a scale by the score's place between rising limits.
    Cutpoints {
        /// One limit fewer than there are levels; a score at a limit belongs to the upper level.
        at: Vec<f64>,
    },
    /// One after the other.
    Chain {
        /// The maps in the order of application.
        maps: Vec<CalibrationMap>,
    },
}

impl CalibrationMap {
    /// The map's name, for example `temperature` or `platt+threshold`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Temperature { .. } => "temperature".to_owned(),
            Self::ContentFree { .. } => "content_free".to_owned(),
            Self::Batch { .. } => "batch".to_owned(),
            Self::Platt { .. } => "platt".to_owned(),
            Self::Isotonic { .. } => "isotonic".to_owned(),
            Self::Threshold { .. } => "threshold".to_owned(),
            Self::Cutpoints { .. } => "cutpoints".to_owned(),
            Self::Chain { maps } => maps.iter().map(Self::name).collect::<Vec<_>>().join("+"),
        }
    }

    /// Reads a distribution through the map. `None` where the distribution is none, or the map
    /// does not fit it: another number of verdicts or levels, or a parameter out of range.
    #[must_use]
    pub fn apply(&self, distribution: &Distribution<'_>) -> Option<Mapped> {
        let decided = self.decide(distribution)?;
        let position = decided.undecided.unwrap_or(decided.position);
        Some(Mapped {
            value: decided.undecided.is_none().then_some(decided.value),
            label: distribution.labels.get(position)?.clone(),
            shares: decided.shares,
        })
    }

    /// As [`CalibrationMap::apply`], but with a verdict also where the likeliest decides nothing.
    #[must_use]
    pub fn decide(&self, distribution: &Distribution<'_>) -> Option<Decided> {
        self.step(distribution.values, &distribution.read()?)
    }

    fn step(&self, values: &[Option<f64>], state: &Decided) -> Option<Decided> {
        match self {
            Self::Temperature { t } => {
                let fits = t.is_finite() && *t > 0.0;
                reshared(values, state, fits, |_, share| share.ln() / t)
            }
            Self::ContentFree { prior, strength } => {
                let fits = prior.len() == values.len()
                    && strength.is_finite()
                    && prior.iter().all(|share| share.is_finite() && *share >= 0.0);
                reshared(values, state, fits, |place, share| {
                    share.ln() - strength * prior[place].max(LEAST).ln()
                })
            }
            Self::Batch { mean } => evened(values, state, mean),
            Self::Platt { a, b } => revalued(values, state, sigmoid(a * logit(state.value) + b)),
            Self::Isotonic { map } => revalued(values, state, map.map(state.value).clamp(0.0, 1.0)),
            Self::Threshold { at } => limited(values, state, std::slice::from_ref(at)),
            Self::Cutpoints { at } => limited(values, state, at),
            Self::Chain { maps } => {
                maps.iter().try_fold(state.clone(), |state, map| map.step(values, &state))
            }
        }
    }
}

/// The logit of a score, which is taken as at least 1e-6 away from 0 and 1.
#[must_use]
pub fn logit(score: f64) -> f64 {
    let score = score.clamp(LEAST, 1.0 - LEAST);
    (score / (1.0 - score)).ln()
}

fn sigmoid(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

/// Verdict and score of shares that add up to 1.
fn read(values: &[Option<f64>], shares: Vec<f64>) -> Option<Decided> {
    let decisive = || {
        values
            .iter()
            .zip(&shares)
            .enumerate()
            .filter_map(|(at, (value, &share))| Some((at, (*value)?, share)))
    };
    let mass: f64 = decisive().map(|(_, _, share)| share).sum();
    if mass <= 0.0 || !mass.is_finite() {
        return None;
    }
    let value = decisive().map(|(_, value, share)| value * share).sum::<f64>() / mass;
    // The earlier verdict wins a tie.
    let best = |found: Option<(usize, f64)>, (at, share): (usize, f64)| match found {
        Some((_, most)) if most >= share => found,
        _ => Some((at, share)),
    };
    let (position, _) = decisive().map(|(at, _, share)| (at, share)).fold(None, best)?;
    let (likeliest, _) = shares.iter().copied().enumerate().fold(None, best)?;
    let undecided = values[likeliest].is_none().then_some(likeliest);
    Some(Decided { value: value.clamp(0.0, 1.0), position, shares, undecided })
}

/// New shares from each verdict's new log-share.
fn reshared(
    values: &[Option<f64>],
    state: &Decided,
    fits: bool,
    log_share: impl Fn(usize, f64) -> f64,
) -> Option<Decided> {
    if !fits || state.shares.len() != values.len() {
        return None;
    }
    let logs: Vec<f64> = state.shares.iter().enumerate().map(|(at, &share)| log_share(at, share)).collect();
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = logs.iter().map(|log| (log - top).exp()).collect();
    let total: f64 = odds.iter().sum();
    read(values, odds.into_iter().map(|odds| odds / total).collect())
}

/// The shares of the valued verdicts, each divided by its mean; together they keep what they had.
fn evened(values: &[Option<f64>], state: &Decided, mean: &[f64]) -> Option<Decided> {
    let fits = mean.len() == values.len() && mean.iter().all(|share| share.is_finite() && *share >= 0.0);
    if !fits || state.shares.len() != values.len() {
        return None;
    }
    let odds = |at: usize| state.shares[at] / mean[at].max(LEAST);
    let deciding = || (0..values.len()).filter(|&at| values[at].is_some());
    let (before, after): (f64, f64) =
        (deciding().map(|at| state.shares[at]).sum(), deciding().map(odds).sum());
    let share = |at: usize| if values[at].is_some() { odds(at) / after * before } else { state.shares[at] };
    read(values, (0..values.len()).map(share).collect())
}

/// A new score: the nearest level becomes the verdict, and of two levels the shares follow.
fn revalued(values: &[Option<f64>], state: &Decided, value: f64) -> Option<Decided> {
    if !value.is_finite() {
        return None;
    }
    let levels = levels(values);
    let nearest = |found: &(usize, f64), next: &(usize, f64)| {
        (found.1 - value).abs().total_cmp(&(next.1 - value).abs())
    };
    let (position, _) = levels.iter().rev().copied().min_by(|left, right| nearest(left, right))?;
    let shares = match levels.as_slice() {
        [low, high] if high.1 > low.1 => split(state, *low, *high, value),
        _ => Vec::new(),
    };
    Some(Decided { value, position, shares, undecided: state.undecided })
}

/// Shares of two levels with the expected value `value`; other verdicts keep theirs.
fn split(state: &Decided, low: (usize, f64), high: (usize, f64), value: f64) -> Vec<f64> {
    let mut shares = state.shares.clone();
    let Some(mass) = shares.get(low.0).zip(shares.get(high.0)).map(|(low, high)| low + high) else {
        return Vec::new();
    };
    let upper = ((value - low.1) / (high.1 - low.1)).clamp(0.0, 1.0);
    shares[low.0] = mass * (1.0 - upper);
    shares[high.0] = mass * upper;
    shares
}

/// The verdict by the score's place between limits.
fn limited(values: &[Option<f64>], state: &Decided, limits: &[f64]) -> Option<Decided> {
    let levels = levels(values);
    let rising = limits.windows(2).all(|pair| pair[0] <= pair[1]);
    if !rising || limits.len() + 1 != levels.len() {
        return None;
    }
    let level = limits.iter().filter(|limit| **limit <= state.value).count();
    Some(Decided { position: levels[level].0, ..state.clone() })
}

/// Positions and values of the valued verdicts, from low to high.
fn levels(values: &[Option<f64>]) -> Vec<(usize, f64)> {
    let mut levels: Vec<(usize, f64)> =
        values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?))).collect();
    levels.sort_by(|left, right| left.1.total_cmp(&right.1));
    levels
}

/// The positions of the valued verdicts, from the lowest to the highest value.
#[must_use]
pub fn levels_in_order(values: &[Option<f64>]) -> Vec<usize> {
    levels(values).into_iter().map(|(at, _)| at).collect()
}

/// Levels spread evenly over `0..=1`: what the verdicts of a plain scale are worth.
#[must_use]
pub fn even_levels(levels: usize) -> Vec<f64> {
    (0..levels).map(|level| real(level) / real(levels.saturating_sub(1).max(1))).collect()
}

#[cfg(test)]
#[path = "tests/calibration_map.rs"]
mod tests;
