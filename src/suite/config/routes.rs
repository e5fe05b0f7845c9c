//! What `evenhand.toml` says of routes: rules that choose which model judges a record.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::judge::{FallbackOn, JudgeKind};

/// Which of several models judges a record.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteTable {
    /// The kinds of failure after which the next model of a rule is asked; transport, timeout and refused by default.
    pub(crate) fallback_on: Option<Vec<FallbackOn>>,
    /// The rules, in order: the first that fits a record is taken.
    #[schemars(length(min = 1))]
    pub(crate) rules: Vec<RouteRuleTable>,
}

/// One rule of a route. Without conditions it fits every record.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteRuleTable {
    /// Its name in reports.
    pub(crate) name: String,
    /// What the record must be like, as `--filter` takes it: "tag=critical". All must hold.
    #[serde(default)]
    pub(crate) when: Vec<String>,
    /// The kinds of judge that the rule is for; every kind by default.
    #[serde(default)]
    pub(crate) judge: Vec<JudgeKind>,
    /// The most characters of text that the judge's signature allows in an answer. Text without a bound never fits.
    pub(crate) max_answer_chars: Option<u64>,
    /// The models, as roles or PROVIDER/NAME, in order: the next one is asked only where the one before failed.
    #[schemars(length(min = 1))]
    pub(crate) to: Vec<String>,
}
