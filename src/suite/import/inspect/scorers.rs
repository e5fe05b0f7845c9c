//! The scorers of a log, and what each says of a sample.

use serde_json::{Value, json};

use super::sample::Sample;

/// A scorer, or one key of a scorer that gives several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scorer {
    scorer: String,
    key: Option<String>,
}

/// All scorers, in the order in which the samples name them.
pub(super) fn scorers(samples: &[Sample]) -> Vec<Scorer> {
    let mut all: Vec<Scorer> = Vec::new();
    for sample in samples {
        for name in sample.scorers() {
            let value = sample.score(name).and_then(|score| score.get("value"));
            let keys = value.and_then(Value::as_object).into_iter().flat_map(|values| values.keys());
            let keys: Vec<Option<String>> = keys.map(|key| Some(key.clone())).collect();
            for key in if keys.is_empty() { vec![None] } else { keys } {
                let scorer = Scorer { scorer: name.clone(), key };
                if !all.contains(&scorer) {
                    all.push(scorer);
                }
            }
        }
    }
    // A scorer of several values that once gave none has no table of its own for that.
    let has_keys = |name: &str| all.iter().any(|other| other.scorer == name && other.key.is_some());
    let alone =
        |scorer: &&Scorer| scorer.key.is_some() || !has_keys(&scorer.scorer) || whole(scorer, samples);
    all.iter().filter(alone).cloned().collect()
}

/// Whether a scorer gives a value that is not taken apart.
fn whole(scorer: &Scorer, samples: &[Sample]) -> bool {
    samples.iter().any(|sample| scorer.value(sample).is_some())
}

impl Scorer {
    pub(super) fn name(&self) -> String {
        match &self.key {
            Some(key) => format!("{}.{key}", self.scorer),
            None => self.scorer.clone(),
        }
    }

    /// What it gave a sample; none if that is no value.
    pub(super) fn value<'a>(&self, sample: &'a Sample) -> Option<&'a Value> {
        let value = sample.score(&self.scorer)?.get("value")?;
        let value = match &self.key {
            Some(key) => value.get(key)?,
            None => value,
        };
        Some(value).filter(|value| !value.is_null() && (self.key.is_some() || !value.is_object()))
    }

    /// The judgment of a sample.
    pub(super) fn line(&self, sample: &Sample) -> Value {
        let score = sample.score(&self.scorer);
        let said = |key: &str| score.and_then(|score| score.get(key)).filter(|value| !value.is_null());
        let mut line = json!({ "id": sample.key });
        match self.value(sample) {
            Some(value) => set(&mut line, "value", value),
            None => set(&mut line, "unscored", &json!(self.why(sample))),
        }
        for key in ["answer", "explanation"] {
            if let Some(value) = said(key) {
                set(&mut line, key, value);
            }
        }
        line
    }

    /// Why a sample has no value.
    fn why(&self, sample: &Sample) -> String {
        if let Some(error) = sample.error() {
            return format!("the sample ended in an error: {error}");
        }
        let Some(score) = sample.score(&self.scorer) else {
            return format!("`{}` gave the sample no score", self.scorer);
        };
        match score.get("reason").and_then(Value::as_str) {
            Some(reason) => reason.to_owned(),
            None => format!("`{}` gave the sample no value", self.name()),
        }
    }
}

fn set(line: &mut Value, key: &str, value: &Value) {
    if let Some(line) = line.as_object_mut() {
        line.insert(key.to_owned(), value.clone());
    }
}
