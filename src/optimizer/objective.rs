//! What a way to ask is better by.

mod losses;

use serde::{Deserialize, Serialize};

use crate::eval::Expected;
use crate::number::{real, to_usize};
use crate::signature::{Scale, ScaleKind};
use crate::stats::{Table, Weighting, cohen_kappa, gwet_ac1, mean, normalized_mean_squared_error, spearman};

pub(crate) use self::losses::{CostTable, CustomObjective};

/// What candidates are ranked by; more is better.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Objective {
    /// Cohen's κ with the labels; with quadratic weights on a scale.
    #[default]
    Kappa,
    /// Gwet's AC1 with the labels.
    Ac1,
    /// Spearman's rank correlation of the score with the labels' worth: whatever the threshold is.
    Rank,
    /// Minus the mean squared error over the labels' variance.
    Nmse,
    /// 1 − the mean cost of wrong verdicts, the dearer kind costing 1.
    Cost {
        /// What a bad record passed costs.
        false_pass: f64,
        /// What a good record failed costs.
        false_fail: f64,
    },
    /// 1 − the mean cost of wrong verdicts by a table, the dearest costing 1.
    Costs(CostTable),
    /// The user's own.
    Custom(CustomObjective),
}

/// What a judge said of a record, beside its label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Judgment {
    /// The label.
    pub expected: Expected,
    /// What the judge said.
    pub given: Given,
}

/// What a judge said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Given {
    /// A verdict.
    Verdict {
        /// Its label.
        label: String,
        /// Its worth in `0..=1`; `None` for one that decides nothing.
        value: Option<f64>,
    },
    /// No valid answer. A way to ask that gets none is worse, so it counts as the verdict farthest
    /// from the label.
    Invalid,
    /// No reply, for no fault of the prompt's: it counts for nothing.
    Missing,
}

/// The share of a scale without countable levels that counts as one level.
const LEVELS: usize = 5;
/// The score from which on a verdict passes.
const PASS: f64 = 0.5;

impl Objective {
    /// The name in words.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Kappa => "κ",
            Self::Ac1 => "AC1",
            Self::Rank => "rank correlation",
            Self::Nmse => "−NMSE",
            Self::Cost { .. } | Self::Costs(_) => "1 − cost",
            Self::Custom(own) => own.name(),
        }
    }

    /// The objective over judgments, those without a reply left out; `None` where it is undefined.
    #[must_use]
    pub(crate) fn value(&self, judgments: &[Judgment], scale: &Scale) -> Option<f64> {
        let judged: Vec<&Judgment> = judgments.iter().filter(|one| one.given != Given::Missing).collect();
        match self {
            Self::Kappa => Some(cohen_kappa(&table(&judged, scale), weighting(scale))?.value),
            Self::Ac1 => Some(gwet_ac1(&table(&judged, scale))?.value),
            Self::Rank => {
                let (given, truth) = values(&judged);
                // A judge that gives all the same score orders nothing: no correlation is not an undefined one.
                Some(spearman(&given, &truth).unwrap_or(0.0)).filter(|_| truth.len() > 1)
            }
            Self::Nmse => {
                let (given, truth) = values(&judged);
                normalized_mean_squared_error(&given, &truth).map(|error| -error)
            }
            Self::Cost { .. } | Self::Costs(_) => {
                let losses: Vec<f64> = judged.iter().filter_map(|one| self.loss(one, scale)).collect();
                mean(&losses).map(|loss| 1.0 - loss)
            }
            Self::Custom(own) => own.value(&judged, scale),
        }
    }

    /// What one judgment loses, in `0..=1`: what candidates race by. A κ is no mean of losses, so the
    /// race goes by the share of wrong verdicts, or by squared distance on a scale. `None` without a reply.
    #[must_use]
    pub(crate) fn loss(&self, judgment: &Judgment, scale: &Scale) -> Option<f64> {
        let Judgment { expected, given } = judgment;
        match self {
            _ if *given == Given::Missing => return None,
            Self::Costs(table) => return Some(table.loss(&expected.label, given, scale)),
            Self::Custom(own) => return Some(own.loss(judgment, scale)),
            _ => {}
        }
        let (label, value) = match given {
            Given::Missing => return None,
            Given::Invalid => return Some(1.0),
            Given::Verdict { label, value } => (label, *value),
        };
        Some(match (self, &scale.kind) {
            (Self::Cost { false_pass, false_fail }, _) => cost(expected, value, *false_pass, *false_fail),
            (Self::Rank | Self::Nmse, _) | (_, ScaleKind::Numeric { .. }) => {
                distance(expected, value).powi(2)
            }
            _ => f64::from(u8::from(*label != expected.label)),
        })
    }
}

