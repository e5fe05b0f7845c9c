//! `evenhand golden migrate`.

use crate::cli::args::Global;
use crate::cli::golden_args::MigrateArgs;
use crate::cli::print;
use crate::error::{Error, ErrorKind, Result};
use crate::golden::{Entry, migrate as what_can_be_kept, store};
use crate::report::migration_text;
use crate::suite::Exit;
use crate::suite::config::load;
use crate::suite::golden::settings;
use crate::suite::golden::standing::Standing;
use crate::suite::judges::Suite;
use crate::suite::prospect::suites;
use crate::suite::shell::quoted;

pub(super) fn migrate(global: &Global, args: &MigrateArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let options = args.locking.options();
    let suites = suites(&config, std::slice::from_ref(&args.suite), &options)?;
    let Some(suite) = suites.first() else {
        return Ok(Exit::Success);
    };
    let path = store::path(&settings::folder(&config), &suite.name);
    let Some(mut golden) = store::read(&path)? else {
        return Err(not_locked(suite));
    };
    let standing = Standing::of(suite, &config, &options)?;
    let (model, entry) = golden.entry(&standing.model, None)?;
    let (model, entry): (String, Entry) = (model.to_owned(), entry.clone());
    let migration = what_can_be_kept(&entry, &standing.records, &standing.fingerprints);
    print(&migration_text(&path.display().to_string(), &model, &migration))?;
    let name = quoted(&suite.name);
    if !args.write {
        eprintln!("nothing is written; keep what can be kept with: evenhand golden migrate {name} --write");
        return Ok(Exit::Success);
    }
    let Some(kept) = migration.entry else {
        let detail = format!("nothing of {} can be kept", path.display());
        return Err(
            Error::new(ErrorKind::Golden, detail).help(format!("lock anew: evenhand golden lock {name}"))
        );
    };
    golden.watch = standing.watch;
    golden.models.insert(model, kept);
    store::write(&path, &golden)?;
    store::remove(&store::pending_path(&settings::folder(&config), &suite.name))?;
    eprintln!("{} is written; judge the rest with: evenhand check {name}", path.display());
    Ok(Exit::Success)
}

fn not_locked(suite: &Suite) -> Error {
    Error::new(ErrorKind::Golden, format!("suite {} has no golden file", suite.name))
        .help(format!("lock its scores: evenhand golden lock {}", quoted(&suite.name)))
}
