//! The questions of a request, held against what a judge answers. A judge is asked its suite's own question; the
//! request says which, and in which form the answer shall come.

use serde_json::Value;

use crate::model::DecisionAnswers;
use crate::suite::served_judges::{ServedJudge, ServedQuestion, ServedSuite};

/// A question of a request.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) name: Option<String>,
    pub(super) kind: Kind,
}

/// What kind of answer is wanted, with the answers that are offered as the request writes them.
#[derive(Debug)]
pub(super) enum Kind {
    Predicate,
    /// Each choice as JSON.
    Choice(Vec<Value>),
    /// Each level, with the texts by which it may be known, and as the request writes it.
    Score(Vec<Level>),
}

/// A level of a score.
#[derive(Debug)]
pub(super) struct Level {
    /// What it may be called: its label.
    pub(super) name: String,
    /// The level as it stands in the request.
    pub(super) sent: Value,
}

/// The judge that a question is for, and the place of its question.
pub(super) fn question_for<'s>(
    asked: &Asked,
    suite: &'s ServedSuite,
    only: Option<&str>,
) -> Result<(&'s ServedJudge, usize, &'s ServedQuestion), String> {
    let judges = || suite.judges.iter().filter(|judge| only.is_none_or(|only| judge.name == only));
    let names = |judge: &ServedJudge| -> Vec<String> {
        judge.questions.iter().map(|question| format!("`{}`", name_of(question, suite))).collect()
    };
    let all = || judges().flat_map(names).collect::<Vec<_>>().join(", ");
    let each = |judge: &'s ServedJudge| {
        judge.questions.iter().enumerate().map(move |(place, question)| (judge, place, question))
    };
    let fits = |(judge, _, question): &(&ServedJudge, usize, &ServedQuestion)| match &asked.name {
        None => true,
        Some(name) => {
            let is_judge = judge.name == *name && judge.questions.len() == 1;
            is_judge || question.full_name == *name || question.question.name == *name
        }
    };
    let mut fitting = judges().flat_map(each).filter(fits);
    match (fitting.next(), fitting.next(), &asked.name) {
        (Some(one), None, _) => Ok(one),
        (None, _, Some(name)) => Err(match judges().find(|judge| judge.name == *name) {
            Some(judge) => {
                let criteria = names(judge).join(", ");
                format!(
                    "`{name}` is asked criterion by criterion, and the whole has no probabilities: ask {criteria}"
                )
            }
            None => format!("there is no question `{name}`; this model answers {}", all()),
        }),
        _ => Err(format!("the question's name has to say which judge is meant: {}", all())),
    }
}

/// What a question is called: by its own name where the suite has one judge, else by its full one.
pub(super) fn name_of<'q>(question: &'q ServedQuestion, suite: &ServedSuite) -> &'q str {
    if suite.judges.len() == 1 { &question.question.name } else { &question.full_name }
}

/// The places of the offered answers among the question's labels, in the request's order.
pub(super) fn labels(asked: &Asked, question: &ServedQuestion) -> Result<Vec<String>, String> {
    let known: Vec<String> = question.question.labels().into_iter().map(str::to_owned).collect();
    match &asked.kind {
        Kind::Predicate => {
            let yes = question.yes.clone().ok_or_else(|| {
                format!(
                    "`{}` has no two answers of which one is yes: ask a {}",
                    question.full_name,
                    usual(question)
                )
            })?;
            Ok(vec![yes])
        }
        Kind::Choice(choices) => {
            let labels: Vec<String> = choices.iter().map(text).collect();
            let is_same = labels.len() == known.len() && known.iter().all(|label| labels.contains(label));
            if is_same {
                Ok(labels)
            } else {
                Err(format!("the choices of `{}` are {}", question.full_name, list(&known)))
            }
        }
        Kind::Score(levels) => {
            let DecisionAnswers::Score(own) = &question.question.answers else {
                return Err(format!("`{}` has no levels: ask a {}", question.full_name, usual(question)));
            };
            let is_level = |(level, own): (&Level, &crate::model::DecisionAnswer)| {
                let named = level.name == own.label || level.name.starts_with(&format!("{}: ", own.label));
                named || own.description.as_ref() == Some(&level.name)
            };
            if levels.len() == own.len() && levels.iter().zip(own).all(is_level) {
                return Ok(known);
            }
            Err(format!("the levels of `{}` are, the lowest first, {}", question.full_name, list(&known)))
        }
    }
}

fn usual(question: &ServedQuestion) -> &'static str {
    match question.question.answers {
        DecisionAnswers::Predicate => "predicate",
        DecisionAnswers::Choice(_) => "choice",
        DecisionAnswers::Score(_) => "score",
    }
}

fn list(labels: &[String]) -> String {
    labels.iter().map(|label| format!("\"{label}\"")).collect::<Vec<_>>().join(", ")
}

/// A choice as a label: truth values by their names.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
