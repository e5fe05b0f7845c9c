//! Finds the JSON in a reply: past thinking, prose and fences, every object that stands in no string of another.

use super::contract::Contract;
use super::lenient::{Broken, Quoting, Reading, Start, read};
use super::outside;
use super::thinking::{self, Mark};
use std::collections::VecDeque;
use std::ops::Range;

/// Only so many objects, the last ones, are candidates.
const CANDIDATES: usize = 32;
/// How many times its own length a text may be read in all; beyond that the search stops.
const EFFORT: usize = 12;
/// What may be read beyond that, in bytes, so that no ordinary reply comes near the limit.
const SPARE_EFFORT: usize = 1 << 20;

/// A first key, with its colon, is looked for in so many bytes.
const FIRST_KEY: usize = 96;
/// An object is looked for in so many characters of a list.
const LIST_OPENING: usize = 64;

/// An object or list found in the text.
#[derive(Debug, Clone)]
pub(crate) struct FoundValue {
    pub(crate) start: usize,
    pub(crate) reading: Reading,
    /// An object before it could not be read to its end, and may still be open here.
    pub(crate) after_broken: bool,
}

/// What a search found.
#[derive(Debug, Default)]
pub(crate) struct FoundValues {
    /// In the order of the text.
    pub(crate) candidates: VecDeque<FoundValue>,
    /// The stretches of the text that are thinking.
    pub(crate) thinking: Vec<Range<usize>>,
    /// The last thing that looked like JSON and could not be read.
    pub(crate) broken: Option<Broken>,
    /// Something that began like an answer could not be read, or contradicted itself; it may still be open.
    pub(crate) begun: bool,
    /// JSON stood in the thinking.
    pub(crate) in_thinking: bool,
}

/// Searches the whole text.
pub(crate) fn find(text: &str, contract: &Contract) -> FoundValues {
    let found = Search::new(text, contract, 0).run();
    let Some((at, end)) = lone_close(text) else {
        return found;
    };
    let in_string = |candidate: &FoundValue| {
        candidate.start < at && at < candidate.reading.end && candidate.reading.repairs.list().is_empty()
    };
    if starts_with_json(text) || found.candidates.iter().any(in_string) {
        return found;
    }
    Search::new(text, contract, end).run()
}

/// The first mark that ends thinking which no mark began, as models leave it whose template begins the thinking.
fn lone_close(text: &str) -> Option<(usize, usize)> {
    let (at, end) = thinking::next_close(text, 0)?;
    let before = text.get(..at)?;
    let opened = before
        .match_indices(['<', '[', '◁'])
        .any(|(at, _)| matches!(thinking::mark_at(text, at), Some(Mark::Open(_))));
    (!opened).then_some((at, end))
}

fn starts_with_json(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('{') || text.starts_with('[') || text.starts_with("```")
}

/// One walk over the text.
struct Search<'t> {
    text: &'t str,
    contract: &'t Contract,
    at: usize,
    effort: usize,
    closes_left: bool,
    found: FoundValues,
}

impl<'t> Search<'t> {
    /// A walk from this byte on; what stands before it is thinking.
    fn new(text: &'t str, contract: &'t Contract, from: usize) -> Self {
        let mut search =
            Self { text, contract, at: from, effort: 0, closes_left: true, found: FoundValues::default() };
        if from > 0 {
            search.think(0..from);
            search.found.in_thinking = text.get(..from).is_some_and(|before| before.contains('{'));
        }
        search
    }

