//! The testing criteria of an eval as checks and judges.

use serde_json::{Map, Value, json};

use super::super::{Missing, naming};
use super::models;
use super::source::Source;
use super::template::Template;

/// A criterion that is carried over, at least in part.
#[derive(Clone, Debug)]
pub(super) struct Criterion {
    /// Its key in a suite's table.
    pub(super) key: String,
    /// "criterion 2 (Tone)".
    pub(super) part: String,
    pub(super) place: String,
    pub(super) kind: Kind,
}

/// What becomes of it.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A check of a text.
    Check(Check),
    /// A judge.
    Judge(Judge),
}

/// A check, and the text that it looks at.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) graded: Template,
    pub(super) table: Map<String, Value>,
    /// What is expected, if it differs from row to row.
    pub(super) expected: Option<Template>,
}

/// A judge, and what it is asked.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    /// The instruction, before the record.
    pub(super) instruction: Option<String>,
    /// What it is shown of each row.
    pub(super) shown: Template,
    pub(super) answer: Answer,
    pub(super) model: Map<String, Value>,
}

/// What a judge answers.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Labels { labels: Vec<String>, passing: Vec<String> },
    Number { min: f64, max: f64, pass_at: Option<f64> },
}

type Read<T> = Result<T, String>;

/// All criteria that have an equivalent. The others are noted as missing.
pub(super) fn criteria(source: &mut Source) -> Vec<Criterion> {
    let all = source.eval.get("testing_criteria").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut read: Vec<Criterion> = Vec::new();
    for (number, value) in all.iter().enumerate() {
        let name = value.get("name").and_then(Value::as_str).unwrap_or("criterion");
        let part = format!("criterion {} ({name})", number + 1);
        let place = source.place(&format!("/testing_criteria/{number}"));
        // `prompt` is the signature of the model that makes the outputs; the other is a check of its own.
        let taken = |key: &str| {
            ["prompt", "not_carried_over"].contains(&key) || read.iter().any(|other| other.key == key)
        };
        let key = naming::free(naming::key(name), taken);
        let kind = match kind(value) {
            Ok((kind, stand_in)) => {
                if let Some(what) = stand_in {
                    source.missing.push(Missing { place: place.clone(), part: part.clone(), what });
                }
                kind
            }
            Err(what) => {
                source.missing.push(Missing { place, part, what });
                continue;
            }
        };
        read.push(Criterion { key, part, place, kind });
    }
    read
}

/// What a criterion becomes; with it, why a check that stands in for it is not the same.
fn kind(value: &Value) -> Read<(Kind, Option<String>)> {
    match text(value, "type")? {
        "string_check" => {
            known(value, &["input", "reference", "operation"])?;
            Ok((Kind::Check(string_check(value)?), None))
        }
        "text_similarity" => {
            known(value, &["input", "reference", "evaluation_metric", "pass_threshold"])?;
            let (check, why) = text_similarity(value)?;
            Ok((Kind::Check(check), Some(why)))
        }
        "label_model" => {
            known(value, &["input", "labels", "passing_labels", "model", "sampling_params"])?;
            Ok((Kind::Judge(judge(value, labels(value)?)?), None))
        }
        "score_model" => {
            known(value, &["input", "range", "pass_threshold", "model", "sampling_params"])?;
            Ok((Kind::Judge(judge(value, range(value)?)?), None))
        }
        "python" => Err("a `python` grader is a program, which has no equivalent".to_owned()),
        other => Err(format!("`{other}` has no equivalent")),
    }
}

fn known(value: &Value, keys: &[&str]) -> Read<()> {
    // `id` is what the service called the criterion.
    let always = ["type", "name", "id"];
    let mut all = value.as_object().into_iter().flatten();
    let unknown = all.find(|(key, value)| {
        !value.is_null() && !always.contains(&key.as_str()) && !keys.contains(&key.as_str())
    });
    unknown.map_or(Ok(()), |(key, _)| Err(format!("`{key}` has no equivalent")))
}

fn text<'a>(value: &'a Value, key: &str) -> Read<&'a str> {
    value.get(key).and_then(Value::as_str).ok_or_else(|| format!("there is no text `{key}`"))
}

fn table(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(table) => table,
        _ => Map::new(),
    }
}

