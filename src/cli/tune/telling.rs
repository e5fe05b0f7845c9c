//! How a tuning goes, told while it goes, and why it ended.

use super::account::{Account, Shown};
use super::estimate::{calls, tokens};
use super::folder::TuneFolder;
use super::forecast::{Expected, Forecaster};
use super::rates::Rates;
use crate::cli::progress::{Progress, Unit};
use crate::error::Result;
use crate::optimizer::{Event, Part, Reply, SearchEnd, Spending};
use crate::report::{count, duration};
use crate::suite::Exit;
use crate::suite::shell::quoted;

/// Tells how a search goes, and writes it down.
pub(super) struct Telling<'a> {
    folder: &'a mut TuneFolder,
    forecaster: &'a Forecaster<'a>,
    earlier: &'a Rates,
    progress: Progress,
    done: u64,
    best: String,
    account: Account,
    shown: Shown,
    /// What was expected once the baseline had been judged.
    sharper: Option<Spending>,
}

impl<'a> Telling<'a> {
    pub(super) fn new(
        folder: &'a mut TuneFolder,
        forecaster: &'a Forecaster<'a>,
        earlier: &'a Rates,
        most: u64,
    ) -> Self {
        let what = format!("{}, tuning, judgments at most", forecaster.setup.suite);
        Self {
            folder,
            forecaster,
            earlier,
            progress: Progress::start(&what, Unit::Records, most),
            done: 0,
            best: String::new(),
            account: Account::new(forecaster.prices.clone()),
            shown: Shown::new(!forecaster.args.resume),
            sharper: None,
        }
    }

    pub(super) fn hear(&mut self, event: Event<'_>) -> Result<()> {
        self.folder.note(event)?;
        match event {
            Event::Judged { place, model, part, id, reply } => {
                self.done += 1;
                self.account.add(part, model, reply);
                if (place, part) == (0, Part::Validation) {
                    self.show(id, reply);
                }
                let remark = if part == Part::Test { "testing" } else { self.best.as_str() };
                self.progress.set(self.done, remark);
            }
            Event::Finished { place, worth, best } => {
                if let Some(worth) = worth.filter(|_| place == best) {
                    let whose =
                        if best == 0 { "the baseline's".into() } else { format!("candidate {best}'s") };
                    self.best = format!("best so far {worth:.2}, {whose}");
                }
                if place == 0 {
                    self.sharpen()?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn show(&mut self, id: &str, reply: &Reply) {
        let validation = &self.forecaster.setup.learning.validation;
        if let Some(example) = validation.iter().find(|example| example.id == id) {
            let bytes = self.forecaster.sizes.of(self.forecaster.context.spec, example);
            self.shown.add(example, reply, bytes);
        }
    }

    /// Expects anew, now that the baseline has been judged.
    fn sharpen(&mut self) -> Result<()> {
        let at_once = self.forecaster.at_once.min(self.forecaster.options.block);
        let rates = self.shown.rates(self.earlier, at_once);
        let expected = self.forecaster.expected(&self.shown.errors(), &rates, self.shown.reasons())?;
        let line = sharper_text(&expected, self.account.calls());
        self.progress.aside(|| eprintln!("{line}"));
        self.sharper = Some(expected.all);
        Ok(())
    }

    /// What was spent, and what was expected once the baseline had been judged.
    pub(super) fn ended(self) -> (Spending, Option<Spending>) {
        (self.account.spent(), self.sharper)
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of calls are far below 2^53")]
fn sharper_text(expected: &Expected, done: u64) -> String {
    let Expected { all, .. } = expected;
    let left = all.calls.saturating_sub(done);
    let cost = all.cost_usd.map_or_else(String::new, |cost| format!(", ${cost:.4}"));
    let share = left as f64 / all.calls.max(1) as f64;
    let time = all.seconds.map_or_else(String::new, |all| format!("; about {} to go", duration(all * share)));
    format!(
        "the baseline is judged: about {} calls in all, {} of them still to come; tokens: {}{cost}{time}",
        calls(expected),
        count(left),
        tokens(all)
    )
}

/// Tells why a tuning ended before its time, and how to go on.
pub(super) fn broken_off(end: &SearchEnd, folder: &TuneFolder) -> Exit {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--resume").collect();
    let words: Vec<String> = words.iter().map(|word| quoted(word).into_owned()).collect();
    eprintln!("log: {}", folder.path.display());
    let (what, exit) = match end {
        SearchEnd::Budget(why) => (format!("the budget was reached: {why}"), Exit::Budget),
        SearchEnd::StoppedEarly(why) => {
            (format!("stopped early, since every call fails the same way: {why}"), Exit::Unscored)
        }
        _ => ("interrupted".to_owned(), Exit::Interrupted),
    };
    eprintln!("{what}\ngo on with: evenhand {} --resume", words.join(" "));
    exit
}
