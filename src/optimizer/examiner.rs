//! Who judges for an optimizer.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::example::Example;
use super::objective::Given;
use crate::answer::{self, Contract};
use crate::judge::{Attempt, Judge, JudgeOptions, Judged, Order, Purpose, Reading, Reason, Unscored};
use crate::model::{Format, Model, Parameters, Request};
use crate::prompt::{Message, Role};
use crate::signature::Spec;

/// What came of judging one example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// What the judge said.
    pub given: Given,
    /// Its whole answer, where one was decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Map<String, Value>>,
    /// Why there is no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscored: Option<Unscored>,
    /// How many calls it took, those answered from the cache included.
    pub calls: u64,
    /// How many of them the cache answered.
    #[serde(default)]
    pub cached: u64,
    /// Tokens of the first call's prompt, where the server counted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Tokens of the prompts of all its calls, where the server counted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_tokens: Option<u64>,
    /// Tokens of all its answers, where the server counted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
}

/// Who judges for an optimizer: a model, or a test's table.
pub(crate) trait Examiner: Sync {
    /// Judges an example by a spec.
    fn judge(&self, spec: Spec, example: &Example) -> impl Future<Output = Reply> + Send;

    /// Judges a training example for demos: a teacher may do that.
    fn teach(&self, spec: Spec, example: &Example) -> impl Future<Output = Reply> + Send {
        self.judge(spec, example)
    }

    /// Writes a text; `None` where nobody can, or nothing usable came.
    fn write(&self, request: &str) -> impl Future<Output = Option<String>> + Send {
        let _ = request;
        std::future::ready(None)
    }

    /// How many calls judging one example takes, without those for answers asked for again.
    fn calls_each(&self) -> u64 {
        1
    }
}

/// Asks models.
#[derive(Debug)]
pub(crate) struct ExaminerModels {
    /// The judge's model.
    pub judge: Model,
    /// How it asks.
    pub options: JudgeOptions,
    /// The model whose right answers become demos; the judge itself without one.
    pub teacher: Option<(Model, JudgeOptions)>,
    /// The model that writes instructions.
    pub writer: Option<Model>,
    /// How many calls a judgment takes at most, those for answers asked for again left out.
    pub calls_each: u64,
    /// Judges that were made ready, by their specs.
    ready: Mutex<BTreeMap<String, Judge>>,
}

/// So many judges are kept ready.
const READY: usize = 64;

impl ExaminerModels {
    /// A judge without a teacher or a writer.
    #[must_use]
    pub(crate) fn new(judge: Model, options: JudgeOptions) -> Self {
        Self { judge, options, teacher: None, writer: None, calls_each: 1, ready: Mutex::default() }
    }

    fn ready(&self, spec: Spec) -> Result<Judge, Unscored> {
        let key = spec.fingerprint();
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(judge) = ready.get(&key) {
            return Ok(judge.clone());
        }
        let judge = made(spec, &self.judge, &self.options)?;
        if ready.len() < READY {
            ready.insert(key, judge.clone());
        }
        Ok(judge)
    }
}

fn made(spec: Spec, model: &Model, options: &JudgeOptions) -> Result<Judge, Unscored> {
    let unusable = |error: crate::error::Error| Unscored::new(Reason::InvalidAnswer, error.to_string());
    Judge::new(spec, model.clone(), options.clone()).map_err(unusable)
}

impl Examiner for ExaminerModels {
    async fn judge(&self, spec: Spec, example: &Example) -> Reply {
        match self.ready(spec) {
            Ok(judge) => asked(&judge, example).await,
            Err(unscored) => Reply::without(unscored),
        }
    }

    async fn teach(&self, spec: Spec, example: &Example) -> Reply {
        let Some((model, options)) = &self.teacher else {
            return self.judge(spec, example).await;
        };
        match made(spec, model, options) {
            Ok(judge) => asked(&judge, example).await,
            Err(unscored) => Reply::without(unscored),
        }
    }

    async fn write(&self, request: &str) -> Option<String> {
        let writer = self.writer.as_ref()?;
        let schema = json!({
            "type": "object",
            "properties": {"instruction": {"type": "string", "minLength": 1, "maxLength": 4000}},
            "required": ["instruction"],
            "additionalProperties": false,
        });
        let contract = Contract::new(&schema).ok()?;
        let messages = vec![
            Message::new(
                Role::System,
                "You write instructions. Answer with one JSON object with the field \"instruction\": \
                 text of at most 4000 characters.",
            ),
            Message::new(Role::User, request),
        ];
        let format = Format { name: "instruction".into(), schema: schema.into() };
        let parameters = Parameters { temperature: Some(0.7), ..Parameters::default() };
        let response = writer.complete(&Request::new(messages, 1, Some(format), parameters)).await.ok()?;
        let answer = answer::parse(&response.text, &contract).ok()?;
        answer.value.get("instruction").and_then(Value::as_str).map(|text| text.trim().to_owned())
    }

