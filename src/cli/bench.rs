//! `evenhand bench`: models, strategies and options measured side by side.

use super::args::Global;
use super::bench_args::BenchArgs;
use super::command_line::resume_this_command;
use super::dry_run::bench_dry_run;
use super::models::fetch_permitted;
use super::report_files::write;
use super::terminal::{Progress, Unit, listen_for_interrupts, note};
use super::{print, print_report};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{
    bench_comparison_json, bench_comparison_text, bench_csv, bench_html, bench_json, bench_markdown,
    bench_text,
};
use crate::suite::Exit;
use crate::suite::bench::{Bench, BenchEnd, BenchEvent, Work, compare, figures, imported, named};
use crate::suite::config::{Config, load, load_or_default};

pub(super) async fn bench(global: &Global, args: &BenchArgs) -> Result<Exit> {
    if let [word, old, new] = args.what.as_slice()
        && word == "compare"
    {
        return compared(global, args, [old, new]);
    }
    if !args.import.is_empty() {
        return told(imported(&args.import, args.limits(), args.volume())?, args, global);
    }
    if let Some(name) = &args.from {
        let config = load_or_default(&global.folders())?;
        let folder = named(&config, args.what.first().map(String::as_str), name)?;
        return told(figures(&folder, args.limits(), args.volume())?, args, global);
    }
    let config = load(&global.folders())?;
    let request = args.request()?;
    let work = Work::new(args.suite()?, &config, &request)?;
    if args.dry_run {
        return bench_dry_run(&work, args.json).await;
    }
    let (bench, end) = measured(&work, &config, args).await?;
    let exit = told(bench, args, global)?;
    let broken_off = match end {
        BenchEnd::Complete => return Ok(exit),
        BenchEnd::Interrupted => ("interrupted", Exit::Interrupted),
        BenchEnd::Budget => ("the budget was reached", Exit::Budget),
    };
    eprintln!("{}; go on with: {}", broken_off.0, resume_this_command());
    Ok(broken_off.1)
}

/// Measures.
async fn measured(work: &Work<'_>, config: &Config, args: &BenchArgs) -> Result<(Bench, BenchEnd)> {
    fetch_permitted(&work.missing_models().await?, config).await?;
    listen_for_interrupts(work.stop());
    let mut telling = Telling::default();
    let (calls, end) = work.run(&mut |event| telling.hear(event)).await?;
    drop(telling);
    note(&format!("calls: {}", calls.folder.join("calls.jsonl").display()));
    Ok((figures(&calls.folder, args.limits(), args.volume())?, end))
}

/// Two benches that are there, compared.
fn compared(global: &Global, args: &BenchArgs, names: [&String; 2]) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    let open = |name: &str| figures(&named(&config, None, name)?, args.limits(), args.volume());
    let [old, new] = names;
    let (old, new) = (open(old)?, open(new)?);
    let compared = compare(&old, &new);
    if args.json {
        print(&format!("{}\n", bench_comparison_json(&old, &new, &compared)))?;
    } else {
        print_report(&format!("\n{}", bench_comparison_text(&old, &new, &compared)))?;
    }
    Ok(Exit::Success)
}

/// Prints and writes what came of it. Gives the exit code.
fn told(bench: Bench, args: &BenchArgs, global: &Global) -> Result<Exit> {
    let bench = &bench.showing(&args.show).map_err(|record| {
        Error::new(ErrorKind::Usage, format!("no record of the bench is called `{record}`"))
            .help("its calls.jsonl names every record that was judged")
    })?;
    if args.json {
        print(&format!("{}\n", bench_json(bench)?))?;
    } else {
        print_report(&format!("\n{}", bench_text(bench, global.detail(), args.show.len())))?;
    }
    write(args.files.html.as_deref(), || bench_html(bench))?;
    write(args.files.markdown.as_deref(), || Ok(bench_markdown(bench)))?;
    write(args.files.csv.as_deref(), || Ok(bench_csv(bench)))?;
    write(args.files.json_report.as_deref(), || Ok(bench_json(bench)? + "\n"))?;
    Ok(match (bench.is_measured(), bench.limits.any() && bench.choice.within.is_empty()) {
        (false, _) => Exit::Unscored,
        (true, true) => Exit::Quality,
        (true, false) => Exit::Success,
    })
}

/// Tells how far it is.
#[derive(Default)]
struct Telling {
    progress: Option<Progress>,
    done: u64,
    cell: String,
    best: String,
}

impl Telling {
    #[expect(clippy::unnecessary_wraps, reason = "as listeners are")]
    fn hear(&mut self, event: BenchEvent<'_>) -> Result<()> {
        match event {
            BenchEvent::Started { records, done } => {
                self.done = done;
                self.progress = Some(Progress::start("bench", Unit::Records, records));
            }
            BenchEvent::Block { cell } => cell.clone_into(&mut self.cell),
            BenchEvent::Judged => self.done += 1,
            BenchEvent::BestSoFar(best) => best.clone_into(&mut self.best),
            BenchEvent::GivenUp { cell, why } => {
                if let Some(progress) = &self.progress {
                    progress
                        .aside(|| eprintln!("{cell}: given up, since every call fails the same way: {why}"));
                }
            }
        }
        let remark = [self.cell.as_str(), self.best.as_str()];
        let remark: Vec<&str> = remark.into_iter().filter(|part| !part.is_empty()).collect();
        if let Some(progress) = &mut self.progress {
            progress.set(self.done, &remark.join("; "));
        }
        Ok(())
    }
}
