//! The search: what the optimizer proposes is raced, and the best that finished is kept.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use super::arena::{Arena, Fate, Heat};
use super::candidate::Candidate;
use super::demo_sets::Pool;
use super::event::{Event, Part};
use super::examiner::{Examiner, Reply};
use super::example::Example;
use super::nearest::Nearest;
use super::objective::{Given, Judgment};
use super::options::TuneOptions;
use super::proposer::{Proposer, Step, Told};
use super::split::Learning;
use crate::error::Result;
use crate::eval::Stop;
use crate::judge::{Reading, Reason, Unscored};
use crate::signature::{Scale, Spec};
use crate::stats::{Bootstrap, Interval, Random};

/// What is tuned, on what.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The signature.
    pub spec: &'a Spec,
    /// Its scale.
    pub scale: &'a Scale,
    /// How its verdicts are read.
    pub reading: Reading,
    /// What the optimizer may look at.
    pub learning: &'a Learning,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchEnd {
    /// Everything was tried.
    Complete,
    /// The calls for the search were used up; what finished was compared.
    OutOfCalls,
    /// A hard budget refused a call.
    Budget(String),
    /// It was interrupted.
    Interrupted,
    /// Every call failed the same lasting way.
    StoppedEarly(String),
}

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

/// Runs a search. The optimizer sees training and validation examples, and nothing else.
///
/// # Errors
/// The listener fails.
pub async fn search<E: Examiner>(
    subject: Subject<'_>,
    examiner: &E,
    proposer: &mut dyn Proposer,
    options: TuneOptions,
    stop: &Stop,
    listen: impl FnMut(Event<'_>) -> Result<()>,
) -> Result<Found> {
    let units = units(&subject.learning.validation, options.seed);
    let most = proposer.most_candidates() + 1;
    let pool = Pool::labelled(&subject.learning.train, subject.spec, subject.reading);
    let mut search = Search {
        arena: Arena::new(units, most, options.race_error),
        nearest: Nearest::new(pool),
        subject,
        examiner,
        options,
        stop,
        listen,
        entries: Vec::new(),
        places: BTreeMap::new(),
        calls: 0,
        best: 0,
    };
    let end = match search.run(proposer).await? {
        Ok(()) => SearchEnd::Complete,
        Err(end) => end,
    };
    Ok(search.found(end))
}

/// The validation records by group, in the order in which they are judged.
fn units(validation: &[Example], seed: u64) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, example) in validation.iter().enumerate() {
        groups.entry(&example.group).or_default().push(index);
    }
    let mut units: Vec<Vec<usize>> = groups.into_values().collect();
    Random::new(seed).shuffle(&mut units);
    units
}

struct Search<'a, E, L> {
    subject: Subject<'a>,
    examiner: &'a E,
    options: TuneOptions,
    stop: &'a Stop,
    listen: L,
    nearest: Nearest,
    arena: Arena,
    entries: Vec<Entry>,
    places: BTreeMap<String, usize>,
    calls: u64,
    best: usize,
}

/// A candidate in the race.
struct Entry {
    candidate: Candidate,
    key: String,
    replies: BTreeMap<usize, Reply>,
    worth: Option<f64>,
    calls_so_far: u64,
}

/// What ends a search before its time.
type Ended<T> = Result<T, SearchEnd>;

