//! What a search found: every candidate and how it did.

use serde::{Deserialize, Serialize};

use super::Search;
use super::ending::SearchEnd;
use crate::optimizer::arena::Fate;
use crate::optimizer::candidate::Candidate;
use crate::optimizer::examiner::{Examiner, Reply};
use crate::optimizer::objective::{Given, Judgment};

/// A candidate and how it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// What it asks.
    pub candidate: Candidate,
    /// Its short key: 12 hex digits.
    pub key: String,
    /// What became of it.
    pub fate: Fate,
    /// How many validation records it judged.
    pub judged: usize,
    /// How many of them it gave no valid answer to.
    pub invalid: usize,
    /// The mean loss over them.
    pub mean_loss: Option<f64>,
    /// The objective, where it judged all.
    pub objective: Option<f64>,
    /// The objective less the penalty for tokens: what candidates are ranked by.
    pub worth: Option<f64>,
    /// Tokens of a prompt on average, where the server counted them.
    pub prompt_tokens: Option<f64>,
    /// How many demos it shows.
    pub demos: usize,
    /// How many calls it took on validation records.
    pub calls: u64,
    /// How many calls had been made when it was last judged by.
    pub calls_so_far: u64,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Every candidate, the baseline first.
    pub standings: Vec<Standing>,
    /// The best, by its place: 0 where nothing beat the baseline.
    pub best: usize,
    /// How it ended.
    pub end: SearchEnd,
    /// Calls that were made, those answered from the cache included.
    pub calls: u64,
    /// Calls that judging every validation record by every candidate would have taken besides.
    pub saved: u64,
    /// What the baseline and the best said of the validation records.
    pub judgments: [Vec<Judgment>; 2],
}

impl<E: Examiner, L> Search<'_, E, L> {
    fn judgments(&self, place: usize) -> Vec<Judgment> {
        let validation = &self.subject.learning.validation;
        let replies = self.entries.get(place).map(|entry| &entry.replies);
        let of = |(&record, reply): (&usize, &Reply)| Judgment {
            expected: validation[record].expected.clone(),
            given: reply.given.clone(),
        };
        replies.into_iter().flatten().map(of).collect()
    }

    pub(super) fn standing(&self, place: usize) -> Standing {
        let entry = &self.entries[place];
        let judgments = self.judgments(place);
        let prompts: Vec<f64> =
            entry.replies.values().filter_map(|reply| reply.prompt_tokens).map(float).collect();
        let prompt_tokens = crate::stats::mean(&prompts);
        let whole = self.arena.is_finished(place) && self.arena.fate(place) == Fate::Running;
        let objective = self.options.objective.value(&judgments, self.subject.scale).filter(|_| whole);
        let penalty = self.options.token_penalty * prompt_tokens.unwrap_or(0.0) / 1000.0;
        Standing {
            candidate: entry.candidate.clone(),
            key: entry.key.clone(),
            fate: self.arena.fate(place),
            judged: entry.replies.len(),
            invalid: judgments.iter().filter(|one| one.given == Given::Invalid).count(),
            mean_loss: self.arena.mean_loss(place),
            objective,
            worth: objective.map(|objective| objective - penalty),
            prompt_tokens,
            demos: entry.candidate.demo_count(self.subject.spec),
            calls: entry.replies.values().map(|reply| reply.calls).sum(),
            calls_so_far: entry.calls_so_far,
        }
    }

    pub(super) fn found(self, end: SearchEnd) -> Found {
        let standings: Vec<Standing> = (0..self.entries.len()).map(|place| self.standing(place)).collect();
        let whole = (standings.len() * self.subject.learning.validation.len()) as u64;
        let judged: u64 = standings.iter().map(|standing| standing.judged as u64).sum();
        Found {
            judgments: [self.judgments(0), self.judgments(self.best)],
            best: self.best,
            calls: self.calls,
            saved: (whole - judged) * self.examiner.calls_each(),
            standings,
            end,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "tokens of one prompt are far below 2^53")]
fn float(tokens: u64) -> f64 {
    tokens as f64
}
