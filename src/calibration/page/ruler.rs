//! The scale that verdicts and labels are read on, and records that have both.

use crate::calibration::case::Verdicts;
use crate::eval::{Expected, Outcome};
use crate::judge::Score;
use crate::signature::{Scale, ScaleKind};
use crate::stats::levels_in_order;

/// A scale's verdicts in its order; `None` where they cannot be counted off.
#[must_use]
pub fn verdicts_of(scale: &Scale) -> Option<Verdicts> {
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
pub(super) struct Labelled<'a> {
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
    pub(super) fn labelled<'o>(&self, outcome: &'o Outcome) -> Option<Labelled<'o>> {
        let (score, expected) = (outcome.score()?, outcome.expected.as_ref()?);
        Some(Labelled { id: &outcome.id, score, expected, verdict: self.value_of(&score.label) })
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
    pub(super) fn decided(&self, one: &Labelled<'_>) -> Option<(bool, bool)> {
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