impl<E: Examiner, L: FnMut(Event<'_>) -> Result<()>> Search<'_, E, L> {
    async fn run(&mut self, proposer: &mut dyn Proposer) -> Result<Ended<()>> {
        let baseline = self.enter(Candidate::baseline())?;
        if let Err(end) = self.race().await? {
            return Ok(Err(end));
        }
        let mut told = Told::default();
        loop {
            told.baseline = self.arena.mean_loss(baseline);
            let ended = match proposer.next(told) {
                Step::Done => return Ok(Ok(())),
                Step::Train { candidate, examples } => {
                    let judged = self.train(&candidate, &examples).await?;
                    judged.map(|judged| Told { judged, ..Told::default() })
                }
                Step::Write(requests) => {
                    let written = self.write(&requests).await;
                    written.map(|written| Told { written, ..Told::default() })
                }
                Step::Race(candidates) => self.try_out(candidates).await?,
            };
            told = match ended {
                Ok(told) => told,
                Err(end) => return Ok(Err(end)),
            };
        }
    }

    async fn try_out(&mut self, candidates: Vec<Candidate>) -> Result<Ended<Told>> {
        let mut places = Vec::new();
        for candidate in candidates {
            places.push(self.enter(candidate)?);
        }
        let raced = self.race().await?;
        let losses = places.iter().map(|&place| self.arena.mean_loss(place)).collect();
        Ok(raced.map(|()| Told { losses, ..Told::default() }))
    }

    /// Enters a candidate, unless one that asks the same is in already; its place.
    fn enter(&mut self, candidate: Candidate) -> Result<usize> {
        let key = candidate.key(self.subject.spec);
        if let Some(&place) = self.places.get(&key) {
            return Ok(place);
        }
        let place = if self.entries.is_empty() { self.arena.enter_to_the_end() } else { self.arena.enter() };
        (self.listen)(Event::Entered { place, candidate: &candidate })?;
        self.places.insert(key.clone(), place);
        self.entries.push(Entry { candidate, key, replies: BTreeMap::new(), worth: None, calls_so_far: 0 });
        Ok(place)
    }

    /// Races whoever is on the way until each has finished or dropped out.
    async fn race(&mut self) -> Result<Ended<()>> {
        let mut rounds = Rounds::new(self.arena.on_the_way());
        while let Some(heat) = self.arena.next(self.options.block) {
            if self.stop.is_wished() {
                return Ok(Err(SearchEnd::Interrupted));
            }
            if !self.affordable(&heat, &mut rounds)? {
                if self.arena.on_the_way() == 0 {
                    return Ok(Err(SearchEnd::OutOfCalls));
                }
                continue;
            }
            if let Err(end) = self.heat(&heat).await? {
                return Ok(Err(end));
            }
        }
        Ok(Ok(()))
    }

    /// Whether there are calls for a heat. Where there are not enough for all to finish, the calls
    /// are shared out over rounds, after each of which the worse half drops out (sequential halving,
    /// Karnin, Koren & Somekh 2013).
    fn affordable(&mut self, heat: &Heat, rounds: &mut Rounds) -> Result<bool> {
        let Some(most) = self.options.most_calls else {
            return Ok(true);
        };
        let each = self.examiner.calls_each();
        let left = most.saturating_sub(self.calls);
        if self.arena.left() as u64 * each <= left {
            return Ok(true);
        }
        let cost = (heat.runners.len() * heat.records.len()) as u64 * each;
        let whole = self.subject.learning.validation.len() as u64 * each;
        // The one that remains must be able to finish.
        if self.arena.on_the_way() > 1 && rounds.may_spend(cost, left.saturating_sub(whole)) {
            return Ok(true);
        }
        for place in self.arena.halve() {
            self.dropped(place)?;
        }
        rounds.next();
        Ok(false)
    }

    async fn heat(&mut self, heat: &Heat) -> Result<Ended<()>> {
        let Self { subject, examiner, nearest, entries, stop, .. } = &*self;
        let jobs: Vec<(usize, usize)> = heat
            .records
            .iter()
            .flat_map(|&record| heat.runners.iter().map(move |&place| (place, record)))
            .collect();
        let asked = jobs.iter().map(|&(place, record)| {
            let example = &subject.learning.validation[record];
            let spec = entries[place].candidate.apply(subject.spec, nearest, example);
            async move { if stop.is_wished() { None } else { Some(examiner.judge(spec, example).await) } }
        });
        let replies: Vec<Option<Reply>> =
            stream::iter(asked).buffered(self.options.concurrency.max(1)).collect().await;
        let mut ended = hopeless(replies.iter().flatten());
        for (&(place, record), reply) in jobs.iter().zip(replies) {
            match reply {
                Some(reply) => self.note(place, record, reply)?,
                None => ended = Some(SearchEnd::Interrupted),
            }
        }
        if let Some(end) = ended {
            return Ok(Err(end));
        }
        let mut gone = self.arena.close(heat);
        gone.sort_unstable();
        for place in gone {
            self.dropped(place)?;
        }
        for &place in &heat.runners {
            if self.arena.is_finished(place) && self.arena.fate(place) == Fate::Running {
                self.finished(place)?;
            }
        }
        Ok(Ok(()))
    }

    fn note(&mut self, place: usize, record: usize, reply: Reply) -> Result<()> {
        let example = &self.subject.learning.validation[record];
        (self.listen)(Event::Judged { place, part: Part::Validation, id: &example.id, reply: &reply })?;
        self.calls += reply.calls;
        let judgment = Judgment { expected: example.expected.clone(), given: reply.given.clone() };
        let loss = self.options.objective.loss(&judgment, self.subject.scale);
        self.arena.note(place, record, loss);
        self.entries[place].replies.insert(record, reply);
        self.entries[place].calls_so_far = self.calls;
        Ok(())
    }

    fn dropped(&mut self, place: usize) -> Result<()> {
        let (fate, judged) = (self.arena.fate(place), self.arena.judged(place));
        (self.listen)(Event::Dropped { place, fate, judged })
    }

    fn finished(&mut self, place: usize) -> Result<()> {
        let standing = self.standing(place);
        self.entries[place].worth = standing.worth;
        let best = self.entries[self.best].worth;
        // Only what is better takes the place: of equals the earlier stays.
        if place != self.best && standing.worth.is_some_and(|worth| best.is_none_or(|best| worth > best)) {
            self.best = place;
        }
        (self.listen)(Event::Finished { place, worth: standing.worth, best: self.best })
    }

    async fn train(&mut self, candidate: &Candidate, wanted: &[usize]) -> Result<Ended<Vec<(usize, Reply)>>> {
        let mut judged = Vec::new();
        for block in wanted.chunks(self.options.concurrency.max(1)) {
            if self.stop.is_wished() {
                return Ok(Err(SearchEnd::Interrupted));
            }
            let cost = block.len() as u64 * self.examiner.calls_each();
            if self.options.most_calls.is_some_and(|most| self.calls + cost > most) {
                break;
            }
            let Self { subject, examiner, nearest, .. } = &*self;
            let asked = block.iter().map(|&index| {
                let example = &subject.learning.train[index];
                let spec = candidate.apply(subject.spec, nearest, example);
                examiner.teach(spec, example)
            });
            let replies: Vec<Reply> = stream::iter(asked).buffered(block.len()).collect().await;
            if let Some(end) = hopeless(replies.iter()) {
                return Ok(Err(end));
            }
            for (&index, reply) in block.iter().zip(replies) {
                let id = self.subject.learning.train[index].id.as_str();
                (self.listen)(Event::Judged { place: 0, part: Part::Train, id, reply: &reply })?;
                self.calls += reply.calls;
                judged.push((index, reply));
            }
        }
        Ok(Ok(judged))
    }

    async fn write(&mut self, requests: &[String]) -> Ended<Vec<Option<String>>> {
        let mut written = Vec::new();
        for request in requests {
            if self.stop.is_wished() {
                return Err(SearchEnd::Interrupted);
            }
            written.push(self.examiner.write(request).await);
            self.calls += 1;
        }
        Ok(written)
    }

    fn judgments(&self, place: usize) -> Vec<Judgment> {
        let validation = &self.subject.learning.validation;
        let replies = self.entries.get(place).map(|entry| &entry.replies);
        let of = |(&record, reply): (&usize, &Reply)| Judgment {
            expected: validation[record].expected.clone(),
            given: reply.given.clone(),
        };
        replies.into_iter().flatten().map(of).collect()
    }

    fn standing(&self, place: usize) -> Standing {
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
            interval: None,
            worth: objective.map(|objective| objective - penalty),
            prompt_tokens,
            demos: entry.candidate.demo_count(self.subject.spec),
            calls: entry.replies.values().map(|reply| reply.calls).sum(),
            calls_so_far: entry.calls_so_far,
        }
    }

    /// The interval of the objective of a candidate that judged all.
    fn interval(&self, place: usize) -> Option<Interval> {
        let (objective, scale) = (self.options.objective, self.subject.scale);
        let resamples = self.options.resamples;
        self.standing(place).objective.filter(|_| resamples > 0)?;
        let mut groups: BTreeMap<&str, Vec<Judgment>> = BTreeMap::new();
        for (&record, reply) in &self.entries[place].replies {
            let example = &self.subject.learning.validation[record];
            let judgment = Judgment { expected: example.expected.clone(), given: reply.given.clone() };
            groups.entry(&example.group).or_default().push(judgment);
        }
        let groups: Vec<Vec<Judgment>> = groups.into_values().collect();
        let value = |groups: &[Vec<Judgment>]| objective.value(&groups.concat(), scale);
        Bootstrap { resamples, seed: self.options.seed }.percentile(&groups, value, 0.95)
    }

    fn found(self, end: SearchEnd) -> Found {
        let whole = |place| Standing { interval: self.interval(place), ..self.standing(place) };
        let standings: Vec<Standing> = (0..self.entries.len()).map(whole).collect();
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

/// What makes it useless to go on: a budget that refused, or calls that all fail the same lasting way.
fn hopeless<'a>(replies: impl Iterator<Item = &'a Reply>) -> Option<SearchEnd> {
    let replies: Vec<Option<&Unscored>> = replies.map(|reply| reply.unscored.as_ref()).collect();
    let refused = replies.iter().flatten().find(|unscored| unscored.reason == Reason::Budget);
    if let Some(refused) = refused {
        return Some(SearchEnd::Budget(refused.to_string()));
    }
    let lasting = |unscored: Option<&Unscored>| unscored.is_some_and(|unscored| unscored.lasting);
    if replies.is_empty() || !replies.iter().copied().all(lasting) {
        return None;
    }
    replies.first().copied().flatten().map(|unscored| SearchEnd::StoppedEarly(unscored.to_string()))
}

/// Calls shared out over the rounds of sequential halving.
struct Rounds {
    left: u64,
    spent: u64,
    share: Option<u64>,
}

impl Rounds {
    fn new(runners: usize) -> Self {
        Self { left: u64::from(runners.max(2).ilog2()) + 1, spent: 0, share: None }
    }

    /// Whether a round may spend so much, of so much that is left for all rounds.
    fn may_spend(&mut self, cost: u64, left: u64) -> bool {
        let share = *self.share.get_or_insert(left / self.left.max(1));
        let may = self.spent + cost <= share && cost <= left;
        if may {
            self.spent += cost;
        }
        may
    }

    fn next(&mut self) {
        *self = Self { left: self.left.saturating_sub(1).max(1), spent: 0, share: None };
    }
}
