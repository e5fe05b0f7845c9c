//! A judge that answers from a rule.

use std::sync::Mutex;

use serde_json::{Map, Value, json};

use crate::eval::Expected;
use crate::judge::{Reason, Unscored};
use crate::optimizer::{Examiner, Example, Given, Reply};
use crate::signature::Spec;

/// Two verdicts with reasons.
pub(super) fn polite() -> Spec {
    let text = r#"
        instruction = "Decide whether the text is polite."
        [inputs.text]
        [outputs.reasoning]
        [outputs.verdict]
        choices = ["yes", "no"]
        [score]
        field = "verdict"
        labels = { yes = 1, no = 0 }
    "#;
    Spec::parse(text, "polite.toml").unwrap()
}

/// Examples with labels in turn.
pub(super) fn examples(number: usize) -> Vec<Example> {
    (0..number).map(|index| example(index, if index.is_multiple_of(2) { "yes" } else { "no" })).collect()
}

pub(super) fn example(index: usize, label: &str) -> Example {
    let mut inputs = Map::new();
    inputs.insert("text".into(), Value::from(format!("text {index} about topic{}", index % 5)));
    Example {
        id: format!("r{index:03}"),
        group: format!("g{index:03}"),
        stratum: label.into(),
        inputs,
        expected: Expected { label: label.into(), value: Some(if label == "yes" { 1.0 } else { 0.0 }) },
        told: Map::new(),
    }
}

/// Is right where `right` says so of the spec and the record.
pub(super) struct Table<F> {
    pub(super) right: F,
    /// Every judged record, in order.
    pub(super) asked: Mutex<Vec<String>>,
    /// Calls after which a budget refuses.
    pub(super) most: Option<usize>,
}

impl<F: Fn(&Spec, &Example) -> bool + Sync> Table<F> {
    pub(super) fn new(right: F) -> Self {
        Self { right, asked: Mutex::default(), most: None }
    }

    pub(super) fn calls(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl<F: Fn(&Spec, &Example) -> bool + Sync> Examiner for Table<F> {
    fn judge(&self, spec: Spec, example: &Example) -> impl Future<Output = Reply> + Send {
        let mut asked = self.asked.lock().unwrap();
        if self.most.is_some_and(|most| asked.len() >= most) {
            return std::future::ready(Reply::without(Unscored::new(Reason::Budget, "used up")));
        }
        asked.push(example.id.clone());
        let right = (self.right)(&spec, example);
        let label = if right == (example.expected.label == "yes") { "yes" } else { "no" };
        let answer = json!({"reasoning": format!("because of {}", example.id), "verdict": label});
        let value = Some(if label == "yes" { 1.0 } else { 0.0 });
        std::future::ready(Reply {
            given: Given::Verdict { label: label.into(), value },
            answer: answer.as_object().cloned(),
            unscored: None,
            calls: 1,
            cached: 0,
            prompt_tokens: Some(100 + 20 * spec.demos.len() as u64),
            sent_tokens: Some(100 + 20 * spec.demos.len() as u64),
            completion_tokens: Some(10),
        })
    }

    fn write(&self, request: &str) -> impl Future<Output = Option<String>> + Send {
        std::future::ready(Some(format!("Written {}", request.len())))
    }
}
