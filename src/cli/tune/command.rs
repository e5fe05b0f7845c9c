//! What `karat tune` does, step by step.

use super::args::TuneArgs;
use super::estimate::{TuneEstimate, estimate, estimate_text};
use super::folder::page as earlier_page;
use super::head::head;
use super::optimizer::proposer;
use super::options::options;
use super::setup::setup;
use super::work::Work;
use crate::cli::args::Global;
use crate::cli::config::load;
use crate::cli::exit::Exit;
use crate::cli::judges::Suite;
use crate::cli::models::Chosen;
use crate::cli::print;
use crate::error::Result;
use crate::optimizer::{Ground, TunePage};
use crate::report::{tune_line, tune_text};

pub(in crate::cli) async fn tune(global: &Global, args: &TuneArgs) -> Result<Exit> {
    let config = load(global)?;
    if let Some(name) = &args.report {
        return tell(&earlier_page(&config, &args.suite, name)?, args);
    }
    let mut suite = Suite::open(&args.suite, &config)?;
    if let Some(file) = &args.outputs {
        suite.judge_file(file);
    }
    let chosen = Chosen::new(args.model.as_deref().or(suite.file.model.as_deref()), &config)?;
    let (setup, held_out) = setup(&suite, &config, &chosen, args)?;
    let spec = setup.judge.spec().clone();
    let ground = Ground {
        spec: &spec,
        reading: setup.judge.options().reading,
        train: &setup.learning.train,
        limits: setup.limits,
        seed: args.seed,
    };
    let mut proposer = proposer(ground, args)?;
    let estimate = estimate(&setup, proposer.as_ref(), &ground, &chosen, &config);
    if args.dry_run {
        return tell_estimate(&estimate, args);
    }
    let options = options(&setup, args)?;
    if !args.resume {
        eprint!("{}", estimate_text(&estimate));
    }
    let head = head(&suite, &config, &setup, &chosen, args)?;
    let work = Work { global, config: &config, suite: &suite, args, setup: &setup, options, head };
    work.run(&spec, proposer.as_mut(), held_out, chosen, &estimate).await
}

pub(super) fn tell(page: &TunePage, args: &TuneArgs) -> Result<Exit> {
    print(&if args.json { format!("{}\n", tune_line(page)) } else { tune_text(page) })?;
    Ok(Exit::Success)
}

fn tell_estimate(estimate: &TuneEstimate, args: &TuneArgs) -> Result<Exit> {
    print(&if args.json {
        format!("{}\n", serde_json::to_string(estimate).unwrap_or_default())
    } else {
        estimate_text(estimate)
    })?;
    Ok(Exit::Success)
}
