//! A decision model's server of either form: it checks a request as such servers do, and answers every question.

use serde_json::{Map, Value, json};

use super::mock::Mock;
use super::server::{RecordedRequest, Reply};

/// A server of OpenAI's form.
pub fn decisions(judge: impl Fn(&str, &Value) -> f64 + Send + Sync + 'static) -> Mock {
    Mock::new(move |request| {
        let body = &request.body;
        let (Some(input), Some(questions)) = (body["input"].as_str(), body["questions"].as_array()) else {
            return refused("input must be a string, and questions an array");
        };
        if !(1..=128).contains(&questions.len()) {
            return refused("questions: from 1 to 128");
        }
        let answers: Result<Vec<Value>, &str> =
            questions.iter().map(|question| listed(question, judge(input, question))).collect();
        match answers {
            Ok(answers) => Reply::json(json!({
                "model": "gpt-6-luna", "answers": answers,
                "usage": {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 0},
            })),
            Err(fault) => refused(fault),
        }
    })
}

/// A server of System One's form.
pub fn systemone(judge: impl Fn(&str, &Value) -> f64 + Send + Sync + 'static) -> Mock {
    Mock::new(move |request| {
        let body = &request.body;
        let has_state = body["state"].is_string() || body["state"].is_object() || body["state"].is_array();
        let (true, Some(questions)) = (has_state, body["questions"].as_object()) else {
            return Reply::error(
                422,
                json!({"detail": [
                {"type": "missing", "loc": ["body", "state"], "msg": "Field required", "input": {}}]}),
            );
        };
        let state = body["state"].to_string();
        let one = |(name, question): (&String, &Value)| {
            Some((name.clone(), mapped(question, judge(&state, question))?))
        };
        match questions.iter().map(one).collect::<Option<Map<String, Value>>>() {
            Some(answers) => Reply::json(json!({
                "model": "jev-1.14.0", "answers": answers, "usage": {"input_tokens": 200, "output_tokens": 9},
            })),
            None => Reply::error(
                400,
                json!({"detail": {"error_type": "api_usage_error", "message": "bad question"}}),
            ),
        }
    })
}

/// How sure a fair judge is of the first answer: of a text with "please" more than of another.
pub fn fair(shown: &str, _: &Value) -> f64 {
    if shown.contains("please") { 0.87 } else { 0.13 }
}

/// The questions of a request in either form, each with its name.
pub fn questions(request: &RecordedRequest) -> Vec<(String, Value)> {
    match &request.body["questions"] {
        Value::Array(list) => list
            .iter()
            .map(|one| (one["name"].as_str().unwrap_or_default().to_owned(), one.clone()))
            .collect(),
        Value::Object(map) => map.iter().map(|(name, one)| (name.clone(), one.clone())).collect(),
        _ => Vec::new(),
    }
}

fn refused(message: &str) -> Reply {
    Reply::error(
        400,
        json!({"error": {
        "message": message, "type": "invalid_request_error", "param": "questions", "code": null}}),
    )
}

/// So much for the first answer, and the rest for the others, in two decimals.
fn shares(number: usize, first: f64) -> Vec<f64> {
    let others = (1.0 - first) / real(number - 1);
    (0..number).map(|at| ((if at == 0 { first } else { others }) * 100.0).round() / 100.0).collect()
}

fn real(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

/// The place of the highest, the first of several.
fn best(shares: &[f64]) -> usize {
    (0..shares.len()).rev().max_by(|a, b| shares[*a].total_cmp(&shares[*b])).unwrap()
}

fn listed(question: &Value, first: f64) -> Result<Value, &'static str> {
    let name = &question["name"];
    if question["instructions"].as_str().is_none_or(str::is_empty) {
        return Err("instructions must be a string");
    }
    if first.is_nan() {
        return Ok(json!({"type": "refusal", "name": name}));
    }
    match question["type"].as_str() {
        Some("predicate") => Ok(json!({"type": "predicate", "name": name, "probability": first})),
        Some("choice") => {
            let choices = question["choices"].as_array().ok_or("choices are missing")?;
            if !(2..=255).contains(&choices.len()) {
                return Err("array too long. Expected an array with maximum length 255");
            }
            let shares = shares(choices.len(), first);
            let told = choices
                .iter()
                .zip(&shares)
                .map(|(choice, share)| json!({"value": choice["value"], "probability": share}));
            Ok(
                json!({"type": "choice", "name": name, "choice": choices[best(&shares)]["value"], "confidence": 0.5,
                "probabilities": told.collect::<Vec<_>>()}),
            )
        }
        Some("score") => {
            let levels = question["levels"].as_array().ok_or("levels are missing")?;
            if !(2..=10).contains(&levels.len()) {
                return Err("array too long. Expected an array with maximum length 10");
            }
            // The judge's first answer is the highest level.
            let mut shares = shares(levels.len(), first);
            shares.reverse();
            let told = levels.iter().zip(&shares).enumerate().map(
                |(at, (level, share))| json!({"value": at, "label": level["label"], "probability": share}),
            );
            Ok(json!({"type": "score", "name": name, "score": mean(&shares), "confidence": 0.5,
                "probabilities": told.collect::<Vec<_>>()}))
        }
        _ => Err("unknown type of question"),
    }
}

fn mean(shares: &[f64]) -> f64 {
    shares.iter().enumerate().map(|(at, share)| real(at) * share).sum()
}

fn mapped(question: &Value, first: f64) -> Option<Value> {
    match question["type"].as_str()? {
        "noul" => Some(json!({"type": "noul", "noul": first})),
        "choice" => {
            let labels: Vec<&String> = question["criteria"].as_object()?.keys().collect();
            let shares = shares(labels.len(), first);
            let told: Map<String, Value> =
                labels.iter().zip(&shares).map(|(label, share)| ((*label).clone(), json!(share))).collect();
            Some(
                json!({"type": "choice", "choice": labels[best(&shares)], "confidence": 0.4, "probabilities": told}),
            )
        }
        "score" => {
            let levels = question["criteria"].as_array()?;
            if levels.len() > 10 || levels.iter().any(Value::is_null) {
                return None;
            }
            let mut shares = shares(levels.len(), first);
            shares.reverse();
            let keyed = |values: Vec<Value>| -> Map<String, Value> {
                values.into_iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
            };
            Some(
                json!({"type": "score", "score": mean(&shares), "confidence": 0.4, "legend": keyed(levels.clone()),
                "probabilities": keyed(shares.into_iter().map(Value::from).collect())}),
            )
        }
        _ => None,
    }
}
