//! What evenhand.toml says about a suite's golden file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{Error, ErrorKind, Result};
pub(crate) use crate::golden::Update;
use crate::golden::{Rule, Watch, in_ci};
use crate::suite::config::{Config, GoldenFile, OutputsTable};
use crate::suite::judges::Suite;
use crate::suite::run::GoldenWrites;

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
///
/// # Errors
/// `EVENHAND_UPDATE` wants them locked in CI, or says something that is not known.
pub(crate) fn update(config: &Config, writes: GoldenWrites) -> Result<Update> {
    let look = |name: &str| config.environment.variable(name);
    if writes == GoldenWrites::InCiToo {
        return Update::wished(look);
    }
    // INSTA_UPDATE is insta's, and may stand there for other tests.
    let own = |name: &str| if name == "INSTA_UPDATE" { None } else { look(name) };
    if Update::wished(own)? == Update::Lock {
        may_write(config, writes, "EVENHAND_UPDATE=always")?;
    }
    Update::from_variables(look)
}

/// Whether something may write in the folder of golden files.
///
/// # Errors
/// This is CI, and it is not allowed there: what wanted to write, and what to do.
pub(crate) fn may_write(config: &Config, writes: GoldenWrites, what: &str) -> Result<()> {
    if writes == GoldenWrites::InCiToo || !in_ci(|name| config.environment.variable(name)) {
        return Ok(());
    }
    let detail = format!("{what} writes golden files, and this is CI: nobody would review what it writes");
    Err(Error::new(ErrorKind::Usage, detail)
        .help("run it on your machine and commit what it writes; where CI shall write, add --allow-ci"))
}

/// How strictly a suite is compared.
pub(crate) fn rule(suite: &Suite, clusters: BTreeMap<String, String>) -> Rule {
    let default = Rule::default();
    let GoldenFile { prove, policy, level, tolerance, .. } = suite.file.golden;
    // A check with a limit of its own above 0 is held to that instead.
    let may_fail =
        |name: &str| suite.file.gates.checks.get(name).is_some_and(|gate| gate.max_failures.allows_any());
    let required = suite.checks().iter().filter(|(name, check)| check.is_required() && !may_fail(name));
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
