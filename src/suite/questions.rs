//! What a suite's judges ask first about a record, question by question.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::eval::Panel;
use crate::judge::Order;
use crate::model::Request;

/// A question of a judge's, exactly as it would be sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// The judge, where the suite has several.
    pub judge: Option<String>,
    /// The order in which a pair is shown.
    pub order: Option<&'static str>,
    /// Which of the judge's questions it is, from 1, where it asks several.
    pub number: Option<usize>,
    /// What is sent.
    pub request: Request,
}

impl Question {
    /// The suite, and which of its questions it is where there are several.
    pub(crate) fn name(&self, suite: &str) -> String {
        let judge = self.judge.as_ref().map(|judge| format!(", judge {judge}"));
        let order = self.order.map(|order| format!(", order {order}"));
        let number = self.number.map(|number| format!(", question {number}"));
        [Some(suite.to_owned()), judge, order, number].into_iter().flatten().collect()
    }
}

/// The first questions of all judges; `inputs` are those of each judge.
pub(crate) fn questions(panel: &Panel, inputs: &[Map<String, Value>]) -> Result<Vec<Question>> {
    let mut questions = Vec::new();
    for (member, inputs) in panel.judges.iter().zip(inputs) {
        let planned = member.judge.plan(inputs);
        let planned = planned.map_err(|fault| Error::new(ErrorKind::Prompt, fault.to_string()))?;
        let mut parts = Vec::new();
        for planned in planned.into_iter().filter(|planned| planned.draw == 0) {
            if let Some(part) = planned.part.as_ref().filter(|part| !parts.contains(*part)) {
                parts.push(part.clone());
            }
            let number = planned.part.and_then(|part| parts.iter().position(|known| *known == part));
            questions.push(Question {
                judge: (panel.judges.len() > 1).then(|| member.name.clone()),
                order: planned.order.map(Order::name),
                number: number.map(|number| number + 1),
                request: planned.request,
            });
        }
    }
    Ok(questions)
}
