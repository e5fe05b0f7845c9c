//! The request on the wire. Its schema is in the server's dialect, worked out once for each schema.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::facts::OpenAiOptions;
use super::plan::{Level, Optional, Plan};
use crate::model::http::{System, in_turns};
use crate::model::weighing::{FEWER_TOP, MOST_TOP};
use crate::model::{Delivery, Format, Request};
use crate::prompt::Message;
use crate::signature::Dialect;

/// So many are remembered: a rubric has one for each criterion.
const MOST: usize = 32;

/// Schemas that were spoken in a dialect already.
#[derive(Default)]
pub(super) struct Spoken(Mutex<Vec<One>>);

struct One {
    schema: Arc<Value>,
    dialect: Dialect,
    spoken: Arc<Value>,
}

impl Spoken {
    /// The schema in the dialect.
    pub(super) fn schema(&self, schema: &Arc<Value>, dialect: Dialect) -> Arc<Value> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |one: &&One| one.dialect == dialect && Arc::ptr_eq(&one.schema, schema);
        if let Some(one) = known.iter().find(same) {
            return Arc::clone(&one.spoken);
        }
        let spoken = Arc::new(dialect.speak(schema));
        if known.len() == MOST {
            known.remove(0);
        }
        known.push(One { schema: Arc::clone(schema), dialect, spoken: Arc::clone(&spoken) });
        spoken
    }
}

/// What is sent, in this order.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Cow<'a, [Message]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_logprobs: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    json_schema: Option<JsonSchema<'a>>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'a str,
    schema: Schema,
    strict: bool,
}

/// A schema that is shared.
struct Schema(Arc<Value>);

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// The body for a request.
pub(super) fn body(options: &OpenAiOptions, spoken: &Spoken, request: &Request, plan: Plan) -> String {
    let body = Body::new(options, spoken, request, plan);
    let extra = &options.connection.extra;
    if extra.is_empty() {
        return json(&body);
    }
    let mut value = serde_json::to_value(&body).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        fields.extend(extra.clone());
    }
    json(&value)
}

/// Only a map with keys that are no text could fail here, and there is none.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl<'a> Body<'a> {
    fn new(options: &'a OpenAiOptions, spoken: &Spoken, request: &'a Request, plan: Plan) -> Self {
        let parameters = &request.parameters;
        let limit = Some(plan.max_tokens(request));
        let takes_max_tokens = plan.takes(Optional::MaxTokens);
        let top_logprobs = top_logprobs(options, request, plan);
        let streams = options.connection.delivery == Delivery::Stream;
        // A further draw needs another seed, or it would be the same draw again.
        let seed = parameters.seed.map(|seed| seed.wrapping_add(u64::from(request.repeat)));
        Self {
            model: &options.model,
            messages: match plan.system() {
                System::Apart => Cow::Borrowed(&request.messages),
                System::InTurn => Cow::Owned(in_turns(&request.messages)),
            },
            max_tokens: limit.filter(|_| takes_max_tokens),
            max_completion_tokens: limit.filter(|_| !takes_max_tokens),
            temperature: parameters.temperature.filter(|_| plan.takes(Optional::Temperature)),
            top_p: parameters.top_p.filter(|_| plan.takes(Optional::TopP)),
            seed: seed.filter(|_| plan.takes(Optional::Seed)),
            response_format: request
                .format
                .as_ref()
                .and_then(|form| response_format(spoken, form, plan.level)),
            logprobs: top_logprobs.map(|_| true),
            top_logprobs,
            stream: streams.then_some(true),
            stream_options: (streams && plan.takes(Optional::StreamOptions))
                .then_some(StreamOptions { include_usage: true }),
        }
    }
}

fn top_logprobs(options: &OpenAiOptions, request: &Request, plan: Plan) -> Option<u8> {
    let top = match &request.weigh {
        Some(_) if plan.takes(Optional::MostTopLogprobs) => Some(MOST_TOP),
        Some(_) => Some(FEWER_TOP),
        None => options.logprobs,
    };
    top.filter(|_| plan.takes(Optional::Logprobs))
}

fn response_format<'a>(spoken: &Spoken, format: &'a Format, level: Level) -> Option<ResponseFormat<'a>> {
    let Some(dialect) = level.dialect() else {
        return (level == Level::Object).then_some(ResponseFormat { kind: "json_object", json_schema: None });
    };
    let schema = Schema(spoken.schema(&format.schema, dialect));
    let json_schema = JsonSchema { name: &format.name, schema, strict: true };
    Some(ResponseFormat { kind: "json_schema", json_schema: Some(json_schema) })
}
