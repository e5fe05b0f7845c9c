//! The lines of a file, one after another, as outcomes.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::book::{BookEntry, Truths, groups, ranked_in};
use super::judgment::{JudgmentFormat, ReplyCounts, verdict};
use super::pattern::word;
use super::reader::{Said, VerdictSource};
use super::truth::People;
use crate::data::{DataFault, Record};
use crate::eval::{OffScaleLabels, OrderVerdict, Outcome, Settled};
use crate::judge::{Attempt, Reading, Reason, Unscored};
use crate::signature::Scale;

/// The lowest and the highest number that the judges of a file gave: for [`Stretch::Observed`](super::Stretch::Observed).
/// Lines that cannot be used are passed over: the scorer names them.
pub(crate) fn observed(
    imported: &JudgmentFormat,
    records: impl Iterator<Item = Record>,
) -> Option<(f64, f64)> {
    let mut range: Option<(f64, f64)> = None;
    for record in records.filter(|record| imported.takes(record)) {
        if let Ok(Said::Number(number)) = imported.reader.read(&record, None).map(|reply| reply.said) {
            let (low, high) = range.unwrap_or((number, number));
            range = Some((low.min(number), high.max(number)));
        }
    }
    range
}

/// Takes lines, and gives the outcomes of those that are complete.
#[derive(Debug)]
pub(crate) struct Scorer<'a> {
    imported: &'a JudgmentFormat,
    truths: &'a Truths,
    scale: Scale,
    judges: BTreeMap<String, Judge>,
    /// By judge, id, repeat and order, the line.
    seen: HashMap<String, u64>,
    pending: Vec<Pending>,
    /// By judge, id and repeat, the place in `pending`.
    waiting: HashMap<String, usize>,
    /// What people said, where labels stand on the same lines as judgments.
    people: People,
    told: HashSet<String>,
    left_out: u64,
    has_labels: bool,
    /// Labels that were not on the scale, so far.
    off_scale: OffScaleLabels,
}

#[derive(Debug, Default)]
struct Judge {
    next: u64,
    counts: ReplyCounts,
    answered: HashSet<String>,
}

/// What a file came to.
#[derive(Debug)]
pub(crate) struct Scored {
    /// The outcomes of pairs of which an order never came.
    pub rest: Vec<Outcome>,
    /// What became of each judge's lines, by judge.
    pub counts: BTreeMap<String, ReplyCounts>,
    /// What people said of the items.
    pub people: People,
    /// Lines that the filters left out.
    pub left_out: u64,
    /// Whether any line or record has the fields that labels stand in.
    pub has_labels: bool,
}

/// A judgment, of which orders may be missing still.
#[derive(Debug, Default)]
struct Pending {
    judge: String,
    id: String,
    index: u64,
    known: BookEntry,
    result: Option<Settled>,
    orders: Vec<Option<OrderVerdict>>,
    attempts: Vec<Attempt>,
    reasons: Option<String>,
    done: bool,
}

impl JudgmentFormat {
    fn takes(&self, record: &Record) -> bool {
        self.filters.iter().all(|filter| filter.takes(record))
    }

    fn fault(&self, record: &Record, problem: Problem) -> DataFault {
        let Problem { text, help } = problem;
        DataFault { file: self.file.clone(), line: record.line, problem: text, fatal: false, help }
    }
}

/// Why a line cannot be used, and what to do about it where that is known.
struct Problem {
    text: String,
    help: Option<String>,
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self { text, help: None }
    }
}

impl<'a> Scorer<'a> {
    /// A scorer that has seen nothing yet.
    #[must_use]
    pub(crate) fn new(imported: &'a JudgmentFormat, truths: &'a Truths) -> Self {
        let scale = imported.reader.scale.clone();
        let names = match truths {
            Truths::InReplies(plan) => plan.names(),
            Truths::Dataset(_) => Vec::new(),
        };
        Self {
            imported,
            truths,
            people: People::new(scale.clone(), names),
            scale,
            judges: BTreeMap::new(),
            seen: HashMap::new(),
            pending: Vec::new(),
            waiting: HashMap::new(),
            told: HashSet::new(),
            left_out: 0,
            has_labels: false,
            off_scale: OffScaleLabels::default(),
        }
    }

    /// Takes a line, and gives the outcomes that are complete with it.
    ///
    /// # Errors
    /// The line cannot be used: where it stands, and why. Of a label off the scale the help names all that were seen
    /// so far.
    pub(crate) fn add(&mut self, record: &Record) -> Result<Vec<Outcome>, DataFault> {
        if !self.imported.takes(record) {
            self.left_out += 1;
            return Ok(Vec::new());
        }
        self.take(record).map_err(|problem| self.imported.fault(record, problem))
    }

