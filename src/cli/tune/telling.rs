//! How a tuning goes, told while it goes, and why it ended.

use std::path::Path;

use super::args::TuneArgs;
use super::estimate::{calls, tokens};
use crate::cli::output::print;
use crate::cli::progress::{Progress, Unit};
use crate::cli::report_files::write;
use crate::cli::run::listen_for_interrupts;
use crate::error::Result;
use crate::report::{count, duration, tune_html, tune_line, tune_text};
use crate::suite::shell::quoted;
use crate::suite::tune::{Event, Part, SearchEnd, Stop, TuneEvent, TunePage, Tuned, Used, difference};

/// Tells how a tuning goes.
pub(super) struct Telling<'a> {
    args: &'a TuneArgs,
    stop: &'a Stop,
    progress: Option<Progress>,
    done: u64,
    best: String,
}

impl<'a> Telling<'a> {
    pub(super) fn new(args: &'a TuneArgs, stop: &'a Stop) -> Self {
        Self { args, stop, progress: None, done: 0, best: String::new() }
    }

    pub(super) fn hear(&mut self, event: TuneEvent<'_>) -> Result<()> {
        match event {
            TuneEvent::Started { suite, most, .. } => {
                listen_for_interrupts(self.stop);
                let what = format!("{suite}, tuning, judgments at most");
                self.progress = Some(Progress::start(&what, Unit::Records, most.calls));
            }
            TuneEvent::Search(event) => self.search(event),
            TuneEvent::BaselineJudged { expected, range, done } => {
                let line = sharper_text(&expected, range, done);
                if let Some(progress) = &self.progress {
                    progress.aside(|| eprintln!("{line}"));
                }
            }
            TuneEvent::Asked(_) => self.progress = None,
            TuneEvent::Found { page, folder } => tell(page, folder, self.args)?,
        }
        Ok(())
    }

    fn search(&mut self, event: Event<'_>) {
        match event {
            Event::Judged { part, .. } => {
                self.done += 1;
                let remark = if part == Part::Test { "testing" } else { self.best.as_str() };
                if let Some(progress) = &mut self.progress {
                    progress.set(self.done, remark);
                }
            }
            Event::Finished { place, worth, best } => {
                if let Some(worth) = worth.filter(|_| place == best) {
                    let whose =
                        if best == 0 { "the baseline's".into() } else { format!("candidate {best}'s") };
                    self.best = format!("best so far {worth:.2}, {whose}");
                }
            }
            _ => {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of calls are far below 2^53")]
fn sharper_text(expected: &Used, range: [u64; 2], done: u64) -> String {
    let left = expected.calls.saturating_sub(done);
    let cost = expected.cost_usd.map_or_else(String::new, |cost| format!(", ${cost:.4}"));
    let share = left as f64 / expected.calls.max(1) as f64;
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
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--resume").collect();
    let words: Vec<String> = words.iter().map(|word| quoted(word).into_owned()).collect();
    eprintln!("log: {}", tuned.folder().display());
    let what = match tuned.end() {
        SearchEnd::Budget(why) => format!("the budget was reached: {why}"),
        SearchEnd::StoppedEarly(why) => {
            format!("stopped early, since every call fails the same way: {why}")
        }
        _ => "interrupted".to_owned(),
    };
    eprintln!("{what}\ngo on with: evenhand {} --resume", words.join(" "));
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
