//! What a suite's judges ask first about a record, question by question.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::eval::Panel;
use crate::judge::Order;
use crate::model::Request;

/// A question of a judge's, exactly as it would be sent.
pub(crate) struct Question<'a> {
    /// The judge, where the suite has several.
    judge: Option<&'a str>,
    /// The order in which a pair is shown.
    pub(crate) order: Option<&'static str>,
    /// Which of the judge's questions it is, from 1, where it asks several.
    number: Option<usize>,
    pub(crate) request: Request,
}

impl Question<'_> {
    /// The suite, and which of its questions it is where there are several.
    pub(crate) fn name(&self, suite: &str) -> String {
        let judge = self.judge.map(|judge| format!(", judge {judge}"));
        let order = self.order.map(|order| format!(", order {order}"));
        let number = self.number.map(|number| format!(", question {number}"));
        [Some(suite.to_owned()), judge, order, number].into_iter().flatten().collect()
    }
}

/// The first questions of all judges; `inputs` are those of each judge.
pub(crate) fn questions<'a>(panel: &'a Panel, inputs: &[Map<String, Value>]) -> Result<Vec<Question<'a>>> {
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
                judge: (panel.judges.len() > 1).then_some(member.name.as_str()),
                order: planned.order.map(Order::name),
                number: number.map(|number| number + 1),
                request: planned.request,
            });
        }
    }
    Ok(questions)
}
