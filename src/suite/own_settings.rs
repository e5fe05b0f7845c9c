//! What a judge of a suite says for itself, and who is asked with it.

use super::config::{JudgeTable, MemberTable};
use crate::judge::{Aggregation, AnswerLabels, AnswerOrders, Reading, StrategyChoice};
use crate::model::Parameters;
use crate::signature::Spec;

/// What a judge says for itself, over what its suite and its model say.
#[derive(Clone, Default)]
pub(super) struct OwnSettings {
    pub(super) model: Option<String>,
    pub(super) reading: Option<Reading>,
    pub(super) strategy: Option<StrategyChoice>,
    pub(super) samples: Option<u32>,
    pub(super) orders: Option<AnswerOrders>,
    pub(super) answer_labels: Option<AnswerLabels>,
    pub(super) retries: Option<u32>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) seed: Option<u64>,
    pub(super) max_tokens: Option<u32>,
}

/// Who is asked at a seat: its judge, or a member of its jury.
#[derive(Clone, Copy)]
pub(super) struct AskedSeat<'s> {
    pub(super) name: &'s str,
    pub(super) spec: &'s Spec,
    pub(super) aggregation: Aggregation,
    pub(super) own: &'s OwnSettings,
}

impl OwnSettings {
    /// A model's parameters, with what the judge says over them.
    pub(super) fn over(&self, model: &Parameters) -> Parameters {
        Parameters {
            temperature: self.temperature.or(model.temperature),
            top_p: self.top_p.or(model.top_p),
            seed: self.seed.or(model.seed),
            max_tokens: self.max_tokens.unwrap_or(model.max_tokens),
        }
    }

    /// The same, with another's settings where it has none.
    pub(super) fn or(self, other: &Self) -> Self {
        Self {
            model: self.model.or_else(|| other.model.clone()),
            reading: self.reading.or(other.reading),
            strategy: self.strategy.or_else(|| other.strategy.clone()),
            samples: self.samples.or(other.samples),
            orders: self.orders.or(other.orders),
            answer_labels: self.answer_labels.or(other.answer_labels),
            retries: self.retries.or(other.retries),
            temperature: self.temperature.or(other.temperature),
            top_p: self.top_p.or(other.top_p),
            seed: self.seed.or(other.seed),
            max_tokens: self.max_tokens.or(other.max_tokens),
        }
    }
}

impl From<&JudgeTable> for OwnSettings {
    fn from(judge: &JudgeTable) -> Self {
        let JudgeTable { model, reading, strategy, samples, orders, answer_labels, retries, .. } = judge;
        let JudgeTable { temperature, top_p, seed, max_tokens, .. } = judge;
        Self {
            model: model.clone(),
            reading: *reading,
            strategy: strategy.clone(),
            samples: *samples,
            orders: *orders,
            answer_labels: *answer_labels,
            retries: *retries,
            temperature: *temperature,
            top_p: *top_p,
            seed: *seed,
            max_tokens: *max_tokens,
        }
    }
}

impl From<&MemberTable> for OwnSettings {
    fn from(member: &MemberTable) -> Self {
        let MemberTable { model, reading, strategy, samples, orders, answer_labels, retries, .. } = member;
        let MemberTable { temperature, top_p, seed, max_tokens, .. } = member;
        Self {
            model: model.clone(),
            reading: *reading,
            strategy: strategy.clone(),
            samples: *samples,
            orders: *orders,
            answer_labels: *answer_labels,
            retries: *retries,
            temperature: *temperature,
            top_p: *top_p,
            seed: *seed,
            max_tokens: *max_tokens,
        }
    }
}
