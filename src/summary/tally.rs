//! Outcomes in, summary out.

use std::collections::{BTreeMap, BTreeSet};

use super::agreement::{self, Agreement, Labelled, TagAgreement};
use super::counts::{Calls, LEVEL, Latency, Rate, Tokens};
use super::numbers::{Compared, ScoreSummary, Summary};
use crate::eval::{Outcome, Settled};
use crate::judge::{Attempt, Judge, Purpose, Reading, Reason, Score, Unscored};
use crate::model::Price;
use crate::signature::{Scale, ScaleKind};
use crate::stats::{Moments, QuantileSketch};

/// The fewest labelled records of a tag that are worth a line.
const FEWEST_OF_A_TAG: usize = 20;

/// The most differing records a summary keeps.
const MOST_DIFFERING: usize = 200;

/// Takes outcomes in any order.
#[derive(Clone, Debug)]
pub struct Tally {
    suite: String,
    signature: String,
    model: String,
    reading: Reading,
    scale: Option<Scale>,
    scored: u64,
    undecided: u64,
    unscored: BTreeMap<Reason, u64>,
    examples: BTreeMap<Reason, (u64, String)>,
    skipped: u64,
    values: Moments,
    binary: bool,
    passes: u64,
    verdicts: BTreeMap<String, u64>,
    compared: Vec<Labelled>,
    /// By tag, the places of its records in `compared`.
    tags: BTreeMap<String, Vec<usize>>,
    quotes: (u64, u64),
    calls: Calls,
    tokens: Tokens,
    latency: Option<QuantileSketch>,
    differing: Vec<(u64, Compared)>,
    differing_count: u64,
    price: Option<Price>,
    wanted: BTreeSet<String>,
    shown: Vec<(u64, Compared)>,
}

impl Tally {
    /// An empty tally for a judge's outcomes.
    #[must_use]
    pub fn new(suite: &str, judge: &Judge) -> Self {
        Self {
            suite: suite.to_owned(),
            signature: judge.spec().name.clone(),
            model: judge.model().name().to_owned(),
            reading: judge.options().reading,
            scale: judge.spec().scale.clone(),
            scored: 0,
            undecided: 0,
            unscored: BTreeMap::new(),
            examples: BTreeMap::new(),
            skipped: 0,
            values: Moments::default(),
            binary: true,
            passes: 0,
            verdicts: BTreeMap::new(),
            compared: Vec::new(),
            tags: BTreeMap::new(),
            quotes: (0, 0),
            calls: Calls::default(),
            tokens: Tokens::default(),
            latency: QuantileSketch::new(0.01),
            differing: Vec::new(),
            differing_count: 0,
            price: None,
            wanted: BTreeSet::new(),
            shown: Vec::new(),
        }
    }

    /// Reckons with this price.
    #[must_use]
    pub fn priced(mut self, price: Option<Price>) -> Self {
        self.price = price;
        self
    }

    /// Keeps these records' verdicts for every report, by id.
    #[must_use]
    pub fn showing(mut self, ids: impl IntoIterator<Item = String>) -> Self {
        self.wanted.extend(ids);
        self
    }

    /// Counts a line of the dataset that was left out.
    pub fn skip(&mut self) {
        self.skipped += 1;
    }

