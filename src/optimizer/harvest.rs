//! Demos with the judge's own reasons: its right answers to training examples.

use super::examiner::Reply;
use super::example::{Example, Pool, PoolEntry, is_usable};
use super::objective::Given;
use super::proposer::{Candidate, SearchContext, Step};
use crate::signature::Demo;

/// The training examples to have judged for demos, labels in turn.
pub(super) fn step(context: &SearchContext<'_>) -> Step {
    let entry = |example: &Example| {
        PoolEntry::new(example, Demo { inputs: example.inputs.clone(), outputs: serde_json::Map::new() })
    };
    let pool = Pool { entries: context.train.iter().map(entry).collect() };
    let places: Vec<usize> = (0..pool.entries.len()).collect();
    let mut examples = pool.in_turn(&places);
    examples.truncate(context.limits.harvest_from);
    Step::Train { candidate: Candidate::baseline(), examples }
}

/// The right answers as demos.
pub(super) fn pool(context: &SearchContext<'_>, judged: Vec<(usize, Reply)>) -> Pool {
    let entries = judged.into_iter().filter_map(|(index, reply)| {
        let example = &context.train[index];
        let Given::Verdict { label, .. } = &reply.given else {
            return None;
        };
        let right = *label == example.expected.label;
        let outputs = reply.answer.unwrap_or_else(|| example.demo(context.spec).outputs);
        let demo = Demo { inputs: example.inputs.clone(), outputs };
        (right && is_usable(&demo, context.spec, context.reading)).then(|| PoolEntry::new(example, demo))
    });
    Pool { entries: entries.collect() }
}
