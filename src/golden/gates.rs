//! Absolute gates: what a run must reach, whatever was before.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::eval::Outcome;
use crate::judge::Attempt;
use crate::number::real;
use crate::stats::{Interval, Proportion};
use crate::summary::{Agreement, PartKind, Rate, Summary};

/// What a run must reach. The dataset is the suite's own and fixed, so by default the measured figure is compared.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    /// The lowest share of records that pass, of those with a score.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_pass_rate: Option<f64>,
    /// The most records that may fail: a whole number of records, or a share below 1.
    pub max_failures: Option<Failures>,
    /// The same for checks, by name.
    #[serde(default)]
    pub checks: BTreeMap<String, CheckGate>,
    /// The lowest mean score.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_score: Option<f64>,
    /// The lowest Cohen's κ of the judge against the labels (quadratic on a numeric scale).
    #[schemars(range(min = -1.0, max = 1.0))]
    pub min_kappa: Option<f64>,
    /// The largest share of records without a score.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_unscored: Option<f64>,
    /// The most a run may cost, in US dollars; the model needs a price.
    #[schemars(range(min = 0.0))]
    pub max_cost_usd: Option<f64>,
    /// The longest that 95 of 100 records may take, in milliseconds.
    #[schemars(range(min = 0.0))]
    pub max_p95_latency_ms: Option<f64>,
    /// What is compared with a gate: the figure, or the end of its interval.
    #[serde(default)]
    pub by: GateBy,
    /// How far the judge may be led: what `evenhand probe` must not find.
    #[serde(default)]
    pub probes: ProbeGates,
}

/// How far a judge may be led.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeGates {
    /// The largest share of verdicts that a probe may flip, beyond those that flip when the unchanged question is asked
    /// again. The gate fails where the lower end of the interval at 95 % is above it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_flip_rate: Option<f64>,
    /// The same for single probes, by name.
    #[serde(default)]
    pub each: BTreeMap<String, f64>,
}

/// What a check must reach.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckGate {
    /// The most records on which it may fail: a whole number of records, or a share below 1.
    pub max_failures: Failures,
}

/// How many records may fail: `3` of them, or a share of `0.05`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Failures {
    /// So many records.
    Records(u64),
    /// This share of those for which it is known.
    Share(#[schemars(range(min = 0.0, max = 1.0))] f64),
}

impl Failures {
    /// Whether any record may fail.
    pub(crate) fn allows_any(self) -> bool {
        match self {
            Self::Records(most) => most > 0,
            Self::Share(most) => most > 0.0,
        }
    }
}

/// What is compared with a gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateBy {
    /// The measured figure.
    #[default]
    Measured,
    /// The end of its interval at 95 %: the gate passes or fails where that is proved, else it is inconclusive.
    Bound,
}

/// What came of a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// The gate as `evenhand.toml` names it: `min_score`, `checks.NAME.max_failures`.
    pub gate: String,
    /// What it asks for.
    pub bound: f64,
    /// What was measured.
    pub value: Option<f64>,
    /// Its interval, 95 %; none for what is counted and not estimated.
    pub interval: Option<Interval>,
    /// What is concluded.
    pub verdict: GateVerdict,
    /// Why nothing can be concluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What is concluded about a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// The figure is on the right side; or by bound, the whole interval is.
    Holds,
    /// It is on the wrong side.
    Fails,
    /// By bound: the bound lies inside the interval. Or nothing was measured.
    Inconclusive,
}

/// How long the records took whose replies were waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    /// How many there are.
    pub n: u64,
    /// How many took longer than the gate allows.
    pub above: u64,
}

/// The share of records that may take longer than `max_p95_latency_ms`.
const ABOVE: f64 = 0.05;

/// What a share may be off by rounding.
const HAIR: f64 = 1e-12;

/// The level of a gate's interval.
const LEVEL: f64 = 0.95;

