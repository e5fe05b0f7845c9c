//! What a run took: calls, tokens and time; outputs that were produced for it; and records without a score.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::eval::Produced;
use crate::judge::{Attempt, Purpose, Reason, Unscored};
use crate::model::{Price, Response};
use crate::stats::{ExactSum, Interval, Proportion, QuantileSketch};

/// The level of every interval in a summary.
pub(super) const LEVEL: f64 = 0.95;

/// The share of a scale within which two scores are a tie, by default: far above rounding noise,
/// far below any difference that is meant.
pub(crate) const NEAR_TIES: f64 = 1e-9;

/// A share with its n and its Wilson interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rate {
    /// The share in `0..=1`; `None` of nothing.
    pub rate: Option<f64>,
    /// How many counted.
    pub count: u64,
    /// Of how many.
    pub n: u64,
    /// The Wilson score interval.
    pub interval: Option<Interval>,
}

impl From<Proportion> for Rate {
    fn from(proportion: Proportion) -> Self {
        Self {
            rate: proportion.rate(),
            count: proportion.successes,
            n: proportion.n,
            interval: proportion.wilson(LEVEL),
        }
    }
}

impl Rate {
    /// The share of `count` in `n`.
    #[must_use]
    pub fn of(count: u64, n: u64) -> Self {
        Proportion::new(count, n).into()
    }

    /// The share of the others, in `0..=1`; `None` of nothing. From the counts: `1 - 0.7` is more than 0.3.
    #[must_use]
    pub fn complement(&self) -> Option<f64> {
        Proportion::new(self.n.saturating_sub(self.count), self.n).rate()
    }
}

/// The calls of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// Calls made for verdicts, the first of each question.
    pub verdicts: u64,
    /// Calls made again after an invalid answer.
    pub again: u64,
    /// Calls made for reasons after the verdict.
    pub reasons: u64,
    /// Times a call was sent again by the transport.
    pub transport_retries: u64,
    /// Calls answered from the cache: nothing was sent, nothing paid.
    #[serde(default)]
    pub cached: u64,
    /// Calls that brought no reply.
    pub failed: u64,
    /// Calls that were never sent: no budget was left, or the model cannot do it.
    pub not_sent: u64,
    /// Replies that were valid as they came.
    pub valid: u64,
    /// Replies that were valid after repair.
    pub repaired: u64,
    /// Replies that were not valid.
    pub invalid: u64,
}

impl Calls {
    /// Counts a call.
    pub(super) fn add(&mut self, attempt: &Attempt) {
        if attempt.failure.as_ref().is_some_and(|failure| failure.tries == 0) {
            self.not_sent += 1;
            return;
        }
        match attempt.purpose {
            Purpose::Verdict => self.verdicts += 1,
            Purpose::Again => self.again += 1,
            Purpose::Reasons => self.reasons += 1,
        }
        let Some(response) = &attempt.response else {
            self.failed += 1;
            let tries = attempt.failure.as_ref().map_or(0, |failure| failure.tries);
            self.transport_retries += u64::from(tries.saturating_sub(1));
            return;
        };
        match (attempt.faults.is_empty(), attempt.repairs.is_empty()) {
            (false, _) => self.invalid += 1,
            (true, false) => self.repaired += 1,
            (true, true) => self.valid += 1,
        }
        if response.cached {
            self.cached += 1;
        } else {
            self.transport_retries += u64::from(response.retries);
        }
    }
}

/// The tokens of a run's own calls, as far as the servers counted them: those
/// of replies from the cache were paid for before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Tokens of prompts.
    pub prompt: u64,
    /// Those of them that were not evaluated again.
    pub cached: u64,
    /// Tokens of answers.
    pub completion: u64,
    /// Tokens of prompts that a batch answered, beside the others.
    #[serde(default, skip_serializing_if = "is_none")]
    pub batch_prompt: u64,
    /// Tokens of answers that came in a batch.
    #[serde(default, skip_serializing_if = "is_none")]
    pub batch_completion: u64,
    /// Calls whose tokens nobody counted.
    pub uncounted_calls: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(tokens: &u64) -> bool {
    *tokens == 0
}

