//! The one form every signature takes, with its parts: demos, demos looked up for each record, and the pair
//! of inputs that is asked about in both orders.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::field::{Field, object_schema};
use super::rubric::{Criterion, Rubric};
use super::scale::{Scale, ScaleKind};

/// Inputs with the answer they should get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demo {
    /// The inputs by field name.
    pub inputs: Map<String, Value>,
    /// The answer by field name.
    pub outputs: Map<String, Value>,
}

/// Of the demos only those most like the record are shown, the likest last, next to the record;
/// never one that is the record itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearestDemos {
    /// How many are shown; at least 1.
    pub show: usize,
    /// Which of the like ones.
    pub mix: Mix,
}

/// Which of the demos that are like a record are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mix {
    /// The likest.
    Likest,
    /// The likest of each label, in turn.
    Balanced,
}

impl NearestDemos {
    /// What is shown, of a pool of so many demos, in words.
    #[must_use]
    pub fn in_words(&self, pool: usize) -> String {
        let which = match self.mix {
            Mix::Likest => "most like it",
            Mix::Balanced => "most like it, of each label in turn",
        };
        let (show, demos) = (self.show.min(pool), if self.show == 1 { "demo" } else { "demos" });
        format!("for each record the {show} {demos} of {pool} {which}; the likest last")
    }
}

/// The verdict on a pair whose orders do not add up to one.
pub(crate) const UNDECIDED: &str = "undecided";

/// Two inputs that change places, so that each record is asked about in both orders.
///
/// A judge that prefers a place then prefers each of them once (Zheng et al. 2023, arXiv 2306.05685,
/// section 3.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The two inputs.
    pub inputs: [String; 2],
    /// The verdict for each of them; what is said of the exchanged inputs is turned around.
    pub verdicts: [String; 2],
    /// The verdict on a pair whose orders disagree; without one the pair decides nothing.
    pub undecided: Option<String>,
}

impl Pair {
    /// The inputs with the values of the two in each other's place; all keys stay where they are.
    #[must_use]
    pub fn exchanged(&self, inputs: &Map<String, Value>) -> Map<String, Value> {
        let [first, second] = &self.inputs;
        let mut exchanged = inputs.clone();
        if let (Some(one), Some(other)) = (inputs.get(first), inputs.get(second)) {
            exchanged.insert(first.clone(), other.clone());
            exchanged.insert(second.clone(), one.clone());
        }
        exchanged
    }

    /// A verdict on the exchanged inputs as one on the inputs as they are.
    #[must_use]
    pub fn turned<'a>(&'a self, label: &'a str) -> &'a str {
        match &self.verdicts {
            [first, second] if label == first => second,
            [first, second] if label == second => first,
            _ => label,
        }
    }

    /// The verdict on a pair whose orders disagree.
    #[must_use]
    pub fn undecided(&self) -> &str {
        self.undecided.as_deref().unwrap_or(UNDECIDED)
    }

    /// A scale with the verdict on a pair whose orders disagree.
    #[must_use]
    pub fn with_undecided(&self, mut scale: Scale) -> Scale {
        if let ScaleKind::Labels(labels) = &mut scale.kind
            && !labels.iter().any(|label| label.name == self.undecided())
        {
            labels.push(super::scale::Label { name: self.undecided().to_owned(), value: None });
        }
        scale
    }
}

/// An instruction with typed inputs and outputs: all a prompt is made from.
///
/// ```
/// use evenhand::signature::bundled;
///
/// let spec = bundled("relevance")?;
/// let outputs: Vec<&str> = spec.outputs.iter().map(|field| field.name.as_str()).collect();
/// assert_eq!(outputs, ["evidence", "reasoning", "verdict", "confidence"]);
/// assert_eq!(spec.scale.expect("a scale").worth("pass"), Some(1.0));
/// # Ok::<(), evenhand::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// The name, for prompts, files and reports.
    pub name: String,
    /// What the judge is told to do.
    pub instruction: String,
    /// What it is given.
    pub inputs: Vec<Field>,
    /// What it must answer, in this order.
    pub outputs: Vec<Field>,
    /// Worked examples, in the order they are shown.
    pub demos: Vec<Demo>,
    /// Which of the demos each record is shown; all of them without.
    pub nearest_demos: Option<NearestDemos>,
    /// How the answer becomes a score, if it does.
    pub scale: Option<Scale>,
    /// Whether its claims decide: the score is the share of the output `claims` that are supported, with a quote that
    /// stands in the input `source`.
    pub by_claims: bool,
    /// The two inputs that change places, if each record is asked about in both orders.
    pub pair: Option<Pair>,
    /// The rubric, if the judge follows one.
    pub rubric: Option<Rubric>,
    /// The user's own template, if any.
    pub template: Option<TemplateText>,
}

