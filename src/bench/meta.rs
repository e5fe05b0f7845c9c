//! What a bench is, for the file beside its calls: with both, anyone can work its figures out again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version that this code writes.
pub(crate) const FORMAT: u32 = 1;

/// What a bench is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Meta {
    pub(crate) format: u32,
    /// The version of evenhand.
    pub(crate) evenhand: String,
    /// When it was begun, in UTC.
    pub(crate) begun: String,
    /// None where another tool measured, and did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) machine: Option<MachineFacts>,
    pub(crate) suite: String,
    /// The hash of the dataset's bytes.
    pub(crate) dataset: String,
    /// Which records, in words that are only compared.
    pub(crate) selection: String,
    /// How many records.
    pub(crate) records: u64,
    /// The ends of a numeric scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scale: Option<(f64, f64)>,
    /// The seed of the order of blocks and records.
    pub(crate) seed: u64,
    /// How often each cell is measured.
    pub(crate) rounds: u32,
    /// Calls before each block that are not measured.
    pub(crate) warm_up: u32,
    /// Answers of 20 tokens in each block.
    pub(crate) fixed: u32,
    /// At how many records at the same time the throughput is measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) at_once: Vec<usize>,
    pub(crate) cells: Vec<CellMeta>,
}

/// The machine that the bench ran on. A server may be another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct MachineFacts {
    pub(crate) system: String,
    pub(crate) architecture: String,
    pub(crate) processors: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) memory_bytes: Option<u64>,
}

/// A model with a strategy and options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct CellMeta {
    /// Its name in reports.
    pub(crate) name: String,
    /// The model as it was named: a role, or PROVIDER/NAME.
    pub(crate) model: String,
    /// PROVIDER/NAME.
    pub(crate) full_name: String,
    /// The strategy.
    pub(crate) strategy: String,
    /// The options that are varied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) vary: Vec<(String, Value)>,
    /// US dollars a million tokens of prompts and of answers, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<[f64; 2]>,
    /// Whether it runs on this machine.
    pub(crate) is_here: bool,
}

impl Meta {
    /// Whether the verdicts of both are about the same records, as far as it is known.
    pub(super) fn may_stand_beside(&self, other: &Self) -> bool {
        let is_unknown = self.dataset.is_empty() || other.dataset.is_empty();
        self.scale == other.scale && (is_unknown || self.dataset == other.dataset)
    }

    /// What two parts of one bench must have in common, and differ in; nothing where the one goes on with the other.
    pub(crate) fn differences(&self, other: &Self) -> Vec<&'static str> {
        let mut differ = Vec::new();
        let mut compare = |what, is_same: bool| {
            if !is_same {
                differ.push(what);
            }
        };
        compare("suite", self.suite == other.suite);
        compare("dataset", self.dataset == other.dataset);
        compare("records", (&self.selection, self.records) == (&other.selection, other.records));
        compare("seed", self.seed == other.seed);
        compare("repeats", self.rounds == other.rounds);
        compare("models, strategies or options", self.cells == other.cells);
        compare("records at the same time", self.at_once == other.at_once);
        compare("machine", self.machine == other.machine);
        differ
    }
}
