//! `evenhand score`.

use std::collections::BTreeMap;

use super::args::{Global, ScoreArgs};
use super::{print, print_report};
use crate::error::Result;
use crate::report::{Detail, outcome_line, summary_line};
use crate::suite::config::load;
use crate::suite::score::{names, score as score_one};
use crate::suite::{Exit, InOrder, Outcome, ScoreEvent, ScoreOptions, ScoredRun};

pub(super) fn score(global: &Global, args: &ScoreArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let options = ScoreOptions { replies: args.replies.clone(), filters: args.filter.clone() };
    let mut exit = Exit::Success;
    for name in names(&config, args.suite.as_deref(), args.replies.as_deref())? {
        let mut shown =
            Shown { name: &name, is_json: args.json, detail: global.detail(), in_order: BTreeMap::new() };
        let runs = score_one(&config, &name, &options, &mut |event| shown.event(event))?;
        exit = runs.iter().map(ScoredRun::exit).fold(exit, Exit::max);
    }
    Ok(exit)
}

/// Tells what comes of one table's judgments.
struct Shown<'a> {
    name: &'a str,
    is_json: bool,
    detail: Detail,
    /// By judge, what waits for an outcome before it.
    in_order: BTreeMap<String, InOrder>,
}

impl Shown<'_> {
    fn event(&mut self, event: ScoreEvent<'_>) -> Result<()> {
        match event {
            ScoreEvent::Settled(outcome) if self.is_json => {
                let in_order = self.in_order.entry(outcome.model.clone()).or_default();
                let next = in_order.push(outcome.clone());
                self.outcomes(next)
            }
            ScoreEvent::Settled(_) => Ok(()),
            ScoreEvent::LeftOut(fault) => {
                eprintln!("left out: replies line {}: {} ({})", fault.line, fault.problem, fault.file);
                Ok(())
            }
            ScoreEvent::Ended(run) => self.ended(run),
        }
    }

    fn ended(&mut self, run: &ScoredRun) -> Result<()> {
        let summary = run.summary();
        let folder = run.folder();
        if self.is_json {
            let rest = self.in_order.remove(&summary.model).map(InOrder::rest).unwrap_or_default();
            self.outcomes(rest)?;
            let journal = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
            print(&format!("{}\n", summary_line(summary, "complete", &journal)))?;
        } else {
            print_report(&format!("\n{}\n", summary.text(&[], self.detail)))?;
        }
        if let Some(folder) = folder {
            eprintln!("journal: {}", folder.join("journal.jsonl").display());
        }
        if run.exit() == Exit::Unscored {
            eprintln!("{}: too many records are unscored to judge by the rest", summary.model);
        }
        Ok(())
    }

    fn outcomes(&self, outcomes: Vec<Outcome>) -> Result<()> {
        for outcome in outcomes {
            print(&format!("{}\n", outcome_line(self.name, &outcome)))?;
        }
        Ok(())
    }
}