impl Gates {
    /// Whether any gate is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        let Self {
            min_pass_rate, min_score, min_kappa, max_unscored, max_cost_usd, max_p95_latency_ms, ..
        } = self;
        let bounds = [min_pass_rate, min_score, min_kappa, max_unscored, max_cost_usd, max_p95_latency_ms];
        bounds.iter().any(|bound| bound.is_some()) || self.max_failures.is_some() || !self.checks.is_empty()
    }
}

impl Latencies {
    /// Counts a record, if it was judged now and not from replies that were there.
    pub fn add(&mut self, outcome: &Outcome, gates: &Gates) {
        let Some(most) = gates.max_p95_latency_ms else { return };
        let cached = |attempt: &Attempt| attempt.response.as_ref().is_some_and(|response| response.cached);
        if !outcome.attempts.is_empty() && !outcome.attempts.iter().any(cached) {
            self.n += 1;
            self.above += u64::from(outcome.elapsed_ms > most);
        }
    }
}

/// Compares a run with its gates.
///
/// The figure is compared as it was measured. By [`GateBy::Bound`] what is estimated from a sample (rates, score, κ,
/// latency) passes or fails with the whole of its interval; what is counted (failures in numbers, records without a
/// score, cost) is compared as it is.
#[must_use]
pub fn gates(gates: &Gates, summary: &Summary, latencies: Latencies) -> Vec<GateResult> {
    let by = gates.by;
    let mut results = Vec::new();
    if let Some(bound) = gates.min_pass_rate {
        let Rate { rate, interval, .. } = summary.passed;
        results.push(at_least(blank("min_pass_rate", bound), rate, interval, by, "no record has a score"));
    }
    if let Some(most) = gates.max_failures {
        results.push(failures("max_failures".to_owned(), most, summary.passed, by));
    }
    for (name, gate) in &gates.checks {
        let part = summary.parts.iter().find(|part| part.name == *name && part.kind == PartKind::Check);
        let passed = part.map_or(Rate::of(0, 0), |part| part.passed);
        results.push(failures(format!("checks.{name}.max_failures"), gate.max_failures, passed, by));
    }
    if let Some(bound) = gates.min_score {
        let score = summary.score;
        let blank = blank("min_score", bound);
        results.push(at_least(blank, score.mean, score.interval, by, "no record has a score"));
    }
    if let Some(bound) = gates.min_kappa {
        let (kappa, interval) = kappa(summary);
        let none = "κ is undefined: too few labels, or all of them alike";
        results.push(at_least(blank("min_kappa", bound), kappa, interval, by, none));
    }
    if let Some(bound) = gates.max_unscored {
        let unscored = summary.scored.complement();
        results.push(at_most(blank("max_unscored", bound), unscored, "no record was judged"));
    }
    if let Some(bound) = gates.max_cost_usd {
        results.push(cost(blank("max_cost_usd", bound), summary));
    }
    if let Some(bound) = gates.max_p95_latency_ms {
        results.push(latency(blank("max_p95_latency_ms", bound), summary, latencies, by));
    }
    results
}

fn blank(gate: &str, bound: f64) -> GateResult {
    let verdict = GateVerdict::Inconclusive;
    GateResult { gate: gate.to_owned(), bound, value: None, interval: None, verdict, why: None }
}

/// How many records fail, of those for which it is known whether they pass.
fn failures(gate: String, most: Failures, passed: Rate, by: GateBy) -> GateResult {
    let failed = Rate::of(passed.n - passed.count, passed.n);
    let none = "there is no record for which it is known";
    match most {
        Failures::Records(most) => {
            let value = (failed.n > 0).then(|| real(failed.count));
            at_most(GateResult { gate, ..blank("", real(most)) }, value, none)
        }
        Failures::Share(most) => {
            let blank = GateResult { gate, interval: failed.interval, ..blank("", most) };
            let measured = at_most(blank, failed.rate, none);
            match (by, failed.interval) {
                (GateBy::Bound, Some(interval)) => GateResult { verdict: below(interval, most), ..measured },
                _ => measured,
            }
        }
    }
}

