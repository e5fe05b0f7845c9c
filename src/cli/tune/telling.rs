//! What a tuning would take, in words; how it goes, told while it goes; and why it ended.

use std::path::Path;

use super::args::TuneArgs;
use crate::cli::command_line::resume_this_command;
use crate::cli::report_files::write;
use crate::cli::terminal::listen_for_interrupts;
use crate::cli::terminal::{Progress, Unit, print, print_report};
use crate::error::Result;
use crate::number::real;
use crate::report::{Advice, Detail, count, count_of, duration, tune_line};
use crate::suite::tune::{Finished, SearchEnd, Stop, TuneEstimate, TuneEvent, TuneSpending, Tuned};

pub(super) fn estimate_text(estimate: &TuneEstimate) -> String {
    let TuneEstimate { suite, model, optimizer, parts: [train, validation, test], .. } = estimate;
    let (expected, most) = (&estimate.expected, &estimate.most);
    let models: Vec<&str> = std::iter::once(model).chain(&estimate.also_for).map(String::as_str).collect();
    let mut lines = format!("{suite}: tuned by {optimizer}, judged by {}\n", models.join(" and "));
    let mut row = |name: &str, what: &str| lines += &format!("  {name:<9} {what}\n");
    row("records", &format!("{train} to learn from, {validation} to compare on, {test} to test on"));
    row("tried", &format!("{} at most, and the baseline", count_of(estimate.candidates, "candidate")));
    let budget = if most.all.calls < most.calls.iter().sum() { ", where it ends" } else { "" };
    row(
        "calls",
        &format!("about {}; at most {}{budget}", calls(&expected.all, expected.range), count(most.all.calls)),
    );
    let [demos, compare, tests] = expected.calls.map(count);
    row("", &format!("about {demos} for demos and instructions, {compare} to compare, {tests} to test"));
    row("tokens", &format!("about {}; at most {}", tokens(&expected.all), tokens(&most.all)));
    row("cost", &cost(&expected.all, &most.all));
    match expected.all.seconds {
        Some(seconds) => row(
            "time",
            &format!("about {}, as {} earlier calls took", duration(seconds), count(estimate.measured_calls)),
        ),
        None => {
            row("time", "unknown until the baseline is judged: no earlier run of this model to measure by");
        }
    }
    lines += &format!(
        "  The expected figures are of {} simulated searches; the range is for candidates that differ much or little. Answers that are asked for again cost more, cached ones nothing.\n",
        estimate.rehearsals
    );
    lines
}

/// Calls in words, and how many they may be by how far the candidates lie apart.
pub(super) fn calls(expected: &TuneSpending, range: [u64; 2]) -> String {
    let calls = count(expected.calls);
    match range {
        [low, high] if low == high => calls,
        [low, high] => format!("{calls} ({} to {})", count(low), count(high)),
    }
}

fn cost(expected: &TuneSpending, most: &TuneSpending) -> String {
    match (expected.cost_usd, most.cost_usd) {
        (Some(cost), Some(most)) => format!("about ${cost:.4}; at most ${most:.4}"),
        (None, Some(most)) => format!("at most ${most:.4}"),
        _ => "unknown: the model has no price in evenhand.toml".into(),
    }
}

/// Tokens in words.
pub(super) fn tokens(spending: &TuneSpending) -> String {
    let prompts = spending.prompt_tokens.map_or_else(|| "unknown".into(), count);
    match spending.completion_tokens {
        Some(answers) => format!("{prompts} in prompts and {} in answers", count(answers)),
        None => format!("{prompts} in prompts, answers not measured yet"),
    }
}

/// Tells how a tuning goes.
pub(super) struct Telling<'a> {
    /// Tells what was found.
    found: &'a dyn Fn(Finished) -> Result<()>,
    stop: &'a Stop,
    progress: Option<Progress>,
    done: u64,
    best: String,
}

impl<'a> Telling<'a> {
    pub(super) fn new(found: &'a dyn Fn(Finished) -> Result<()>, stop: &'a Stop) -> Self {
        Self { found, stop, progress: None, done: 0, best: String::new() }
    }

    pub(super) fn hear(&mut self, event: TuneEvent<'_>) -> Result<()> {
        match event {
            TuneEvent::Started { suite, most, .. } => {
                listen_for_interrupts(self.stop);
                let what = format!("{suite}, tuning, judgments at most");
                self.progress = Some(Progress::start(&what, Unit::Records, most.calls));
            }
            TuneEvent::Judged { is_test, .. } => {
                self.done += 1;
                let remark = if is_test { "testing" } else { self.best.as_str() };
                if let Some(progress) = &mut self.progress {
                    progress.set(self.done, remark);
                }
            }
            TuneEvent::Dropped { .. } => {}
            TuneEvent::Finished { candidate, worth, best } => {
                if let Some(worth) = worth.filter(|_| candidate == best) {
                    let whose =
                        if best == 0 { "the baseline's".into() } else { format!("candidate {best}'s") };
                    self.best = format!("best so far {worth:.2}, {whose}");
                }
            }
            TuneEvent::BaselineJudged { expected, range, done } => {
                let line = sharper_text(&expected, range, done);
                if let Some(progress) = &self.progress {
                    progress.aside(|| eprintln!("{line}"));
                }
            }
            TuneEvent::Asked(_) => self.progress = None,
            TuneEvent::Found { page, folder } => {
                (self.found)(Finished { page: page.clone(), folder: folder.to_owned() })?;
            }
        }
        Ok(())
    }
}

fn sharper_text(expected: &TuneSpending, range: [u64; 2], done: u64) -> String {
    let left = expected.calls.saturating_sub(done);
    let cost = expected.cost_usd.map_or_else(String::new, |cost| format!(", ${cost:.4}"));
    let share = real(left) / real(expected.calls.max(1));
    let time =
        expected.seconds.map_or_else(String::new, |all| format!("; about {} to go", duration(all * share)));
    format!(
        "the baseline is judged: about {} calls in all, {} of them still to come; tokens: {}{cost}{time}",
        calls(expected, range),
        count(left),
        tokens(expected)
    )
}

/// Tells why a tuning ended before its time, and how to go on.
pub(super) fn broken_off(tuned: &Tuned) {
    eprintln!("log: {}", tuned.folder().display());
    let what = match tuned.end() {
        SearchEnd::Budget(why) => format!("the budget was reached: {why}"),
        SearchEnd::StoppedEarly(why) => {
            format!("stopped early, since every call fails the same way: {why}")
        }
        _ => "interrupted".to_owned(),
    };
    eprintln!("{what}\ngo on with: {}", resume_this_command());
}

/// Tells what was found, and what to do: as a page where one is wished, and as text unless a page is all that is wished.
pub(super) fn tell(tuning: &Finished, advice: &Advice, args: &TuneArgs, detail: Detail) -> Result<()> {
    let (page, html) = (&tuning.page, args.html.as_deref());
    write(html, || page.html(tuning.difference().as_deref(), advice))?;
    if html.is_some_and(|path| args.report.is_some() || path == Path::new("-")) {
        return Ok(());
    }
    if args.json {
        return print(&format!("{}\n", tune_line(page)));
    }
    print_report(&format!("{}\n{}", page.text(detail), advice.text()))
}
