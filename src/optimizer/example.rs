//! What a judge is tuned on: labelled records.

use serde_json::{Map, Value};

use crate::eval::Expected;
use crate::judge::Reading;
use crate::signature::{Demo, Scale, Spec};

/// A labelled record, made ready to be judged or shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
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
    pub fn demo(&self, spec: &Spec) -> Demo {
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
    pub fn text(&self) -> String {
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
pub fn is_usable(demo: &Demo, spec: &Spec, reading: Reading) -> bool {
    let verdict = spec.scale.as_ref().map(|scale| scale.field.as_str());
    let mut asked = spec.outputs.iter().filter(|field| match reading {
        Reading::Weighted => Some(field.name.as_str()) == verdict,
        _ => field.required,
    });
    asked.all(|field| demo.outputs.contains_key(&field.name))
}