/// Whether an interval lies below a bound, or above it.
fn below(interval: Interval, bound: f64) -> GateVerdict {
    if interval.high <= bound + HAIR {
        GateVerdict::Holds
    } else if interval.low > bound {
        GateVerdict::Fails
    } else {
        GateVerdict::Inconclusive
    }
}

fn kappa(summary: &Summary) -> (Option<f64>, Option<Interval>) {
    match &summary.agreement {
        Some(Agreement::Labels(labels)) => (labels.kappa, labels.kappa_interval),
        Some(Agreement::Scale(scale)) => (scale.kappa_quadratic, scale.kappa_interval),
        None => (None, None),
    }
}

fn at_least(
    blank: GateResult,
    value: Option<f64>,
    interval: Option<Interval>,
    by: GateBy,
    none: &str,
) -> GateResult {
    let bound = blank.bound;
    let (verdict, why) = match (value, interval, by) {
        (None, ..) => (GateVerdict::Inconclusive, Some(none.to_owned())),
        // A share that was written down as the bound must not fail by a rounding error.
        (Some(value), _, GateBy::Measured) if value >= bound - HAIR => (GateVerdict::Holds, None),
        (Some(_), _, GateBy::Measured) => (GateVerdict::Fails, None),
        (Some(_), None, GateBy::Bound) => {
            (GateVerdict::Inconclusive, Some("too few records for an interval".to_owned()))
        }
        (_, Some(interval), _) if interval.low >= bound => (GateVerdict::Holds, None),
        (_, Some(interval), _) if interval.high < bound => (GateVerdict::Fails, None),
        _ => (GateVerdict::Inconclusive, None),
    };
    GateResult { value, interval, verdict, why, ..blank }
}

fn at_most(blank: GateResult, value: Option<f64>, none: &str) -> GateResult {
    let (verdict, why) = match value {
        None => (GateVerdict::Inconclusive, Some(none.to_owned())),
        // As in `at_least`.
        Some(value) if value <= blank.bound + HAIR => (GateVerdict::Holds, None),
        Some(_) => (GateVerdict::Fails, None),
    };
    GateResult { value, verdict, why, ..blank }
}

fn cost(blank: GateResult, summary: &Summary) -> GateResult {
    let spent = [summary.cost_usd, summary.subject.as_ref().and_then(|subject| subject.cost_usd)];
    let value = spent.iter().flatten().copied().reduce(|left, right| left + right);
    let found = at_most(blank, value, "the model has no price");
    if found.verdict == GateVerdict::Holds && summary.tokens.uncounted_calls > 0 {
        let why = format!("the tokens of {} calls were not told", summary.tokens.uncounted_calls);
        return GateResult { verdict: GateVerdict::Inconclusive, why: Some(why), ..found };
    }
    found
}

/// By bound: the 95th percentile lies above the bound where more than 5 % of the records do, and the exact binomial
/// interval of that share decides (Clopper & Pearson 1934).
fn latency(blank: GateResult, summary: &Summary, latencies: Latencies, by: GateBy) -> GateResult {
    let value = summary.latency.map(|latency| latency.p95_ms);
    let Some(share) = Proportion::new(latencies.above, latencies.n).clopper_pearson(LEVEL) else {
        let why = "no record was judged now: replies came from the cache, or nobody was asked";
        return GateResult { why: Some(why.to_owned()), ..blank };
    };
    if by == GateBy::Measured {
        let too_many = real(latencies.above) > ABOVE * real(latencies.n) + HAIR;
        let verdict = if too_many { GateVerdict::Fails } else { GateVerdict::Holds };
        return GateResult { value, verdict, ..blank };
    }
    let verdict = below(share, ABOVE);
    let why = (verdict == GateVerdict::Inconclusive).then(|| {
        format!(
            "{} of {} records took longer; it takes 72 records to show that fewer than 5 % do",
            latencies.above, latencies.n
        )
    });
    GateResult { value, verdict, why, ..blank }
}