/// The text of a user's template and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateText {
    /// The file, as messages name it.
    pub file: String,
    /// Its text.
    pub text: String,
}

impl Spec {
    /// JSON Schema of the inputs.
    #[must_use]
    pub fn input_schema(&self) -> Value {
        object_schema(&self.inputs)
    }

    /// JSON Schema of the answer, properties in the order of the outputs.
    #[must_use]
    pub fn output_schema(&self) -> Value {
        object_schema(&self.outputs)
    }

    /// The output of this name.
    #[must_use]
    pub fn output(&self, name: &str) -> Option<&Field> {
        self.outputs.iter().find(|field| field.name == name)
    }

    /// The same question, answered with the verdict alone.
    ///
    /// For the weighted reading, where nothing is decoded before the verdict.
    /// `None` without a scale.
    #[must_use]
    pub fn verdict_only(&self) -> Option<Self> {
        let scale = self.scale.as_ref()?;
        let mut spec = self.clone();
        spec.outputs.retain(|field| field.name == scale.field);
        for demo in &mut spec.demos {
            demo.outputs.retain(|name, _| *name == scale.field);
        }
        Some(spec)
    }

    /// The question about one criterion of the rubric, by its place.
    #[must_use]
    pub fn criterion(&self, index: usize) -> Option<Self> {
        let rubric = self.rubric.as_ref()?;
        let criterion = rubric.criteria.get(index)?;
        let one = Rubric { levels: Vec::new(), criteria: vec![criterion.clone()], ..rubric.clone() };
        Some(Self {
            name: format!("{}/{}", self.name, criterion.name),
            outputs: one.criterion_outputs(),
            scale: Some(one.scale()),
            demos: self.demos.iter().filter_map(|demo| criterion_demo(demo, criterion)).collect(),
            rubric: Some(one),
            ..self.clone()
        })
    }

    /// The demos whose answers hold every required output: only these can be shown.
    pub fn usable_demos(&self) -> impl Iterator<Item = &Demo> {
        self.demos.iter().filter(|demo| {
            let mut required = self.outputs.iter().filter(|field| field.required);
            required.all(|field| demo.outputs.contains_key(&field.name))
        })
    }

    /// A hash of everything the spec says: 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let demos: Vec<Value> = self.demos.iter().map(|demo| json!([demo.inputs, demo.outputs])).collect();
        let mut whole = json!([
            self.name,
            self.instruction,
            self.input_schema(),
            self.output_schema(),
            demos,
            self.scale,
            self.rubric,
            self.template.as_ref().map(|template| &template.text),
        ]);
        // Where all demos are shown, nothing changes places, and no claims decide, the hash is what it always was.
        if let Some(whole) = whole.as_array_mut() {
            whole.extend(self.nearest_demos.map(|nearest| json!(nearest)));
            whole.extend(self.pair.as_ref().map(|pair| json!(pair)));
            whole.extend(self.by_claims.then(|| json!("by claims")));
        }
        blake3::hash(whole.to_string().as_bytes()).to_hex().to_string()
    }
}

/// A demo of the whole rubric as a demo of one criterion. Its reasons and
/// suggestions speak of the whole, so they are left out.
fn criterion_demo(demo: &Demo, criterion: &Criterion) -> Option<Demo> {
    let score = demo.outputs.get("criteria")?.get(&criterion.name)?;
    let mut outputs = Map::new();
    outputs.insert("score".into(), score.clone());
    Some(Demo { inputs: demo.inputs.clone(), outputs })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pair() -> Pair {
        Pair { inputs: ["a".into(), "b".into()], verdicts: ["A".into(), "B".into()], undecided: None }
    }

    #[test]
    fn values_change_places_and_keys_do_not() {
        let inputs = json!({"a": "one", "task": "t", "b": "two"});
        let exchanged = pair().exchanged(inputs.as_object().unwrap());
        assert_eq!(Value::Object(exchanged.clone()).to_string(), r#"{"a":"two","task":"t","b":"one"}"#);
        assert_eq!(pair().exchanged(&exchanged), *inputs.as_object().unwrap());
    }

    #[test]
    fn verdicts_for_one_are_turned_around_and_others_stay() {
        let pair = pair();
        assert_eq!(["A", "B", "tie"].map(|label| pair.turned(label)), ["B", "A", "tie"]);
    }
}