/// The mean over several models of a figure that each of them has.
pub(super) fn mean_of(figures: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let figures: Option<Vec<f64>> = figures.collect();
    mean(&figures?)
}

fn distance(expected: &Expected, value: Option<f64>) -> f64 {
    match (expected.value, value) {
        (Some(expected), Some(value)) => (expected - value).abs(),
        (None, None) => 0.0,
        _ => 1.0,
    }
}

fn cost(expected: &Expected, value: Option<f64>, false_pass: f64, false_fail: f64) -> f64 {
    let dearest = false_pass.max(false_fail).max(f64::MIN_POSITIVE);
    let good = expected.value.map(|value| value >= PASS);
    let passed = value.map(|value| value >= PASS);
    match (good, passed) {
        (Some(true), Some(true)) | (Some(false), Some(false)) | (None, None) => 0.0,
        (Some(false), Some(true)) => false_pass / dearest,
        (Some(true), Some(false)) => false_fail / dearest,
        // Who decides nothing is as far off as can be.
        _ => 1.0,
    }
}

/// Scores beside what they should be.
fn values(judged: &[&Judgment]) -> (Vec<f64>, Vec<f64>) {
    let both = judged.iter().filter_map(|one| {
        let truth = one.expected.value?;
        let farthest = if truth >= 0.5 { 0.0 } else { 1.0 };
        let given = match &one.given {
            Given::Verdict { value, .. } => value.unwrap_or(0.5),
            _ => farthest,
        };
        Some((given, truth))
    });
    both.unzip()
}

fn weighting(scale: &Scale) -> Weighting {
    match scale.kind {
        ScaleKind::Labels(_) => Weighting::Identity,
        ScaleKind::Numeric { .. } => Weighting::Quadratic,
    }
}

/// Labels against verdicts.
fn table(judged: &[&Judgment], scale: &Scale) -> Table {
    match &scale.kind {
        ScaleKind::Labels(labels) => {
            // A label of its own for answers that are none, where no verdict is plainly the other one.
            let size = labels.len() + 1;
            let place = |name: &str| labels.iter().position(|label| label.name == name);
            let pairs: Vec<(usize, usize)> = judged
                .iter()
                .filter_map(|one| {
                    let truth = place(&one.expected.label)?;
                    let given = match &one.given {
                        Given::Verdict { label, .. } => place(label).unwrap_or(labels.len()),
                        _ if labels.len() == 2 => 1 - truth,
                        _ => labels.len(),
                    };
                    Some((truth, given))
                })
                .collect();
            let used = pairs.iter().any(|&(_, given)| given == labels.len());
            Table::of_pairs(if used { size } else { labels.len() }, &pairs)
        }
        ScaleKind::Numeric { .. } => {
            let size = scale.candidates().map_or(LEVELS, |levels| levels.len());
            let (given, truth) = values(judged);
            let pairs: Vec<(usize, usize)> = truth
                .iter()
                .zip(&given)
                .map(|(&truth, &given)| (level(truth, size), level(given, size)))
                .collect();
            Table::of_pairs(size, &pairs)
        }
    }
}

fn level(value: f64, size: usize) -> usize {
    to_usize((value * real(size - 1)).round())
}
