//! `evenhand check`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::lock;
use crate::cli::args::Global;
use crate::cli::golden_args::CheckArgs;
use crate::cli::print;
use crate::cli::run::judge_quietly;
use crate::error::{Error, ErrorKind, Result};
use crate::golden::{Checked, Conclusion, Confirmation, Diff, Input, Update, compare, store};
use crate::report::{checked_line, checked_text, confirmation_line, confirmation_text};
use crate::suite::Exit;
use crate::suite::RunOptions;
use crate::suite::checked_file;
use crate::suite::config::{Config, load};
use crate::suite::confirm;
use crate::suite::golden::compared::{Held, Now};
use crate::suite::golden::settings;
use crate::suite::judges::Suite;
use crate::suite::prospect::suites;
use crate::suite::shared::Shared;
use crate::suite::shell::quoted;

pub(in crate::cli) async fn check(global: &Global, args: &CheckArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let update = Update::from_variables(|name| config.environment.variable(name))?;
    let mut options = args.options();
    let suites = suites(&config, &named(&config, args)?, &options)?;
    let against = args.against.as_deref();
    let held = suites.iter().map(|suite| Held::open(suite, &config, against, &options));
    let held = held.collect::<Result<Vec<Held<'_>>>>()?;
    for suite in &suites {
        settings::confirm(suite)?;
    }
    options.replies = args.replay.then(|| settings::folder(&config).join("replies"));
    let shared = Shared::new(&config, &options)?;
    let runs = match judged(&config, &held, args, &options, &shared).await? {
        Ok(runs) => runs,
        Err(broken_off) => return Ok(broken_off),
    };
    let nows = held.iter().zip(&runs).map(|(held, (_, folder))| held.read(folder));
    let nows = nows.collect::<Result<Vec<Now>>>()?;
    let cases: Vec<Option<Input<'_>>> = held.iter().zip(&nows).map(|(held, now)| held.case(now)).collect();
    let compared: Vec<bool> = cases.iter().map(Option::is_some).collect();
    let mut diffs = compare(&cases.into_iter().flatten().collect::<Vec<Input<'_>>>()).into_iter();
    let mut exit = Exit::Success;
    for (((held, now), compared), (ended, _)) in held.iter().zip(&nows).zip(compared).zip(&runs) {
        let mut diff = if compared { diffs.next() } else { None };
        let confirmation = match &mut diff {
            // An earlier run is taken as it is: nobody is asked.
            Some(diff) if args.from.is_none() => {
                confirmed(&config, held, now, &options, &shared, diff).await?
            }
            _ => None,
        };
        let checked = held.checked(now, diff, *ended);
        tell(&checked, confirmation.as_ref(), args)?;
        checked_file::write(&now.folder, &checked, code(checked.conclusion))?;
        if let Some(diff) = &checked.diff
            && let Some(waiting) = held.update(&config, now, diff, update)?
        {
            tell_update(held.suite, waiting, update);
        }
        exit = exit.worse(code(checked.conclusion));
    }
    let folders: Vec<PathBuf> = runs.into_iter().map(|(_, folder)| folder).collect();
    args.files.write_after(exit, &config, &folders)
}

/// Judges the records again that got worse, where the suite wants that.
async fn confirmed(
    config: &Config,
    held: &Held<'_>,
    now: &Now,
    options: &RunOptions,
    shared: &Shared,
    diff: &mut Diff,
) -> Result<Option<Confirmation>> {
    let Some(wished) = settings::confirm(held.suite)? else {
        return Ok(None);
    };
    let tolerance = settings::rule(held.suite, BTreeMap::new()).tolerance;
    let Now { folder, outcomes, golden, .. } = now;
    let checked = confirm::Checked { folder, outcomes, golden, tolerance };
    confirm::confirm(config, held.suite, options, shared, wished, &checked, diff).await
}

/// The exit code of a conclusion.
fn code(conclusion: Conclusion) -> Exit {
    match conclusion {
        Conclusion::Pass | Conclusion::Improvement | Conclusion::Undecided => Exit::Success,
        Conclusion::Inconclusive => Exit::Inconclusive,
        Conclusion::NotRecorded | Conclusion::Unscored => Exit::Unscored,
        Conclusion::BelowGate | Conclusion::Regression => Exit::Quality,
    }
}

/// The suites that are checked: those named, or all with a golden file or gates.
fn named(config: &Config, args: &CheckArgs) -> Result<Vec<String>> {
    if !args.suites.is_empty() {
        return Ok(args.suites.clone());
    }
    let folder = settings::folder(config);
    let locked = store::suites(&folder);
    let wanted =
        config.file.suites.iter().filter(|(name, suite)| locked.contains(name) || suite.gates.is_set());
    let names: Vec<String> = wanted.map(|(name, _)| name.clone()).collect();
    if names.is_empty() {
        return Err(Error::new(
            ErrorKind::Golden,
            format!(
                "there is nothing to check: no suite has gates, or a golden file in {}",
                folder.display()
            ),
        )
        .help("lock a suite's scores first: evenhand golden lock SUITE"));
    }
    Ok(names)
}

/// How the suites' runs ended, and their folders, in the order of the suites; or how the judging was
/// broken off.
async fn judged(
    config: &Config,
    held: &[Held<'_>],
    args: &CheckArgs,
    options: &RunOptions,
    shared: &Shared,
) -> Result<Result<Vec<(Exit, PathBuf)>, Exit>> {
    if let Some(name) = &args.from {
        let folder = |held: &Held<'_>| lock::earlier(config, held.suite, name, &held.standing);
        let runs = held.iter().map(|held| Ok((Exit::Success, folder(held)?)));
        return Ok(Ok(runs.collect::<Result<Vec<_>>>()?));
    }
    let suites: Vec<&Suite> = held.iter().map(|held| held.suite).collect();
    if let Some(folder) = &options.replies {
        suites.iter().try_for_each(|suite| recorded(suite, folder))?;
    }
    let judged = judge_quietly(config, suites.iter().copied(), options, shared, &resume_command()).await?;
    if let Some(broken_off) = judged.iter().find(|one| matches!(one.exit, Exit::Interrupted | Exit::Budget)) {
        return Ok(Err(broken_off.exit));
    }
    // They were judged in the order of their models.
    let of = |suite: &&Suite| {
        let one = judged.iter().find(|one| one.suite == suite.name)?;
        Some((one.exit, one.folder.clone()))
    };
    Ok(suites.iter().map(of).collect::<Option<Vec<_>>>().ok_or(Exit::Interrupted))
}

/// Whether a suite that asks a model has recorded replies.
fn recorded(suite: &Suite, folder: &Path) -> Result<()> {
    let path = folder.join(format!("{}.jsonl", suite.name));
    if !suite.has_judges() || path.exists() {
        return Ok(());
    }
    let detail = format!("suite {} has no recorded replies ({})", suite.name, path.display());
    Err(Error::new(ErrorKind::Golden, detail)
        .help(format!("record them: evenhand golden lock {} --replies", quoted(&suite.name))))
}

fn resume_command() -> String {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--resume").collect();
    let words: Vec<String> = words.iter().map(|word| quoted(word).into_owned()).collect();
    format!("evenhand {} --resume", words.join(" "))
}

fn tell(checked: &Checked, confirmation: Option<&Confirmation>, args: &CheckArgs) -> Result<()> {
    if args.json {
        print(&format!("{}\n", checked_line(checked)))?;
        return confirmation.map_or(Ok(()), |confirmation| {
            print(&format!("{}\n", confirmation_line(&checked.suite, confirmation)))
        });
    }
    let confirmation = confirmation.map(confirmation_text).unwrap_or_default();
    print(&format!("\n{}{confirmation}\n", checked_text(checked)))
}

fn tell_update(suite: &Suite, waiting: usize, update: Update) {
    let (name, quoted) = (&suite.name, quoted(&suite.name));
    let changed = match waiting {
        0 => "no score changed, but the subject did".to_owned(),
        1 => "1 changed score".to_owned(),
        n => format!("{n} changed scores"),
    };
    match (waiting, update) {
        (_, Update::Nothing) => eprintln!(
            "{name}: {changed}; nothing is written in CI, or with EVENHAND_UPDATE=no. Elsewhere: evenhand check {quoted}, then evenhand golden review {quoted}"
        ),
        (0, Update::Pending) => {
            eprintln!("{name}: {changed}; take that over with: evenhand golden accept {quoted}");
        }
        (_, Update::Pending) => {
            eprintln!("{name}: {changed} to decide about: evenhand golden review {quoted}");
        }
        (_, Update::Lock) => eprintln!("{name}: {changed}; locked"),
    }
}
