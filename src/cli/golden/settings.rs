//! What evenhand.toml says about a suite's golden file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::config::{Config, GoldenFile, OutputsTable};
use crate::cli::confirm::Wished;
use crate::cli::judges::Suite;
use crate::error::Result;
use crate::golden::{Rule, Watch};

/// The folder of golden files.
pub(super) fn folder(config: &Config) -> PathBuf {
    config.path("golden".as_ref())
}

/// What a suite is there to watch: where its outputs come from elsewhere, those.
pub(super) fn watch(suite: &Suite) -> Watch {
    let from = |outputs: &Option<OutputsTable>| if outputs.is_some() { Watch::Subject } else { Watch::Judge };
    suite.file.golden.watch.unwrap_or_else(|| from(&suite.file.outputs))
}

/// How its records are confirmed that got worse, if they are.
pub(super) fn confirm(suite: &Suite) -> Result<Option<Wished>> {
    let GoldenFile { confirm, flip_rate, confirm_temperature, .. } = suite.file.golden;
    Wished::of(&suite.name, confirm, flip_rate, confirm_temperature)
}

/// How strictly a suite is compared.
pub(super) fn rule(suite: &Suite, clusters: BTreeMap<String, String>) -> Rule {
    let default = Rule::default();
    let GoldenFile { margin, level, tolerance, .. } = suite.file.golden;
    Rule {
        margin: margin.unwrap_or(default.margin),
        level: level.unwrap_or(default.level),
        tolerance: tolerance.unwrap_or(default.tolerance),
        clusters,
        ..default
    }
}
