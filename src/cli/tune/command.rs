//! What `evenhand tune` does, step by step.

use std::path::PathBuf;

use super::args::TuneArgs;
use super::telling::{Telling, broken_off, estimate_text, tell};
use crate::cli::args::Global;
use crate::cli::models::fetch_permitted;
use crate::cli::print;
use crate::error::Result;
use crate::suite::Exit;
use crate::suite::calibrations::default_path;
use crate::suite::config::{Config, load};
use crate::suite::judges::Suite;
use crate::suite::next_steps::{TunedSuite, Typed, after_tuning};
use crate::suite::tune::{Finished, TuneEstimate, Work, setup, tuned_judge};

pub(in crate::cli) async fn tune(global: &Global, args: &TuneArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let typed = global.typed();
    let found = |tuning: Finished| {
        let advice = after_tuning(&tuned(&config, &typed, &tuning, args));
        tell(&tuning, &advice, args, global.detail())
    };
    if let Some(name) = &args.report {
        let tuning = Finished::open(&config, &args.suite, name)?;
        write(&config, &tuning, args)?;
        found(tuning)?;
        return Ok(Exit::Success);
    }
    let mut suite = Suite::open(&args.suite, &config)?;
    if let Some(file) = &args.judging.outputs {
        suite.judge_file(file);
    }
    let request = args.request()?;
    let suite = tuned_judge(suite, &config, &request)?;
    let (setup, held_out) = setup(&suite, &config, &request)?;
    let work = Work::new(&suite, &config, &request, &setup)?;
    if args.dry_run {
        return tell_estimate(&work.estimate, args);
    }
    if !args.resume {
        eprint!("{}", estimate_text(&work.estimate));
    }
    let shared = work.shared()?;
    fetch_permitted(&work.missing_models().await?, &config).await?;
    let mut telling = Telling::new(&found, &request.stop);
    let ended = work.run(held_out, &shared, &mut |event| telling.hear(event)).await?;
    if ended.exit() != Exit::Success {
        broken_off(&ended);
        return Ok(ended.exit());
    }
    eprintln!("log: {}", ended.folder().display());
    Ok(Exit::Success)
}

/// Writes what is wished of a finished tuning; no model is asked.
fn write(config: &Config, tuning: &Finished, args: &TuneArgs) -> Result<()> {
    if let Some(path) = &args.write {
        tuning.write_signature(path)?;
        eprintln!("{}", tuning.use_signature(path));
    }
    if let Some(path) = calibration(config, args) {
        tuning.write_calibration(&path)?;
        eprintln!("{}", tuning.use_calibration(&path));
    }
    Ok(())
}

/// The file that the threshold is wished in.
fn calibration(config: &Config, args: &TuneArgs) -> Option<PathBuf> {
    let file = args.write_calibration.clone()?;
    Some(file.unwrap_or_else(|| default_path(config, &args.suite)))
}

fn tuned<'a>(config: &'a Config, typed: &'a Typed, tuning: &'a Finished, args: &TuneArgs) -> TunedSuite<'a> {
    TunedSuite {
        config,
        typed,
        tuning,
        signature: args.write.clone(),
        calibration: calibration(config, args),
    }
}

fn tell_estimate(estimate: &TuneEstimate, args: &TuneArgs) -> Result<Exit> {
    print(&if args.json {
        format!("{}\n", serde_json::to_string(estimate).unwrap_or_default())
    } else {
        estimate_text(estimate)
    })?;
    Ok(Exit::Success)
}