    fn calls_each(&self) -> u64 {
        self.calls_each
    }
}

async fn asked(judge: &Judge, example: &Example) -> Reply {
    let judged = judge.about(&example.id).judge(&example.inputs).await;
    let responses = || judged.attempts.iter().filter_map(|attempt| attempt.response.as_ref());
    let sum = |tokens: Vec<u64>| (!tokens.is_empty()).then(|| tokens.iter().sum());
    let mut reply = Reply {
        given: Given::Missing,
        answer: decoded(judge, &judged),
        unscored: None,
        calls: judged.attempts.iter().map(sent).sum(),
        cached: responses().filter(|response| response.cached).count() as u64,
        prompt_tokens: responses().next().and_then(|response| response.usage.prompt_tokens),
        sent_tokens: sum(responses().filter_map(|response| response.usage.prompt_tokens).collect()),
        completion_tokens: sum(responses().filter_map(|response| response.usage.completion_tokens).collect()),
    };
    match judged.result {
        Ok(score) => reply.given = Given::Verdict { label: score.label, value: score.value },
        Err(unscored) => {
            if unscored.reason == Reason::InvalidAnswer {
                reply.given = Given::Invalid;
            }
            reply.unscored = Some(unscored);
        }
    }
    reply
}

/// A call that no budget held back.
fn sent(attempt: &Attempt) -> u64 {
    let held = attempt.failure.as_ref().is_some_and(|failure| failure.tries == 0);
    u64::from(!held)
}

/// The judge's whole answer, where one was decoded for the verdict: of several the last with that verdict, of a pair
/// the one in its own order, if that says what both orders together do.
fn decoded(judge: &Judge, judged: &Judged) -> Option<Map<String, Value>> {
    if judge.options().reading != Reading::Text {
        return None;
    }
    let verdict = judged.result.as_ref().ok().map(|score| &score.label);
    if judged.orders.first().is_some_and(|own| own.label.as_ref() != verdict) {
        return None;
    }
    let is_own = |attempt: &&Attempt| attempt.order.as_deref() != Some(Order::Exchanged.name());
    let for_verdict = |attempt: &&Attempt| attempt.purpose != Purpose::Reasons;
    let contract = Contract::new(&judge.spec().output_schema()).ok()?;
    let scale = judge.spec().scale.as_ref()?;
    let has_the_verdict = |answer: &Value| {
        verdict.is_none_or(|label| scale.read(answer).is_some_and(|(given, _)| given == *label))
    };
    let answers = judged.attempts.iter().rev().filter(is_own).filter(for_verdict);
    let mut answers = answers.filter_map(|attempt| attempt.response.as_ref());
    let answer = answers.find_map(|response| {
        let answer = answer::parse(&response.text, &contract).ok()?.value;
        has_the_verdict(&answer).then_some(answer)
    })?;
    match answer {
        // What may be null may be left out, and a file has no null.
        Value::Object(mut outputs) => {
            outputs.retain(|_, value| !value.is_null());
            Some(outputs)
        }
        _ => None,
    }
}

impl Reply {
    /// No verdict, and why.
    #[must_use]
    pub(crate) fn without(unscored: Unscored) -> Self {
        let given = if unscored.reason == Reason::InvalidAnswer { Given::Invalid } else { Given::Missing };
        Self {
            given,
            answer: None,
            unscored: Some(unscored),
            calls: 0,
            cached: 0,
            prompt_tokens: None,
            sent_tokens: None,
            completion_tokens: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;
    use crate::model::{ModelOptions, Provider, Response};
    use crate::signature::bundled;

    #[tokio::test]
    async fn of_several_answers_the_one_with_the_verdict_is_the_judges_answer() {
        let drawn = AtomicUsize::new(0);
        let provider = Provider::from_fn("custom/drawn", move |_| {
            let number = drawn.fetch_add(1, Ordering::SeqCst);
            let verdict = if number == 2 { "fail" } else { "pass" };
            let answer = json!({"evidence": "", "reasoning": format!("{number}"), "verdict": verdict, "confidence": 1});
            async move { Ok(Response { text: answer.to_string(), ..Response::default() }) }
        });
        let options =
            JudgeOptions { strategy: "self_consistency:n=3".parse().unwrap(), ..JudgeOptions::default() };
        let model = Model::new(provider, ModelOptions::default());
        let judge = Judge::new(bundled("relevance").unwrap(), model, options).unwrap();
        let inputs = json!({"ground_truth": "Say it is late", "artifact": "It is late."});
        let judged = judge.judge(inputs.as_object().unwrap()).await;
        let answer = decoded(&judge, &judged).unwrap();
        assert_eq!((&answer["verdict"], &answer["reasoning"]), (&json!("pass"), &json!("1")));
    }
}
