//! What `evenhand tune` does, step by step.

use std::path::Path;

use super::args::TuneArgs;
use super::estimate::estimate_text;
use super::telling::{Telling, broken_off};
use crate::cli::args::Global;
use crate::cli::fetch::fetch_permitted;
use crate::cli::print;
use crate::cli::report_files::write;
use crate::error::Result;
use crate::report::{tune_html, tune_line, tune_text};
use crate::suite::Exit;
use crate::suite::config::load;
use crate::suite::judges::Suite;
use crate::suite::tune::{TuneEstimate, TunePage, Work, difference, earlier, setup};

pub(in crate::cli) async fn tune(global: &Global, args: &TuneArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    if let Some(name) = &args.report {
        let (page, folder) = earlier(&config, &args.suite, name)?;
        tell(&page, &folder, args)?;
        return Ok(Exit::Success);
    }
    let mut suite = Suite::open(&args.suite, &config)?;
    if let Some(file) = &args.judging.outputs {
        suite.judge_file(file);
    }
    let request = args.request()?;
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
    let mut telling = Telling::new(args, &request.stop);
    let tuned = work.run(held_out, &shared, &mut |event| telling.hear(event)).await?;
    if tuned.exit() != Exit::Success {
        broken_off(&tuned);
        return Ok(tuned.exit());
    }
    eprintln!("log: {}", tuned.folder().display());
    Ok(Exit::Success)
}

/// Tells what was found: as a page where one is wished, and as text unless a page is all that is wished.
pub(super) fn tell(page: &TunePage, folder: &Path, args: &TuneArgs) -> Result<()> {
    let html = args.html.as_deref();
    write(html, || Ok(tune_html(page, difference(folder).as_deref())))?;
    if html.is_some_and(|path| args.report.is_some() || path == Path::new("-")) {
        return Ok(());
    }
    print(&if args.json { format!("{}\n", tune_line(page)) } else { tune_text(page) })
}

fn tell_estimate(estimate: &TuneEstimate, args: &TuneArgs) -> Result<Exit> {
    print(&if args.json {
        format!("{}\n", serde_json::to_string(estimate).unwrap_or_default())
    } else {
        estimate_text(estimate)
    })?;
    Ok(Exit::Success)
}
