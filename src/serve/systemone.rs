//! System One, `TypeSafe`'s form: `state` and a map of questions; a map of answers with the same keys.

use serde_json::{Map, Value, json};

use super::answers::{choice_confidence, likeliest, mean_level, score_confidence};
use super::form::{Answered, Wanted};
use super::problem::Problem;
use super::questions::{Asked, Kind, Level};
use crate::model::Usage;

/// Reads a request.
pub(super) fn read(body: &Value) -> Result<Wanted, Problem> {
    let model = body["model"].as_str().ok_or_else(|| Problem::field("model", "`model` names a suite"))?;
    let state = match &body["state"] {
        state @ (Value::String(_) | Value::Object(_)) => state.clone(),
        Value::Null if !body["input"].is_null() => {
            return Err(Problem::field("state", "`state` is missing, and `input` belongs to /v1/decisions"));
        }
        _ => {
            return Err(Problem::field(
                "state",
                "`state` is an object of the judge's inputs by name, or a text",
            ));
        }
    };
    let questions = body["questions"].as_object().filter(|questions| !questions.is_empty());
    let questions =
        questions.ok_or_else(|| Problem::field("questions", "`questions` is a map of questions by name"))?;
    let questions = questions.iter().map(|(name, question)| {
        Ok(Asked {
            name: Some(name.clone()),
            kind: kind(question).map_err(|what| Problem::field("questions", what))?,
        })
    });
    Ok(Wanted { model: model.to_owned(), state, questions: questions.collect::<Result<_, Problem>>()? })
}

fn kind(question: &Value) -> Result<Kind, &'static str> {
    match question["type"].as_str() {
        Some("noul") => Ok(Kind::Predicate),
        Some("choice") => {
            let labels = question["criteria"].as_object().ok_or("a choice has `criteria` by label")?;
            Ok(Kind::Choice(labels.keys().map(|label| Value::from(label.as_str())).collect()))
        }
        Some("score") => {
            let levels = question["criteria"].as_array().ok_or("a score has a list `criteria`")?;
            let level = |level: &Value| Some(Level { name: level.as_str()?.to_owned(), sent: level.clone() });
            let levels: Option<Vec<Level>> = levels.iter().map(level).collect();
            Ok(Kind::Score(levels.ok_or("a level is a text: the level, or \"LEVEL: what it means\"")?))
        }
        _ => Err("a question's `type` is noul, choice or score"),
    }
}

/// Writes a reply. There are no refusals in this form.
pub(super) fn write(model: &str, answers: &[(Asked, Answered)], usage: Usage) -> Value {
    let answers: Map<String, Value> = answers
        .iter()
        .map(|(asked, answered)| (asked.name.clone().unwrap_or_default(), answer(asked, answered)))
        .collect();
    json!({
        "model": model,
        "answers": answers,
        "usage": {
            "input_tokens": usage.prompt_tokens.unwrap_or(0),
            "output_tokens": usage.completion_tokens.unwrap_or(0),
        },
    })
}

fn answer(asked: &Asked, answered: &Answered) -> Value {
    let Answered::Probabilities(shares) = answered else { return Value::Null };
    match &asked.kind {
        Kind::Predicate => json!({"type": "noul", "noul": shares.first()}),
        Kind::Choice(choices) => {
            let label = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let all = choices.iter().zip(shares).map(|(value, share)| (label(value), Value::from(*share)));
            json!({
                "type": "choice", "choice": choices.get(likeliest(shares)),
                "probabilities": all.collect::<Map<_, _>>(), "confidence": choice_confidence(shares),
            })
        }
        Kind::Score(levels) => {
            let places = || (0..levels.len()).map(|place| place.to_string());
            let legend = places().zip(levels.iter().map(|level| level.sent.clone()));
            let all = places().zip(shares.iter().map(|share| Value::from(*share)));
            json!({
                "type": "score", "score": mean_level(shares), "legend": legend.collect::<Map<_, _>>(),
                "probabilities": all.collect::<Map<_, _>>(), "confidence": score_confidence(shares),
            })
        }
    }
}
