//! `GET /v1/models`: the suites, in both forms' shape at once, with the questions that each answers.

use serde_json::{Map, Value, json};

use super::questions::name_of;
use crate::model::{DecisionAnswer, DecisionAnswers, DecisionQuestion};
use crate::suite::served_judges::{ServedJudge, ServedSuite};

/// The list. `started` is the time in seconds since 1970, and `day` its date.
pub(super) fn list(suites: &[ServedSuite], started: u64, day: &str) -> Value {
    let data = suites.iter().map(|suite| {
        json!({
            "id": suite.name, "object": "model", "created": started, "owned_by": "evenhand",
            "description": suite.description,
            "inputs": inputs(suite), "questions": questions(suite),
        })
    });
    let models = suites
        .iter()
        .map(|suite| json!({"name": suite.name, "description": suite.description, "release_date": day}));
    json!({"object": "list", "data": data.collect::<Vec<_>>(), "models": models.collect::<Vec<_>>()})
}

fn inputs(suite: &ServedSuite) -> Value {
    let mut inputs = Map::new();
    for field in suite.judges.iter().flat_map(ServedJudge::inputs) {
        let described = json!({"description": field.description, "required": field.required});
        inputs.entry(field.name.clone()).or_insert(described);
    }
    Value::Object(inputs)
}

/// The questions as System One writes them, ready to be sent.
fn questions(suite: &ServedSuite) -> Value {
    let questions = suite.judges.iter().flat_map(|judge| &judge.questions);
    let questions = questions.map(|one| (name_of(one, suite).to_owned(), question(&one.question)));
    Value::Object(questions.collect())
}

fn question(question: &DecisionQuestion) -> Value {
    let instructions = &question.instructions;
    match &question.answers {
        DecisionAnswers::Predicate => json!({"type": "noul", "instructions": instructions}),
        DecisionAnswers::Choice(choices) => {
            let criteria: Map<String, Value> =
                choices.iter().map(|choice| (choice.label.clone(), json!(choice.description))).collect();
            json!({"type": "choice", "instructions": instructions, "criteria": criteria})
        }
        DecisionAnswers::Score(levels) => {
            let criteria: Vec<String> = levels.iter().map(level).collect();
            json!({"type": "score", "instructions": instructions, "criteria": criteria})
        }
    }
}

fn level(level: &DecisionAnswer) -> String {
    match &level.description {
        Some(description) => format!("{}: {description}", level.label),
        None => level.label.clone(),
    }
}