    /// Counts an outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        match &outcome.result {
            Settled::Scored(score) => self.add_score(outcome, score),
            Settled::Unscored(unscored) => self.add_unscored(outcome.index, unscored),
        }
        if self.wanted.contains(&outcome.id) {
            self.shown.push((outcome.index, compared(outcome)));
        }
        outcome.attempts.iter().for_each(|attempt| self.add_attempt(attempt));
        if let (Some(latency), true) = (&mut self.latency, is_timed(outcome)) {
            latency.add(outcome.elapsed_ms);
        }
    }

    fn add_score(&mut self, outcome: &Outcome, score: &Score) {
        self.scored += 1;
        *self.verdicts.entry(score.label.clone()).or_default() += 1;
        match score.value {
            Some(value) => {
                self.values.add(value);
                let passes = value >= 1.0;
                self.binary &= passes || value <= 0.0;
                self.passes += u64::from(passes);
            }
            None => self.undecided += 1,
        }
        self.quotes.0 += score.evidence.iter().filter(|quote| quote.found).count() as u64;
        self.quotes.1 += score.evidence.len() as u64;
        self.compare(outcome, score);
    }

    fn compare(&mut self, outcome: &Outcome, score: &Score) {
        let Some(expected) = &outcome.expected else {
            return;
        };
        for tag in &outcome.tags {
            self.tags.entry(tag.clone()).or_default().push(self.compared.len());
        }
        self.compared.push(Labelled {
            index: outcome.index,
            expected: expected.label.clone(),
            expected_value: expected.value,
            given: score.label.clone(),
            value: score.value,
        });
        if !outcome.differs() {
            return;
        }
        self.differing_count += 1;
        self.differing.push((outcome.index, compared(outcome)));
        if self.differing.len() > 2 * MOST_DIFFERING {
            self.keep_farthest();
        }
    }

    /// The farthest apart first; among equals those with reasons, then the earlier.
    fn keep_farthest(&mut self) {
        self.differing.sort_by(|(a_index, a), (b_index, b)| {
            let farther = b.distance.total_cmp(&a.distance);
            let told = a.reasoning.is_none().cmp(&b.reasoning.is_none());
            farther.then(told).then(a_index.cmp(b_index))
        });
        self.differing.truncate(MOST_DIFFERING);
    }

    fn add_unscored(&mut self, index: u64, unscored: &Unscored) {
        *self.unscored.entry(unscored.reason).or_default() += 1;
        let text = match &unscored.remedy {
            Some(remedy) => format!("{}; {remedy}", unscored.detail),
            None => unscored.detail.clone(),
        };
        let example = self.examples.entry(unscored.reason).or_insert_with(|| (index, text.clone()));
        if index < example.0 {
            *example = (index, text);
        }
    }

    fn add_attempt(&mut self, attempt: &Attempt) {
        if attempt.failure.as_ref().is_some_and(|failure| failure.tries == 0) {
            self.calls.not_sent += 1;
            return;
        }
        match attempt.purpose {
            Purpose::Verdict => self.calls.verdicts += 1,
            Purpose::Again => self.calls.again += 1,
            Purpose::Reasons => self.calls.reasons += 1,
        }
        let Some(response) = &attempt.response else {
            self.calls.failed += 1;
            let tries = attempt.failure.as_ref().map_or(0, |failure| failure.tries);
            self.calls.transport_retries += u64::from(tries.saturating_sub(1));
            return;
        };
        if !response.cached {
            self.calls.transport_retries += u64::from(response.retries);
        }
        match (attempt.faults.is_empty(), attempt.repairs.is_empty()) {
            (false, _) => self.calls.invalid += 1,
            (true, false) => self.calls.repaired += 1,
            (true, true) => self.calls.valid += 1,
        }
        if response.cached {
            self.calls.cached += 1;
            return;
        }
        let usage = response.usage;
        self.tokens.prompt += usage.prompt_tokens.unwrap_or(0);
        self.tokens.cached += usage.cached_tokens.unwrap_or(0);
        self.tokens.completion += usage.completion_tokens.unwrap_or(0);
        self.tokens.uncounted_calls += u64::from(usage.prompt_tokens.is_none());
    }

    /// The numbers.
    #[must_use]
    pub fn summary(&self, wall_s: f64) -> Summary {
        let mut sorted = self.clone();
        sorted.keep_farthest();
        sorted.compared.sort_by_key(|labelled| labelled.index);
        sorted.shown.sort_by_key(|(index, _)| *index);
        let unscored: u64 = self.unscored.values().sum();
        Summary {
            suite: self.suite.clone(),
            signature: self.signature.clone(),
            model: self.model.clone(),
            reading: self.reading,
            records: self.scored + unscored,
            scored: Rate::of(self.scored, self.scored + unscored),
            undecided: self.undecided,
            unscored: self.unscored.clone(),
            unscored_examples: self
                .examples
                .iter()
                .map(|(reason, (_, text))| (*reason, text.clone()))
                .collect(),
            pending: 0,
            skipped: self.skipped,
            score: self.score(),
            verdicts: self.verdicts.clone(),
            agreement: sorted.agreement(),
            by_tag: self.by_tag(),
            evidence_found: Rate::of(self.quotes.0, self.quotes.1),
            calls: self.calls,
            tokens: self.tokens,
            cost_usd: self.price.map(|price| self.tokens.cost_usd(price)),
            latency: self.latency.as_ref().and_then(Latency::read),
            wall_s,
            shown: sorted.shown.into_iter().map(|(_, shown)| shown).collect(),
            differing: sorted.differing.into_iter().map(|(_, differing)| differing).collect(),
            differing_count: self.differing_count,
        }
    }

    fn score(&self) -> ScoreSummary {
        let interval = if self.binary {
            Rate::of(self.passes, self.values.n()).interval
        } else {
            self.values
                .estimate()
                .and_then(|mean| mean.interval(LEVEL))
                .map(|interval| interval.within(0.0, 1.0))
        };
        ScoreSummary { mean: self.values.mean(), n: self.values.n(), interval }
    }

    fn by_tag(&self) -> Vec<TagAgreement> {
        let large = self.tags.iter().filter(|(_, places)| places.len() >= FEWEST_OF_A_TAG);
        large
            .map(|(tag, places)| {
                let records: Vec<Labelled> =
                    places.iter().filter_map(|place| self.compared.get(*place)).cloned().collect();
                agreement::of_tag(tag, &records)
            })
            .collect()
    }

    fn agreement(&self) -> Option<Agreement> {
        let scale = self.scale.as_ref().filter(|_| !self.compared.is_empty())?;
        Some(match &scale.kind {
            ScaleKind::Labels(labels) => {
                let order: Vec<String> = labels.iter().map(|label| label.name.clone()).collect();
                Agreement::Labels(agreement::labels(&self.compared, &order))
            }
            ScaleKind::Numeric { min, max, .. } => {
                Agreement::Scale(agreement::scale(&self.compared, *min, *max))
            }
        })
    }
}

/// Whether its time is that of real calls, all of them.
fn is_timed(outcome: &Outcome) -> bool {
    let cached = |attempt: &Attempt| attempt.response.as_ref().is_some_and(|response| response.cached);
    !outcome.attempts.is_empty() && !outcome.attempts.iter().any(cached)
}

fn compared(outcome: &Outcome) -> Compared {
    let blank = Score::default();
    let score = outcome.score().unwrap_or(&blank);
    let why_unscored = match &outcome.result {
        Settled::Scored(_) => None,
        Settled::Unscored(unscored) => Some(unscored.to_string()),
    };
    Compared {
        id: outcome.id.clone(),
        expected: outcome.expected.as_ref().map(|expected| expected.label.clone()),
        given: outcome.score().map(|score| score.label.clone()),
        value: score.value,
        confidence: score.confidence,
        distance: outcome.distance(),
        reasoning: score.reasoning.clone().or(why_unscored),
        post_hoc: score.post_hoc,
    }
}
