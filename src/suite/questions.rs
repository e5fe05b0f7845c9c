//! What a suite's judges ask first about a record, question by question.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::eval::Panel;
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
        let requests = member.judge.requests(inputs);
        let requests = requests.map_err(|fault| Error::new(ErrorKind::Prompt, fault.to_string()))?;
        let orders = member.judge.orders();
        // All questions in one order, then all in the other.
        let each = (requests.len() / orders.len().max(1)).max(1);
        for (place, request) in requests.into_iter().enumerate() {
            questions.push(Question {
                judge: (panel.judges.len() > 1).then_some(member.name.as_str()),
                order: orders.get(place / each).map(|order| order.name()),
                number: (each > 1).then_some(place % each + 1),
                request,
            });
        }
    }
    Ok(questions)
}
