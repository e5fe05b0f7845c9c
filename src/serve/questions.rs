//! The questions of a request, held against what a judge answers. A judge is asked its suite's own question; the
//! request says which, and in which form the answer shall come.

use serde_json::Value;

use crate::model::DecisionAnswers;
use crate::suite::served_judges::{ServedJudge, ServedSuite};

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

/// The judge that a question is for.
pub(super) fn judge_for<'s>(
    asked: &Asked,
    suite: &'s ServedSuite,
    only: Option<&str>,
) -> Result<&'s ServedJudge, String> {
    let judges = || suite.judges.iter().filter(|judge| only.is_none_or(|only| judge.name == only));
    let names = || {
        let names: Vec<String> = judges().map(|judge| format!("`{}`", name_of(judge, suite))).collect();
        names.join(", ")
    };
    let fits = |judge: &&ServedJudge| match &asked.name {
        None => true,
        Some(name) => judge.name == *name || judge.question.name == *name,
    };
    let mut fitting = judges().filter(fits);
    match (fitting.next(), fitting.next(), &asked.name) {
        (Some(judge), None, _) => Ok(judge),
        (None, _, Some(name)) => {
            Err(format!("there is no question `{name}`; this model answers {}", names()))
        }
        _ => Err(format!("the question's name has to say which judge is meant: {}", names())),
    }
}

/// What a question for a judge is called: its verdict where the suite has one judge, else the judge.
pub(super) fn name_of<'j>(judge: &'j ServedJudge, suite: &ServedSuite) -> &'j str {
    if suite.judges.len() == 1 { &judge.question.name } else { &judge.name }
}

/// The places of the offered answers among the judge's labels, in the request's order.
pub(super) fn labels(asked: &Asked, judge: &ServedJudge) -> Result<Vec<String>, String> {
    let known: Vec<String> = judge.question.labels().into_iter().map(str::to_owned).collect();
    match &asked.kind {
        Kind::Predicate => {
            let yes = judge.yes.clone().ok_or_else(|| {
                format!("`{}` has no two answers of which one is yes: ask a {}", judge.name, usual(judge))
            })?;
            Ok(vec![yes])
        }
        Kind::Choice(choices) => {
            let labels: Vec<String> = choices.iter().map(text).collect();
            let is_same = labels.len() == known.len() && known.iter().all(|label| labels.contains(label));
            if is_same {
                Ok(labels)
            } else {
                Err(format!("the choices of `{}` are {}", judge.name, list(&known)))
            }
        }
        Kind::Score(levels) => {
            let DecisionAnswers::Score(own) = &judge.question.answers else {
                return Err(format!("`{}` has no levels: ask a {}", judge.name, usual(judge)));
            };
            let is_level = |(level, own): (&Level, &crate::model::DecisionAnswer)| {
                let named = level.name == own.label || level.name.starts_with(&format!("{}: ", own.label));
                named || own.description.as_ref() == Some(&level.name)
            };
            if levels.len() == own.len() && levels.iter().zip(own).all(is_level) {
                return Ok(known);
            }
            Err(format!("the levels of `{}` are, the lowest first, {}", judge.name, list(&known)))
        }
    }
}

fn usual(judge: &ServedJudge) -> &'static str {
    match judge.question.answers {
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