    fn run(mut self) -> FoundValues {
        self.first_key();
        while let Some(next) = self.rest().find(['{', '[', '<', '◁']) {
            self.at += next;
            if self.effort > EFFORT.saturating_mul(self.text.len()).saturating_add(SPARE_EFFORT) {
                break;
            }
            match thinking::mark_at(self.text, self.at) {
                Some(Mark::Open(end)) => self.open(end),
                Some(Mark::Close(end)) => self.close(end),
                None => self.attempt(),
            }
        }
        self.found
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn think(&mut self, range: Range<usize>) {
        self.found.thinking.push(range);
    }

    /// Thinking begins here; passes over it.
    fn open(&mut self, end: usize) {
        let close = if self.closes_left { thinking::next_close(self.text, end) } else { None };
        let start = self.at;
        if let Some((at, close_end)) = close {
            self.found.in_thinking |= self.text.get(end..at).is_some_and(|inside| inside.contains('{'));
            self.think(start..close_end);
            self.at = close_end;
            return self.first_key();
        }
        self.closes_left = false;
        if starts_with_json(self.text.get(end..).unwrap_or_default()) {
            self.think(start..end);
            self.at = end;
            return self.first_key();
        }
        self.found.in_thinking |= self.text.get(end..).is_some_and(|inside| inside.contains('{'));
        self.think(start..self.text.len());
        self.at = self.text.len();
    }

    /// Thinking ends here that no mark began: all before it was thinking.
    fn close(&mut self, end: usize) {
        self.found.in_thinking |= !self.found.candidates.is_empty();
        self.found.begun |= self.found.candidates.iter().any(|candidate| candidate.reading.is_doubtful());
        self.found.candidates.clear();
        self.found.thinking.clear();
        self.think(0..end);
        self.at = end;
        self.first_key();
    }

    /// An object without its opening brace, as a model sends it after a prefilled one.
    fn first_key(&mut self) {
        let rest = self.rest().trim_start();
        let start = self.text.len() - rest.len();
        let window = rest.get(..rest.floor_char_boundary(FIRST_KEY)).unwrap_or_default();
        let unopened = window.strip_prefix('"').unwrap_or(window);
        let Some((name, after)) = unopened.split_once('"') else {
            return;
        };
        if !after.trim_start().starts_with(':') || !self.contract.shapes().knows(name) {
            return;
        }
        let Ok(reading) = self.best(start, Start::FirstKey) else {
            return;
        };
        if reading.cut.is_none() {
            self.at = reading.end;
            self.keep(start, reading);
        }
    }

    /// Tries to read the JSON that may begin here, and moves past what was read.
    fn attempt(&mut self) {
        let start = self.at;
        let is_list = self.rest().starts_with('[');
        if !self.rest().starts_with(['{', '[']) || (is_list && !holds_object(self.rest())) {
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
            return;
        }
        match self.best(start, Start::Bracket) {
            Ok(reading) => {
                self.at = reading.end.max(start + 1);
                self.keep(start, reading);
            }
            Err(broken) => {
                self.at = if is_list { start + 1 } else { broken.at.max(start + 1) };
                self.found.broken = Some(broken);
                self.found.begun |= broken.begun;
            }
        }
    }

    fn keep(&mut self, start: usize, reading: Reading) {
        if self.found.candidates.len() == CANDIDATES {
            self.found.candidates.pop_front();
        }
        self.found.candidates.push_back(FoundValue { start, reading, after_broken: self.found.begun });
    }

    /// The exact reading, or the tolerant one; where quotes leave it in doubt, the one that leaves nothing over.
    fn best(&mut self, start: usize, from: Start) -> Result<Reading, Broken> {
        if let Ok(reading) = self.read(start, from, Quoting::Exact) {
            return Ok(reading);
        }
        let first = self.read(start, from, Quoting::First);
        if !self.is_doubtful(first.as_ref()) {
            return first;
        }
        match self.read(start, from, Quoting::Paired) {
            Ok(paired) if paired.cut.is_none() && !self.is_doubtful(Ok(&paired)) => Ok(paired),
            _ => first,
        }
    }

    fn read(&mut self, start: usize, from: Start, quoting: Quoting) -> Result<Reading, Broken> {
        let result = read(self.text, start, from, quoting, self.contract.shapes());
        let end = result.as_ref().map_or_else(|broken| broken.at, |reading| reading.end);
        self.effort += end.saturating_sub(start);
        result
    }

    fn is_doubtful(&mut self, reading: Result<&Reading, &Broken>) -> bool {
        match reading {
            Ok(reading) if reading.doubt.guessed => {
                self.effort += outside::TORN.min(self.text.len() - reading.end);
                !reading.conflicts.is_empty()
                    || outside::is_torn(self.text, reading, &[], self.contract.shapes())
            }
            Ok(_) => false,
            Err(broken) => broken.problem != "nested deeper than 128 levels",
        }
    }
}

/// Whether the list that begins here can be meant as JSON: it holds objects.
fn holds_object(list: &str) -> bool {
    let mut start = list.chars().take(LIST_OPENING).skip_while(|char| *char == '[' || char.is_whitespace());
    start.next() == Some('{')
}
