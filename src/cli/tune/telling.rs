//! How a tuning goes, told while it goes, and why it ended.

use super::folder::TuneFolder;
use crate::cli::exit::Exit;
use crate::cli::progress::{Progress, Unit};
use crate::cli::teller::quoted;
use crate::error::Result;
use crate::optimizer::{Event, Part, SearchEnd};

/// Tells how a search goes, and writes it down.
pub(super) struct Telling<'a> {
    folder: &'a mut TuneFolder,
    progress: Progress,
    done: u64,
    best: String,
}

impl<'a> Telling<'a> {
    pub(super) fn new(folder: &'a mut TuneFolder, suite: &str, most: u64) -> Self {
        let progress = Progress::start(&format!("{suite}, tuning, judgments at most"), Unit::Records, most);
        Self { folder, progress, done: 0, best: String::new() }
    }

    pub(super) fn hear(&mut self, event: Event<'_>) -> Result<()> {
        self.folder.note(event)?;
        match event {
            Event::Judged { part, .. } => {
                self.done += 1;
                let remark = if part == Part::Test { "testing" } else { self.best.as_str() };
                self.progress.set(self.done, remark);
            }
            Event::Finished { place, worth: Some(worth), best } if place == best => {
                self.best = format!("best so far {worth:.2} (candidate {best})");
            }
            _ => {}
        }
        Ok(())
    }
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
    eprintln!("{what}\ngo on with: karat {} --resume", words.join(" "));
    exit
}
