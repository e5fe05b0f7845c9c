//! OpenAI's form: `input` and a list of questions; a list of answers in the same order.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::answers::{choice_confidence, likeliest, mean_level, score_confidence};
use super::form::{Answered, Wanted};
use super::problem::Problem;
use super::questions::{Asked, Kind, Level};
use crate::model::Usage;

/// The most questions of a request.
const MOST: usize = 128;

/// Reads a request.
pub(super) fn read(body: &Value) -> Result<Wanted, Problem> {
    let model = body["model"].as_str().ok_or_else(|| Problem::field("model", "`model` names a suite"))?;
    let input = match &body["input"] {
        Value::String(text) => text.clone(),
        Value::Array(messages) => messages
            .iter()
            .map(message)
            .collect::<Option<Vec<String>>>()
            .ok_or_else(|| Problem::field("input", "`input` takes text of the user's alone"))?
            .join("\n"),
        Value::Null if !body["state"].is_null() => {
            return Err(Problem::field("input", "`input` is missing, and `state` belongs to /v1/systemone"));
        }
        _ => return Err(Problem::field("input", "`input` is a text, or a list of the user's messages")),
    };
    let questions = body["questions"].as_array().filter(|questions| (1..=MOST).contains(&questions.len()));
    let questions = questions.ok_or_else(|| {
        Problem::field("questions", format!("`questions` is a list of 1 to {MOST} questions"))
    })?;
    let questions: Vec<Asked> = questions.iter().map(question).collect::<Result<_, _>>()?;
    let mut names = BTreeSet::new();
    if let Some(twice) =
        questions.iter().filter_map(|asked| asked.name.as_ref()).find(|name| !names.insert(*name))
    {
        return Err(Problem::field("questions", format!("two questions are named `{twice}`")));
    }
    Ok(Wanted { model: model.to_owned(), state: Value::from(input), questions })
}

/// A message of the user's, where it is text.
fn message(message: &Value) -> Option<String> {
    if message["role"] != "user" {
        return None;
    }
    match &message["content"] {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let is_text = parts.iter().all(|part| part["type"] == "input_text");
            let texts: Option<Vec<&str>> = parts.iter().map(|part| part["text"].as_str()).collect();
            texts.filter(|_| is_text).map(|texts| texts.join("\n"))
        }
        _ => None,
    }
}

fn question(question: &Value) -> Result<Asked, Problem> {
    let wrong = |message: &str| Problem::field("questions", message);
    let name = match &question["name"] {
        Value::Null => None,
        Value::String(name) => Some(name.clone()),
        _ => return Err(wrong("a question's `name` is a text")),
    };
    let kind = match question["type"].as_str() {
        Some("predicate") => Kind::Predicate,
        Some("choice") => {
            let choices = question["choices"].as_array().ok_or_else(|| wrong("a choice has `choices`"))?;
            let value = |choice: &Value| {
                let value = &choice["value"];
                (value.is_string() || value.is_boolean()).then(|| value.clone())
            };
            let values: Option<Vec<Value>> = choices.iter().map(value).collect();
            Kind::Choice(values.ok_or_else(|| wrong("a choice's `value` is a text or a truth value"))?)
        }
        Some("score") => {
            let levels = question["levels"].as_array().ok_or_else(|| wrong("a score has `levels`"))?;
            let level = |level: &Value| {
                let label = &level["label"];
                Some(Level { name: label.as_str()?.to_owned(), sent: label.clone() })
            };
            let levels: Option<Vec<Level>> = levels.iter().map(level).collect();
            Kind::Score(levels.ok_or_else(|| wrong("a level is {\"label\": \"...\"}"))?)
        }
        _ => return Err(wrong("a question's `type` is predicate, choice or score")),
    };
    Ok(Asked { name, kind })
}

/// Writes a reply.
pub(super) fn write(model: &str, answers: &[(Asked, Answered)], usage: Usage) -> Value {
    let answers: Vec<Value> = answers.iter().map(|(asked, answered)| answer(asked, answered)).collect();
    let input = usage.prompt_tokens.unwrap_or(0);
    let output = usage.completion_tokens.unwrap_or(0);
    json!({
        "model": model,
        "answers": answers,
        "usage": {
            "input_tokens": input,
            "input_tokens_details": {"cached_tokens": usage.cached_tokens.unwrap_or(0), "cache_write_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input.saturating_add(output),
        },
    })
}

fn answer(asked: &Asked, answered: &Answered) -> Value {
    let name = &asked.name;
    let Answered::Probabilities(shares) = answered else { return json!({"type": "refusal", "name": name}) };
    match &asked.kind {
        Kind::Predicate => json!({"type": "predicate", "name": name, "probability": shares.first()}),
        Kind::Choice(choices) => {
            let all = choices
                .iter()
                .zip(shares)
                .map(|(value, share)| json!({"value": value, "probability": share}));
            json!({
                "type": "choice", "name": name, "choice": choices.get(likeliest(shares)),
                "probabilities": all.collect::<Vec<_>>(), "confidence": choice_confidence(shares),
            })
        }
        Kind::Score(levels) => {
            let all = levels.iter().zip(shares).enumerate();
            let all = all.map(|(place, (level, share))| {
                Map::from_iter([
                    ("value".to_owned(), Value::from(place)),
                    ("label".to_owned(), level.sent.clone()),
                    ("probability".to_owned(), Value::from(*share)),
                ])
            });
            json!({
                "type": "score", "name": name, "score": mean_level(shares),
                "probabilities": all.collect::<Vec<_>>(), "confidence": score_confidence(shares),
            })
        }
    }
}
