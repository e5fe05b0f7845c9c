//! `evenhand calibrate SUITE --cascade`: thresholds with a guarantee.

use std::path::Path;

use super::args::Global;
use super::calibrate::{calibrate_options, compared};
use super::calibrate_args::CalibrateArgs;
use super::command_line::resume_this_command;
use super::console::Console;
use super::judging_args::options;
use super::models::fetch_permitted;
use super::terminal::listen_for_interrupts;
use super::{print, print_report};
use crate::error::Result;
use crate::report::{cascade_answer, cascade_calibration_line, count_of, promised};
use crate::suite::calibrate::{CascadeCalibrator, check_cascade};
use crate::suite::calibrations::thresholds_path;
use crate::suite::config::{Config, load};
use crate::suite::judges::Suite;
use crate::suite::next_steps::{ComparedWithLabels, after_cascade};
use crate::suite::shell::quoted;
use crate::suite::{CascadeEnd, Exit, Promise};

pub(super) async fn cascade(global: &Global, args: &CalibrateArgs) -> Result<Exit> {
    let config = &load(&global.folders())?;
    let mut suite = Suite::open(&args.suite, config)?;
    if let Some(file) = &args.judging.outputs {
        suite.judge_file(file);
    }
    if let Some(file) = &args.check {
        return tell_check(config, suite, args, file.as_deref());
    }
    let options = calibrate_options(args);
    let stop = options.run.stop.clone();
    let promise = Promise { alpha: args.alpha, delta: args.delta };
    let calibrator = CascadeCalibrator::new(config, suite, args.judge.as_deref(), promise, options)?;
    fetch_permitted(&calibrator.missing().await?, config).await?;
    if args.from.is_none() {
        listen_for_interrupts(&stop);
    }
    let mut console = Console::quiet(|_| resume_this_command());
    let calibrated = match calibrator.calibrate(&mut |event| console.event(event)).await? {
        CascadeEnd::Unfinished(run) => return Ok(run.exit()),
        CascadeEnd::Calibrated(calibrated) => calibrated,
    };
    let (page, typed) = (calibrated.page(), global.typed());
    let usual = || thresholds_path(config, &page.suite, &page.judge);
    let write = args.write.clone().map(|file| file.unwrap_or_else(usual));
    let advice = after_cascade(&ComparedWithLabels { write, ..compared(config, &typed, args) }, &calibrated);
    args.files.write(|| cascade_answer(page, &advice))?;
    if args.json {
        print(&format!("{}\n", cascade_calibration_line(page)))?;
    } else {
        let text = page.text(global.detail());
        print_report(&format!("\n{text}\n{}", advice.text()))?;
    }
    if let Some(file) = &args.write {
        let path = calibrated.write(file.as_deref())?;
        eprintln!("calibration: {}", path.display());
    }
    Ok(calibrated.exit())
}

/// Whether the stored thresholds still hold.
fn tell_check(config: &Config, suite: Suite, args: &CalibrateArgs, file: Option<&Path>) -> Result<Exit> {
    let name = suite.name.clone();
    let options = options(&args.judging, &args.selection, args.budget);
    let (path, stored, changes) = check_cascade(config, suite, args.judge.as_deref(), &options, file)?;
    let path = path.display();
    if changes.is_empty() {
        let (promise, labels) = (promised(stored.promise), count_of(stored.fitted_on.len() as u64, "label"));
        print(&format!("{path} holds: {promise}, by {labels}\n"))?;
        return Ok(Exit::Success);
    }
    let list: Vec<String> = changes.iter().map(|change| format!("  {change}\n")).collect();
    print(&format!("{path} no longer holds:\n{}", list.concat()))?;
    eprintln!("judge the labelled records again: evenhand calibrate {} --cascade --write", quoted(&name));
    Ok(Exit::Quality)
}
