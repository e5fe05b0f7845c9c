//! `evenhand golden lock` and `evenhand run --lock`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::Global;
use crate::cli::golden_args::LockArgs;
use crate::cli::print;
use crate::cli::run::judge_one;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, RunHead};
use crate::golden::{Entry, Golden, Locked, store};
use crate::report::locked_text;
use crate::suite::Exit;
use crate::suite::config::{Config, load};
use crate::suite::golden::settings;
use crate::suite::golden::standing::Standing;
use crate::suite::judges::Suite;
use crate::suite::prospect::suites;
use crate::suite::runs;
use crate::suite::shell::quoted;
use crate::suite::{Run, RunOptions};

pub(super) async fn lock(global: &Global, args: &LockArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let options = args.locking.options();
    let mut exit = Exit::Success;
    for suite in &suites(&config, &args.suites, &options)? {
        exit = exit.worse(one(&config, suite, args, &options).await?);
        if matches!(exit, Exit::Interrupted | Exit::Budget) {
            break;
        }
    }
    Ok(exit)
}

async fn one(config: &Config, suite: &Suite, args: &LockArgs, options: &RunOptions) -> Result<Exit> {
    let standing = Standing::of(suite, config, options)?;
    if let Some(name) = &args.from {
        let folder = earlier(config, suite, name, &standing)?;
        print(&write(config, suite, &standing, &folder)?)?;
        return Ok(Exit::Success);
    }
    let replies = args.replies.then(|| store::replies_path(&settings::folder(config), &suite.name));
    let half = replies.as_ref().map(|path| path.with_extension("jsonl.half"));
    let options = RunOptions { record: half.clone(), ..options.clone() };
    let resume = format!("evenhand golden lock {}", quoted(&suite.name));
    let (exit, folder) = judge_one(config, suite, &options, &resume).await?;
    let locks = locks(suite, exit);
    if let (Some(half), Some(path)) = (half, replies) {
        keep_replies(&half, &path, locks)?;
    }
    if locks {
        print(&write(config, suite, &standing, &folder)?)?;
    }
    Ok(exit)
}

/// Locks a run that was judged just now, if its scores can be had.
pub(in crate::cli) fn lock_run(
    config: &Config,
    suites: &[Suite],
    options: &RunOptions,
    is_json: bool,
    run: &Run,
) -> Result<()> {
    let Some(suite) = suites.iter().find(|suite| suite.name == run.suite()) else {
        return Ok(());
    };
    if !locks(suite, run.exit()) {
        return Ok(());
    }
    let told = write(config, suite, &Standing::of(suite, config, options)?, run.folder())?;
    if is_json {
        // The standard output holds JSON lines.
        eprint!("{told}");
        return Ok(());
    }
    print(&told)
}

/// Whether a run that ended like this is worth locking; it says why where it is not.
fn locks(suite: &Suite, ended: Exit) -> bool {
    let why = match ended {
        Exit::Success | Exit::Quality | Exit::Inconclusive => return true,
        Exit::Unscored => "too many records are unscored",
        _ => "the run was not finished",
    };
    eprintln!("{} is not locked: {why}", suite.name);
    false
}

/// An earlier run of the suite as it is now.
pub(super) fn earlier(config: &Config, suite: &Suite, name: &str, standing: &Standing) -> Result<PathBuf> {
    let folder = if name == "last" {
        let without =
            |error: Error| Error::new(error.kind(), error.detail()).help("judge it, without --from");
        runs::last_folder(config, &suite.name).map_err(without)?
    } else {
        runs::named_folder(config, &suite.name, name)?
    };
    let before = Journal::head(&folder)?;
    // How often a record was taken is how sure its score is, and not another ruler.
    let head = RunHead { repeats: before.repeats, ..standing.prospect.head.clone() };
    let differences = head.differences(&before);
    if differences.is_empty() {
        return Ok(folder);
    }
    let detail = format!(
        "the run in {} is not of {} as it is now: {} changed",
        folder.display(),
        suite.name,
        differences.join(" and ")
    );
    Err(Error::new(ErrorKind::Journal, detail).help("judge again, without --from"))
}

/// Writes the golden file; gives what there is to tell about it.
fn write(config: &Config, suite: &Suite, standing: &Standing, folder: &Path) -> Result<String> {
    let records: Vec<Locked> =
        Journal::read(folder)?.iter().map(|outcome| standing.locked(outcome)).collect();
    if records.is_empty() {
        return Err(Error::new(
            ErrorKind::Journal,
            format!("the run in {} has no outcomes", folder.display()),
        )
        .help("judge again, without --from"));
    }
    let golden = settings::folder(config);
    let path = store::path(&golden, &suite.name);
    let before = store::read(&path)?;
    let mut after = before.clone().unwrap_or_else(|| Golden::new(&suite.name, standing.watch));
    after.watch = standing.watch;
    let entry = Entry::new(records, standing.fingerprints.clone());
    after.models.insert(standing.model.clone(), entry);
    store::write(&path, &after)?;
    store::remove(&store::pending_path(&golden, &suite.name))?;
    Ok(locked_text(&path.display().to_string(), before.as_ref(), &after, &standing.model))
}

/// Puts recorded replies in their place, in an order that does not hang on which came first.
fn keep_replies(half: &Path, path: &Path, wanted: bool) -> Result<()> {
    let refused = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write {}: {error}", path.display()))
    };
    if !half.exists() {
        return Ok(());
    }
    if wanted {
        let text = fs::read_to_string(half).map_err(refused)?;
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.dedup();
        let text: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
        fs::write(path, text).map_err(refused)?;
        eprintln!("replies: {}", path.display());
    }
    fs::remove_file(half).map_err(refused)
}
