//! `evenhand probe`: does the judge's verdict depend on what must not matter?

use super::args::ProbeArgs;
use crate::cli::args::Global;
use crate::cli::command_line::resume_this_command;
use crate::cli::dry_run::forecast_text;
use crate::cli::models::fetch_permitted;
use crate::cli::terminal::listen_for_interrupts;
use crate::cli::terminal::{Progress, Unit, note};
use crate::cli::{print, print_report};
use crate::error::Result;
use crate::report::{count, probe_answer, probe_line};
use crate::suite::config::{Config, load};
use crate::suite::judges::Suite;
use crate::suite::{Exit, ProbeEvent, Probed, Prober};

pub(in crate::cli) async fn probe(global: &Global, args: &ProbeArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let suite = Suite::open(&args.suite, &config)?;
    let options = args.options();
    let stop = options.run.stop.clone();
    let prober = Prober::new(&config, suite, options)?;
    if args.dry_run {
        return dry_run(&prober, args.json).await;
    }
    let found = asked(&config, &prober, || listen_for_interrupts(&stop)).await?;
    let Some(report) = found.report() else {
        tell_broken(&found);
        return Ok(found.exit());
    };
    args.files.write(|| probe_answer(found.suite(), report, found.gates()))?;
    if args.json {
        print(&format!("{}\n", probe_line(found.suite(), report, found.gates())))?;
    } else {
        let text = report.text(found.suite(), found.gates(), global.detail());
        print_report(&format!("\n{text}"))?;
    }
    match found.exit() {
        Exit::Unscored => eprintln!("too many records are unscored to judge by the rest"),
        Exit::Quality => eprintln!("{}: the judge is led further than a gate allows", found.suite()),
        _ => {}
    }
    note(&format!("verdicts: {}", found.folder().display()));
    Ok(found.exit())
}

async fn dry_run(prober: &Prober<'_>, is_json: bool) -> Result<Exit> {
    let forecast = prober.forecast().await?;
    print(&if is_json { format!("{}\n", forecast.line()) } else { forecast_text(&forecast) })?;
    Ok(Exit::Success)
}

/// Asks, and shows how far it is.
async fn asked(config: &Config, prober: &Prober<'_>, listen: impl FnOnce()) -> Result<Probed> {
    fetch_permitted(&prober.missing().await?, config).await?;
    listen();
    let (mut progress, mut done, mut unscored) = (None::<Progress>, 0_u64, 0_u64);
    let mut told = |event: ProbeEvent<'_>| {
        match (event, &mut progress) {
            (ProbeEvent::Started { suite, model, verdicts }, _) => {
                progress = Some(Progress::start(&format!("{suite} by {model}"), Unit::Records, verdicts));
            }
            (ProbeEvent::Judged { version, outcome }, Some(progress)) => {
                done += 1;
                unscored += u64::from(outcome.score().is_none());
                let remark =
                    if unscored > 0 { format!(", {} unscored", count(unscored)) } else { String::new() };
                progress.set(done, &format!("{version}{remark}"));
            }
            _ => {}
        }
        Ok(())
    };
    prober.probe(&mut told).await
}

/// Tells why there is no report, and how to go on.
fn tell_broken(probed: &Probed) {
    let resume = resume_this_command();
    match (probed.stopped(), probed.exit()) {
        (Some(why), _) => {
            eprintln!("stopped early, since every call fails the same way: {why}");
            eprintln!("once it is mended, go on with: {resume}");
        }
        (None, Exit::Budget) => eprintln!("the budget was reached; go on with: {resume}"),
        (None, _) => eprintln!("interrupted; go on with: {resume}"),
    }
}
