//! Demos that are looked up for each record: those that share the most words with it, by Okapi BM25.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

use crate::number::real;
use crate::signature::{Demo, Mix, NearestDemos, Pair, Spec};

/// How fast further mentions of a word stop counting, and how much long texts are held back
/// (Robertson & Zaragoza 2009, the usual middle values).
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// Texts by the words in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bm25 {
    texts: Vec<BTreeMap<String, f64>>,
    lengths: Vec<f64>,
    holding: BTreeMap<String, f64>,
    mean_length: f64,
}

impl Bm25 {
    /// An index of these texts.
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut index = Self::default();
        for text in texts {
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            for word in words(text) {
                *counts.entry(word).or_default() += 1.0;
            }
            for word in counts.keys() {
                *index.holding.entry(word.clone()).or_default() += 1.0;
            }
            index.lengths.push(counts.values().sum());
            index.texts.push(counts);
        }
        let whole: f64 = index.lengths.iter().sum();
        index.mean_length = (whole / real(index.texts.len())).max(1.0);
        index
    }

    /// How like the query each text is; 0 where they share no word.
    #[must_use]
    pub(crate) fn scores(&self, query: &str) -> Vec<f64> {
        let wanted: BTreeSet<String> = words(query).collect();
        let n = real(self.texts.len());
        let score = |(counts, length): (&BTreeMap<String, f64>, &f64)| {
            let share = |word: &String| {
                let times = counts.get(word).copied().unwrap_or(0.0);
                let holding = self.holding.get(word).copied().unwrap_or(0.0);
                let rarity = ((n - holding + 0.5) / (holding + 0.5)).ln_1p();
                rarity * times * (K1 + 1.0) / (times + K1 * (1.0 - B + B * length / self.mean_length))
            };
            wanted.iter().map(share).sum()
        };
        self.texts.iter().zip(&self.lengths).map(score).collect()
    }
}

/// Runs of letters and digits, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// A spec's usable demos, to be looked up by what is like a record.
#[derive(Clone, Debug)]
pub(crate) struct Nearest {
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
    pub(crate) fn new(spec: &Spec) -> Option<Self> {
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
    pub(crate) fn places(&self, record: &Map<String, Value>) -> Vec<usize> {
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
    use serde_json::json;

    use super::*;
    use crate::signature::Spec;

    #[test]
    fn texts_rank_as_the_formula_says() {
        // By hand: N 3, mean length 3; "cat" stands in two texts, rarity ln(1 + 1.5/2.5), "mat" in one, ln(1 + 2.5/1.5).
        let index = Bm25::new(["cat sat mat", "cat cat dog", "the bird flew"]);
        let cat = (1.0_f64 + 1.5 / 2.5).ln();
        let mat = (1.0_f64 + 2.5 / 1.5).ln();
        let by_hand = [cat + mat, cat * 2.0 * 2.2 / 3.2, 0.0];
        for (score, expected) in index.scores("Cat, mat?").iter().zip(by_hand) {
            assert!((score - expected).abs() < 1e-12, "{score} {expected}");
        }
    }

    fn spec(mix: Mix) -> Spec {
        let text = "instruction = \"Decide.\"\n[inputs.text]\n[inputs.note]\noptional = true\n[outputs.verdict]\n\
                    choices = [\"yes\", \"no\"]\n[score]\nfield = \"verdict\"\nlabels = { yes = 1, no = 0 }";
        let mut spec = Spec::parse(text, "polite.toml").unwrap();
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
        let mut spec = Spec::parse(text, "better.toml").unwrap();
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
