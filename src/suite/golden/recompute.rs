//! A golden file's scores under today's checks and weights: checks are free and exact, so they are tried on the
//! locked outputs, and the judges' locked scores are combined with them anew.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::recomputed::{Recomputed, changes, named, parts};
use super::standing::{PRODUCER, Standing};
use crate::check::Check;
use crate::data::Record;
use crate::error::Result;
use crate::eval::{Panel, Rescored, RescoredOnce, TimeAndCost, rescore, rescored_together};
use crate::golden::{GoldenEntry, KeptOutputs, Locked, Try, fingerprint, measured_part};
use crate::judge::{Reason, Score, Unscored};
use crate::signature::ScaleKind;
use crate::suite::config::Config;
use crate::suite::judges::Suite;

/// The parts of the judge setup that are computed from parts: they need no judge.
const CHECKS: &str = "checks and weights";
const SCALE: &str = "scale";

/// The verdict of several parts together where a judge decided nothing.
const UNCLEAR: &str = "unclear";

/// What becomes of an entry.
pub(super) enum Outcome {
    /// Checks and weights are as they were.
    Unchanged,
    /// Its scores were computed anew.
    Recomputed(Box<Recomputed>),
    /// They cannot be: why.
    Impossible(String),
}

/// How the entry's scores were made, as far as it matters.
enum Before {
    /// The one judge's score was the score.
    Judge,
    /// Several parts made it.
    Parts,
}

/// What becomes of one record.
enum Fate {
    Kept(Box<Locked>),
    Unjudged,
    Impossible(&'static str),
}

/// Computes an entry's scores anew where checks or weights changed, or where it is older than the values of metrics in
/// golden files. An older one stays as it is where that is not possible.
pub(super) fn recompute(
    suite: &Suite,
    config: &Config,
    standing: &Standing,
    entry: &GoldenEntry,
    kept: &KeptOutputs,
) -> Result<Outcome> {
    let (was, now) = (&entry.fingerprints.ruler, &standing.fingerprints.ruler);
    if was.get(CHECKS) != now.get(CHECKS) {
        return anew(suite, config, standing, entry, kept);
    }
    let lacks: Vec<&str> = without_values(&standing.prospect.panel, entry);
    let same_references = |locked: &Locked| {
        standing.records.get(&locked.id).is_none_or(|now| now.marks.references == locked.marks.references)
    };
    if lacks.is_empty() || !entry.records.iter().all(same_references) {
        return Ok(Outcome::Unchanged);
    }
    Ok(match anew(suite, config, standing, entry, kept)? {
        Outcome::Recomputed(found) => {
            let changes = vec![format!("the values of {} were not locked", lacks.join(", "))];
            Outcome::Recomputed(Box::new(Recomputed { changes, is_older: true, ..*found }))
        }
        Outcome::Unchanged | Outcome::Impossible(_) => Outcome::Unchanged,
    })
}

/// The checks that measure, and whose values the entry lacks.
fn without_values<'p>(panel: &'p Panel, entry: &GoldenEntry) -> Vec<&'p str> {
    let lacks = |check: &&Check| {
        let Some(metric) = check.metric() else { return false };
        let value = measured_part(check.name(), metric);
        let of_check = |locked: &&Locked| locked.parts.contains_key(check.name());
        let mut of_check = entry.records.iter().filter(of_check).peekable();
        of_check.peek().is_some() && of_check.all(|locked| !locked.parts.contains_key(&value))
    };
    panel.checks.iter().filter(lacks).map(Check::name).collect()
}