impl Tokens {
    /// Counts a call's tokens.
    pub(super) fn add(&mut self, response: &Response) {
        let Response { usage, batched, .. } = response;
        let (prompt, completion) = if *batched {
            (&mut self.batch_prompt, &mut self.batch_completion)
        } else {
            (&mut self.prompt, &mut self.completion)
        };
        *prompt += usage.prompt_tokens.unwrap_or(0);
        *completion += usage.completion_tokens.unwrap_or(0);
        self.cached += usage.cached_tokens.unwrap_or(0);
        self.uncounted_calls += u64::from(usage.prompt_tokens.is_none());
    }

    /// What they cost, in US dollars: a lower bound where some calls' tokens nobody counted.
    #[must_use]
    pub fn cost_usd(&self, price: Price) -> f64 {
        price.of(self.prompt, self.completion) + price.of_batch(self.batch_prompt, self.batch_completion)
    }
}

/// How long a record took, in milliseconds; quantiles within 1 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The median.
    pub p50_ms: f64,
    /// The 95th percentile.
    pub p95_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Latency {
    pub(super) fn read(sketch: &QuantileSketch) -> Option<Self> {
        Some(Self { p50_ms: sketch.quantile(0.5)?, p95_ms: sketch.quantile(0.95)?, max_ms: sketch.max()? })
    }
}

/// Counts records without a score, in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct UnscoredTally {
    counts: BTreeMap<Reason, u64>,
    /// Of each reason the first record's, by its place in the dataset.
    examples: BTreeMap<Reason, (u64, String)>,
}

impl UnscoredTally {
    pub(super) fn add(&mut self, index: u64, unscored: &Unscored) {
        *self.counts.entry(unscored.reason).or_default() += 1;
        let text = match &unscored.remedy {
            Some(remedy) => format!("{}; {remedy}", unscored.detail),
            None => unscored.detail.clone(),
        };
        let example = self.examples.entry(unscored.reason).or_insert_with(|| (index, text.clone()));
        if index < example.0 {
            *example = (index, text);
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    pub(super) fn counts(&self) -> BTreeMap<Reason, u64> {
        self.counts.clone()
    }

    pub(super) fn examples(&self) -> BTreeMap<Reason, String> {
        self.examples.iter().map(|(reason, (_, text))| (*reason, text.clone())).collect()
    }
}

/// The outputs that were produced for a run, apart from how they were judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubjectSummary {
    /// Records for which there was an output.
    pub produced: Rate,
    /// Outputs that were kept from an earlier time.
    pub kept: u64,
    /// Tokens of a model that is the subject.
    pub tokens: Tokens,
    /// What the subject says it cost, in US dollars, where it tells.
    pub cost_usd: Option<f64>,
    /// How long it took for a record, kept outputs left out.
    pub latency: Option<Latency>,
}

/// Takes productions in any order.
#[derive(Clone, Debug)]
pub(super) struct SubjectTally {
    produced: u64,
    failed: u64,
    kept: u64,
    tokens: Tokens,
    cost_usd: Option<ExactSum>,
    latency: Option<QuantileSketch>,
}

impl Default for SubjectTally {
    fn default() -> Self {
        Self {
            produced: 0,
            failed: 0,
            kept: 0,
            tokens: Tokens::default(),
            cost_usd: None,
            latency: QuantileSketch::new(0.01),
        }
    }
}

impl SubjectTally {
    pub(super) fn add(&mut self, subject: &Produced) {
        match subject.output {
            Some(_) => self.produced += 1,
            None => self.failed += 1,
        }
        let replies = subject.trace.attempts.iter().filter_map(|attempt| attempt.response.as_ref());
        let (cached, paid): (Vec<_>, Vec<_>) = replies.partition(|response| response.cached);
        for response in paid {
            self.tokens.add(response);
        }
        if let Some(cost_usd) = subject.trace.cost_usd {
            self.cost_usd.get_or_insert_default().add(cost_usd);
        }
        if subject.trace.kept {
            self.kept += 1;
        } else if let (Some(latency), true) = (&mut self.latency, cached.is_empty()) {
            latency.add(subject.trace.took_ms);
        }
    }

    /// The numbers; `None` where nothing was produced for the run.
    pub(super) fn summary(&self) -> Option<SubjectSummary> {
        let all = self.produced + self.failed;
        (all > 0).then(|| SubjectSummary {
            produced: Rate::of(self.produced, all),
            kept: self.kept,
            tokens: self.tokens,
            cost_usd: self.cost_usd.as_ref().and_then(ExactSum::total),
            latency: self.latency.as_ref().and_then(Latency::read),
        })
    }
}
