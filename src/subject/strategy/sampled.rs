//! Which of several answers becomes the output.

use serde_json::Value;

use super::asking::Sample;

/// The first answer of those that are the same most often; of several as frequent, the one drawn first.
pub(super) fn most_frequent(samples: Vec<Sample>, by: Option<&str>) -> Option<Sample> {
    let keys: Vec<String> = samples.iter().map(|sample| key(&sample.answer, by)).collect();
    let times = |key: &String| keys.iter().filter(|other| *other == key).count();
    let most = keys.iter().map(times).max()?;
    let place = keys.iter().position(|key| times(key) == most)?;
    samples.into_iter().nth(place)
}

/// Whether all answers are the same.
pub(super) fn agree(samples: &[Sample]) -> bool {
    let mut keys = samples.iter().map(|sample| key(&sample.answer, None));
    let first = keys.next();
    keys.all(|key| Some(&key) == first.as_ref())
}

/// The place of the answer that is surest of itself, the earlier of several.
pub(super) fn surest(samples: &[Sample]) -> usize {
    let sure = |sample: &Sample| sample.answer.get("confidence").and_then(Value::as_f64);
    let mut best = (0, f64::NEG_INFINITY);
    for (place, sample) in samples.iter().enumerate() {
        if let Some(sure) = sure(sample).filter(|sure| *sure > best.1) {
            best = (place, sure);
        }
    }
    best.0
}

/// What answers are compared by: the field, or the whole; space around texts does not count.
fn key(answer: &Value, by: Option<&str>) -> String {
    trimmed(by.and_then(|field| answer.get(field)).unwrap_or(answer)).to_string()
}

fn trimmed(value: &Value) -> Value {
    match value {
        Value::String(text) => text.trim().into(),
        Value::Array(list) => list.iter().map(trimmed).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), trimmed(value))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn samples(answers: &[Value]) -> Vec<Sample> {
        answers.iter().map(|answer| Sample { answer: answer.clone(), text: answer.to_string() }).collect()
    }

    #[test]
    fn the_most_frequent_output_wins_and_of_equals_the_first() {
        let drawn = samples(&[json!({"code": "a"}), json!({"code": "b"}), json!({"code": " b\n"})]);
        assert_eq!(most_frequent(drawn, None).unwrap().answer, json!({"code": "b"}));
        let all_differ = samples(&[json!({"code": "b"}), json!({"code": "a"})]);
        assert_eq!(most_frequent(all_differ, None).unwrap().answer["code"], "b");
        let by_field = samples(&[
            json!({"why": "x", "answer": 1}),
            json!({"why": "y", "answer": 2}),
            json!({"why": "z", "answer": 2}),
        ]);
        assert_eq!(most_frequent(by_field, Some("answer")).unwrap().answer["why"], "y");
        assert!(most_frequent(Vec::new(), None).is_none());
    }

    #[test]
    fn an_answer_without_a_confidence_is_never_the_surest_of_others() {
        let drawn = samples(&[json!({"a": 1}), json!({"confidence": 0.2}), json!({"confidence": 0.9})]);
        assert_eq!(surest(&drawn), 2);
    }
}
