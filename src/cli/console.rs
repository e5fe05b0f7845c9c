//! Tells how a run goes: progress on the standard error, results on the standard output.

use std::borrow::Cow;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::{Global, RunArgs};
use super::config::Inconclusive;
use super::exit::Exit;
use super::judges::Suite;
use super::print;
use super::progress::{Progress, Unit};
use super::summary_file::SummaryFile;
use crate::error::Result;
use crate::eval::{Ended, Event, InOrder, Journal, Outcome, Panel};
use crate::golden::{GateResult, GateVerdict, Latencies, gates};
use crate::judge::Reason;
use crate::model::Price;
use crate::report::{count, gates_text, outcome_line, summary_line, summary_text};
use crate::subject::JoinFaults;
use crate::summary::{Summary, Tally};

/// The share of unscored records above which the rest no longer counts.
pub(super) const MAX_UNSCORED: f64 = 0.1;

/// How much is told of a run.
#[derive(Clone, Debug)]
pub(super) enum Say {
    /// Its progress, and its report or its lines.
    Report,
    /// Its progress alone.
    Progress {
        /// The command that goes on with it.
        resume: String,
    },
}

/// Tells what happens: progress on the standard error, results on the standard output.
pub(super) struct Console<'a> {
    suite: &'a Suite,
    args: &'a RunArgs,
    resume: String,
    reports: bool,
    tally: Tally,
    progress: Progress,
    in_order: InOrder,
    total: u64,
    done: u64,
    unscored: u64,
    latencies: Latencies,
}

impl<'a> Console<'a> {
    pub(super) fn new(
        suite: &'a Suite,
        panel: &Panel,
        args: &'a RunArgs,
        total: u64,
        global: &Global,
        price: Option<Price>,
    ) -> Self {
        let what = format!("{} by {}", suite.name, panel.model());
        Self {
            suite,
            args,
            resume: resume_command(&suite.name, args, global),
            reports: true,
            tally: Tally::new(&suite.name, panel).priced(price).showing(suite.file.show.iter().cloned()),
            progress: Progress::start(&what, Unit::Records, total),
            in_order: InOrder::default(),
            total,
            done: 0,
            unscored: 0,
            latencies: Latencies::default(),
        }
    }

    /// Tells no more than this.
    pub(super) fn saying(mut self, say: &Say) -> Self {
        if let Say::Progress { resume } = say {
            self.resume.clone_from(resume);
            self.reports = false;
        }
        self
    }

    pub(super) fn event(&mut self, event: Event<'_>) -> Result<()> {
        match event {
            Event::Settled(outcome) => self.settled(outcome),
            Event::Skipped(fault) => {
                self.tally.skip();
                self.progress.aside(|| eprintln!("left out: {fault}"));
                Ok(())
            }
        }
    }

