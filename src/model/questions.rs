//! Typed questions, as decision models take them: such a model writes nothing, and gives each possible answer a
//! probability.

use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// What a decision model is asked about a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// What is judged, by the inputs' names, in the signature's order.
    pub state: Map<String, Value>,
    /// The questions, in their order.
    #[serde(serialize_with = "in_list")]
    pub questions: Arc<[DecisionQuestion]>,
}

fn in_list<S: Serializer>(questions: &Arc<[DecisionQuestion]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(questions.iter())
}

/// One typed question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionQuestion {
    /// The verdict's name, or the criterion's.
    pub name: String,
    /// What is asked.
    pub instructions: String,
    /// What may be answered.
    pub answers: DecisionAnswers,
}

/// The possible answers to a typed question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionAnswers {
    /// True or false: a predicate, or a noul.
    Predicate,
    /// One of several.
    Choice(Vec<DecisionAnswer>),
    /// A level, the lowest first.
    Score(Vec<DecisionAnswer>),
}

/// A possible answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionAnswer {
    /// Its name: `pass`, or `4`.
    pub label: String,
    /// What it means, where the signature says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl DecisionQuestion {
    /// The answers' names, in the order in which a reply's probabilities stand.
    #[must_use]
    pub fn labels(&self) -> Vec<&str> {
        match &self.answers {
            DecisionAnswers::Predicate => vec!["true", "false"],
            DecisionAnswers::Choice(answers) | DecisionAnswers::Score(answers) => {
                answers.iter().map(|answer| answer.label.as_str()).collect()
            }
        }
    }
}

/// How much a decision model's server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionLimits {
    /// The most questions of a request. More are asked in several requests.
    pub questions: usize,
    /// The most answers of a choice.
    pub choices: usize,
    /// The most levels of a score. A longer scale is asked as a choice.
    pub levels: usize,
}

/// What a decision model gave for one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// The probability of each answer as the server told it, in the order of [`DecisionQuestion::labels`].
    Probabilities(Vec<f64>),
    /// The model refused this question.
    Refused,
}
