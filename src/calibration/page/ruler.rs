//! What the page measures with: the scale of verdicts and labels, and a figure or why there is none.

use serde::{Deserialize, Serialize};

use crate::calibration::problem::Verdicts;
use crate::eval::{Expected, Outcome};
use crate::judge::Score;
use crate::signature::{Scale, ScaleKind};
use crate::stats::{Bootstrap, Interval, levels_in_order};

/// The level of every interval on the page.
pub(super) const LEVEL: f64 = 0.95;

/// Draws for the intervals: seeded, so that the same records give the same page.
pub(super) const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 1000, seed: 20 };

/// Above this many records nothing is drawn: large-sample errors, where there are any, are good there.
pub(super) const MOST_DRAWN: usize = 2000;

/// Something that was measured, or the reason why it was not: never 0 or NaN in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measured<T> {
    /// What was found.
    Value(T),
    /// Why there is nothing.
    Missing(String),
}

impl<T> Measured<T> {
    /// A value, or the reason why there is none.
    #[must_use]
    pub(crate) fn of(value: Option<T>, why_not: &str) -> Self {
        value.map_or_else(|| Self::Missing(why_not.to_owned()), Self::Value)
    }

    /// The value, where there is one.
    #[must_use]
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing(_) => None,
        }
    }
}

/// A number with its interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// The number.
    pub value: f64,
    /// Its interval; `None` where it is not defined, or too few draws were.
    pub interval: Option<Interval>,
}

impl Figure {
    pub(super) fn parts(self) -> (f64, Option<Interval>) {
        (self.value, self.interval)
    }

    /// The statistic of the items with its percentile bootstrap interval.
    pub(super) fn drawn<T: Clone>(items: &[T], statistic: impl Fn(&[T]) -> Option<f64>) -> Option<Self> {
        let value = statistic(items)?;
        let few = items.len() <= MOST_DRAWN;
        let interval = if few { BOOTSTRAP.percentile(items, statistic, LEVEL) } else { None };
        Some(Self { value, interval: interval.filter(has_width) })
    }

    /// The same with the `BCa` interval, for coefficients of agreement.
    pub(super) fn corrected<T: Clone>(
        items: &[T],
        statistic: impl Fn(&[T]) -> Option<f64>,
        large_sample: Option<Interval>,
    ) -> Option<Self> {
        let value = statistic(items)?;
        let few = items.len() <= MOST_DRAWN;
        let interval = if few { BOOTSTRAP.bca(items, statistic, LEVEL) } else { large_sample };
        Some(Self { value, interval: interval.filter(has_width) })
    }
}

/// Where every draw gives the same, the draws say nothing about what other records would give.
fn has_width(interval: &Interval) -> bool {
    interval.width() > 0.0
}

/// A scale's verdicts in its order; `None` where they cannot be counted off.
#[must_use]
pub(crate) fn verdicts_of(scale: &Scale) -> Option<Verdicts> {
    let candidates = scale.candidates()?;
    let (labels, values) = candidates.into_iter().map(|one| (one.label, one.value)).unzip();
    Some(Verdicts { labels, values })
}

/// A scale, and from which value on something passes.
#[derive(Debug)]
pub(super) struct Ruler<'a> {
    scale: &'a Scale,
    pub(super) verdicts: Option<Verdicts>,
    pub(super) pass_at: f64,
}

/// A labelled record with a score.
#[derive(Clone, Debug)]
pub(super) struct LabelledOutcome<'a> {
    pub(super) id: &'a str,
    pub(super) score: &'a Score,
    pub(super) expected: &'a Expected,
    /// What the verdict itself is worth; the score may lie between verdicts.
    pub(super) verdict: Option<f64>,
}

impl<'a> Ruler<'a> {
    pub(super) fn new(scale: &'a Scale, pass_at: f64) -> Self {
        Self { scale, verdicts: verdicts_of(scale), pass_at }
    }

    /// The record, where it has a label and a score.
    pub(super) fn labelled<'o>(&self, outcome: &'o Outcome) -> Option<LabelledOutcome<'o>> {
        let (score, expected) = (outcome.score()?, outcome.expected.as_ref()?);
        Some(LabelledOutcome { id: &outcome.id, score, expected, verdict: self.value_of(&score.label) })
    }

    /// What a verdict is worth.
    pub(super) fn value_of(&self, label: &str) -> Option<f64> {
        match &self.scale.kind {
            ScaleKind::Labels(labels) => labels.iter().find(|one| one.name == label)?.value,
            ScaleKind::Numeric { .. } => self.scale.normalize(label.parse().ok()?),
        }
    }

    /// The verdict's place on the scale, the nearest one for a number between two.
    pub(super) fn position(&self, label: &str) -> Option<usize> {
        let verdicts = self.verdicts.as_ref()?;
        let exact = verdicts.labels.iter().position(|one| one == label);
        exact.or_else(|| {
            let value = self.value_of(label)?;
            let near = |one: &Option<f64>| one.map_or(f64::INFINITY, |one| (one - value).abs());
            let by_distance = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
            verdicts.values.iter().map(near).enumerate().min_by(by_distance).map(|(at, _)| at)
        })
    }

    /// The rank of the verdict's place among those that are worth something, from the lowest.
    pub(super) fn level(&self, label: &str) -> Option<usize> {
        let position = self.position(label)?;
        self.levels().iter().position(|level| *level == position)
    }

    /// The places that are worth something, from the lowest.
    pub(super) fn levels(&self) -> Vec<usize> {
        self.verdicts.as_ref().map_or_else(Vec::new, |verdicts| levels_in_order(&verdicts.values))
    }

    /// Whether there is more to it than good and bad.
    pub(super) fn is_graded(&self) -> bool {
        self.verdicts.is_none() || self.levels().len() > 2
    }

    pub(super) fn passes(&self, value: f64) -> bool {
        value >= self.pass_at
    }

    /// Whether label and verdict pass, where both decide.
    pub(super) fn decided(&self, one: &LabelledOutcome<'_>) -> Option<(bool, bool)> {
        Some((self.passes(one.expected.value?), self.passes(one.verdict?)))
    }

    /// The share of the distribution that passes; `None` without a distribution.
    pub(super) fn pass_probability(&self, score: &Score) -> Option<f64> {
        let mut sums = (0.0, 0.0);
        for (label, share) in &score.distribution {
            let Some(value) = self.value_of(label) else { continue };
            sums.0 += if self.passes(value) { *share } else { 0.0 };
            sums.1 += share;
        }
        (sums.1 > 0.0).then(|| (sums.0 / sums.1).clamp(0.0, 1.0))
    }
}
