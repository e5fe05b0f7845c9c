//! The one form every signature takes.

use serde_json::{Map, Value, json};

use super::demo::Demo;
use super::field::{Field, object_schema};
use super::nearest_demos::NearestDemos;
use super::pair::Pair;
use super::rubric::{Criterion, Rubric};
use super::scale::Scale;

/// An instruction with typed inputs and outputs: all a prompt is made from.
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
        // Where all demos are shown, and nothing changes places, the hash is what it always was.
        if let Some(whole) = whole.as_array_mut() {
            whole.extend(self.nearest_demos.map(|nearest| json!(nearest)));
            whole.extend(self.pair.as_ref().map(|pair| json!(pair)));
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
