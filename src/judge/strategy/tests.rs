//! Strategies with a model that the test plays.

mod all;
mod best_of_n;
mod choices;
mod drawn;
mod orders;
mod prepared;
mod self_aggregation;

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use crate::judge::{Aggregation, Judge, JudgeOptions, Judged, Reading};
use crate::model::{Failure, FailureKind, Model, ModelOptions, Provider, Request, Response, Retry};
use crate::signature::Spec;

/// Whether work does a task: a verdict with reasons.
const WORK: &str = r#"
instruction = "Decide whether the work does the task."
[inputs.task]
[inputs.artifact]
[outputs.reasoning]
[outputs.verdict]
choices = ["yes", "no"]
[score]
field = "verdict"
labels = { yes = 1, no = 0 }
"#;

const PAIR: &str = r#"
instruction = "Decide which work does the task better."
[inputs.task]
[inputs.first]
[inputs.second]
[outputs.reasoning]
[outputs.verdict]
choices = ["first", "second"]
[score]
field = "verdict"
labels = { first = 1, second = 0 }
[pair]
inputs = ["first", "second"]
verdicts = ["first", "second"]
"#;

const RUBRIC: &str = r#"
instruction = "Score the work."
[inputs.task]
[inputs.artifact]
[rubric]
min = 1
max = 5
[[rubric.criteria]]
name = "tone"
description = "Polite words."
[[rubric.criteria]]
name = "grammar"
description = "Correct sentences."
"#;

fn spec(text: &str) -> Spec {
    Spec::parse(text, "work.toml").unwrap()
}

fn inputs() -> Map<String, Value> {
    let all = json!({"task": "Greet them.", "artifact": "Good day.", "first": "Hello.", "second": "Go."});
    all.as_object().unwrap().clone()
}

/// Those of them that a spec has.
fn inputs_of(spec: &Spec) -> Map<String, Value> {
    inputs().into_iter().filter(|(name, _)| spec.inputs.iter().any(|field| field.name == *name)).collect()
}

/// A model that the test plays, and what it was asked.
struct Played {
    judge: Judge,
    sent: Arc<Mutex<Vec<Request>>>,
}

/// A judge whose model says what the test says to each request and its number, from 0.
fn played(
    spec: Spec,
    options: JudgeOptions,
    says: impl Fn(&Request, usize) -> Result<Value, FailureKind> + Send + Sync + 'static,
) -> Played {
    played_at(8, spec, options, says)
}

/// The same, where the model takes at most so many calls at the same time.
fn played_at(
    concurrency: usize,
    spec: Spec,
    options: JudgeOptions,
    says: impl Fn(&Request, usize) -> Result<Value, FailureKind> + Send + Sync + 'static,
) -> Played {
    let sent: Arc<Mutex<Vec<Request>>> = Arc::default();
    let (seen, says) = (Arc::clone(&sent), Arc::new(says));
    let provider = Provider::from_fn("custom/played", move |request: Request| {
        let mut seen = seen.lock().unwrap();
        let said = says(&request, seen.len());
        let weights = request.weigh.as_ref().map(|weigh| {
            let rest = weigh.candidates.iter().skip(1).map(|_| 0.1_f64.ln());
            std::iter::once(0.7_f64.ln()).chain(rest).collect()
        });
        seen.push(request);
        async move {
            match said {
                Ok(Value::String(text)) => Ok(Response { text, weights, ..Response::default() }),
                Ok(answer) => Ok(Response { text: answer.to_string(), weights, ..Response::default() }),
                Err(kind) => Err(Failure::new(kind, "as the test wants it")),
            }
        }
    });
    let retry = Retry { max_retries: 0, ..Retry::default() };
    let model = Model::new(provider, ModelOptions { retry, concurrency, ..ModelOptions::default() });
    Played { judge: Judge::new(spec, model, options).unwrap(), sent }
}

fn options(strategy: &str) -> JudgeOptions {
    JudgeOptions { strategy: strategy.parse().unwrap(), retries: 0, ..JudgeOptions::default() }
}

impl Played {
    async fn judged(&self) -> Judged {
        self.judge.judge(&inputs_of(self.judge.spec())).await
    }

    fn sent(&self) -> Vec<Request> {
        self.sent.lock().unwrap().clone()
    }
}

/// A valid answer to whatever is asked.
fn fitting(request: &Request) -> Value {
    fit(&request.format.as_ref().unwrap().schema)
}

fn fit(schema: &Value) -> Value {
    if let Some(choices) = schema["enum"].as_array() {
        return choices[0].clone();
    }
    if let Some(fields) = schema["properties"].as_object() {
        return Value::Object(fields.iter().map(|(name, field)| (name.clone(), fit(field))).collect());
    }
    match schema["type"].as_str() {
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("array") => json!([fit(&schema["items"])]),
        _ => json!("It greets."),
    }
}

fn verdict(verdict: &str) -> Value {
    json!({"reasoning": format!("It is {verdict}."), "verdict": verdict})
}

fn parts(judged: &Judged) -> Vec<&str> {
    judged.attempts.iter().map(|attempt| attempt.part.as_deref().unwrap_or("-")).collect()
}

fn label(judged: &Judged) -> &str {
    &judged.result.as_ref().unwrap().label
}

/// The last message of a request.
fn last(request: &Request) -> &str {
    &request.messages.last().unwrap().content
}
