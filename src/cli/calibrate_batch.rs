//! `evenhand calibrate SUITE --batch`: a correction without labels.

use super::args::Global;
use super::calibrate::calibrate_options;
use super::calibrate_args::CalibrateArgs;
use super::command_line::resume_this_command;
use super::console::Console;
use super::models::fetch_permitted;
use super::print;
use super::terminal::listen_for_interrupts;
use crate::error::Result;
use crate::report::{batch_line, batch_text};
use crate::suite::Exit;
use crate::suite::calibrate::{BatchCalibrator, BatchEnd};
use crate::suite::config::load;
use crate::suite::judges::Suite;

pub(super) async fn batch(global: &Global, args: &CalibrateArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let mut suite = Suite::open(&args.suite, &config)?;
    if let Some(file) = &args.judging.outputs {
        suite.judge_file(file);
    }
    let options = calibrate_options(args);
    let calibrator = BatchCalibrator::new(&config, suite, &options)?;
    fetch_permitted(&calibrator.missing().await?, &config).await?;
    if args.from.is_none() {
        listen_for_interrupts(&options.run.stop);
    }
    let mut console = Console::quiet(|_| resume_this_command());
    let calibrated = match Box::pin(calibrator.calibrate(&mut |event| console.event(event))).await? {
        BatchEnd::Unfinished(run) => return Ok(run.exit),
        BatchEnd::Calibrated(calibrated) => calibrated,
    };
    if args.json {
        print(&format!("{}\n", batch_line(calibrated.page())))?;
    } else {
        print(&format!("\n{}", batch_text(calibrated.page())))?;
    }
    if let Some(file) = &args.write {
        let path = calibrated.write(file.as_deref())?;
        eprintln!("calibration: {}", path.display());
    }
    Ok(calibrated.exit())
}
