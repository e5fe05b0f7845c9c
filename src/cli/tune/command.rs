//! What `evenhand tune` does, step by step.

use std::path::Path;

use super::args::TuneArgs;
use super::estimate::{TuneEstimate, estimate, estimate_text};
use super::folder::{difference, earlier};
use super::forecast::Forecaster;
use super::head::head;
use super::optimizer::proposer;
use super::options::options;
use super::rates::{Prices, Rates};
use super::setup::setup;
use super::sizes::Sizes;
use super::targets::Targets;
use super::work::{Forecast, Work};
use crate::cli::args::Global;
use crate::cli::print;
use crate::cli::report_files::write;
use crate::error::Result;
use crate::optimizer::{SearchContext, TunePage};
use crate::report::{tune_html, tune_line, tune_text};
use crate::suite::Exit;
use crate::suite::config::load;
use crate::suite::judges::Suite;

pub(in crate::cli) async fn tune(global: &Global, args: &TuneArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    if let Some(name) = &args.report {
        let (page, folder) = earlier(&config, &args.suite, name)?;
        return tell(&page, &folder, args);
    }
    let mut suite = Suite::open(&args.suite, &config)?;
    if let Some(file) = &args.judging.outputs {
        suite.judge_file(file);
    }
    let targets = Targets::new(&suite, &config, args)?;
    let model_config = &targets.judge;
    let (setup, held_out) = setup(&suite, &config, &targets, args)?;
    let spec = setup.judge.spec().clone();
    let context = SearchContext {
        spec: &spec,
        reading: setup.judge.options().reading,
        train: &setup.learning.train,
        limits: setup.limits,
        seed: args.seed,
    };
    let mut proposer = proposer(context, &setup, args)?;
    let options = options(&setup, args)?;
    let sizes = Sizes::new(&setup, &context);
    let forecaster = Forecaster {
        setup: &setup,
        args,
        context,
        sizes: &sizes,
        options: options.clone(),
        prices: Prices::new(&targets, &config, args)?,
        at_once: args
            .judging
            .concurrency
            .unwrap_or_else(|| model_config.calls_at_once(suite.file.concurrency)),
        candidates: proposer.most_candidates(),
    };
    let rates = Rates::earlier(&setup, model_config, &config, sizes.all_calls(setup.validation_bytes));
    let estimate = estimate(&forecaster, &model_config.file.model, proposer.as_ref(), &rates)?;
    if args.dry_run {
        return tell_estimate(&estimate, args);
    }
    if !args.resume {
        eprint!("{}", estimate_text(&estimate));
    }
    let head = head(&suite, &config, &setup, model_config, args)?;
    let forecast = Forecast { forecaster: &forecaster, rates, estimate };
    let work = Work { config: &config, suite: &suite, args, setup: &setup, options, head, forecast };
    work.run(&spec, proposer.as_mut(), held_out, targets).await
}

/// Tells what was found: as a page where one is wished, and as text unless a page is all that is wished.
pub(super) fn tell(page: &TunePage, folder: &Path, args: &TuneArgs) -> Result<Exit> {
    let html = args.html.as_deref();
    write(html, || Ok(tune_html(page, difference(folder).as_deref())))?;
    if html.is_some_and(|path| args.report.is_some() || path == Path::new("-")) {
        return Ok(Exit::Success);
    }
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