fn string_check(value: &Value) -> Read<Check> {
    let graded = Template::parse(text(value, "input")?)?;
    let reference = Template::parse(text(value, "reference")?)?;
    let constant = reference.constant();
    let operation = text(value, "operation")?;
    let mut check = match operation {
        "eq" => json!({ "kind": "exact", "trim": false }),
        "like" => json!({ "kind": "contains" }),
        "ilike" => json!({ "kind": "contains", "ignore_case": true }),
        "ne" | "neq" => {
            let text = constant.ok_or(
                "`ne` with a reference that differs from row to row has no equivalent: the pattern of a check is the same for every record",
            )?;
            let pattern = format!(r"(?s)\A{}\z", regex::escape(&text));
            let check = table(json!({ "kind": "regex", "pattern": pattern, "absent": true }));
            return Ok(Check { graded, table: check, expected: None });
        }
        other => return Err(format!("the operation `{other}` is not known")),
    };
    let Some(constant) = constant else {
        return Ok(Check { graded, table: table(check), expected: Some(reference) });
    };
    if constant.is_empty() && operation != "eq" {
        return Err("an empty text is part of every output".to_owned());
    }
    let is_list = operation != "eq";
    if let Some(check) = check.as_object_mut() {
        check.insert("expected".to_owned(), if is_list { json!([constant]) } else { json!(constant) });
    }
    Ok(Check { graded, table: table(check), expected: None })
}

/// A check by a metric of the same name. OpenAI does not say how it computes its own, so this one decides nothing.
fn text_similarity(value: &Value) -> Read<(Check, String)> {
    let metric = text(value, "evaluation_metric")?;
    let graded = Template::parse(text(value, "input")?)?;
    let reference = Template::parse(text(value, "reference")?)?;
    let mut check = match metric {
        "bleu" => json!({ "kind": "bleu" }),
        "rouge_1" => json!({ "kind": "rouge", "variant": "rouge1" }),
        "rouge_2" => json!({ "kind": "rouge", "variant": "rouge2" }),
        "rouge_l" => json!({ "kind": "rouge", "variant": "rougeL" }),
        "cosine" => {
            return Err(
                "`cosine` compares embeddings of a model of OpenAI's, which has no equivalent".to_owned()
            );
        }
        "fuzzy_match" => {
            return Err(
                "`fuzzy_match` is rapidfuzz's, which has no equivalent: `edit_similarity` is another formula"
                    .to_owned(),
            );
        }
        other => return Err(format!("the metric `{other}` has no equivalent")),
    };
    let threshold = value.get("pass_threshold").and_then(Value::as_f64);
    let threshold = threshold.ok_or("there is no number `pass_threshold`")?;
    if !(0.0..=1.0).contains(&threshold) {
        return Err(format!("`pass_threshold` is {threshold}, and not from 0 to 1"));
    }
    if let Some(check) = check.as_object_mut() {
        check.insert("min".to_owned(), json!(threshold));
        check.insert("weight".to_owned(), json!(0));
    }
    let why = format!(
        "OpenAI does not say how it computes `{metric}`, so this is not known to be the same; \
         a check by evenhand's own is written with weight 0"
    );
    Ok((Check { graded, table: table(check), expected: Some(reference) }, why))
}

fn judge(value: &Value, answer: Answer) -> Read<Judge> {
    let input = value.get("input").and_then(Value::as_array).ok_or("there is no list `input`")?;
    let models::Messages { instruction, shown, .. } = models::messages(input)?;
    if shown.variables().next().is_none() {
        return Err("the messages show nothing of `item` or `sample`".to_owned());
    }
    let model = models::model(text(value, "model")?, value.get("sampling_params"))?;
    Ok(Judge { instruction, shown, answer, model })
}

fn labels(value: &Value) -> Read<Answer> {
    let list = |key: &str| -> Read<Vec<String>> {
        let items =
            value.get(key).and_then(Value::as_array).ok_or_else(|| format!("there is no list `{key}`"))?;
        let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        texts.ok_or_else(|| format!("`{key}` is no list of texts"))
    };
    let (labels, passing) = (list("labels")?, list("passing_labels")?);
    if let Some(label) = passing.iter().find(|label| !labels.contains(label)) {
        return Err(format!("the passing label {label:?} is none of `labels`"));
    }
    if labels.len() < 2 {
        return Err("there are fewer than two `labels`".to_owned());
    }
    Ok(Answer::Labels { labels, passing })
}

fn range(value: &Value) -> Read<Answer> {
    let bounds = match value.get("range").filter(|range| !range.is_null()) {
        None => Some((0.0, 1.0)),
        Some(range) => range.get(0).and_then(Value::as_f64).zip(range.get(1).and_then(Value::as_f64)),
    };
    let (min, max) = bounds.ok_or("`range` is no list of two numbers")?;
    if min >= max {
        return Err(format!("`range` is empty: from {min} to {max}"));
    }
    let pass_at = value.get("pass_threshold").and_then(Value::as_f64);
    if let Some(at) = pass_at.filter(|at| !(min..=max).contains(at)) {
        return Err(format!("`pass_threshold` is {at}, and not from {min} to {max}"));
    }
    Ok(Answer::Number { min, max, pass_at: pass_at.map(|at| (at - min) / (max - min)) })
}
