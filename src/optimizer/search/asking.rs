//! What a search asks for: a heat of the race, training examples for demos, texts.
//! Before a heat it checks whether the calls that are left suffice.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use super::schedule::{Rounds, SearchEnd, hopeless};
use super::{Ended, Search, Subject};
use crate::error::Result;
use crate::optimizer::arena::{Fate, Heat};
use crate::optimizer::examiner::{Examiner, Reply};
use crate::optimizer::objective::Judgment;
use crate::optimizer::options::{Event, Part};
use crate::optimizer::proposer::Candidate;
use crate::signature::Spec;

impl<E: Examiner, L: FnMut(Event<'_>) -> Result<()>> Search<'_, E, L> {
    /// How many more candidates could judge every validation record.
    pub(super) fn affordable(&self) -> Option<usize> {
        usize::try_from(self.left()? / self.whole().max(1)).ok()
    }

    /// The calls that may still be made, where they are limited.
    fn left(&self) -> Option<u64> {
        Some(self.options.most_calls?.saturating_sub(self.calls))
    }

    /// The calls of a candidate that judges every validation record.
    fn whole(&self) -> u64 {
        self.subject.learning.validation.len() as u64 * self.calls_each()
    }

    /// Whether there are calls for a heat. Where there are not enough for all to finish, the calls
    /// are shared out over rounds, after each of which the worse half drops out (sequential halving,
    /// Karnin, Koren & Somekh 2013).
    pub(super) fn reaches_for(&mut self, heat: &Heat, rounds: &mut Rounds) -> Result<bool> {
        let Some(left) = self.left() else {
            return Ok(true);
        };
        let each = self.calls_each();
        if self.arena.left() as u64 * each <= left {
            return Ok(true);
        }
        let cost = (heat.runners.len() * heat.records.len()) as u64 * each;
        // The one that remains must be able to finish.
        if self.arena.on_the_way() > 1 && rounds.may_spend(cost, left.saturating_sub(self.whole())) {
            return Ok(true);
        }
        for place in self.arena.halve() {
            self.dropped(place)?;
        }
        rounds.next();
        Ok(false)
    }
}

/// What one model judges of one candidate.
#[derive(Clone, Copy)]
struct JudgingJob {
    place: usize,
    record: usize,
    model: usize,
}

/// The judgments of a heat, model by model, so that each is loaded once; and candidate by candidate: a
/// server keeps the start that prompts share, and the demos are in it.
fn jobs(heat: &Heat, models: usize) -> Vec<JudgingJob> {
    let mut jobs = Vec::new();
    for model in 0..models {
        for &place in &heat.runners {
            jobs.extend(heat.records.iter().map(|&record| JudgingJob { place, record, model }));
        }
    }
    jobs
}

impl<E: Examiner, L: FnMut(Event<'_>) -> Result<()>> Search<'_, E, L> {
    pub(super) async fn heat(&mut self, heat: &Heat) -> Result<Ended<()>> {
        let (Subject { spec, learning, .. }, models, stop) = (self.subject, self.models, self.stop);
        let of_runner = |&place: &usize| (place, self.entries[place].candidate.apply(spec, &self.pool));
        let specs: BTreeMap<usize, Spec> = heat.runners.iter().map(of_runner).collect();
        let jobs = jobs(heat, models.len());
        let asked = jobs.iter().map(|job| {
            let (spec, example) = (specs[&job.place].clone(), &learning.validation[job.record]);
            let judge = &models[job.model];
            async move { if stop.is_wished() { None } else { Some(judge.judge(spec, example).await) } }
        });
        let mut replies =
            stream::iter(asked).buffered(self.options.concurrency.max(1)).zip(stream::iter(&jobs));
        let mut is_interrupted = false;
        while let Some((reply, &job)) = replies.next().await {
            match reply {
                Some(reply) => self.note(job, reply)?,
                None => is_interrupted = true,
            }
        }
        if is_interrupted {
            return Ok(Err(SearchEnd::Interrupted));
        }
        let of_model = |model: usize| {
            let jobs = jobs.iter().filter(move |job| job.model == model);
            jobs.filter_map(|job| self.entries[job.place].replies.get(&(job.record, job.model)))
        };
        // One model that cannot be reached makes all that is asked of the others useless.
        if let Some(end) = (0..models.len()).find_map(|model| hopeless(of_model(model))) {
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

    fn note(&mut self, job: JudgingJob, reply: Reply) -> Result<()> {
        let JudgingJob { place, record, model } = job;
        let id = &self.subject.learning.validation[record].id;
        (self.listen)(Event::Judged { place, model, part: Part::Validation, id, reply: &reply })?;
        self.calls += reply.calls;
        let entry = &mut self.entries[place];
        entry.replies.insert((record, model), reply);
        entry.calls_so_far = self.calls;
        let loss = self.loss(place, record);
        self.arena.note(place, record, loss);
        Ok(())
    }

    /// What a candidate loses on a record: the mean over all models, `None` unless each has replied.
    fn loss(&self, place: usize, record: usize) -> Option<f64> {
        let expected = &self.subject.learning.validation[record].expected;
        let of_model = |model| {
            let given = self.entries[place].replies.get(&(record, model))?.given.clone();
            let judgment = Judgment { expected: expected.clone(), given };
            self.options.objective.loss(&judgment, self.subject.scale)
        };
        let losses: Option<Vec<f64>> = (0..self.models.len()).map(of_model).collect();
        crate::stats::mean(&losses?)
    }

    pub(super) async fn train(
        &mut self,
        candidate: &Candidate,
        wanted: &[usize],
    ) -> Result<Ended<Vec<(usize, Reply)>>> {
        let mut judged = Vec::new();
        for block in wanted.chunks(self.options.concurrency.max(1)) {
            if self.stop.is_wished() {
                return Ok(Err(SearchEnd::Interrupted));
            }
            let cost = block.len() as u64 * self.models[0].calls_each();
            if self.options.most_calls.is_some_and(|most| self.calls + cost > most) {
                break;
            }
            let Self { subject, models, pool, .. } = &*self;
            let asked = block.iter().map(|&index| {
                let example = &subject.learning.train[index];
                let spec = candidate.apply(subject.spec, pool);
                models[0].teach(spec, example)
            });
            let replies: Vec<Reply> = stream::iter(asked).buffered(block.len()).collect().await;
            if let Some(end) = hopeless(replies.iter()) {
                return Ok(Err(end));
            }
            for (&index, reply) in block.iter().zip(replies) {
                let id = self.subject.learning.train[index].id.as_str();
                (self.listen)(Event::Judged { place: 0, model: 0, part: Part::Train, id, reply: &reply })?;
                self.calls += reply.calls;
                judged.push((index, reply));
            }
        }
        Ok(Ok(judged))
    }

    pub(super) async fn write(&mut self, requests: &[String]) -> Ended<Vec<Option<String>>> {
        let mut written = Vec::new();
        for request in requests {
            if self.stop.is_wished() {
                return Err(SearchEnd::Interrupted);
            }
            written.push(self.models[0].write(request).await);
            self.calls += 1;
        }
        Ok(written)
    }
}
