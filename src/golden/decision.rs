//! From a test and an interval to a verdict.

use super::comparison::{GoldenComparison, Method};
use super::multiplicity::AdjustedTest;
use super::paired::Sample;
use super::power;
use super::verdict::Verdict;
use crate::stats::{Interval, mean};

/// A measure and its verdict. `tested` is its p-value, and the test's place among all that are made
/// together; `level` is that of all of them.
pub(super) fn comparison(
    part: Option<&str>,
    sample: &Sample,
    margin: f64,
    level: f64,
    tested: Option<(f64, AdjustedTest)>,
) -> GoldenComparison {
    let method = sample.method();
    let level = tested.map_or(level, |(_, place)| place.level);
    let interval = sample.interval(level);
    let deciding = interval.filter(|_| tested.is_some_and(|(_, place)| place.rejected));
    GoldenComparison {
        part: part.map(str::to_owned),
        method,
        n: sample.n(),
        clusters: sample.clusters(),
        golden_mean: mean(&sample.golden),
        new_mean: mean(&sample.new),
        difference: sample.difference(),
        interval,
        margin,
        higher: sample.higher(),
        lower: sample.lower(),
        p_value: tested.map(|(p, _)| p),
        adjusted_p: tested.map(|(_, place)| place.adjusted_p),
        p_no_difference: sample.p_no_difference(),
        smallest_effect: power::smallest_effect(sample, level),
        n_needed: power::n_needed(sample, margin, level),
        verdict: verdict(method, deciding, margin),
    }
}

/// The test and the interval must both say it: for scores they are two methods.
fn verdict(method: Method, deciding: Option<Interval>, margin: f64) -> Verdict {
    match (method, deciding) {
        (Method::Unchanged, _) => Verdict::Pass,
        (_, Some(interval)) if interval.high < -margin => Verdict::Regression,
        (_, Some(interval)) if interval.low > 0.0 => Verdict::Improvement,
        (_, Some(interval)) if interval.low > -margin => Verdict::Pass,
        _ => Verdict::Inconclusive,
    }
}
