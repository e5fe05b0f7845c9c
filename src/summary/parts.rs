//! The parts of a score, each for itself: checks, judges, a rubric's criteria.

use serde::{Deserialize, Serialize};

use super::counts::{LEVEL, Rate};
use super::measured::{MetricSummary, MetricTally};
use super::repeats::{RepeatedCheck, Skipped};
use crate::check::{Examined, Measured, Verdict};
use crate::judge::Part;
use crate::stats::{Interval, Moments};

/// One part of the score over all records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartSummary {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: PartKind,
    /// Its weight, relative to the other parts of its kind; a criterion's points, where it has points.
    pub weight: f64,
    /// Records for which it was worth 1, in every repeat, of those for which it was worth anything.
    pub passed: Rate,
    /// Its mean in `0..=1`.
    pub mean: Option<f64>,
    /// Of the mean: the Wilson interval where it is only ever worth 0 or 1, else the normal one.
    pub interval: Option<Interval>,
    /// Records for which it could not be found out, or which it left undecided.
    pub unknown: u64,
    /// Records it leaves out, since they do not say what is expected.
    pub skipped: u64,
    /// Of an essential criterion: records with a score below 0.5, which are worth 0 for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmet: Option<u64>,
    /// What its metric found, of a check that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) measured: Option<MetricSummary>,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// A deterministic check.
    Check,
    /// A judge beside other parts.
    Judge,
    /// A criterion of a rubric.
    Criterion,
}

/// Takes parts in any order; they stand in the order in which they were first seen.
#[derive(Clone, Debug, Default)]
pub(super) struct PartsTally {
    parts: Vec<One>,
}

#[derive(Clone, Debug)]
struct One {
    name: String,
    kind: PartKind,
    weight: f64,
    values: Moments,
    passes: u64,
    between: u64,
    unknown: u64,
    skipped: u64,
    unmet: Option<u64>,
    measured: Option<MetricTally>,
}

impl PartsTally {
    pub(super) fn add_check(&mut self, examined: &Examined) {
        let one = self.one(&examined.name, PartKind::Check, examined.weight);
        match examined.verdict {
            Verdict::Pass => one.add(Some(1.0)),
            Verdict::Fail => one.add(Some(0.0)),
            Verdict::NotApplicable => one.add(None),
            Verdict::Skipped => one.skipped += 1,
        }
        one.measure(examined.measured.iter());
    }

    /// A check that was examined several times: what it was worth on the mean.
    pub(super) fn add_repeated_check(&mut self, examined: &Examined, worth: &RepeatedCheck<'_>) {
        let one = self.one(&examined.name, PartKind::Check, examined.weight);
        match worth.value {
            Ok(value) => one.add(value),
            Err(Skipped) => one.skipped += 1,
        }
        one.measure(worth.measured.iter().copied());
    }

    pub(super) fn add_part(&mut self, part: &Part, kind: PartKind) {
        let one = self.one(&part.name, kind, part.weight);
        one.add(part.value);
        if part.essential {
            let is_unmet = part.value.is_some_and(|value| value < 0.5);
            *one.unmet.get_or_insert(0) += u64::from(is_unmet);
        }
    }

    fn one(&mut self, name: &str, kind: PartKind, weight: f64) -> &mut One {
        let found = self.parts.iter().position(|one| one.kind == kind && one.name == name);
        let place = found.unwrap_or(self.parts.len());
        if found.is_none() {
            self.parts.push(One::new(name, kind, weight));
        }
        #[expect(clippy::indexing_slicing, reason = "found, or pushed just now")]
        &mut self.parts[place]
    }

    pub(super) fn summary(&self) -> Vec<PartSummary> {
        self.parts.iter().map(One::summary).collect()
    }
}

impl One {
    fn new(name: &str, kind: PartKind, weight: f64) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            weight,
            values: Moments::default(),
            passes: 0,
            between: 0,
            unknown: 0,
            skipped: 0,
            unmet: None,
            measured: None,
        }
    }

    /// What a metric found for a record: once, or once a repeat.
    fn measure<'a>(&mut self, found: impl Iterator<Item = &'a Measured>) {
        let mut found = found.peekable();
        if let Some(first) = found.peek() {
            self.measured.get_or_insert_with(|| MetricTally::of(first.metric)).add(found);
        }
    }

    fn add(&mut self, value: Option<f64>) {
        let Some(value) = value else {
            self.unknown += 1;
            return;
        };
        self.values.add(value);
        self.passes += u64::from(value >= 1.0);
        self.between += u64::from(value > 0.0 && value < 1.0);
    }

    fn summary(&self) -> PartSummary {
        let passed = Rate::of(self.passes, self.values.n());
        let normal = || Some(self.values.estimate()?.interval(LEVEL)?.within(0.0, 1.0));
        PartSummary {
            name: self.name.clone(),
            kind: self.kind,
            weight: self.weight,
            passed,
            mean: self.values.mean(),
            interval: if self.between == 0 { passed.interval } else { normal() },
            unknown: self.unknown,
            skipped: self.skipped,
            unmet: self.unmet,
            measured: self.measured.as_ref().map(MetricTally::summary),
        }
    }
}