fn anew(
    suite: &Suite,
    config: &Config,
    standing: &Standing,
    entry: &GoldenEntry,
    kept: &KeptOutputs,
) -> Result<Outcome> {
    let (was, now) = (&entry.fingerprints.ruler, &standing.fingerprints.ruler);
    let panel = &standing.prospect.panel;
    let before = if was.contains_key(CHECKS) { Before::Parts } else { Before::Judge };
    if !scale_follows(panel, &before, was.get(SCALE), now.get(SCALE)) {
        return Ok(Outcome::Impossible("the judge's scale changed too".to_owned()));
    }
    let mut records = Vec::new();
    let mut unjudged = Vec::new();
    let mut impossible: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let was_produced = entry.fingerprints.subject.contains_key(PRODUCER);
    let recomputing = Recomputing { panel, standing, before, kept, was_produced };
    let mut there = BTreeSet::new();
    for record in standing.each(suite, config)? {
        let record = record?;
        let Some(locked) = entry.record(&record.id) else { continue };
        there.insert(locked.id.as_str());
        match recomputing.record(suite, locked, &record) {
            Fate::Kept(locked) => records.push(*locked),
            Fate::Unjudged => unjudged.push(locked.id.clone()),
            Fate::Impossible(why) => impossible.entry(why).or_default().push(locked.id.clone()),
        }
    }
    // What is gone from the dataset is told as missing; its score is compared with nothing.
    records.extend(entry.records.iter().filter(|locked| !there.contains(locked.id.as_str())).cloned());
    if let Some((why, ids)) = impossible.into_iter().next() {
        return Ok(Outcome::Impossible(format!("{why} ({})", named(&ids))));
    }
    if there.len() == unjudged.len() && !there.is_empty() {
        return Ok(Outcome::Impossible("no record has the scores of all judges".to_owned()));
    }
    let mut fingerprints = entry.fingerprints.clone();
    for part in [CHECKS, SCALE] {
        match now.get(part) {
            Some(hash) => fingerprints.ruler.insert(part.to_owned(), hash.clone()),
            None => fingerprints.ruler.remove(part),
        };
    }
    let after = GoldenEntry::new(records, fingerprints);
    let was = match recomputing.before {
        Before::Judge => BTreeSet::new(),
        Before::Parts => parts(entry),
    };
    let changes = changes(panel, &was, entry, &after);
    Ok(Outcome::Recomputed(Box::new(Recomputed { entry: after, changes, unjudged, is_older: false })))
}

/// Whether the scale changed only because a first check came to a judge alone, or the last one went.
fn scale_follows(panel: &Panel, before: &Before, was: Option<&String>, now: Option<&String>) -> bool {
    let of_parts = fingerprint(&json!(Panel::default().scale()));
    let of_judge = panel.judges.first().map(|member| fingerprint(&json!(member.judge.spec().scale)));
    match before {
        _ if was == now => true,
        Before::Judge => was == of_judge.as_ref() && panel.judges.len() == 1,
        Before::Parts => was == Some(&of_parts) && panel.alone().is_some(),
    }
}

struct Recomputing<'a> {
    panel: &'a Panel,
    standing: &'a Standing,
    before: Before,
    kept: &'a KeptOutputs,
    /// Whether something produced the locked outputs, and measured them then.
    was_produced: bool,
}

