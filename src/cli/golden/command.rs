//! `evenhand check`, and the commands of `evenhand golden`.

use std::path::PathBuf;

use super::{lock, review, status};
use crate::cli::args::Global;
use crate::cli::command_line::resume_this_command;
use crate::cli::judging_args::{CheckArgs, GoldenArgs, GoldenCommand, Unreferenced};
use crate::cli::run::judge_quietly;
use crate::cli::{print, print_report};
use crate::error::Result;
use crate::report::{Detail, checked_line, confirmation_line, confirmation_text, count_of};
use crate::suite::config::{Config, load};
use crate::suite::golden::check::{Changed, Checks, Concluded, EndedRun, checkable, replies};
use crate::suite::golden::settings::{Update, may_write, update};
use crate::suite::golden::strict::repeats_as_locked;
use crate::suite::prospect::suites;
use crate::suite::shared::Shared;
use crate::suite::shell::quoted;
use crate::suite::{Exit, RunOptions};

pub(in crate::cli) async fn golden(global: &Global, args: &GoldenArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let writes = args.allow.writes();
    if let Some(name) = written_by(&args.command) {
        may_write(&config, writes, &format!("evenhand golden {name}"))?;
    }
    match &args.command {
        GoldenCommand::Lock(args) => lock::lock(&config, args).await,
        GoldenCommand::Replies(args) => lock::replies(&config, args).await,
        GoldenCommand::Review { suite } => review::review(&config, suite.as_deref()),
        GoldenCommand::Accept(args) => status::accept(&config, args),
        GoldenCommand::Reject(args) => status::reject(&config, args),
        GoldenCommand::Status { unreferenced } => status::status(&config, *unreferenced),
        GoldenCommand::Migrate(args) => status::migrate(&config, args),
    }
}

/// The name of a command that writes in the folder of golden files.
fn written_by(command: &GoldenCommand) -> Option<&'static str> {
    match command {
        GoldenCommand::Lock(_) => Some("lock"),
        GoldenCommand::Replies(_) => Some("replies"),
        GoldenCommand::Review { .. } => Some("review"),
        GoldenCommand::Accept(_) => Some("accept"),
        GoldenCommand::Reject(_) => Some("reject"),
        GoldenCommand::Status { unreferenced: Some(Unreferenced::Delete) } => {
            Some("status --unreferenced delete")
        }
        GoldenCommand::Migrate(args) if args.write => Some("migrate --write"),
        GoldenCommand::Status { .. } | GoldenCommand::Migrate(_) => None,
    }
}

pub(in crate::cli) async fn check(global: &Global, args: &CheckArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let mut options = args.options();
    let update = update(&config, options.golden_writes)?;
    options.replies = args.replay.then(|| replies(&config));
    let mut suites = suites(&config, &checkable(&config, &args.suites)?, &options)?;
    repeats_as_locked(&config, &mut suites, &options)?;
    let checks = Checks::open(&config, &suites, args.against.as_deref(), &options, update)?;
    let shared = Shared::new(&config, &options)?;
    let runs = match judged(&config, &checks, args, &options, &shared).await? {
        Ok(runs) => runs,
        Err(broken_off) => return Ok(broken_off),
    };
    let asked = args.from.is_none().then_some(&shared);
    let mut exit = Exit::Success;
    for mut case in checks.compare(&runs)? {
        let concluded = checks.conclude(&mut case, asked).await?;
        tell(&concluded, args, global.detail())?;
        if let Some(changed) = checks.keep(&case, &concluded)? {
            tell_changed(&concluded.checked.suite, &changed);
        }
        exit = exit.worse(concluded.exit);
    }
    let folders: Vec<PathBuf> = runs.into_iter().map(|(_, folder)| folder).collect();
    args.files.write_after(exit, &config, &folders)
}

/// The suites' runs, in the order of the suites; or how the judging was broken off.
async fn judged(
    config: &Config,
    checks: &Checks<'_>,
    args: &CheckArgs,
    options: &RunOptions,
    shared: &Shared,
) -> Result<Result<Vec<EndedRun>, Exit>> {
    if let Some(name) = &args.from {
        return checks.earlier(name).map(Ok);
    }
    let runs = judge_quietly(config, checks.to_judge()?, options, shared, &resume_this_command()).await?;
    Ok(checks.judged(&runs))
}

fn tell(concluded: &Concluded, args: &CheckArgs, detail: Detail) -> Result<()> {
    let Concluded { checked, confirmation, .. } = concluded;
    if args.json {
        print(&format!("{}\n", checked_line(checked)))?;
        return confirmation.as_ref().map_or(Ok(()), |confirmation| {
            print(&format!("{}\n", confirmation_line(&checked.suite, confirmation)))
        });
    }
    let confirmation = confirmation.as_ref().map(confirmation_text).unwrap_or_default();
    print_report(&format!("\n{}{confirmation}\n", checked.text(detail)))
}

fn tell_changed(name: &str, changed: &Changed) {
    let quoted = quoted(name);
    let said = match changed.scores {
        0 => "no score changed, but the subject did".to_owned(),
        n => count_of(n as u64, "changed score"),
    };
    match (changed.scores, changed.update) {
        (_, Update::Nothing) => eprintln!(
            "{name}: {said}; nothing is written in CI, or with EVENHAND_UPDATE=no. Elsewhere: evenhand check {quoted}, then evenhand golden review {quoted}"
        ),
        (0, Update::Pending) => {
            eprintln!("{name}: {said}; take that over with: evenhand golden accept {quoted}");
        }
        (_, Update::Pending) => {
            eprintln!("{name}: {said} to decide about: evenhand golden review {quoted}");
        }
        (_, Update::Lock) => eprintln!("{name}: {said}; locked"),
    }
}
