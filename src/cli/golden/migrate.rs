//! `evenhand golden migrate`.

use crate::cli::args::Global;
use crate::cli::golden_args::MigrateArgs;
use crate::cli::print;
use crate::error::Result;
use crate::report::migration_text;
use crate::suite::Exit;
use crate::suite::config::load;
use crate::suite::golden::migrate::Migrating;
use crate::suite::prospect::suites;
use crate::suite::shell::quoted;

pub(super) fn migrate(global: &Global, args: &MigrateArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let options = args.locking.options();
    let suites = suites(&config, std::slice::from_ref(&args.suite), &options)?;
    let Some(suite) = suites.first() else {
        return Ok(Exit::Success);
    };
    let migrating = Migrating::of(&config, suite, &options)?;
    let path = migrating.path.display().to_string();
    print(&migration_text(&path, &migrating.model, &migrating.migration))?;
    let name = quoted(&suite.name);
    if !args.write {
        eprintln!("nothing is written; keep what can be kept with: evenhand golden migrate {name} --write");
        return Ok(Exit::Success);
    }
    migrating.write()?;
    eprintln!("{path} is written; judge the rest with: evenhand check {name}");
    Ok(Exit::Success)
}