    fn take(&mut self, record: &Record) -> Result<Vec<Outcome>, Problem> {
        let imported = self.imported;
        let judge = imported.judge.read(record)?;
        let id = word(record, &imported.id)?;
        let repeat = imported.repeat.as_ref().map(|field| word(record, field)).transpose()?;
        let order = self.order_of(record)?;
        let item = match &repeat {
            Some(repeat) => format!("{id}#{repeat}"),
            None => id.clone(),
        };
        let key = format!("{judge}\u{1f}{item}");
        self.see(&key, order, record.line, &item)?;
        let Some(mut known) = self.truth(record, &id)? else {
            let counts = &mut self.judges.entry(judge).or_default().counts;
            counts.lines += 1;
            counts.add_unknown(&id);
            return Ok(Vec::new());
        };
        let place = if let Some(place) = self.waiting.get(&key).copied() {
            place
        } else {
            // Each repeat is a ranking of its own.
            let in_repeat = |(group, repeat)| format!("{group}#{repeat}");
            let repeated = known.group.clone().zip(repeat).map(in_repeat);
            known.group = repeated.or(known.group);
            self.start(&key, judge, item, known)
        };
        self.settle(record, order, place, &id)?;
        Ok(self.take_done(place, &key))
    }

    /// Which of the pair's orders a line is about; `None` where it is about all of them.
    fn order_of(&self, record: &Record) -> Result<Option<usize>, String> {
        let Some(pair) = &self.imported.pair else {
            return Ok(None);
        };
        let Some(field) = &pair.order_field else {
            return Ok(None);
        };
        let name = word(record, field)?;
        match pair.orders.iter().position(|order| *order == name) {
            Some(place) => Ok(Some(place)),
            None => {
                Err(format!("order \"{name}\" in field \"{field}\" is none of {}", pair.orders.join(", ")))
            }
        }
    }

    fn see(&mut self, key: &str, order: Option<usize>, line: u64, item: &str) -> Result<(), String> {
        let order_name = order.and_then(|place| self.imported.pair.as_ref()?.orders.get(place));
        let key = format!("{key}\u{1f}{}", order_name.map_or("", String::as_str));
        match self.seen.insert(key, line) {
            None => Ok(()),
            Some(earlier) => {
                let order = order_name.map_or_else(String::new, |name| format!(" in order {name}"));
                Err(format!("id \"{item}\"{order} stands on line {earlier} already, by the same judge"))
            }
        }
    }

    /// What is known of what a line is about.
    fn truth(&mut self, record: &Record, id: &str) -> Result<Option<BookEntry>, Problem> {
        let mut tags: Vec<String> = record.tags().map(str::to_owned).collect();
        tags.extend(groups(record, &self.imported.by));
        let group = ranked_in(record, self.imported.group.as_deref());
        match self.truths {
            Truths::Dataset(book) => {
                self.has_labels |= book.has_fields();
                let Some(entry) = book.get(id) else {
                    return Ok(None);
                };
                tags.extend(entry.tags.iter().filter(|tag| !tags.contains(tag)).cloned().collect::<Vec<_>>());
                let group = group.or_else(|| entry.group.clone());
                Ok(Some(BookEntry { truth: entry.truth.clone(), tags, group }))
            }
            Truths::InReplies(plan) => {
                let truth = plan.read(record, &self.scale).map_err(|label| {
                    let text = label.problem.clone();
                    self.off_scale.add(label);
                    Problem { text, help: Some(self.off_scale.help(&plan.values, &self.scale)) }
                })?;
                self.has_labels |= truth.has_fields;
                if !truth.ratings.is_empty() && self.told.insert(id.to_owned()) {
                    self.people.tied += u64::from(truth.tied);
                    self.people.items.push(truth.ratings.clone());
                }
                Ok(Some(BookEntry { truth, tags, group }))
            }
        }
    }

    fn start(&mut self, key: &str, judge: String, id: String, known: BookEntry) -> usize {
        let state = self.judges.entry(judge.clone()).or_default();
        let index = state.next;
        state.next += if known.truth.each { known.truth.expected.len() as u64 } else { 1 };
        let orders = self.imported.pair.as_ref().map_or(0, |pair| pair.orders.len());
        let place = self.pending.len();
        self.waiting.insert(key.to_owned(), place);
        self.pending.push(Pending {
            judge,
            id,
            index,
            known,
            result: None,
            orders: vec![None; orders],
            attempts: Vec::new(),
            reasons: None,
            done: false,
        });
        place
    }

