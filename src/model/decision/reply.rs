//! Reading a reply. Nothing is filled in or guessed: a reply with a fault in it is used for no question. What a
//! server calls `confidence` is not read, since every server means another thing by it.

use serde_json::Value;

use crate::model::decision_form::DecisionForm;
use crate::model::http::Counts;
use crate::model::questions::{Decided, DecisionAnswers, DecisionQuestion};
use crate::model::{Response, Usage};
use crate::number::real;

/// Hosted servers round to two decimals: two figures that were equal may differ by so much.
const ROUNDING: f64 = 0.01;

/// Figures that are no further apart than this are the same.
const SAME: f64 = 1e-9;

/// The reply to these questions.
///
/// # Errors
/// It does not answer them as documented: what is wrong, and where.
pub(super) fn read(
    form: DecisionForm,
    questions: &[DecisionQuestion],
    reply: &Value,
) -> Result<Response, String> {
    let answers = match form {
        DecisionForm::Decisions => in_list(questions, &reply["answers"])?,
        DecisionForm::Systemone => in_map(questions, &reply["answers"])?,
    };
    let (mut decided, mut notes) = (Vec::new(), Vec::new());
    for (question, answer) in questions.iter().zip(answers) {
        let at = |fault: String| format!("answer `{}`: {fault}", question.name);
        let one = match form {
            DecisionForm::Decisions => listed(question, answer),
            DecisionForm::Systemone => mapped(question, answer),
        };
        let one = one.map_err(at)?;
        if let Decided::Probabilities(probabilities) = &one {
            check(probabilities).map_err(at)?;
            winner(question, probabilities, &answer["choice"]).map_err(at)?;
            notes.extend(remarks(question, probabilities));
        }
        decided.push(one);
    }
    let usage = usage(&reply["usage"], &mut notes);
    let model = reply["model"].as_str().map(str::to_owned);
    Ok(Response { decided: Some(decided), usage, model, notes, ..Response::default() })
}

fn usage(usage: &Value, notes: &mut Vec<String>) -> Usage {
    let mut counts = Counts::new("usage", usage, notes);
    Usage {
        prompt_tokens: counts.read(&["/input_tokens"]),
        cached_tokens: counts.read(&["/input_tokens_details/cached_tokens"]),
        completion_tokens: counts.read(&["/output_tokens"]),
    }
}

/// Answers in the questions' order. A name is compared where there is one.
fn in_list<'a>(questions: &[DecisionQuestion], answers: &'a Value) -> Result<Vec<&'a Value>, String> {
    let answers = answers.as_array().ok_or("the reply has no list `answers`")?;
    if answers.len() != questions.len() {
        return Err(format!("{} answers came to {} questions", answers.len(), questions.len()));
    }
    for (question, answer) in questions.iter().zip(answers) {
        match &answer["name"] {
            Value::Null => {}
            Value::String(name) if *name == question.name => {}
            other => {
                return Err(format!("an answer named {other} stands in the place of `{}`", question.name));
            }
        }
    }
    Ok(answers.iter().collect())
}

fn in_map<'a>(questions: &[DecisionQuestion], answers: &'a Value) -> Result<Vec<&'a Value>, String> {
    let answers = answers.as_object().ok_or("the reply has no object `answers`")?;
    if let Some(extra) = answers.keys().find(|name| !questions.iter().any(|asked| asked.name == **name)) {
        return Err(format!("the answer `{extra}` was not asked for"));
    }
    let find = |question: &DecisionQuestion| {
        answers.get(&question.name).ok_or_else(|| format!("the answer `{}` is missing", question.name))
    };
    questions.iter().map(find).collect()
}

/// An answer in OpenAI's form.
fn listed(question: &DecisionQuestion, answer: &Value) -> Result<Decided, String> {
    if answer["type"] == "refusal" {
        return Ok(Decided::Refused);
    }
    let probabilities = match &question.answers {
        DecisionAnswers::Predicate => predicate(answer, "predicate", "probability")?,
        DecisionAnswers::Choice(choices) => {
            of_type(answer, "choice")?;
            let labels: Vec<Value> = choices.iter().map(|choice| choice.label.as_str().into()).collect();
            from_items(&labels, &answer["probabilities"])?
        }
        DecisionAnswers::Score(levels) => {
            of_type(answer, "score")?;
            let places: Vec<Value> = (0..levels.len()).map(Value::from).collect();
            for (place, level) in levels.iter().enumerate() {
                let items = answer["probabilities"].as_array().into_iter().flatten();
                let told = items.filter(|item| item["value"] == place).map(|item| &item["label"]);
                if let Some(other) = told.into_iter().find(|told| !told.is_null() && **told != level.label) {
                    return Err(format!("level {place} is called {other} and not \"{}\"", level.label));
                }
            }
            from_items(&places, &answer["probabilities"])?
        }
    };
    Ok(Decided::Probabilities(probabilities))
}

