//! What a search found: every candidate and how it did.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Search;
use super::schedule::SearchEnd;
use crate::number::real;
use crate::optimizer::arena::Fate;
use crate::optimizer::examiner::{Examiner, Reply};
use crate::optimizer::objective::{Given, Judgment, mean_of};
use crate::optimizer::proposer::Candidate;
use crate::stats::{Bootstrap, Interval, mean};

/// A candidate and how it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CandidateStanding {
    /// What it asks.
    pub(crate) candidate: Candidate,
    /// Its short key: 12 hex digits.
    pub key: String,
    /// What became of it.
    pub(crate) fate: Fate,
    /// How many validation records it judged.
    pub judged: usize,
    /// How many of them it gave no valid answer to.
    pub invalid: usize,
    /// The mean loss over them.
    pub mean_loss: Option<f64>,
    /// The objective, where it judged all.
    pub objective: Option<f64>,
    /// Its 95 % interval (percentile bootstrap over groups of records).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// The objective less the penalty for tokens: what candidates are ranked by.
    pub worth: Option<f64>,
    /// Tokens of a prompt on average, where the server counted them.
    pub prompt_tokens: Option<f64>,
    /// How many demos it shows.
    pub demos: usize,
    /// How many calls it took on validation records.
    #[serde(default)]
    pub calls: u64,
    /// How many calls had been made when it was last judged by; 0 where none were noted.
    #[serde(default)]
    pub calls_so_far: u64,
    /// How it did with each target model, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) models: Vec<ModelStanding>,
}

/// How a candidate did with one of several target models.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModelStanding {
    /// How many validation records had no valid answer.
    pub invalid: usize,
    /// The mean loss over the records it judged.
    pub mean_loss: Option<f64>,
    /// The objective, where it judged all.
    pub objective: Option<f64>,
    /// Tokens of a prompt on average, where the server counted them.
    pub prompt_tokens: Option<f64>,
    /// How many calls it took on validation records.
    pub calls: u64,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Every candidate, the baseline first.
    pub standings: Vec<CandidateStanding>,
    /// The best, by its place: 0 where nothing beat the baseline.
    pub best: usize,
    /// How it ended.
    pub end: SearchEnd,
    /// Calls that were made, those answered from the cache included.
    pub calls: u64,
    /// Calls that judging every validation record by every candidate would have taken besides.
    pub saved: u64,
    /// What each target model said of the validation records, asked by the baseline and by the best.
    pub judgments: Vec<[Vec<Judgment>; 2]>,
}

impl<E: Examiner, L> Search<'_, E, L> {
    /// How many calls judging one record takes, by all models.
    pub(super) fn calls_each(&self) -> u64 {
        self.models.iter().map(Examiner::calls_each).sum()
    }

    fn replies(&self, place: usize, model: usize) -> impl Iterator<Item = (usize, &Reply)> {
        let replies = self.entries.get(place).map(|entry| &entry.replies).into_iter().flatten();
        replies.filter(move |((_, of), _)| *of == model).map(|((record, _), reply)| (*record, reply))
    }

    fn judgments(&self, place: usize, model: usize) -> Vec<Judgment> {
        let validation = &self.subject.learning.validation;
        let of = |(record, reply): (usize, &Reply)| Judgment {
            expected: validation[record].expected.clone(),
            given: reply.given.clone(),
        };
        self.replies(place, model).map(of).collect()
    }

    pub(super) fn standing(&self, place: usize) -> CandidateStanding {
        let entry = &self.entries[place];
        let models: Vec<ModelStanding> =
            (0..self.models.len()).map(|model| self.model_standing(place, model)).collect();
        let prompt_tokens = mean_of(models.iter().map(|model| model.prompt_tokens));
        let objective = mean_of(models.iter().map(|model| model.objective));
        let penalty = self.options.token_penalty * prompt_tokens.unwrap_or(0.0) / 1000.0;
        CandidateStanding {
            candidate: entry.candidate.clone(),
            key: entry.key.clone(),
            fate: self.arena.fate(place),
            judged: self.replies(place, 0).count(),
            invalid: models.iter().map(|model| model.invalid).sum(),
            mean_loss: self.arena.mean_loss(place),
            objective,
            interval: None,
            worth: objective.map(|objective| objective - penalty),
            prompt_tokens,
            demos: entry.candidate.demo_count(self.subject.spec),
            calls: models.iter().map(|model| model.calls).sum(),
            calls_so_far: entry.calls_so_far,
            models: if models.len() > 1 { models } else { Vec::new() },
        }
    }

    fn model_standing(&self, place: usize, model: usize) -> ModelStanding {
        let Self { options, subject, .. } = self;
        let judgments = self.judgments(place, model);
        let loss = |one: &Judgment| options.objective.loss(one, subject.scale);
        let losses: Vec<f64> = judgments.iter().filter_map(loss).collect();
        let tokens = |(_, reply): (usize, &Reply)| reply.prompt_tokens.map(real);
        let tokens: Vec<f64> = self.replies(place, model).filter_map(tokens).collect();
        let whole = self.arena.is_finished(place) && self.arena.fate(place) == Fate::Running;
        ModelStanding {
            invalid: judgments.iter().filter(|one| one.given == Given::Invalid).count(),
            mean_loss: mean(&losses),
            objective: options.objective.value(&judgments, subject.scale).filter(|_| whole),
            prompt_tokens: mean(&tokens),
            calls: self.replies(place, model).map(|(_, reply)| reply.calls).sum(),
        }
    }

    /// The interval of the objective of a candidate that judged all: the records are drawn anew, and
    /// the mean is over the models.
    fn interval(&self, place: usize) -> Option<Interval> {
        let Self { options, subject, models, .. } = self;
        self.standing(place).objective.filter(|_| options.resamples > 0)?;
        let of_model = |model| self.judgments(place, model).into_iter();
        let mut judged: Vec<_> = (0..models.len()).map(of_model).collect();
        let mut groups: BTreeMap<&str, Vec<Vec<Judgment>>> = BTreeMap::new();
        // Who judged all has a judgment of every record by every model, in the order of the records.
        for example in &subject.learning.validation {
            let row: Vec<Judgment> = judged.iter_mut().filter_map(Iterator::next).collect();
            groups.entry(&example.group).or_default().push(row);
        }
        let groups: Vec<Vec<Vec<Judgment>>> = groups.into_values().collect();
        let value = |groups: &[Vec<Vec<Judgment>>]| {
            let of_model = |model: usize| {
                let rows = groups.iter().flatten();
                let judgments: Vec<Judgment> = rows.filter_map(|row| row.get(model)).cloned().collect();
                options.objective.value(&judgments, subject.scale)
            };
            mean_of((0..models.len()).map(of_model))
        };
        let bootstrap = Bootstrap { resamples: options.resamples, seed: options.seed };
        bootstrap.percentile(&groups, value, 0.95)
    }

    pub(super) fn found(self, end: SearchEnd) -> Found {
        let whole = |place| CandidateStanding { interval: self.interval(place), ..self.standing(place) };
        let standings: Vec<CandidateStanding> = (0..self.entries.len()).map(whole).collect();
        let whole = (standings.len() * self.subject.learning.validation.len()) as u64;
        let judged: u64 = standings.iter().map(|standing| standing.judged as u64).sum();
        let of_model = |model| [self.judgments(0, model), self.judgments(self.best, model)];
        Found {
            judgments: (0..self.models.len()).map(of_model).collect(),
            best: self.best,
            calls: self.calls,
            saved: (whole - judged) * self.calls_each(),
            standings,
            end,
        }
    }
}
