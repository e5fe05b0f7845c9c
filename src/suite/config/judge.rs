//! A suite's further judges, juries and cascades.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::judge::{Aggregation, AnswerLabels, AnswerOrders, JuryRule, Reading, StrategyChoice};

/// A further judge of a suite.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JudgeTable {
    /// A bundled signature, one in signatures/, or a file.
    pub(crate) signature: String,
    /// The judge's share in the score; 1 by default.
    #[schemars(range(min = 0.0))]
    pub(crate) weight: Option<f64>,
    /// Whether the whole is worth 0 if this judge gives 0; false by default.
    #[serde(default)]
    pub(crate) required: bool,
    /// How a rubric's criteria become one score.
    #[serde(default)]
    pub(crate) aggregation: Aggregation,
    /// A jury in the judge's place: judges that vote on its verdict.
    pub(crate) jury: Option<JuryTable>,
    /// A cascade in the judge's place: each judge is asked where the one before is not sure enough.
    pub(crate) cascade: Option<CascadeTable>,
    /// The model that this judge asks: a role, PROVIDER/NAME, or a route; the suite's by default.
    pub(crate) model: Option<String>,
    /// How its verdicts are read; as the suite says by default.
    pub(crate) reading: Option<Reading>,
    /// How its question is asked; as the suite says by default.
    pub(crate) strategy: Option<StrategyChoice>,
    /// How many draws a sampled reading takes; as the suite says by default.
    #[schemars(range(min = 1))]
    pub(crate) samples: Option<u32>,
    /// In which orders a weighted reading lists the possible answers; as the suite says by default.
    pub(crate) orders: Option<AnswerOrders>,
    /// What stands for each possible answer in a weighted reading; as the suite says by default.
    pub(crate) answer_labels: Option<AnswerLabels>,
    /// How often an invalid answer is asked for again; as the suite says by default.
    pub(crate) retries: Option<u32>,
    /// Sampling temperature; the model's by default.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub(crate) temperature: Option<f64>,
    /// Nucleus sampling's share; the model's by default.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) top_p: Option<f64>,
    /// The seed of sampling; the model's by default.
    pub(crate) seed: Option<u64>,
    /// The most tokens of an answer; the model's by default.
    #[schemars(range(min = 1))]
    pub(crate) max_tokens: Option<u32>,
}

/// Judges that vote on one verdict.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JuryTable {
    /// How votes become one verdict: "majority" by default, "median" where verdicts are numbers.
    pub(crate) rule: Option<JuryRule>,
    /// The fewest votes that make a verdict; with fewer the record is unscored. More than half by default.
    #[schemars(range(min = 1))]
    pub(crate) quorum: Option<usize>,
    /// Whether no more members are asked when the rest cannot change the verdict, in the order in which they stand
    /// here; false by default.
    #[serde(default)]
    pub(crate) early_stop: bool,
    /// The members.
    #[schemars(length(min = 2))]
    pub(crate) members: Vec<MemberTable>,
}

/// Judges that are asked one after the other, each where the one before is not sure enough.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CascadeTable {
    /// Thresholds that labels gave, as `evenhand calibrate --cascade --write` stores them: in the place of the stages'
    /// own. A stage for which none holds is not asked.
    pub(crate) calibration: Option<PathBuf>,
    /// The judges, in the order in which they are asked.
    #[schemars(length(min = 2))]
    pub(crate) stages: Vec<MemberTable>,
}

/// A member of a jury, or a stage of a cascade. What it does not say is as for the judge in whose place it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberTable {
    /// Its name in reports.
    pub(crate) name: String,
    /// The model that it asks: a role, or PROVIDER/NAME.
    pub(crate) model: Option<String>,
    /// A signature of its own with the same inputs and verdicts.
    pub(crate) signature: Option<String>,
    /// Of a member: how often it is right, in 0..=1, as measured on labels. What its vote weighs under rule "weighted".
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) accuracy: Option<f64>,
    /// Of a stage: the confidence in 0..=1 from which on its verdict stands; without one it always does.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) threshold: Option<f64>,
    /// How its verdicts are read.
    pub(crate) reading: Option<Reading>,
    /// How its question is asked.
    pub(crate) strategy: Option<StrategyChoice>,
    /// How many draws a sampled reading takes.
    #[schemars(range(min = 1))]
    pub(crate) samples: Option<u32>,
    /// In which orders a weighted reading lists the possible answers.
    pub(crate) orders: Option<AnswerOrders>,
    /// What stands for each possible answer in a weighted reading.
    pub(crate) answer_labels: Option<AnswerLabels>,
    /// How often an invalid answer is asked for again.
    pub(crate) retries: Option<u32>,
    /// Sampling temperature.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub(crate) temperature: Option<f64>,
    /// Nucleus sampling's share.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) top_p: Option<f64>,
    /// The seed of sampling.
    pub(crate) seed: Option<u64>,
    /// The most tokens of an answer.
    #[schemars(range(min = 1))]
    pub(crate) max_tokens: Option<u32>,
}
