//! Labeled records that a judge is tuned on, and the demos made from them.
//! A set of demos has a fair share of every label.

use serde_json::{Map, Value};

use crate::eval::Expected;
use crate::judge::Reading;
use crate::signature::{Demo, Scale, Spec};
use crate::stats::Random;

/// A labelled record, made ready to be judged or shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Example {
    /// The record's id.
    pub id: String,
    /// What it has in common with others (a conversation, an author, a question): examples of one
    /// group are never parted. Its id, where it stands for itself.
    pub group: String,
    /// What each part of the data gets its share of: the label, or a field.
    pub stratum: String,
    /// What the judge is given.
    pub inputs: Map<String, Value>,
    /// What the judge should say.
    pub expected: Expected,
    /// What else of an answer the record holds, by the output's name: a person's reasons.
    pub told: Map<String, Value>,
}

impl Example {
    /// The example as a demo: the label as the verdict, and what else the record holds of an answer.
    #[must_use]
    pub(crate) fn demo(&self, spec: &Spec) -> Demo {
        let mut outputs = Map::new();
        for field in &spec.outputs {
            let verdict = spec.scale.as_ref().filter(|scale| scale.field == field.name);
            let value = match verdict {
                Some(scale) => Some(verdict_json(scale, &self.expected)),
                None => self.told.get(&field.name).cloned(),
            };
            if let Some(value) = value {
                outputs.insert(field.name.clone(), value);
            }
        }
        Demo { inputs: self.inputs.clone(), outputs }
    }

    /// All texts of the inputs, for looking up what is like it.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let texts: Vec<String> = self.inputs.values().map(plain).collect();
        texts.join("\n")
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A label as the judge would write it.
fn verdict_json(scale: &Scale, expected: &Expected) -> Value {
    let candidates = scale.candidates().unwrap_or_default();
    if let Some(found) = candidates.into_iter().find(|candidate| candidate.label == expected.label) {
        return found.json;
    }
    let number = expected.label.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    number.map_or_else(|| Value::from(expected.label.as_str()), Value::Number)
}

/// Whether a demo can be shown to a judge that is read so: it holds every output that is asked for.
#[must_use]
pub(crate) fn is_usable(demo: &Demo, spec: &Spec, reading: Reading) -> bool {
    let verdict = spec.scale.as_ref().map(|scale| scale.field.as_str());
    let mut asked = spec.outputs.iter().filter(|field| match reading {
        Reading::Weighted => Some(field.name.as_str()) == verdict,
        _ => field.required,
    });
    asked.all(|field| demo.outputs.contains_key(&field.name))
}

/// Demos that can be shown, each with where it comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    /// The demos.
    pub entries: Vec<PoolEntry>,
}

/// A demo that can be shown.
#[derive(Clone, Debug)]
pub(crate) struct PoolEntry {
    /// The record's label.
    pub label: String,
    /// The demo.
    pub demo: Demo,
}

impl Pool {
    /// The examples whose labels, and what else their records hold, make a whole answer.
    #[must_use]
    pub(crate) fn labelled(examples: &[Example], spec: &Spec, reading: Reading) -> Self {
        let entries = examples.iter().map(|example| PoolEntry::new(example, example.demo(spec)));
        Self { entries: entries.filter(|entry| is_usable(&entry.demo, spec, reading)).collect() }
    }

    /// The demos alone.
    #[must_use]
    pub(crate) fn demos(&self) -> Vec<Demo> {
        self.entries.iter().map(|entry| entry.demo.clone()).collect()
    }

    /// The places, reordered so that labels take turns; within a label the order stays.
    #[must_use]
    pub(crate) fn in_turn(&self, places: &[usize]) -> Vec<usize> {
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
    pub(crate) fn draw(&self, size: usize, random: &mut Random) -> Vec<Demo> {
        let mut places: Vec<usize> = (0..self.entries.len()).collect();
        random.shuffle(&mut places);
        let mut chosen: Vec<usize> = self.in_turn(&places).into_iter().take(size).collect();
        random.shuffle(&mut chosen);
        chosen.into_iter().map(|place| self.entries[place].demo.clone()).collect()
    }

    /// The first demos, the labels in turn.
    #[must_use]
    pub(crate) fn first(&self, size: usize) -> Vec<Demo> {
        let places: Vec<usize> = (0..self.entries.len()).collect();
        let chosen = self.in_turn(&places).into_iter().take(size);
        chosen.map(|place| self.entries[place].demo.clone()).collect()
    }

    /// The pool without some records.
    #[must_use]
    pub(crate) fn without(&self, demos: &[Demo]) -> Self {
        let is_other = |entry: &&PoolEntry| demos.iter().all(|demo| demo.inputs != entry.demo.inputs);
        Self { entries: self.entries.iter().filter(is_other).cloned().collect() }
    }
}

impl PoolEntry {
    /// An example with the demo made of it.
    #[must_use]
    pub(crate) fn new(example: &Example, demo: Demo) -> Self {
        Self { label: example.expected.label.clone(), demo }
    }
}
