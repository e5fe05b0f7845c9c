//! Demos to choose from, and sets of them with a fair share of every label.

use super::example::{Example, is_usable};
use crate::judge::Reading;
use crate::signature::{Demo, Spec};
use crate::stats::Random;

/// Demos that can be shown, each with where it comes from.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    /// The demos.
    pub entries: Vec<Entry>,
}

/// A demo that can be shown.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The record's id.
    pub id: String,
    /// Its label.
    pub label: String,
    /// The demo.
    pub demo: Demo,
}

impl Pool {
    /// The examples whose labels, and what else their records hold, make a whole answer.
    #[must_use]
    pub fn labelled(examples: &[Example], spec: &Spec, reading: Reading) -> Self {
        let entries = examples.iter().map(|example| Entry::new(example, example.demo(spec)));
        Self { entries: entries.filter(|entry| is_usable(&entry.demo, spec, reading)).collect() }
    }

    /// The demos alone.
    #[must_use]
    pub fn demos(&self) -> Vec<Demo> {
        self.entries.iter().map(|entry| entry.demo.clone()).collect()
    }

    /// The places, reordered so that labels take turns; within a label the order stays.
    #[must_use]
    pub fn in_turn(&self, places: &[usize]) -> Vec<usize> {
        let mut queues: Vec<(&str, std::collections::VecDeque<usize>)> = Vec::new();
        for &place in places {
            let label = self.entries[place].label.as_str();
            match queues.iter_mut().find(|(name, _)| *name == label) {
                Some((_, queue)) => queue.push_back(place),
                None => queues.push((label, [place].into())),
            }
        }
        let mut turns = Vec::with_capacity(places.len());
        while turns.len() < places.len() {
            for (_, queue) in &mut queues {
                turns.extend(queue.pop_front());
            }
        }
        turns
    }

    /// So many demos at most, the labels in equal numbers as far as they go, drawn and ordered by chance.
    #[must_use]
    pub fn draw(&self, size: usize, random: &mut Random) -> Vec<Demo> {
        let mut places: Vec<usize> = (0..self.entries.len()).collect();
        random.shuffle(&mut places);
        let mut chosen: Vec<usize> = self.in_turn(&places).into_iter().take(size).collect();
        random.shuffle(&mut chosen);
        chosen.into_iter().map(|place| self.entries[place].demo.clone()).collect()
    }

    /// The first demos, the labels in turn.
    #[must_use]
    pub fn first(&self, size: usize) -> Vec<Demo> {
        let places: Vec<usize> = (0..self.entries.len()).collect();
        let chosen = self.in_turn(&places).into_iter().take(size);
        chosen.map(|place| self.entries[place].demo.clone()).collect()
    }

    /// The pool without some records.
    #[must_use]
    pub fn without(&self, demos: &[Demo]) -> Self {
        let is_other = |entry: &&Entry| demos.iter().all(|demo| demo.inputs != entry.demo.inputs);
        Self { entries: self.entries.iter().filter(is_other).cloned().collect() }
    }
}

impl Entry {
    /// An example with the demo made of it.
    #[must_use]
    pub fn new(example: &Example, demo: Demo) -> Self {
        Self { id: example.id.clone(), label: example.expected.label.clone(), demo }
    }
}
