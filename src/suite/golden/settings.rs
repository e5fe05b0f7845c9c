//! What evenhand.toml says about a suite's golden file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::Result;
pub(crate) use crate::golden::Update;
use crate::golden::{Rule, Watch};
use crate::suite::config::{Config, GoldenFile, OutputsTable};
use crate::suite::judges::Suite;

/// The folder of golden files.
pub(crate) fn folder(config: &Config) -> PathBuf {
    config.path("golden".as_ref())
}

/// What a suite is there to watch: where its outputs come from elsewhere, those.
pub(crate) fn watch(suite: &Suite) -> Watch {
    let from = |outputs: &Option<OutputsTable>| if outputs.is_some() { Watch::Subject } else { Watch::Judge };
    suite.file.golden.watch.unwrap_or_else(|| from(&suite.file.outputs))
}

/// What becomes of changed scores, as the variables say.
pub(crate) fn update(config: &Config) -> Result<Update> {
    Update::from_variables(|name| config.environment.variable(name))
}

/// How strictly a suite is compared.
pub(crate) fn rule(suite: &Suite, clusters: BTreeMap<String, String>) -> Rule {
    let default = Rule::default();
    let GoldenFile { prove, policy, level, tolerance, .. } = suite.file.golden;
    let own_limit = &suite.file.gates.checks;
    let required =
        suite.checks().iter().filter(|(name, check)| check.is_required() && !own_limit.contains_key(name));
    Rule {
        prove,
        policy,
        required: required.map(|(name, _)| name.clone()).collect(),
        pass_at: suite.file.pass_at.unwrap_or(default.pass_at),
        level: level.unwrap_or(default.level),
        tolerance: tolerance.unwrap_or(default.tolerance),
        clusters,
        seed: default.seed,
    }
}