impl Recomputing<'_> {
    fn record(&self, suite: &Suite, locked: &Locked, record: &Record) -> Fate {
        let Some(now) = self.standing.records.get(&locked.id) else { return Fate::Unjudged };
        let Some(tries) = self.tries(locked) else {
            return Fate::Impossible(
                "the scores are means of several tries, and the golden file does not hold each try",
            );
        };
        let mut times = Vec::new();
        let mut marks = locked.marks.clone();
        for (number, once) in (0..).zip(&tries) {
            let mut record = record.clone();
            if !self.put_output(suite, locked, once, &mut record) {
                return Fate::Impossible("the locked outputs are not held");
            }
            if self.standing.input_marks(suite, &record).contains(&locked.marks.inputs) {
                marks.inputs.clone_from(&now.marks.inputs);
            }
            match self.rescored(locked, once, number, &record) {
                Rescored::Settled(settled) => times.push(*settled),
                Rescored::Unjudged => return Fate::Unjudged,
                Rescored::Unmeasured => {
                    return Fate::Impossible("what the locked outputs took or cost is not kept");
                }
            }
        }
        // Checks were tried on what the record says now.
        marks.references.clone_from(&now.marks.references);
        if locked.unscored.is_some_and(|reason| reason == Reason::Subject) {
            return Fate::Kept(Box::new(Locked { marks, ..locked.clone() }));
        }
        let expected = match self.before {
            Before::Judge => now.expected.clone(),
            Before::Parts if self.panel.alone().is_some() => now.expected.clone(),
            Before::Parts => locked.expected.clone(),
        };
        let results = times.iter().map(|time| self.standing.once(time.result.as_ref()));
        let again: Vec<Try> = results.filter(|_| !locked.tries.is_empty()).collect();
        let (RescoredOnce { checked, result }, shown) = rescored_together(times);
        // Another time may stand for all now: the record's output is of that one.
        let outputs = locked.outputs();
        marks.output = outputs.get(shown).copied().flatten().cloned();
        let of_its_own =
            |mark: Option<&String>| mark.filter(|mark| Some(*mark) != marks.output.as_ref()).cloned();
        let tries = again.into_iter().zip(outputs);
        let tries = tries.map(|(once, mark)| Try { output: of_its_own(mark), ..once }).collect();
        let scored = Locked::scored(&locked.id, result.as_ref()).with_checks(&checked);
        Fate::Kept(Box::new(Locked { expected, marks, repeats: locked.repeats, tries, ..scored }))
    }

    /// What each time gave that a record was taken; `None` where that is not held.
    fn tries(&self, locked: &Locked) -> Option<Vec<Try>> {
        if !locked.tries.is_empty() || locked.repeats.is_some() {
            return Some(locked.tries.clone()).filter(|tries| !tries.is_empty());
        }
        let judges = self.panel.judges.iter().filter_map(|member| {
            let name = &member.name;
            let own = locked.parts.get(&format!("{name} (judge)"));
            let is_shared = self.panel.checks.iter().any(|check| check.name() == name);
            let value = own.or_else(|| locked.parts.get(name).filter(|_| !is_shared))?;
            Some((name.clone(), *value))
        });
        let Locked { score, unscored, .. } = *locked;
        Some(vec![Try {
            score,
            label: locked.label.clone(),
            unscored,
            judges: judges.collect(),
            output: None,
        }])
    }

    /// One of the times that a record was taken, under today's checks.
    fn rescored(&self, locked: &Locked, once: &Try, number: u32, record: &Record) -> Rescored {
        // There was nothing to check.
        if once.unscored == Some(Reason::Subject) {
            let result = Err(Unscored::new(Reason::Subject, "it had no output when it was locked"));
            return Rescored::Settled(Box::new(RescoredOnce { checked: Vec::new(), result }));
        }
        let mark = once.output.as_ref().or(locked.marks.output.as_ref());
        let kept = mark.and_then(|mark| self.kept.measured(&locked.id, mark, number));
        let spent = match kept {
            Some(kept) => TimeAndCost::Kept { took_ms: kept.took_ms, cost_usd: kept.cost_usd },
            None if self.was_produced => TimeAndCost::Lost,
            None => TimeAndCost::Never,
        };
        let place = &self.standing.prospect.plan.place;
        rescore(record, self.panel, place, spent, |judge| self.said(judge, once))
    }

    /// Has a record hold the output that was judged that time. Whether it is held anywhere.
    fn put_output(&self, suite: &Suite, locked: &Locked, once: &Try, record: &mut Record) -> bool {
        let Some(mark) = once.output.as_ref().or(locked.marks.output.as_ref()) else {
            // The judges were shown it, or checks looked at it, among the inputs.
            let without_output = once.unscored == Some(Reason::Subject) || self.panel.checks.is_empty();
            return without_output || self.standing.inputs_hold_output(suite, locked, record);
        };
        let Some(field) = &self.standing.watched else { return false };
        if record.get(field).is_some_and(|output| fingerprint(output) == *mark) {
            return true;
        }
        let Some(output) = self.kept.get(&locked.id, mark) else { return false };
        record.fields.insert(field.clone(), output.clone());
        true
    }

    /// What a judge said that time; nothing where it was not asked.
    fn said(&self, judge: &str, once: &Try) -> Option<Result<Score, Unscored>> {
        if let Some(reason) = once.unscored.filter(|reason| *reason != Reason::Check) {
            return Some(Err(Unscored::new(reason, "it had no score when it was locked")));
        }
        let score = |value, label| Ok(Score { value, label, ..Score::default() });
        if matches!(self.before, Before::Judge) {
            return Some(score(once.score, once.label.clone()?));
        }
        let value = match once.judges.get(judge) {
            Some(value) => Some(*value),
            None if once.label.as_deref() == Some(UNCLEAR) && once.score.is_none() => None,
            None => return None,
        };
        let label = match self.panel.alone() {
            Some(_) => self.label(value?)?,
            None => String::new(),
        };
        Some(score(value, label))
    }

    /// The judge's verdict of this value, where it is one verdict's alone.
    fn label(&self, value: f64) -> Option<String> {
        let scale = self.panel.alone()?.spec().scale.as_ref()?;
        let ScaleKind::Labels(labels) = &scale.kind else { return None };
        let is_meant = |label: &&crate::signature::Label| {
            label.value.is_some_and(|of_label| (of_label - value).abs() < 0.000_06)
        };
        let mut meant = labels.iter().filter(is_meant);
        meant.next().filter(|_| meant.next().is_none()).map(|label| label.name.clone())
    }
}
