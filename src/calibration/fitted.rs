//! What a fit found: the map, if one is worth it, and everything that was tried.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::figures::Figures;
use super::kind::Kind;
use super::options::Metric;
use crate::stats::{CalibrationMap, Interval};

/// What a fit found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The map fitted on all cases; `None` where none is worth it.
    pub chosen: Option<CalibrationMap>,
    /// Why.
    pub decision: Decision,
    /// What the choice was made by.
    pub metric: Metric,
    /// How many cases.
    pub n: usize,
    /// How many clusters they form; as many as cases where they stand for themselves.
    pub clusters: usize,
    /// The labels' mean value, in `0..=1`.
    pub base_rate: f64,
    /// Cases whose likeliest verdict decides nothing; they count by their likeliest other verdict.
    pub undecided: usize,
    /// The cases without a map.
    pub plain: Figures,
    /// Each kind, fitted without and judged on each fold in turn.
    pub table: Vec<FittedMap>,
    /// The whole procedure with its choice of kind, judged on folds it never saw.
    pub adjusted: Adjusted,
}

/// A kind of map, judged out of fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedMap {
    /// The kind.
    pub kind: Kind,
    /// Scores and verdicts out of fold.
    pub figures: Figures,
    /// What it gains over no map.
    pub gains: Gains,
}

/// Paired gains over no map; positive is better, whatever the figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gains {
    /// By how much the log loss falls.
    pub log_loss: Gain,
    /// By how much the Brier score falls.
    pub brier: Gain,
    /// By how much κ rises.
    pub kappa: Gain,
    /// By how much the accuracy rises.
    pub accuracy: Gain,
}

impl Gains {
    /// The gain in what the choice is made by.
    #[must_use]
    pub fn of(&self, metric: Metric) -> &Gain {
        match metric {
            Metric::LogLoss => &self.log_loss,
            Metric::Brier => &self.brier,
            Metric::Kappa => &self.kappa,
        }
    }
}

/// A gain with its bootstrap interval over clusters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// The gain; `None` where a figure is undefined.
    pub value: Option<f64>,
    /// Its percentile interval.
    pub interval: Option<Interval>,
}

impl Gain {
    /// Whether the whole interval lies above 0.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.interval.is_some_and(|interval| interval.low > 0.0)
    }
}

/// The procedure of trying all kinds and taking the best, judged by an outer cross-validation: on
/// each outer fold by a kind that was chosen and fitted without it. These are the figures to report;
/// the best row of the table is better than it should be, because it was chosen for that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adjusted {
    /// Scores and verdicts.
    pub figures: Figures,
    /// What the procedure gains over no map.
    pub gains: Gains,
    /// What it gains over a judge without skill: one that always says the mean label (log loss,
    /// Brier), or κ itself.
    pub skill: Gain,
    /// The kind that each outer fold's other cases chose; `None` for no map.
    pub choices: Vec<Option<Kind>>,
}

/// Why a map was kept, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// A map is kept: the gain is real, and what comes out tells good from bad.
    Kept,
    /// No kind does better than no map.
    NoGain,
    /// A kind does better out of fold, but the gain of choosing one could be chance.
    GainUncertain,
    /// The gain is real, but the mapped scores tell no more than the mean label does: the judge has
    /// no skill that a map could bring out.
    NoSkill,
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Kept => "kept: the gain holds out of fold",
            Self::NoGain => "no map: none does better than no map",
            Self::GainUncertain => "no map: the gain of the best one could be chance",
            Self::NoSkill => "no map: the mapped scores tell no more than the mean label",
        })
    }
}
