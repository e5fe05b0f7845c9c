//! What `evenhand.toml` may say.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::budget::BudgetFile;
use super::model::ModelFile;
use super::routes::RouteTable;
use super::scores::ScoreFile;
use super::suite::SuiteFile;

/// evenhand.toml.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigFile {
    /// The role, or the route, that judges where a suite names none.
    pub(crate) default_model: Option<String>,
    /// Models by role: fast, alternative, primary, quality, or any other name.
    #[serde(default)]
    pub(crate) models: BTreeMap<String, ModelFile>,
    /// Routes by name: rules that choose which model judges a record. A suite or a judge names one as its `model`,
    /// or all that name none by `default_model`.
    #[serde(default)]
    pub(crate) routes: BTreeMap<String, RouteTable>,
    /// Suites by name.
    #[serde(default)]
    pub(crate) suites: BTreeMap<String, SuiteFile>,
    /// Judgments that are made already, by name: for `evenhand score`.
    #[serde(default)]
    pub(crate) scores: BTreeMap<String, ScoreFile>,
    /// The cache of replies.
    #[serde(default)]
    pub(crate) cache: CacheFile,
    /// What one command may spend, on all its suites together.
    #[serde(default)]
    pub(crate) budget: BudgetFile,
}

/// The cache of replies, which every command shares.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CacheFile {
    /// The most megabytes it may take; 2048 by default. What was not used for longest goes first.
    #[schemars(range(min = 1))]
    pub(crate) max_mb: Option<u64>,
}
