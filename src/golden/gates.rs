//! Absolute gates: what a run must reach, whatever was before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::eval::Outcome;
use crate::judge::Attempt;
use crate::stats::{Interval, Proportion};
use crate::summary::{Agreement, Summary};

/// What a run must reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gates {
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
}

/// What came of a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// The gate: `min_score`, `min_kappa`, `max_unscored`, `max_cost_usd`, `max_p95_latency_ms`.
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
    /// The whole interval is on the right side.
    Holds,
    /// The whole interval is on the wrong side.
    Fails,
    /// The bound lies inside the interval.
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

/// The level of a gate's interval.
const LEVEL: f64 = 0.95;

impl Gates {
    /// Whether any gate is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        let Self { min_score, min_kappa, max_unscored, max_cost_usd, max_p95_latency_ms } = self;
        [min_score, min_kappa, max_unscored, max_cost_usd, max_p95_latency_ms]
            .iter()
            .any(|bound| bound.is_some())
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

/// Holds a run against its gates.
///
/// What is estimated from a sample (score, κ, latency) holds or fails with the whole of its interval.
/// What is counted (records without a score, cost) is known exactly and compared as it is.
#[must_use]
pub fn gates(gates: &Gates, summary: &Summary, latencies: Latencies) -> Vec<GateResult> {
    let of = |gate: &str, bound: Option<f64>, judge: &dyn Fn(GateResult) -> GateResult| {
        let blank = GateResult {
            gate: gate.to_owned(),
            bound: bound?,
            value: None,
            interval: None,
            verdict: GateVerdict::Inconclusive,
            why: None,
        };
        Some(judge(blank))
    };
    [
        of("min_score", gates.min_score, &|blank| {
            let score = summary.score;
            at_least(blank, score.mean, score.interval, "no record has a score")
        }),
        of("min_kappa", gates.min_kappa, &|blank| {
            let (kappa, interval) = kappa(summary);
            at_least(blank, kappa, interval, "κ is undefined: too few labels, or all of them alike")
        }),
        of("max_unscored", gates.max_unscored, &|blank| {
            at_most(blank, summary.scored.complement(), "no record was judged")
        }),
        of("max_cost_usd", gates.max_cost_usd, &|blank| cost(blank, summary)),
        of("max_p95_latency_ms", gates.max_p95_latency_ms, &|blank| latency(blank, summary, latencies)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn kappa(summary: &Summary) -> (Option<f64>, Option<Interval>) {
    match &summary.agreement {
        Some(Agreement::Labels(labels)) => (labels.kappa, labels.kappa_interval),
        Some(Agreement::Scale(scale)) => (scale.kappa_quadratic, scale.kappa_interval),
        None => (None, None),
    }
}

fn at_least(blank: GateResult, value: Option<f64>, interval: Option<Interval>, none: &str) -> GateResult {
    let bound = blank.bound;
    let (verdict, why) = match (value, interval) {
        (None, _) => (GateVerdict::Inconclusive, Some(none.to_owned())),
        (Some(_), None) => (GateVerdict::Inconclusive, Some("too few records for an interval".to_owned())),
        (_, Some(interval)) if interval.low >= bound => (GateVerdict::Holds, None),
        (_, Some(interval)) if interval.high < bound => (GateVerdict::Fails, None),
        _ => (GateVerdict::Inconclusive, None),
    };
    GateResult { value, interval, verdict, why, ..blank }
}

fn at_most(blank: GateResult, value: Option<f64>, none: &str) -> GateResult {
    let (verdict, why) = match value {
        None => (GateVerdict::Inconclusive, Some(none.to_owned())),
        // A share that was written down as the bound must not fail by a rounding error.
        Some(value) if value <= blank.bound + 1e-12 => (GateVerdict::Holds, None),
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

/// The 95th percentile lies above the bound where more than 5 % of the records do: the exact binomial
/// interval of that share decides (Clopper & Pearson 1934).
fn latency(blank: GateResult, summary: &Summary, latencies: Latencies) -> GateResult {
    let value = summary.latency.map(|latency| latency.p95_ms);
    let Some(share) = Proportion::new(latencies.above, latencies.n).clopper_pearson(LEVEL) else {
        let why = "no record was judged now: replies came from the cache, or nobody was asked";
        return GateResult { why: Some(why.to_owned()), ..blank };
    };
    let (verdict, why) = if share.high <= ABOVE {
        (GateVerdict::Holds, None)
    } else if share.low > ABOVE {
        (GateVerdict::Fails, None)
    } else {
        let why = format!(
            "{} of {} records took longer; it takes 72 records to show that fewer than 5 % do",
            latencies.above, latencies.n
        );
        (GateVerdict::Inconclusive, Some(why))
    };
    GateResult { value, verdict, why, ..blank }
}
