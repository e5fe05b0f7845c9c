//! Demos that are looked up for each record.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::bm25::Bm25;
use crate::signature::{Demo, Mix, NearestDemos, Pair, Spec};

/// A spec's usable demos, to be looked up by what is like a record.
#[derive(Clone, Debug)]
pub struct Nearest {
    choice: NearestDemos,
    index: Bm25,
    /// The inputs that are shown, by name.
    shown: Vec<String>,
    pair: Option<Pair>,
    demos: Vec<Known>,
}

/// A demo of the pool.
#[derive(Clone, Debug)]
struct Known {
    inputs: Vec<Value>,
    label: String,
}

impl Nearest {
    /// The demos of a spec that shows each record the nearest of them; `None` for one that shows all.
    #[must_use]
    pub fn new(spec: &Spec) -> Option<Self> {
        let choice = spec.nearest_demos?;
        let shown: Vec<String> = spec.inputs.iter().map(|field| field.name.clone()).collect();
        let verdict = spec.scale.as_ref().map_or("", |scale| scale.field.as_str());
        let known = |demo: &Demo| Known {
            inputs: inputs(&demo.inputs, &shown),
            label: demo.outputs.get(verdict).map(plain).unwrap_or_default(),
        };
        let demos: Vec<Known> = spec.usable_demos().map(known).collect();
        let texts: Vec<String> = demos.iter().map(|demo| text(&demo.inputs)).collect();
        let index = Bm25::new(texts.iter().map(String::as_str));
        Some(Self { choice, index, shown, pair: spec.pair.clone(), demos })
    }

    /// The places among the usable demos of those to show beside a record, in the order in which they
    /// are shown: the likest last. Of equally like ones the earlier; never the record itself, of a pair
    /// also not with its two sides exchanged.
    #[must_use]
    pub fn places(&self, record: &Map<String, Value>) -> Vec<usize> {
        let asked = inputs(record, &self.shown);
        let scores = self.index.scores(&text(&asked));
        let exchanged = self.pair.as_ref().map(|pair| inputs(&pair.exchanged(record), &self.shown));
        let is_other = |demo: &Known| demo.inputs != asked && Some(&demo.inputs) != exchanged.as_ref();
        let others = self.demos.iter().zip(scores).enumerate().filter(|(_, (demo, _))| is_other(demo));
        let mut order: Vec<(usize, &str, f64)> =
            others.map(|(place, (demo, score))| (place, demo.label.as_str(), score)).collect();
        order.sort_by(|a, b| b.2.total_cmp(&a.2));
        let mut places: Vec<usize> = match self.choice.mix {
            Mix::Likest => order.into_iter().map(|(place, _, _)| place).collect(),
            Mix::Balanced => in_turn(order.into_iter().map(|(place, label, _)| (place, label))),
        };
        places.truncate(self.choice.show);
        places.reverse();
        places
    }
}

/// Reordered so that labels take turns; within a label the order stays.
fn in_turn<'a>(places: impl Iterator<Item = (usize, &'a str)>) -> Vec<usize> {
    let mut queues: Vec<(&str, VecDeque<usize>)> = Vec::new();
    for (place, label) in places {
        match queues.iter_mut().find(|(name, _)| *name == label) {
            Some((_, queue)) => queue.push_back(place),
            None => queues.push((label, [place].into())),
        }
    }
    let mut turns = Vec::new();
    while queues.iter().any(|(_, queue)| !queue.is_empty()) {
        turns.extend(queues.iter_mut().filter_map(|(_, queue)| queue.pop_front()));
    }
    turns
}

/// What is shown of a record, field by field; what is left out is null.
fn inputs(record: &Map<String, Value>, shown: &[String]) -> Vec<Value> {
    shown.iter().map(|name| record.get(name).cloned().unwrap_or_default()).collect()
}

fn text(inputs: &[Value]) -> String {
    let texts: Vec<String> = inputs.iter().filter(|value| !value.is_null()).map(plain).collect();
    texts.join("\n")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::parse_file;
    use serde_json::json;

    fn spec(mix: Mix) -> Spec {
        let text = "instruction = \"Decide.\"\n[inputs.text]\n[inputs.note]\noptional = true\n[outputs.verdict]\n\
                    choices = [\"yes\", \"no\"]\n[score]\nfield = \"verdict\"\nlabels = { yes = 1, no = 0 }";
        let mut spec = parse_file(text, "polite.toml").unwrap();
        let demo = |(text, verdict): (&str, &str)| Demo {
            inputs: object(&json!({"text": text})),
            outputs: object(&json!({"verdict": verdict})),
        };
        let pool = [("red cat", "yes"), ("red cat hat", "yes"), ("red dog", "no"), ("blue bird", "no")];
        spec.demos = pool.map(demo).to_vec();
        spec.nearest_demos = Some(NearestDemos { show: 2, mix });
        spec
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_likest_come_last_and_never_the_record_itself() {
        let nearest = Nearest::new(&spec(Mix::Likest)).unwrap();
        let places =
            |text: &str| nearest.places(&object(&json!({"text": text, "note": null, "label": "no"})));
        assert_eq!(places("a red cat"), [1, 0]);
        assert_eq!(places("red cat"), [2, 1], "the record itself is left out");
        assert_eq!(places("nothing in common"), [1, 0], "of equally like ones the earlier");
    }

    #[test]
    fn balanced_ones_are_the_likest_of_each_label() {
        let nearest = Nearest::new(&spec(Mix::Balanced)).unwrap();
        assert_eq!(nearest.places(&object(&json!({"text": "a red cat"}))), [2, 0]);
    }

    #[test]
    fn a_pair_is_not_shown_to_itself_the_other_way_round() {
        let text = "instruction = \"Which?\"\n[inputs.a]\n[inputs.b]\n[outputs.verdict]\nchoices = [\"a\", \"b\"]\n\
                    [score]\nfield = \"verdict\"\nlabels = { a = 1, b = 0 }\n\
                    [pair]\ninputs = [\"a\", \"b\"]\nverdicts = [\"a\", \"b\"]";
        let mut spec = parse_file(text, "better.toml").unwrap();
        let inputs = |a: &str, b: &str| object(&json!({"a": a, "b": b}));
        let outputs = object(&json!({"verdict": "a"}));
        let demo = |(a, b)| Demo { inputs: inputs(a, b), outputs: outputs.clone() };
        spec.demos = [("red", "blue"), ("blue", "grey")].map(demo).to_vec();
        spec.nearest_demos = Some(NearestDemos { show: 1, mix: Mix::Likest });
        let nearest = Nearest::new(&spec).unwrap();
        assert_eq!(nearest.places(&inputs("red", "blue")), nearest.places(&inputs("blue", "red")));
        assert_eq!(nearest.places(&inputs("blue", "red")), [1]);
    }
}
