//! One request in flight: its prompt, what it is for, where the answer goes, and the slot it has, which is
//! a sequence of the model's memory.

use std::time::Instant;

use llama_cpp_2::token::LlamaToken;

use super::fault::EngineFault;
use super::generate::{Draft, Next};
use super::job::{Counts, Finish, Generated, Job, Reply, Timing, Weighed, count, elapsed_ms};
use super::loaded::Loaded;
use super::schedule::{Need, Share};
use super::session::{Kept, LogitsAt, Row, Wanted};
use super::tokens::Tokenizer;
use super::weigh::Weighing;

/// A request being answered.
pub(super) struct Task {
    /// The prompt; after a batch that failed, with what was written of the answer.
    pub(super) prompt: Vec<LlamaToken>,
    /// Chosen tokens of the answer that the model has not read yet.
    pub(super) pending: Vec<LlamaToken>,
    /// The most tokens that lie in the memory beside the prompt.
    pub(super) room: usize,
    /// The number of its arrival.
    pub(super) order: u64,
    work: Work,
    counts: Counts,
    started: Instant,
    prompt_ms: Option<f64>,
    first_token_ms: Option<f64>,
    end: Option<Result<Finish, EngineFault>>,
}

enum Work {
    Weigh { weighing: Weighing, reply: Reply<Weighed> },
    Write { draft: Box<Draft>, reply: Reply<Generated> },
}

impl Task {
    /// Renders and tokenizes a job. Where that fails its caller is told, and there is no task.
    pub(super) fn prepare(loaded: &mut Loaded<'_>, job: Job, order: u64) -> Option<Self> {
        let started = Instant::now();
        let (prompt, room, work) = match job {
            Job::Weigh { turns, opening, candidates, reply } => {
                let weighing = Weighing::new(loaded, &turns, &opening, &candidates);
                let (reply, (prompt, weighing)) = answered(reply, weighing)?;
                (prompt, weighing.room(), Work::Weigh { weighing, reply })
            }
            Job::Generate { turns, schema, sampling, reply } => {
                let room = usize::try_from(sampling.max_tokens).unwrap_or(usize::MAX);
                let prompt = loaded
                    .template
                    .render(&turns)
                    .map(|pieces| loaded.tokenizer.encode(&pieces))
                    .and_then(|prompt| loaded.session.check_room(prompt.len(), room).map(|()| prompt));
                let (reply, prompt) = answered(reply, prompt)?;
                let guide = schema.map(|schema| loaded.guide(&schema, sampling.max_tokens)).transpose();
                let (reply, guide) = answered(reply, guide)?;
                (prompt, room, Work::Write { draft: Box::new(Draft::new(guide, &sampling)), reply })
            }
        };
        let task = Self::new(prompt, room, work, started, order);
        match loaded.session.check_room(task.prompt.len(), room) {
            Ok(()) => Some(task),
            Err(fault) => {
                task.fail(fault);
                None
            }
        }
    }

    fn new(prompt: Vec<LlamaToken>, room: usize, work: Work, started: Instant, order: u64) -> Self {
        let counts = Counts { prompt_tokens: count(prompt.len()), ..Counts::default() };
        Self {
            prompt,
            pending: Vec::new(),
            room,
            order,
            work,
            counts,
            started,
            prompt_ms: None,
            first_token_ms: None,
            end: None,
        }
    }

    /// Candidates to be weighed after a prompt given as tokens.
    #[cfg(test)]
    pub(super) fn to_weigh(
        prompt: Vec<LlamaToken>,
        weighing: Weighing,
        reply: Reply<Weighed>,
        order: u64,
    ) -> Self {
        let room = weighing.room();
        Self::new(prompt, room, Work::Weigh { weighing, reply }, Instant::now(), order)
    }

    /// Begins now, with so many tokens of its prompt in the memory already.
    pub(super) fn begin(&mut self, kept: usize, waited_since: Instant) {
        self.counts.cached_tokens = count(kept);
        // The time it waited for others is not its own.
        self.started += waited_since.elapsed();
    }

    /// What is still to be evaluated, with so many of its tokens in the memory.
    pub(super) fn need(&self, in_memory: usize) -> Need {
        Need {
            prompt: self.prompt.len().saturating_sub(in_memory),
            answer: self.pending.len(),
            branches: self.weighing().and_then(Weighing::branches),
        }
    }

    /// The candidates, where it weighs some.
    pub(super) fn weighing(&self) -> Option<&Weighing> {
        match &self.work {
            Work::Weigh { weighing, .. } => Some(weighing),
            Work::Write { .. } => None,
        }
    }

    /// Takes in logits.
    pub(super) fn see(&mut self, place: LogitsAt, logits: &[f32], tokenizer: &Tokenizer<'_>) {
        self.prompt_ms.get_or_insert_with(|| elapsed_ms(self.started));
        match &mut self.work {
            Work::Weigh { weighing, .. } => weighing.see(place, logits),
            Work::Write { draft, .. } => match draft.go_on(logits, tokenizer) {
                Ok(Next::Read(tokens)) => self.pending = tokens,
                Ok(Next::Finished(finish)) => self.end = Some(Ok(finish)),
                Err(fault) => self.end = Some(Err(fault)),
            },
        }
        self.first_token_ms.get_or_insert_with(|| elapsed_ms(self.started));
    }

    /// A group of its branches has run.
    pub(super) fn end_group(&mut self) {
        if let Work::Weigh { weighing, .. } = &mut self.work {
            weighing.end_group();
        }
    }

