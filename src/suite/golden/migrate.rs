//! After a change of the dataset or the ruler: which locked scores can be kept.

use std::path::PathBuf;

use super::settings;
use super::standing::Standing;
use crate::error::{Error, ErrorKind, Result};
use crate::golden::{Golden, Migration, Watch, migrate as what_can_be_kept, store};
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::options::RunOptions;
use crate::suite::shell::quoted;

/// A golden file, and what of it can be kept.
pub(crate) struct Migrating {
    suite: String,
    pub(crate) path: PathBuf,
    pending_path: PathBuf,
    /// The model whose scores they are.
    pub(crate) model: String,
    pub(crate) migration: Migration,
    golden: Golden,
    watch: Watch,
}

impl Migrating {
    pub(crate) fn of(config: &Config, suite: &Suite, options: &RunOptions) -> Result<Self> {
        let folder = settings::folder(config);
        let path = store::path(&folder, &suite.name);
        let Some(golden) = store::read(&path)? else {
            return Err(not_locked(suite));
        };
        let standing = Standing::of(suite, config, options)?;
        let (model, entry) = golden.entry(&standing.model, None)?;
        let migration = what_can_be_kept(entry, &standing.records, &standing.fingerprints);
        let model = model.to_owned();
        let pending_path = store::pending_path(&folder, &suite.name);
        let suite = suite.name.clone();
        Ok(Self { suite, path, pending_path, model, migration, golden, watch: standing.watch })
    }

    /// Writes what can be kept; what waited for a decision waits no more.
    pub(crate) fn write(self) -> Result<()> {
        let Self { suite, path, pending_path, model, migration, mut golden, watch } = self;
        let Some(kept) = migration.entry else {
            let detail = format!("nothing of {} can be kept", path.display());
            let help = format!("lock anew: evenhand golden lock {}", quoted(&suite));
            return Err(Error::new(ErrorKind::Golden, detail).help(help));
        };
        golden.watch = watch;
        golden.models.insert(model, kept);
        store::write(&path, &golden)?;
        store::remove(&pending_path)
    }
}

fn not_locked(suite: &Suite) -> Error {
    Error::new(ErrorKind::Golden, format!("suite {} has no golden file", suite.name))
        .help(format!("lock its scores: evenhand golden lock {}", quoted(&suite.name)))
}
