//! What a scorer's values are worth.

use serde_json::{Map, Value, json};

use super::sample::Sample;
use super::scorers::Scorer;

/// Inspect's grades, and what they are worth there: correct, partial, incorrect, no answer.
const GRADES: [(&str, f64); 4] = [("C", 1.0), ("P", 0.5), ("I", 0.0), ("N", 0.0)];

/// Words that are worth 1 and 0 in Inspect.
const WORDS: [[(&str, f64); 2]; 2] = [[("yes", 1.0), ("no", 0.0)], [("true", 1.0), ("false", 0.0)]];

/// The keys of a table `[scores.NAME]` that say which values there are.
pub(super) fn table(scorer: &Scorer, samples: &[Sample]) -> Result<Map<String, Value>, String> {
    let values: Vec<&Value> = samples.iter().filter_map(|sample| scorer.value(sample)).collect();
    let words: Option<Vec<&str>> = values.iter().map(|value| value.as_str()).collect();
    let known =
        |table: &[(&str, f64)], words: &[&str]| words.iter().all(|word| table.iter().any(|it| it.0 == *word));
    match words {
        Some(words) if known(&GRADES, &words) => return Ok(labels(&GRADES)),
        Some(words) if words.iter().all(|word| number(word).is_some()) => {}
        Some(words) => {
            let found = WORDS.iter().find(|table| known(*table, &words));
            return found.map(|table| labels(table)).ok_or_else(|| {
                let mut some: Vec<&str> = words;
                some.sort_unstable();
                some.dedup();
                some.truncate(5);
                format!("nothing says what its values are worth: {}", some.join(", "))
            });
        }
        None if values.iter().all(|value| value.is_boolean()) => {
            return Ok(labels(&[("true", 1.0), ("false", 0.0)]));
        }
        None => {}
    }
    let numbers: Option<Vec<f64>> =
        values.iter().map(|value| value.as_f64().or_else(|| number(value.as_str()?))).collect();
    let numbers = numbers.ok_or("its values are lists, or of several kinds")?;
    let low = numbers.iter().copied().fold(0.0, f64::min);
    let high = numbers.iter().copied().fold(f64::MIN, f64::max);
    let is_share = low >= 0.0 && high <= 1.0;
    let (min, max) = if is_share { (0.0, 1.0) } else { (low, high.max(low + 1.0)) };
    Ok(object(json!({ "scale": { "min": min, "max": max } })))
}

/// A text that is a finite number.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn labels(table: &[(&str, f64)]) -> Map<String, Value> {
    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    let worth: Map<String, Value> =
        table.iter().map(|(name, worth)| ((*name).to_owned(), json!(worth))).collect();
    object(json!({ "labels": names, "worth": worth }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scorers::scorers;
    use super::*;

    fn of(values: &[Value]) -> Result<Value, String> {
        let samples = values.iter().enumerate().map(|(id, value)| {
            Sample::read(json!({ "id": id, "scores": { "it": { "value": value } } })).unwrap()
        });
        let samples: Vec<Sample> = samples.collect();
        table(&scorers(&samples)[0], &samples).map(Value::Object)
    }

    #[test]
    fn values_have_the_worth_that_inspect_gives_them() {
        let grades = of(&[json!("C"), json!("I"), Value::Null]).unwrap();
        assert_eq!(grades["worth"], json!({"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}));
        assert_eq!(of(&[json!(true)]).unwrap()["labels"], json!(["true", "false"]));
        assert_eq!(of(&[json!("yes"), json!("no")]).unwrap()["labels"], json!(["yes", "no"]));
        assert_eq!(of(&[json!(0.25), json!(1)]).unwrap(), json!({"scale": {"min": 0.0, "max": 1.0}}));
        assert_eq!(of(&[json!("7"), json!("-2.5")]).unwrap(), json!({"scale": {"min": -2.5, "max": 7.0}}));
        assert_eq!(of(&[json!(-3)]).unwrap(), json!({"scale": {"min": -3.0, "max": -2.0}}));
        assert!(of(&[json!("A"), json!("C")]).unwrap_err().ends_with("A, C"));
        assert!(of(&[json!([1, 2])]).is_err() && of(&[json!(true), json!(2)]).is_err());
    }
}
