//! The request on the wire, in both forms.

use serde_json::{Map, Value, json};

use crate::model::Request;
use crate::model::decision_form::DecisionForm;
use crate::model::questions::{Decision, DecisionAnswer, DecisionAnswers, DecisionQuestion};

/// The body for a request; `extra` wins over evenhand's own fields.
pub(crate) fn body(form: DecisionForm, model: &str, request: &Request, extra: &Map<String, Value>) -> Value {
    let mut body = match (&request.decision, form) {
        (Some(decision), DecisionForm::Decisions) => decisions(model, request, decision),
        (Some(decision), DecisionForm::Systemone) => systemone(model, decision),
        (None, _) => Value::Null,
    };
    if let Value::Object(fields) = &mut body {
        fields.extend(extra.clone());
    }
    body
}

fn decisions(model: &str, request: &Request, decision: &Decision) -> Value {
    let input = request.messages.last().map_or("", |message| message.content.as_str());
    let questions: Vec<Value> = decision.questions.iter().map(listed).collect();
    json!({"model": model, "input": input, "questions": questions})
}

fn listed(question: &DecisionQuestion) -> Value {
    let (kind, answers) = match &question.answers {
        DecisionAnswers::Predicate => ("predicate", None),
        DecisionAnswers::Choice(answers) => ("choice", Some(("choices", "value", answers))),
        DecisionAnswers::Score(answers) => ("score", Some(("levels", "label", answers))),
    };
    let mut one = Map::new();
    one.insert("type".into(), kind.into());
    one.insert("name".into(), question.name.as_str().into());
    one.insert("instructions".into(), question.instructions.as_str().into());
    if let Some((list, key, answers)) = answers {
        one.insert(list.into(), answers.iter().map(|answer| described(key, answer)).collect());
    }
    Value::Object(one)
}

fn described(key: &str, answer: &DecisionAnswer) -> Value {
    let mut one = Map::new();
    one.insert(key.into(), answer.label.as_str().into());
    one.extend(answer.description.as_deref().map(|text| ("description".to_owned(), text.into())));
    Value::Object(one)
}

fn systemone(model: &str, decision: &Decision) -> Value {
    let questions: Map<String, Value> =
        decision.questions.iter().map(|question| (question.name.clone(), mapped(question))).collect();
    json!({"model": model, "state": decision.state, "questions": questions})
}

fn mapped(question: &DecisionQuestion) -> Value {
    let instructions = question.instructions.as_str();
    match &question.answers {
        DecisionAnswers::Predicate => json!({"type": "noul", "instructions": instructions}),
        DecisionAnswers::Choice(answers) => {
            let criteria: Map<String, Value> =
                answers.iter().map(|answer| (answer.label.clone(), json!(answer.description))).collect();
            json!({"type": "choice", "instructions": instructions, "criteria": criteria})
        }
        DecisionAnswers::Score(answers) => {
            let criteria: Vec<String> = answers.iter().map(level).collect();
            json!({"type": "score", "instructions": instructions, "criteria": criteria})
        }
    }
}

/// A level is a text alone: its name stands before what it means.
fn level(answer: &DecisionAnswer) -> String {
    match &answer.description {
        Some(description) => format!("{}: {description}", answer.label),
        None => answer.label.clone(),
    }
}
