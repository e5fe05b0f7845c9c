//! What a tuning has spent, and what judging the baseline showed.

use std::collections::BTreeMap;
use std::time::Instant;

use super::rates::{Prices, Rates};
use crate::model::Price;
use crate::number::{real, rounded};
use crate::optimizer::{Errors, Example, Given, Part, Reply, TuneSpending};

/// What a tuning has spent so far.
pub(super) struct Account {
    prices: Prices,
    started: Instant,
    calls: u64,
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    cost_usd: Option<f64>,
}

impl Account {
    pub(super) fn new(prices: Prices) -> Self {
        Self {
            prices,
            started: Instant::now(),
            calls: 0,
            prompt_tokens: None,
            completion_tokens: None,
            cost_usd: Some(0.0),
        }
    }

    pub(super) fn add(&mut self, part: Part, model: usize, reply: &Reply) {
        self.calls += reply.calls;
        add(&mut self.prompt_tokens, reply.sent_tokens);
        add(&mut self.completion_tokens, reply.completion_tokens);
        let price = match part {
            Part::Train => self.prices.teacher,
            Part::Validation | Part::Test => self.prices.judges.get(model).copied().flatten(),
        };
        let cost = |price: Price| Some(price.of(reply.sent_tokens?, reply.completion_tokens?));
        // A reply without counted tokens is one that did not come.
        self.cost_usd = self.cost_usd.zip(price).map(|(sum, price)| sum + cost(price).unwrap_or(0.0));
    }

    /// Calls so far.
    pub(super) fn calls(&self) -> u64 {
        self.calls
    }

    /// All of it.
    pub(super) fn spent(&self) -> TuneSpending {
        TuneSpending {
            calls: self.calls,
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.completion_tokens,
            cost_usd: self.cost_usd.filter(|_| self.prompt_tokens.is_some()),
            seconds: Some(self.started.elapsed().as_secs_f64()),
        }
    }
}

fn add(sum: &mut Option<u64>, tokens: Option<u64>) {
    if let Some(tokens) = tokens {
        *sum = Some(sum.unwrap_or(0) + tokens);
    }
}

/// What judging the baseline showed.
pub(super) struct Shown {
    started: Instant,
    /// Whether replies come from the model, not from what an earlier start kept.
    is_asked: bool,
    judgments: f64,
    /// By label: wrong verdicts, and all.
    wrong: BTreeMap<String, [f64; 2]>,
    calls: f64,
    cached: f64,
    /// Of the judgments whose tokens were counted: tokens, and bytes of their prompts.
    sent: [f64; 2],
    /// Tokens of the answers.
    answers: Option<f64>,
    /// Bytes of the answers that were decoded, and how many they were.
    decoded: [f64; 2],
    bytes: f64,
}

impl Shown {
    pub(super) fn new(is_asked: bool) -> Self {
        Self {
            started: Instant::now(),
            is_asked,
            judgments: 0.0,
            wrong: BTreeMap::new(),
            calls: 0.0,
            cached: 0.0,
            sent: [0.0; 2],
            answers: None,
            decoded: [0.0; 2],
            bytes: 0.0,
        }
    }

    /// Adds a judgment whose prompts are so long.
    pub(super) fn add(&mut self, example: &Example, reply: &Reply, bytes: u64) {
        let right = matches!(&reply.given, Given::Verdict { label, .. } if *label == example.expected.label);
        self.judgments += 1.0;
        let [wrong, all] = self.wrong.entry(example.expected.label.clone()).or_default();
        *wrong += f64::from(u8::from(!right));
        *all += 1.0;
        self.calls += real(reply.calls);
        self.cached += real(reply.cached);
        self.bytes += real(bytes);
        if let Some(tokens) = reply.sent_tokens {
            let [sent, of_bytes] = &mut self.sent;
            *sent += real(tokens);
            *of_bytes += real(bytes);
        }
        if let Some(tokens) = reply.completion_tokens {
            self.answers = Some(self.answers.unwrap_or(0.0) + real(tokens));
        }
        if let Some(answer) = &reply.answer {
            let texts = answer.values().filter_map(|value| value.as_str());
            let [bytes, number] = &mut self.decoded;
            *bytes += real(texts.map(str::len).sum::<usize>());
            *number += 1.0;
        }
    }

    /// What a judgment takes; what was not shown stays as it was known before.
    pub(super) fn rates(&self, before: &Rates, at_once: usize) -> Rates {
        let judgments = self.judgments.max(1.0);
        let [sent, of_bytes] = self.sent;
        let seconds = self.started.elapsed().as_secs_f64() * real(at_once.max(1)) / judgments;
        // Answers that were kept say nothing about the time.
        let is_timed = self.is_asked && self.cached * 10.0 < self.calls;
        Rates {
            calls: self.calls / judgments,
            tokens_per_byte: if of_bytes > 0.0 { sent / of_bytes } else { before.tokens_per_byte },
            completion_tokens: self.answers.map(|tokens| tokens / judgments).or(before.completion_tokens),
            seconds: if is_timed { Some(seconds) } else { before.seconds },
            bytes: self.bytes / judgments,
            measured: before.measured + rounded(self.calls),
        }
    }

    /// How often ways to ask may be wrong.
    pub(super) fn errors(&self) -> Errors {
        let wrong: f64 = self.wrong.values().map(|[wrong, _]| wrong).sum();
        let by_label = self.wrong.iter().map(|(label, [wrong, all])| (label.clone(), wrong / all));
        Errors::around(by_label.collect(), wrong / self.judgments.max(1.0))
    }

    /// Bytes of the reasons of an answer.
    pub(super) fn reasons(&self) -> Option<usize> {
        let [bytes, number] = self.decoded;
        (number > 0.0).then(|| usize::try_from(rounded(bytes / number)).unwrap_or(0))
    }
}