/// An answer in System One's form.
fn mapped(question: &DecisionQuestion, answer: &Value) -> Result<Decided, String> {
    let probabilities = match &question.answers {
        DecisionAnswers::Predicate => predicate(answer, "noul", "noul")?,
        DecisionAnswers::Choice(choices) => {
            of_type(answer, "choice")?;
            from_map(choices.iter().map(|choice| choice.label.clone()).collect(), &answer["probabilities"])?
        }
        DecisionAnswers::Score(levels) => {
            of_type(answer, "score")?;
            let places = (0..levels.len()).map(|place| place.to_string()).collect();
            from_map(places, &answer["probabilities"])?
        }
    };
    Ok(Decided::Probabilities(probabilities))
}

fn of_type(answer: &Value, kind: &str) -> Result<(), String> {
    match &answer["type"] {
        Value::String(told) if told == kind => Ok(()),
        Value::Null => Err(format!("its `type` is missing, and a {kind} was asked for")),
        other => Err(format!("its `type` is {other}, and a {kind} was asked for")),
    }
}

fn predicate(answer: &Value, kind: &str, field: &str) -> Result<Vec<f64>, String> {
    of_type(answer, kind)?;
    let holds = probability(field, &answer[field])?;
    Ok(vec![holds, 1.0 - holds])
}

/// Probabilities as a list of `{value, probability}`.
fn from_items(values: &[Value], items: &Value) -> Result<Vec<f64>, String> {
    let items = items.as_array().ok_or("it has no list `probabilities`")?;
    if let Some(extra) = items.iter().find(|item| !values.contains(&item["value"])) {
        return Err(format!("{} is none of the answers that were asked for", extra["value"]));
    }
    let one = |value: &Value| {
        let mut own = items.iter().filter(|item| item["value"] == *value);
        match (own.next(), own.next()) {
            (Some(item), None) => probability(&value.to_string(), &item["probability"]),
            (Some(_), Some(_)) => Err(format!("{value} has two probabilities")),
            (None, _) => Err(format!("{value} has no probability")),
        }
    };
    values.iter().map(one).collect()
}

/// Probabilities as a map. A key that stands there twice has been refused before.
fn from_map(labels: Vec<String>, map: &Value) -> Result<Vec<f64>, String> {
    let map = map.as_object().ok_or("it has no object `probabilities`")?;
    if let Some(extra) = map.keys().find(|key| !labels.contains(key)) {
        return Err(format!("\"{extra}\" is none of the answers that were asked for"));
    }
    let one = |label: String| match map.get(&label) {
        Some(value) => probability(&format!("\"{label}\""), value),
        None => Err(format!("\"{label}\" has no probability")),
    };
    labels.into_iter().map(one).collect()
}

fn probability(name: &str, value: &Value) -> Result<f64, String> {
    if value.is_null() {
        return Err(format!("{name} has no probability"));
    }
    let number = value.as_f64().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| format!("the probability of {name} is {value}, and no number from 0 to 1"))
}

/// Rounded probabilities add up to 1 within what rounding may do to them.
fn check(probabilities: &[f64]) -> Result<(), String> {
    let sum: f64 = probabilities.iter().sum();
    let allowed = (0.005 * real(probabilities.len()) + 0.001).min(0.1);
    if (sum - 1.0).abs() <= allowed {
        return Ok(());
    }
    Err(format!("the probabilities add up to {sum:.3}, and not to 1"))
}

/// The answer that the server names has the highest probability, as far as rounding lets one see it.
fn winner(question: &DecisionQuestion, probabilities: &[f64], choice: &Value) -> Result<(), String> {
    if !matches!(question.answers, DecisionAnswers::Choice(_)) || choice.is_null() {
        return Ok(());
    }
    let mut told = question.labels().into_iter().zip(probabilities).filter(|(label, _)| *choice == **label);
    let (_, own) = told.next().ok_or_else(|| format!("it chose {choice}, which was not asked for"))?;
    let best = probabilities.iter().copied().fold(0.0, f64::max);
    if best - own > ROUNDING + SAME {
        return Err(format!("it chose {choice} at {own}, and another answer has {best}"));
    }
    Ok(())
}

/// What rounding did, and a tie.
fn remarks(question: &DecisionQuestion, probabilities: &[f64]) -> Vec<String> {
    let mut remarks = Vec::new();
    let sum: f64 = probabilities.iter().sum();
    if (sum - 1.0).abs() > 1e-6 {
        remarks
            .push(format!("the probabilities of `{}` add up to {sum:.2}: they are rounded", question.name));
    }
    let best = probabilities.iter().copied().fold(0.0, f64::max);
    let labels = question.labels();
    let likeliest = labels.iter().zip(probabilities).filter(|(_, own)| best - **own <= SAME);
    let likeliest: Vec<&str> = likeliest.map(|(label, _)| *label).collect();
    if likeliest.len() > 1 {
        remarks.push(format!("a tie of `{}`: {} have {best:.2} each", question.name, likeliest.join(", ")));
    }
    remarks
}
