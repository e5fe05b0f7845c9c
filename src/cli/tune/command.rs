//! What `evenhand tune` does, step by step.

use super::args::TuneArgs;
use super::telling::{Telling, broken_off, estimate_text, tell};
use crate::cli::args::Global;
use crate::cli::models::fetch_permitted;
use crate::cli::print;
use crate::error::Result;
use crate::suite::Exit;
use crate::suite::config::load;
use crate::suite::judges::Suite;
use crate::suite::tune::{TuneEstimate, Work, earlier, setup};

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

fn tell_estimate(estimate: &TuneEstimate, args: &TuneArgs) -> Result<Exit> {
    print(&if args.json {
        format!("{}\n", serde_json::to_string(estimate).unwrap_or_default())
    } else {
        estimate_text(estimate)
    })?;
    Ok(Exit::Success)
}
