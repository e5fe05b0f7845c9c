//! The subject's side of a run: outputs that were produced for it.

use serde::{Deserialize, Serialize};

use super::counts::{Latency, Rate, Tokens};
use crate::eval::Produced;
use crate::stats::{ExactSum, QuantileSketch};

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
            self.tokens.add(&response.usage);
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
