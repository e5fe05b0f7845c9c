//! The search: what the optimizer proposes is raced, and the best that finished is kept.

mod asking;
mod found;
mod schedule;

use std::collections::BTreeMap;

use self::schedule::{Rounds, units};
use super::arena::Arena;
use super::examiner::{Examiner, Reply};
use super::example::Pool;
use super::options::{Event, TuneOptions};
use super::proposer::{Candidate, Proposer, Step, StepResult};
use super::split::Learning;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Stop;
use crate::judge::Reading;
use crate::signature::{Demo, Scale, Spec};

pub(crate) use self::found::{CandidateStanding, Found, ModelStanding};
pub use self::schedule::SearchEnd;

/// What is tuned, on what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// The signature.
    pub spec: &'a Spec,
    /// Its scale.
    pub scale: &'a Scale,
    /// How its verdicts are read.
    pub reading: Reading,
    /// What the optimizer may look at.
    pub learning: &'a Learning,
}

impl Subject<'_> {
    /// The training examples as demos, those that make a whole answer: what the nearest of a record
    /// are looked up in.
    #[must_use]
    pub(crate) fn pool(&self) -> Vec<Demo> {
        Pool::labelled(&self.learning.train, self.spec, self.reading).demos()
    }
}

/// Runs a search for one or several target models. With several, each judges every record; a
/// candidate's objective is the mean over them, and so is what it loses on a record. Demos are
/// harvested from the first, and instructions written by its writer. The optimizer sees training
/// and validation examples, and nothing else.
///
/// # Errors
/// There is no model, or the listener fails.
pub(crate) async fn search<E: Examiner>(
    subject: Subject<'_>,
    models: &[E],
    proposer: &mut dyn Proposer,
    options: TuneOptions,
    stop: &Stop,
    listen: impl FnMut(Event<'_>) -> Result<()>,
) -> Result<Found> {
    if models.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "a search needs at least one model"));
    }
    let units = units(&subject.learning.validation, options.seed);
    let most = proposer.most_candidates() + 1;
    let mut search = Search {
        arena: Arena::new(units, most, options.race_error),
        pool: subject.pool(),
        subject,
        models,
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

struct Search<'a, E, L> {
    subject: Subject<'a>,
    models: &'a [E],
    options: TuneOptions,
    stop: &'a Stop,
    listen: L,
    /// What the nearest demos of a record are looked up in.
    pool: Vec<Demo>,
    arena: Arena,
    entries: Vec<RaceEntry>,
    places: BTreeMap<String, usize>,
    calls: u64,
    best: usize,
}

/// A candidate in the race.
struct RaceEntry {
    candidate: Candidate,
    key: String,
    /// By record and target model.
    replies: BTreeMap<(usize, usize), Reply>,
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
        let mut last = StepResult::default();
        loop {
            last.baseline = self.arena.mean_loss(baseline);
            last.affordable = self.affordable();
            let ended = match proposer.next(last) {
                Step::Done => return Ok(Ok(())),
                Step::Train { candidate, examples } => {
                    let judged = self.train(&candidate, &examples).await?;
                    judged.map(|judged| StepResult { judged, ..StepResult::default() })
                }
                Step::Write(requests) => {
                    let written = self.write(&requests).await;
                    written.map(|written| StepResult { written, ..StepResult::default() })
                }
                Step::Race(candidates) => self.try_out(candidates).await?,
            };
            last = match ended {
                Ok(last) => last,
                Err(end) => return Ok(Err(end)),
            };
        }
    }

    async fn try_out(&mut self, candidates: Vec<Candidate>) -> Result<Ended<StepResult>> {
        let mut places = Vec::new();
        for candidate in candidates {
            places.push(self.enter(candidate)?);
        }
        let raced = self.race().await?;
        let losses = places.iter().map(|&place| self.arena.mean_loss(place)).collect();
        Ok(raced.map(|()| StepResult { losses, ..StepResult::default() }))
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
        self.entries.push(RaceEntry {
            candidate,
            key,
            replies: BTreeMap::new(),
            worth: None,
            calls_so_far: 0,
        });
        Ok(place)
    }

    /// Races whoever is on the way until each has finished or dropped out.
    async fn race(&mut self) -> Result<Ended<()>> {
        let mut rounds = Rounds::new(self.arena.on_the_way());
        while let Some(heat) = self.arena.next(self.options.block) {
            if self.stop.is_wished() {
                return Ok(Err(SearchEnd::Interrupted));
            }
            if !self.reaches_for(&heat, &mut rounds)? {
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
}
