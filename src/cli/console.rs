//! Tells how runs go: progress on the standard error, results on the standard output.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::Global;
use super::run_args::RunArgs;
use super::terminal::{Progress, Unit, note, print, print_report};
use crate::error::Result;
use crate::report::{Detail, count, outcome_line, summary_line};
use crate::suite::shell::quoted;
use crate::suite::turns::name;
use crate::suite::{Ended, Exit, GateResult, GateVerdict, InOrder, JoinFaults, Outcome, Run, RunEvent};

/// How much is told of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// Its progress, and its report.
    Report(Detail),
    /// Its progress, and JSON lines.
    Lines,
    /// Its progress alone: another command tells what came of it.
    Progress,
}

/// Tells what happens to one suite after the other.
pub(super) struct Console<R> {
    told: Told,
    /// The command that goes on with a suite's run.
    resume: R,
    run: Option<Running>,
}

/// The run that goes on.
struct Running {
    suite: String,
    progress: Progress,
    in_order: InOrder,
    done: u64,
    unscored: u64,
}

impl<R: Fn(&str) -> String> Console<R> {
    /// Tells all: a report of each run, or JSON lines.
    pub(super) fn reporting(resume: R, is_json: bool, detail: Detail) -> Self {
        Self { told: if is_json { Told::Lines } else { Told::Report(detail) }, resume, run: None }
    }

    /// Tells of the progress alone.
    pub(super) fn quiet(resume: R) -> Self {
        Self { told: Told::Progress, resume, run: None }
    }

    pub(super) fn event(&mut self, event: RunEvent<'_>) -> Result<()> {
        match event {
            RunEvent::Started { suite, model, records } => {
                self.run = Some(Running {
                    suite: suite.to_owned(),
                    progress: Progress::start(&format!("{suite} by {model}"), Unit::Records, records),
                    in_order: InOrder::default(),
                    done: 0,
                    unscored: 0,
                });
                Ok(())
            }
            RunEvent::Settled(outcome) => self.settled(outcome),
            RunEvent::LeftOut(fault) => {
                if let Some(run) = &self.run {
                    run.progress.aside(|| eprintln!("left out: {fault}"));
                }
                Ok(())
            }
            RunEvent::Ended(run) => self.ended(run),
        }
    }

    fn settled(&mut self, outcome: &Outcome) -> Result<()> {
        let Some(run) = &mut self.run else {
            return Ok(());
        };
        run.done += 1;
        run.unscored += u64::from(outcome.score().is_none());
        let remark = match run.unscored {
            0 => String::new(),
            n => format!("{} unscored", count(n)),
        };
        run.progress.set(run.done, &remark);
        if self.told == Told::Lines {
            for outcome in run.in_order.push(outcome.clone()) {
                print(&format!("{}\n", outcome_line(&run.suite, &outcome)))?;
            }
        }
        Ok(())
    }

    fn ended(&mut self, run: &Run) -> Result<()> {
        let rest = self.run.take().map(|running| running.in_order.rest()).unwrap_or_default();
        match self.told {
            Told::Progress => {}
            Told::Lines => {
                for outcome in rest {
                    print(&format!("{}\n", outcome_line(&run.suite, &outcome)))?;
                }
                let folder = run.folder.display().to_string();
                let line = summary_line(&run.summary, name(&run.ended), &folder);
                print(&format!("{}\n", with_gates(line, &run.gates)))?;
            }
            Told::Report(detail) => {
                print_report(&format!("\n{}\n", run.summary.text(&run.gates, detail)))?;
            }
        }
        note(&format!("journal: {}", run.folder.join("journal.jsonl").display()));
        tell_joined(&run.joined);
        // Of records without a score the other command tells in its own words.
        let is_quiet = self.told == Told::Progress;
        let exit = if is_quiet && run.exit == Exit::Unscored { Exit::Success } else { run.exit };
        tell_ended(&run.ended, exit, &(self.resume)(&run.suite));
        // What is judged for another command is compared with its gates there.
        if !is_quiet && run.exit == Exit::Success {
            tell_gate(run);
        }
        Ok(())
    }
}

/// Tells which gate decides against a run.
fn tell_gate(run: &Run) {
    match run.open_gate() {
        Some(gate) if gate.verdict == GateVerdict::Inconclusive => {
            eprintln!(
                "{}: the gate {} is inconclusive: judge more records, or lower it",
                run.suite, gate.gate
            );
        }
        Some(gate) => eprintln!("{}: the gate {} fails", run.suite, gate.gate),
        None => {}
    }
}

/// The summary's line, with the gates where there are any.
fn with_gates(mut line: Value, held: &[GateResult]) -> Value {
    if let (Some(fields), false) = (line.as_object_mut(), held.is_empty()) {
        fields.insert("gates".into(), json!(held));
    }
    line
}

fn tell_joined(joined: &JoinFaults) {
    let tell = |what: &str, list: &[String]| {
        let shown: Vec<&str> = list.iter().take(5).map(String::as_str).collect();
        if !list.is_empty() {
            let more = if list.len() > shown.len() { ", ..." } else { "" };
            eprintln!("outputs: {} {what}: {}{more}", list.len(), shown.join(", "));
        }
    };
    tell("records have none", &joined.missing);
    tell("belong to no record", &joined.extra);
    tell("lines cannot be used", &joined.unusable);
}

fn tell_ended(ended: &Ended, exit: Exit, resume: &str) {
    match (ended, exit) {
        (Ended::StoppedEarly(why), _) => {
            eprintln!("stopped early, since every call fails the same way: {why}");
            eprintln!("once it is mended, go on with: {resume}");
        }
        (Ended::Interrupted, _) => eprintln!("interrupted; go on with: {resume}"),
        (Ended::Complete, Exit::Budget) => {
            eprintln!("the budget was reached; go on with: {resume}");
        }
        (Ended::Complete, Exit::Unscored) => eprintln!("too many records are unscored to judge by the rest"),
        _ => {}
    }
}

/// The command that goes on with a run: what decides which run it is, and nothing else.
pub(super) fn resume_command(suite: &str, args: &RunArgs, global: &Global) -> String {
    let mut command = format!("evenhand run {} --resume", quoted(suite));
    let mut add = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            command += &format!(" {flag} {}", quoted(&value));
        }
    };
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    add("--config", path(&global.config));
    add("--state-dir", path(&global.state_dir));
    for results in &args.import_batch {
        add("--import-batch", Some(results.display().to_string()));
    }
    add("--record", path(&args.record));
    add("--model", args.judging.model.clone());
    for (judge, model) in &args.judge_models.judge_model {
        add("--judge-model", Some(format!("{judge}={model}")));
    }
    add("--outputs", path(&args.judging.outputs));
    add("--record-outputs", path(&args.record_outputs));
    add("--reading", args.judging.reading.map(|reading| reading.name().to_owned()));
    add("--strategy", args.strategy.strategy.as_ref().map(ToString::to_string));
    add("--samples", args.samples.map(|samples| samples.to_string()));
    add("--orders", args.orders.map(|orders| orders.name().to_owned()));
    add("--repeats", args.repeats.map(|repeats| repeats.to_string()));
    add("--limit", args.selection.limit.map(|limit| limit.to_string()));
    for filter in &args.selection.filter {
        add("--filter", Some(filter.clone()));
    }
    command
}
