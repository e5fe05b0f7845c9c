//! `evenhand run`.

use std::path::{Path, PathBuf};

use super::args::Global;
use super::console::{Console, resume_command};
use super::models::fetch_permitted;
use super::run_args::RunArgs;
use super::terminal::listen_for_interrupts;
use super::{dry_run, golden, print};
use crate::error::{Error, ErrorKind, Result};
use crate::report::count_of;
use crate::suite::batch_export::{BatchForm, Exported, export};
use crate::suite::config::{Config, load};
use crate::suite::golden::settings::may_write;
use crate::suite::judges::Suite;
use crate::suite::prospect::suites;
use crate::suite::run::RunEvent;
use crate::suite::shared::Shared;
use crate::suite::shell::quoted;
use crate::suite::turns::{missing_models, run_all, turns};
use crate::suite::{Exit, Run, RunOptions};

pub(super) async fn run(global: &Global, args: &RunArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let options = args.options();
    if args.lock {
        may_write(&config, options.golden_writes, "evenhand run --lock")?;
    }
    let suites = suites(&config, &args.suites, &options)?;
    if let Some(file) = &args.export_batch {
        return export_batch(&config, &suites, &options, file).await;
    }
    let shared = Shared::new(&config, &options)?;
    if args.dry_run {
        turns(&suites, &config, &options, &shared)?;
        let runs = suites.iter().map(|suite| (suite, options.clone()));
        return dry_run::dry_run(&config, runs, args.json).await;
    }
    let mut console =
        Console::reporting(|suite| resume_command(suite, args, global), args.json, global.detail());
    let mut folders = Vec::new();
    let ended = every(&config, &suites, &options, &shared, |event| {
        console.event(event)?;
        if let RunEvent::Ended(run) = event {
            folders.push(run.folder().to_owned());
            if args.lock {
                golden::lock_run(&config, &suites, &options, args.json, run)?;
            }
        }
        Ok(())
    })
    .await;
    if let Some(batch) = shared.batch() {
        eprintln!("{}", batch.in_words());
    }
    match ended {
        Ok(runs) => {
            let exit = runs.iter().map(Run::exit).fold(Exit::Success, Exit::worse);
            args.files.write_after(exit, &config, &folders)
        }
        Err(error) => {
            // What is done is reported, also where a later suite failed; but that failure is what counts.
            let _ = args.files.write_after(Exit::Internal, &config, &folders);
            Err(error)
        }
    }
}

/// Writes the requests of one suite to a file.
async fn export_batch(config: &Config, suites: &[Suite], options: &RunOptions, file: &Path) -> Result<Exit> {
    let [suite] = suites else {
        let detail =
            format!("--export-batch writes the requests of one suite, and there are {}", suites.len());
        return Err(
            Error::new(ErrorKind::Usage, detail).help("name it: evenhand run SUITE --export-batch FILE")
        );
    };
    let exported = export(config, suite, options, file).await?;
    print(&batch_exported(&exported, file))?;
    Ok(Exit::Success)
}

/// What was written, and what to do with it.
fn batch_exported(exported: &Exported, file: &Path) -> String {
    let Exported { suite, model, form, records, requests, cached, later } = exported;
    let (requests, records) = (count_of(*requests as u64, "request"), count_of(*records, "record"));
    let mut text = format!("{}: {requests} to {model} about {records} of {suite}\n", file.display());
    if *cached > 0 {
        text += &format!("left out: {} that the cache has replies to\n", count_of(*cached, "request"));
    }
    if *later > 0 {
        text += &format!(
            "{later} more calls depend on these replies: they are asked when the results are imported\n"
        );
    }
    let to = match form {
        BatchForm::OpenAi => {
            "upload it as a batch of /v1/chat/completions, or give it to `vllm run-batch -i`"
        }
        BatchForm::Anthropic => "send it to /v1/messages/batches",
    };
    let suite = quoted(suite);
    text + &format!(
        "{to}; then: evenhand run {suite} --import-batch RESULTS, with the options of this command\n"
    )
}

/// Judges suites, once the models that are missing are fetched, if that is permitted.
async fn every(
    config: &Config,
    suites: impl IntoIterator<Item = &Suite>,
    options: &RunOptions,
    shared: &Shared,
    mut listener: impl FnMut(RunEvent<'_>) -> Result<()>,
) -> Result<Vec<Run>> {
    let turns = turns(suites, config, options, shared)?;
    let missing = missing_models(&turns, config, options, shared).await?;
    fetch_permitted(&missing, config).await?;
    listen_for_interrupts(&options.stop);
    Box::pin(run_all(turns, config, options, shared, &mut listener)).await
}

/// Judges suites for another command, which tells what came of them: only the progress is shown. `resume` is the
/// command that goes on with them.
pub(super) async fn judge_quietly(
    config: &Config,
    suites: impl IntoIterator<Item = &Suite>,
    options: &RunOptions,
    shared: &Shared,
    resume: &str,
) -> Result<Vec<Run>> {
    let mut console = Console::quiet(|_| resume.to_owned());
    every(config, suites, options, shared, |event| console.event(event)).await
}

/// The same with one suite: how its run ended, and its folder.
pub(super) async fn judge_one(
    config: &Config,
    suite: &Suite,
    options: &RunOptions,
    resume: &str,
) -> Result<(Exit, PathBuf)> {
    let shared = Shared::new(config, options)?;
    let runs = judge_quietly(config, [suite], options, &shared, resume).await?;
    let run = runs.into_iter().next();
    let none =
        || crate::error::Error::new(crate::error::ErrorKind::Internal, "a suite was run without a run");
    run.map(|run| (run.exit, run.folder)).ok_or_else(none)
}