    pub(super) fn settled(&mut self, outcome: &Outcome) -> Result<()> {
        self.tally.add(outcome);
        self.latencies.add(outcome, &self.suite.file.gates);
        self.done += 1;
        self.unscored += u64::from(outcome.score().is_none());
        let remark = match self.unscored {
            0 => String::new(),
            n => format!("{} unscored", count(n)),
        };
        self.progress.set(self.done, &remark);
        if self.args.json {
            for outcome in self.in_order.push(outcome.clone()) {
                print(&format!("{}\n", outcome_line(&self.suite.name, &outcome)))?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        ended: &Ended,
        wall_s: f64,
        journal: &Journal,
        joined: &JoinFaults,
    ) -> Result<Exit> {
        let mut summary = self.tally.summary(wall_s);
        summary.pending = self.total.saturating_sub(self.done);
        let exit = exit(ended, &summary, self.suite.file.max_unscored.unwrap_or(MAX_UNSCORED));
        let held = gates(&self.suite.file.gates, &summary, self.latencies);
        let rest = std::mem::take(&mut self.in_order).rest();
        let Self { suite, args, resume, progress, reports, .. } = self;
        drop(progress);
        if !reports {
            // Another command tells what came of it.
        } else if args.json {
            for outcome in rest {
                print(&format!("{}\n", outcome_line(&suite.name, &outcome)))?;
            }
            let journal = journal.folder().display().to_string();
            print(&format!("{}\n", with_gates(summary_line(&summary, name(ended), &journal), &held)))?;
        } else {
            print(&format!("\n{}{}\n", summary_text(&summary), gates_text(&held)))?;
        }
        eprintln!("journal: {}", journal.folder().join("journal.jsonl").display());
        SummaryFile::new(name(ended), Some(exit), suite.file.pass_at, summary).write(journal.folder())?;
        tell_joined(joined);
        // Of records without a score the other command tells in its own words.
        tell_ended(ended, if reports || exit != Exit::Unscored { exit } else { Exit::Success }, &resume);
        // What is judged for another command is held against its gates there.
        Ok(if reports && exit == Exit::Success { gated(&held, suite) } else { exit })
    }
}

/// How a whole run ends by its gates.
fn gated(held: &[GateResult], suite: &Suite) -> Exit {
    let any = |verdict| held.iter().find(|gate| gate.verdict == verdict);
    if let Some(failed) = any(GateVerdict::Fails) {
        eprintln!("{}: the gate {} fails", suite.name, failed.gate);
        return if failed.gate == "max_unscored" { Exit::Unscored } else { Exit::Quality };
    }
    let passes = suite.file.golden.inconclusive == Inconclusive::Pass;
    if let Some(open) = any(GateVerdict::Inconclusive).filter(|_| !passes) {
        eprintln!("{}: the gate {} is inconclusive: judge more records, or lower it", suite.name, open.gate);
        return Exit::Inconclusive;
    }
    Exit::Success
}

/// The summary's line, with the gates where there are any.
fn with_gates(mut line: Value, held: &[GateResult]) -> Value {
    if let (Some(fields), false) = (line.as_object_mut(), held.is_empty()) {
        fields.insert("gates".into(), json!(held));
    }
    line
}

fn name(ended: &Ended) -> &'static str {
    match ended {
        Ended::Complete => "complete",
        Ended::Interrupted => "interrupted",
        Ended::StoppedEarly(_) => "stopped_early",
    }
}

pub(super) fn exit(ended: &Ended, summary: &Summary, max_unscored: f64) -> Exit {
    match ended {
        Ended::Interrupted => return Exit::Interrupted,
        Ended::StoppedEarly(_) => return Exit::Unscored,
        Ended::Complete => {}
    }
    if summary.unscored.contains_key(&Reason::Budget) {
        return Exit::Budget;
    }
    let unscored = summary.scored.complement().unwrap_or(1.0);
    if summary.scored.count == 0 || unscored > max_unscored { Exit::Unscored } else { Exit::Success }
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
fn resume_command(suite: &str, args: &RunArgs, global: &Global) -> String {
    let mut command = format!("evenhand run {} --resume", quoted(suite));
    let mut add = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            command += &format!(" {flag} {}", quoted(&value));
        }
    };
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    add("--config", path(&global.config));
    add("--state-dir", path(&global.state_dir));
    add("--record", path(&args.record));
    add("--model", args.judging.model.clone());
    add("--outputs", path(&args.judging.outputs));
    add("--record-outputs", path(&args.record_outputs));
    add("--reading", args.judging.reading.map(|reading| reading.name().to_owned()));
    add("--samples", args.samples.map(|samples| samples.to_string()));
    add("--repeats", args.repeats.map(|repeats| repeats.to_string()));
    add("--limit", args.selection.limit.map(|limit| limit.to_string()));
    for filter in &args.selection.filter {
        add("--filter", Some(filter.clone()));
    }
    command
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,+@=%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Reason;
    use crate::summary::Rate;

    fn summary(scored: u64, n: u64) -> Summary {
        let mut summary = Tally::new("s", &Panel::default()).summary(0.0);
        summary.scored = Rate::of(scored, n);
        summary
    }

    #[test]
    fn the_limit_on_unscored_records_is_itself_allowed() {
        for (scored, n, limit) in [(7, 10, 0.3), (71, 100, 0.29), (9, 10, 0.1), (10, 10, 0.0)] {
            let ends = |scored| exit(&Ended::Complete, &summary(scored, n), limit);
            assert_eq!(ends(scored), Exit::Success, "{scored} of {n}");
            assert_eq!(ends(scored - 1), Exit::Unscored, "{scored} of {n}, less one");
        }
    }

    #[test]
    fn a_run_without_any_score_is_no_success_and_a_budget_is_named_first() {
        assert_eq!(exit(&Ended::Complete, &summary(0, 5), 1.0), Exit::Unscored);
        assert_eq!(exit(&Ended::Complete, &summary(0, 0), 1.0), Exit::Unscored);
        let mut stopped = summary(1, 5);
        stopped.unscored.insert(Reason::Budget, 4);
        assert_eq!(exit(&Ended::Complete, &stopped, 0.0), Exit::Budget);
        assert_eq!(exit(&Ended::Interrupted, &stopped, 0.0), Exit::Interrupted);
    }
}
