//! How a judge asks.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::score::Calibration;
use super::strategy::{DEFAULT_SAMPLES, StrategyChoice};
use crate::ask::{AnswerLabels, AnswerOrders, Listing, Reading};
use crate::model::Parameters;
use crate::signature::Spec;

/// How a judge asks.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeOptions {
    /// How the verdict is read.
    pub reading: Reading,
    /// In which orders a weighted reading lists the possible answers; the distributions of several are averaged.
    pub orders: AnswerOrders,
    /// What stands for each possible answer in a weighted reading.
    pub answer_labels: AnswerLabels,
    /// How a question is asked.
    pub strategy: StrategyChoice,
    /// How a rubric's criteria become one score.
    pub aggregation: Aggregation,
    /// How often an invalid answer is asked for again; a sampled draw never is.
    pub retries: u32,
    /// How many draws a sampled reading takes; at least 1.
    pub samples: u32,
    /// The decoding parameters. A sampled reading needs a temperature above 0, or none, for the server's own.
    pub parameters: Parameters,
    /// The map that distributions go through, if one was fitted.
    pub calibration: Option<Arc<Calibration>>,
}

impl Default for JudgeOptions {
    fn default() -> Self {
        Self {
            reading: Reading::Text,
            orders: AnswerOrders::Own,
            answer_labels: AnswerLabels::Words,
            strategy: StrategyChoice::default(),
            aggregation: Aggregation::Holistic,
            retries: 3,
            samples: DEFAULT_SAMPLES,
            parameters: Parameters::default(),
            calibration: None,
        }
    }
}

impl JudgeOptions {
    /// How the possible answers are named and listed.
    pub(super) fn listing(&self) -> Listing {
        Listing { orders: self.orders, labels: self.answer_labels }
    }

    /// Whether each criterion of the signature's rubric is asked about by itself: where it is wished, and where the
    /// rubric has points or an essential criterion.
    pub(crate) fn asks_by_criterion(&self, spec: &Spec) -> bool {
        let wished = self.aggregation == Aggregation::Criteria;
        spec.rubric.as_ref().is_some_and(|rubric| wished || rubric.has_rule())
    }
}

/// How a rubric's criteria become one score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// One call judges the whole, and gives the score. A rubric with points or an essential criterion is asked about
    /// by criterion all the same.
    #[default]
    Holistic,
    /// One call for each criterion; the score is their weighted mean, or follows from their points.
    Criteria,
}
