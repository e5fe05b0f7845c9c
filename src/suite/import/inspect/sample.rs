//! A sample of a log.

use serde_json::{Map, Value, json};

/// A sample in one epoch.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) id: Value,
    pub(super) epoch: u64,
    /// The id of its record, with the epoch if there are several.
    pub(super) key: String,
    pub(super) whole: Value,
}

/// What stands in place of a long text or a file, before its id.
const ATTACHED: &str = "attachment://";

impl Sample {
    pub(super) fn read(mut whole: Value) -> Result<Self, String> {
        let id = whole.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
        let id = id.ok_or("has a sample without an id")?;
        let epoch = whole.get("epoch").and_then(Value::as_u64).unwrap_or(1);
        let attached = whole.get("attachments").and_then(Value::as_object).cloned().unwrap_or_default();
        let kept = ["input", "target", "choices", "messages", "output", "scores", "metadata", "error"];
        if let Some(whole) = whole.as_object_mut() {
            whole.retain(|key, _| kept.contains(&key.as_str()));
            whole.values_mut().for_each(|value| attach(value, &attached));
        }
        Ok(Self { id, epoch, key: String::new(), whole })
    }

    /// The id as text.
    pub(super) fn name(&self) -> String {
        self.id.as_str().map_or_else(|| self.id.to_string(), str::to_owned)
    }

    /// The sample as a record.
    pub(super) fn record(&self) -> Value {
        let mut record = Map::new();
        record.insert("id".to_owned(), json!(self.key));
        record.insert("sample".to_owned(), self.id.clone());
        record.insert("epoch".to_owned(), json!(self.epoch));
        let mut keep = |key: &str, value: Option<&Value>| {
            if let Some(value) = value.filter(|value| !value.is_null()) {
                record.insert(key.to_owned(), value.clone());
            }
        };
        for key in ["input", "choices", "target", "messages", "metadata"] {
            keep(key, self.whole.get(key));
        }
        // A sample that ended in an error has an empty completion, which is no output.
        if self.error().is_none() {
            keep("output", self.whole.pointer("/output/completion"));
        }
        keep("error", self.error().map(Value::from).as_ref());
        Value::Object(record)
    }

    /// Why it ended early, if it did.
    pub(super) fn error(&self) -> Option<&str> {
        let error = self.whole.get("error").filter(|error| !error.is_null())?;
        Some(error.get("message").and_then(Value::as_str).unwrap_or("it does not say which"))
    }

    /// What a scorer gave it.
    pub(super) fn score(&self, scorer: &str) -> Option<&Value> {
        self.whole.get("scores")?.get(scorer).filter(|score| !score.is_null())
    }

    /// The scorers that gave it something.
    pub(super) fn scorers(&self) -> impl Iterator<Item = &String> {
        self.whole.get("scores").and_then(Value::as_object).into_iter().flat_map(Map::keys)
    }
}

/// Puts texts where their ids stand.
fn attach(value: &mut Value, attached: &Map<String, Value>) {
    match value {
        Value::String(text) => {
            if let Some(found) = text.strip_prefix(ATTACHED).and_then(|id| attached.get(id)) {
                *value = found.clone();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| attach(item, attached)),
        Value::Object(fields) => fields.values_mut().for_each(|field| attach(field, attached)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attached_texts_stand_in_their_place() {
        let sample = Sample::read(json!({
            "id": 3, "epoch": 2, "input": [{"role": "user", "content": "attachment://ab"}], "events": [1],
            "attachments": {"ab": "a long text"}, "output": {"completion": ""}, "error": null,
        }))
        .unwrap();
        let record = sample.record();
        assert_eq!(record["input"], json!([{"role": "user", "content": "a long text"}]));
        assert_eq!(
            (record.get("events"), &record["output"], &record["sample"]),
            (None, &json!(""), &json!(3))
        );
        let failed =
            Sample::read(json!({"id": "x", "output": {"completion": ""}, "error": {"message": "down"}}));
        let record = failed.unwrap().record();
        assert_eq!((record.get("output"), &record["error"]), (None, &json!("down")));
        assert!(Sample::read(json!({"id": null})).is_err());
    }
}
