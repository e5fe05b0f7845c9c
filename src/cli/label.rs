//! `evenhand label`.

use std::path::Path;

use super::args::Global;
use super::label_args::LabelArgs;
use super::serve::ended_by_signals;
use super::terminal::{note, print};
use crate::error::{Error, ErrorKind, Result};
use crate::report::count_of;
use crate::serve::{label_router, listen};
use crate::suite::config::{Config, load};
use crate::suite::judges::Suite;
use crate::suite::label::{
    LabelWork, Mode, PlanOptions, Standing, StatusText, export, import, make_plan, plan_text, status,
};
use crate::suite::{Exit, RunOptions};

pub(super) async fn label(global: &Global, args: &LabelArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let mut suite = Suite::open(&args.suite, &config)?;
    suite.change(&RunOptions { outputs: args.outputs.clone(), ..RunOptions::default() }, &config)?;
    if args.plan {
        return plan(&suite, &config, args);
    }
    if args.status {
        let StatusText { text, json } = status(&Standing::read(&suite, &config, None)?);
        print(&if args.json { format!("{json}\n") } else { text })?;
        return Ok(Exit::Success);
    }
    if let Some(file) = &args.export {
        return write(&suite, &config, file);
    }
    if let Some(file) = &args.import {
        let standing = Standing::read(&suite, &config, None)?;
        let taken = import(&standing, file, args.name.as_deref())?;
        note(&format!("{} taken from {}", count_of(taken as u64, "label"), file.display()));
        tell_use(&suite, &config);
        return Ok(Exit::Success);
    }
    serve(&suite, &config, args).await
}

fn plan(suite: &Suite, config: &Config, args: &LabelArgs) -> Result<Exit> {
    let standing = Standing::read(suite, config, args.strata.as_deref())?;
    let options = PlanOptions {
        random: args.random,
        half_width: args.half_width,
        uncertain: args.uncertain,
        overlap: args.overlap,
        strata: args.strata.clone(),
        people: args.people.clone(),
        seed: args.seed,
    };
    let plan = make_plan(&standing, config, &options)?;
    print(&plan_text(&standing, &plan))?;
    Ok(Exit::Success)
}

fn write(suite: &Suite, config: &Config, file: &Path) -> Result<Exit> {
    let exported = export(&Standing::read(suite, config, None)?, file)?;
    std::fs::write(file, exported.text)
        .map_err(|source| Error::new(ErrorKind::Io, format!("cannot write {}: {source}", file.display())))?;
    note(&format!("{} written to {}", count_of(exported.labels as u64, "label"), file.display()));
    Ok(Exit::Success)
}

async fn serve(suite: &Suite, config: &Config, args: &LabelArgs) -> Result<Exit> {
    let name = args.name.as_deref().ok_or_else(|| {
        Error::new(ErrorKind::Usage, "it is not said who labels").help(format!(
            "evenhand label {} --as NAME; or --plan, --status, --export FILE, --import FILE",
            suite.name
        ))
    })?;
    let mode = if args.adjudicate { Mode::Adjudicate } else { Mode::Label };
    let work = LabelWork::open(suite, config, name, mode)?;
    let listening = listen("127.0.0.1", args.port).await?;
    print(&format!("label in a browser: http://{}/; Ctrl-C ends it\n", listening.address))?;
    listening.serve(label_router(work)?, ended_by_signals()).await?;
    tell_use(suite, config);
    Ok(Exit::Success)
}

/// Says how labels reach calibration, tuning and golden files.
fn tell_use(suite: &Suite, config: &Config) {
    if suite.file.labels.is_none() {
        config.environment.tell(&format!(
            "to hold the judge against these labels, add to [suites.{0}]: labels = \"labels/{0}\"",
            suite.name
        ));
    }
}
