//! Several sides, each compared with the first: by how much it is better, and what it takes.

use serde::{Deserialize, Serialize};

use super::agreement::Changed;
use super::difference::{ComparisonVerdict, Finding, Measure};
use super::multiples::Multiples;
use super::side::{Side, SideSummary};
use super::versus::{Comparison, compare_at};
use crate::number::real;
use crate::stats::holm;

/// Several sides, each compared with the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BaselineComparison {
    /// The side that all others are compared with.
    pub baseline: SideSummary,
    /// The others, in their order.
    pub others: Vec<AgainstBaseline>,
}

/// A side compared with the first, over the records of both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AgainstBaseline {
    /// The side.
    pub side: SideSummary,
    /// What it takes, as multiples of the first.
    pub multiples: Option<Multiples>,
    /// The difference by which it is judged, with an interval at a level at which all intervals hold together at 95 %; what
    /// was found goes by the adjusted p-value. `None` where no record can be compared.
    pub verdict: Option<ComparisonVerdict>,
    /// The two-sided p-value adjusted for the number of sides (Holm 1979).
    pub adjusted_p_value: Option<f64>,
}

/// The most that chance may explain of a difference that is shown.
const ALPHA: f64 = 0.05;

/// Compares every side with the first.
#[must_use]
pub(crate) fn against_baseline(baseline: &Side, others: &[Side]) -> BaselineComparison {
    let level = 1.0 - ALPHA / real(others.len().max(1));
    let compared: Vec<Comparison> =
        others.iter().map(|other| compare_at(baseline, other, Changed::Judge, level)).collect();
    let p_values: Vec<f64> = compared
        .iter()
        .filter_map(|comparison| Some(comparison.verdict.as_ref()?.difference.p_value))
        .collect();
    let mut adjusted = holm(&p_values).unwrap_or(p_values).into_iter();
    let against = |comparison: Comparison| {
        let adjusted_p_value = comparison.verdict.as_ref().and_then(|_| adjusted.next());
        AgainstBaseline {
            side: comparison.new,
            multiples: comparison.multiples,
            verdict: comparison.verdict.zip(adjusted_p_value).map(|(verdict, p)| found(verdict, p)),
            adjusted_p_value,
        }
    };
    BaselineComparison { baseline: baseline.whole(), others: compared.into_iter().map(against).collect() }
}

/// What is found at a p-value that counts the other sides too.
fn found(verdict: ComparisonVerdict, adjusted: f64) -> ComparisonVerdict {
    let is_quality = verdict.measure != Measure::Score;
    let finding = match (adjusted <= ALPHA, verdict.difference.difference > 0.0) {
        (false, _) => Finding::NotShown,
        (true, true) if is_quality => Finding::Better,
        (true, true) => Finding::Higher,
        (true, false) if is_quality => Finding::Worse,
        (true, false) => Finding::Lower,
    };
    ComparisonVerdict { finding, ..verdict }
}
