//! `evenhand probe`: does the judge's verdict depend on what must not matter?

use std::path::PathBuf;

use clap::Args;

use super::args::Global;
use super::console::resume_this_command;
use super::dry_run::forecast_text;
use super::judging_args::{BudgetArgs, JudgingArgs, SelectionArgs, StrategyArgs, options};
use super::models::fetch_permitted;
use super::report_files::AnswerFiles;
use super::run::listen_for_interrupts;
use super::terminal::{Progress, Unit, note};
use super::{print, print_report};
use crate::error::Result;
use crate::report::{count, probe_answer, probe_line, probe_text};
use crate::suite::config::{Config, load};
use crate::suite::judges::Suite;
use crate::suite::{CacheUse, Exit, ProbeEvent, ProbeName, ProbeOptions, Probed, Prober, Resume, RunOptions};

#[derive(Clone, Debug, Args)]
pub(super) struct ProbeArgs {
    /// The suite.
    suite: String,
    /// The probes; by default all that say something about the judge.
    #[arg(long, value_enum, value_name = "NAME,...", value_delimiter = ',')]
    probes: Vec<ProbeName>,
    /// The judge that is probed, where the suite has several.
    #[arg(long, value_name = "NAME")]
    judge: Option<String>,
    /// In how many other orders, at most, verdicts and criteria are listed.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    orders: u32,
    /// How often the unchanged question is asked again, to tell noise from an effect.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100))]
    controls: u32,
    /// What orders are drawn by.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    judging: JudgingArgs,
    #[command(flatten)]
    strategy: StrategyArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    budget: BudgetArgs,
    /// Neither use nor keep cached replies.
    #[arg(long)]
    no_cache: bool,
    /// Ask nothing: say how many calls, tokens, dollars and minutes it would take.
    #[arg(long, conflicts_with_all = ["resume", "record"])]
    dry_run: bool,
    /// Write every reply to a file that --replay can answer from.
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    record: Option<PathBuf>,
    /// Ask no model: answer from a file that --record wrote, and from nothing else.
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    replay: Option<PathBuf>,
    /// Go on with the last probing of the suite where it was left.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    files: AnswerFiles,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

impl ProbeArgs {
    fn options(&self) -> ProbeOptions {
        ProbeOptions {
            run: RunOptions {
                strategy: self.strategy.strategy.clone(),
                record: self.record.clone(),
                resume: if self.resume { Resume::Last } else { Resume::No },
                cache: if self.no_cache { CacheUse::Ignore } else { CacheUse::Use },
                ..options(&self.judging, &self.selection, self.budget)
            },
            probes: self.probes.clone(),
            judge: self.judge.clone(),
            orders: self.orders,
            controls: self.controls,
            seed: self.seed,
            replay: self.replay.clone(),
        }
    }
}

pub(super) async fn probe(global: &Global, args: &ProbeArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let suite = Suite::open(&args.suite, &config)?;
    let options = args.options();
    let stop = options.run.stop.clone();
    let prober = Prober::new(&config, suite, options)?;
    if args.dry_run {
        return dry_run(&prober, args.json).await;
    }
    let probed = asked(&config, &prober, || listen_for_interrupts(&stop)).await?;
    let Some(report) = probed.report() else {
        tell_broken(&probed);
        return Ok(probed.exit());
    };
    args.files.write(|| probe_answer(probed.suite(), report, probed.gates()))?;
    if args.json {
        print(&format!("{}\n", probe_line(probed.suite(), report, probed.gates())))?;
    } else {
        let text = probe_text(probed.suite(), report, probed.gates(), global.detail());
        print_report(&format!("\n{text}"))?;
    }
    match probed.exit() {
        Exit::Unscored => eprintln!("too many records are unscored to judge by the rest"),
        Exit::Quality => eprintln!("{}: the judge is led further than a gate allows", probed.suite()),
        _ => {}
    }
    note(&format!("verdicts: {}", probed.folder().display()));
    Ok(probed.exit())
}

async fn dry_run(prober: &Prober<'_>, is_json: bool) -> Result<Exit> {
    let forecast = prober.forecast().await?;
    print(&if is_json {
        format!("{}\n", serde_json::to_string(&forecast).unwrap_or_default())
    } else {
        forecast_text(&forecast)
    })?;
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