    /// What it had in the memory is lost: it is to be evaluated again, with what is written of the answer.
    pub(super) fn restart(&mut self, kept: &Kept) {
        if kept.len() > self.prompt.len() {
            self.room = self.room.saturating_sub(kept.len() - self.prompt.len());
            self.prompt = kept.tokens().to_vec();
        }
        self.prompt.append(&mut self.pending);
        if let Work::Weigh { weighing, .. } = &mut self.work {
            weighing.restart();
        }
    }

    /// Whether its caller has gone.
    pub(super) fn is_cancelled(&self) -> bool {
        match &self.work {
            Work::Weigh { reply, .. } => reply.is_closed(),
            Work::Write { reply, .. } => reply.is_closed(),
        }
    }

    /// Whether nothing is left to do, with so many of its tokens in the memory.
    pub(super) fn is_done(&self, in_memory: usize) -> bool {
        match &self.work {
            Work::Weigh { weighing, .. } => in_memory >= self.prompt.len() && weighing.branches().is_none(),
            Work::Write { .. } => self.end.is_some(),
        }
    }

    /// Answers. A caller that has gone cannot be told anything, so a failed send is no error.
    pub(super) fn answer(self) {
        let total_ms = elapsed_ms(self.started);
        let prompt_ms = self.prompt_ms.unwrap_or(total_ms);
        let timing = Timing { prompt_ms, first_token_ms: self.first_token_ms.unwrap_or(prompt_ms), total_ms };
        let counts = |completion_tokens| Counts { completion_tokens, ..self.counts };
        match self.work {
            Work::Weigh { weighing, reply } => {
                let counts = counts(weighing.tokens());
                _ = reply.send(Ok(Weighed { log_probabilities: weighing.into_sums(), counts, timing }));
            }
            Work::Write { draft, reply } => {
                let counts = counts(draft.tokens());
                let finish = self.end.unwrap_or(Err(EngineFault::Cancelled));
                let text = finish.map(|finish| (draft.into_text(finish), finish));
                _ = reply.send(text.map(|(text, finish)| Generated { text, finish, counts, timing }));
            }
        }
    }

    /// Answers that it failed.
    pub(super) fn fail(self, fault: EngineFault) {
        match self.work {
            Work::Weigh { reply, .. } => _ = reply.send(Err(fault)),
            Work::Write { reply, .. } => _ = reply.send(Err(fault)),
        }
    }
}

/// A step of the preparation with the way back to the caller, who is told when it failed.
fn answered<T, A>(reply: Reply<A>, step: Result<T, EngineFault>) -> Option<(Reply<A>, T)> {
    match step {
        Ok(done) => Some((reply, done)),
        Err(fault) => {
            _ = reply.send(Err(fault));
            None
        }
    }
}

/// A slot. When its request is done it keeps the tokens, for a next one that begins alike.
#[derive(Default)]
pub(super) struct Slot {
    /// What its sequence holds.
    pub(super) kept: Kept,
    /// The request at work.
    pub(super) task: Option<Task>,
    /// The number of the last request it took.
    pub(super) last_order: u64,
}

impl Slot {
    /// What its request needs; nothing where it has none.
    pub(super) fn need(&self) -> Need {
        self.task.as_ref().map(|task| task.need(self.kept.len())).unwrap_or_default()
    }

    /// Cells that its request may still take.
    pub(super) fn outstanding(&self) -> usize {
        let Some(task) = &self.task else { return 0 };
        (task.prompt.len() + task.room).saturating_sub(self.kept.len())
    }

    /// The rows of its share of a batch. The branches it has in it run in these sequences.
    pub(super) fn rows(&self, slot: usize, share: &Share, branches: &[i32]) -> Vec<Row> {
        let Some(task) = &self.task else { return Vec::new() };
        let from = self.kept.len();
        let text =
            if task.pending.is_empty() { task.prompt.get(from..).unwrap_or_default() } else { &task.pending };
        let is_last = share.tokens == text.len();
        let own = i32::try_from(slot).unwrap_or(i32::MAX);
        let trunk: Vec<i32> = std::iter::once(own).chain(branches.iter().copied()).collect();
        let row = |(index, &token)| Row {
            token,
            position: from + index,
            sequences: trunk.clone(),
            wanted: (is_last && index + 1 == share.tokens).then_some(Wanted { slot, place: LogitsAt::Text }),
        };
        let mut rows: Vec<Row> = text.iter().take(share.tokens).enumerate().map(row).collect();
        let reads = task.weighing().filter(|_| share.with_branches);
        for ((branch, read), &sequence) in reads.iter().flat_map(|w| w.next_reads()).zip(branches) {
            rows.extend(read.iter().enumerate().map(|(index, &token)| Row {
                token,
                position: from + share.tokens + index,
                sequences: vec![sequence],
                wanted: Some(Wanted { slot, place: LogitsAt::Branch { branch, index } }),
            }));
        }
        rows
    }

    /// Takes the tokens of its share into its sequence, with numbers for their cells.
    pub(super) fn advance(&mut self, share: &Share, mut new_cell: impl FnMut() -> u64) {
        let Some(task) = &mut self.task else { return };
        if task.pending.is_empty() {
            for &token in task.prompt.iter().skip(self.kept.len()).take(share.tokens) {
                self.kept.read(token, new_cell());
            }
        } else {
            for token in std::mem::take(&mut task.pending) {
                self.kept.write(token, new_cell());
            }
        }
    }

    /// The request, if it is done.
    pub(super) fn take_done(&mut self) -> Option<Task> {
        let in_memory = self.kept.len();
        self.task.take_if(|task| task.is_done(in_memory))
    }
}