    fn settle(
        &mut self,
        record: &Record,
        order: Option<usize>,
        place: usize,
        id: &str,
    ) -> Result<(), String> {
        let imported = self.imported;
        let Some(pending) = self.pending.get_mut(place) else {
            return Ok(());
        };
        let state = self.judges.entry(pending.judge.clone()).or_default();
        state.counts.lines += 1;
        state.answered.insert(id.to_owned());
        let Some(pair) = imported.pair.as_ref().filter(|pair| !pair.orders.is_empty()) else {
            state.counts.verdicts += 1;
            let read = imported.read(record, None, false, &mut state.counts, &mut pending.attempts)?;
            pending.reasons = imported.reader.reasons(record, None);
            pending.result = Some(read);
            return Ok(());
        };
        for (at, name) in pair.orders.iter().enumerate() {
            if order.is_some_and(|order| order != at) {
                continue;
            }
            state.counts.verdicts += 1;
            let read = imported.read(record, Some(name), at > 0, &mut state.counts, &mut pending.attempts)?;
            if pending.reasons.is_none() {
                pending.reasons = imported.reader.reasons(record, Some(name));
            }
            if let Some(slot) = pending.orders.get_mut(at) {
                *slot = Some(verdict(pair, name, at > 0, read));
            }
        }
        Ok(())
    }

    /// The outcomes of a judgment, if it is complete with the line just read.
    fn take_done(&mut self, place: usize, key: &str) -> Vec<Outcome> {
        let Some(pending) = self.pending.get_mut(place) else {
            return Vec::new();
        };
        let complete = pending.result.is_some() || pending.orders.iter().all(Option::is_some);
        if !complete {
            return Vec::new();
        }
        let taken = std::mem::take(pending);
        pending.done = true;
        self.waiting.remove(key);
        // What waits is few at any time where orders stand near each other: give the room back.
        while self.pending.last().is_some_and(|last| last.done) {
            self.pending.pop();
        }
        self.outcomes(taken)
    }

    fn outcomes(&self, pending: Pending) -> Vec<Outcome> {
        let orders: Vec<OrderVerdict> = pending.orders.into_iter().flatten().collect();
        let mut result = match (pending.result, &self.imported.pair) {
            (Some(result), _) => result,
            (None, Some(pair)) => pair.combined(&orders),
            (None, None) => Settled::Unscored(Unscored::new(Reason::Subject, "there is no reply")),
        };
        if let Settled::Scored(score) = &mut result {
            score.reasoning = score.reasoning.take().or(pending.reasons);
        }
        let BookEntry { truth, tags, group } = pending.known;
        let outcome = Outcome {
            id: pending.id,
            index: pending.index,
            tags,
            model: pending.judge,
            reading: match self.imported.reader.source {
                VerdictSource::Distribution { .. } => Reading::Weighted,
                _ => Reading::Text,
            },
            calibration: None,
            expected: None,
            group,
            orders,
            subject: None,
            cut: None,
            checks: Vec::new(),
            routes: Vec::new(),
            result,
            repeats: Vec::new(),
            attempts: pending.attempts,
            elapsed_ms: 0.0,
        };
        if !truth.each {
            return vec![Outcome { expected: truth.expected.into_iter().next(), ..outcome }];
        }
        let each = truth.expected.into_iter().zip(0_u64..);
        each.map(|(expected, number)| Outcome {
            id: format!("{}#{}", outcome.id, number + 1),
            index: outcome.index + number,
            expected: Some(expected),
            ..outcome.clone()
        })
        .collect()
    }

    /// The end of the file: orders that never came are unscored.
    #[must_use]
    pub(crate) fn finish(mut self) -> Scored {
        let mut rest = Vec::new();
        for mut pending in std::mem::take(&mut self.pending) {
            if pending.done {
                continue;
            }
            let names = self.imported.pair.iter().flat_map(|pair| &pair.orders);
            for ((slot, name), at) in pending.orders.iter_mut().zip(names).zip(0..) {
                slot.get_or_insert_with(|| OrderVerdict {
                    order: name.clone(),
                    swapped: at > 0,
                    label: None,
                    unscored: Some(Unscored::new(Reason::Subject, "there is no reply in this order")),
                });
            }
            rest.extend(self.outcomes(pending));
        }
        let mut counts = BTreeMap::new();
        for (name, mut judge) in std::mem::take(&mut self.judges) {
            if let Truths::Dataset(book) = self.truths {
                for id in book.ids().filter(|id| !judge.answered.contains(*id)) {
                    judge.counts.add_unanswered(id);
                }
            }
            counts.insert(name, judge.counts);
        }
        let people = match self.truths {
            Truths::Dataset(book) => book.people().clone(),
            Truths::InReplies(_) => self.people,
        };
        Scored { rest, counts, people, left_out: self.left_out, has_labels: self.has_labels }
    }
}
