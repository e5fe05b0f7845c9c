//! What a search asks for: a heat of the race, training examples for demos, texts.

use futures_util::StreamExt;
use futures_util::stream;

use super::ending::{SearchEnd, hopeless};
use super::{Ended, Search};
use crate::error::Result;
use crate::optimizer::arena::{Fate, Heat};
use crate::optimizer::candidate::Candidate;
use crate::optimizer::event::{Event, Part};
use crate::optimizer::examiner::{Examiner, Reply};
use crate::optimizer::objective::Judgment;

impl<E: Examiner, L: FnMut(Event<'_>) -> Result<()>> Search<'_, E, L> {
    pub(super) async fn heat(&mut self, heat: &Heat) -> Result<Ended<()>> {
        let Self { subject, examiner, pool, entries, stop, .. } = &*self;
        let jobs: Vec<(usize, usize)> = heat
            .records
            .iter()
            .flat_map(|&record| heat.runners.iter().map(move |&place| (place, record)))
            .collect();
        let asked = jobs.iter().map(|&(place, record)| {
            let example = &subject.learning.validation[record];
            let spec = entries[place].candidate.apply(subject.spec, pool);
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
            let cost = block.len() as u64 * self.examiner.calls_each();
            if self.options.most_calls.is_some_and(|most| self.calls + cost > most) {
                break;
            }
            let Self { subject, examiner, pool, .. } = &*self;
            let asked = block.iter().map(|&index| {
                let example = &subject.learning.train[index];
                let spec = candidate.apply(subject.spec, pool);
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

    pub(super) async fn write(&mut self, requests: &[String]) -> Ended<Vec<Option<String>>> {
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
}
