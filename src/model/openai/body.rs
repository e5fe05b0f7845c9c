//! The request on the wire.

use serde_json::{Map, Value, json};

use crate::model::weighing::{FEWER_TOP, MOST_TOP};
use crate::model::{Delivery, Format, Request};

use super::options::OpenAiOptions;
use super::plan::{Level, Optional, Plan};

/// The body for a request.
pub(super) fn body(options: &OpenAiOptions, request: &Request, plan: Plan) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(options.model));
    body.insert("messages".into(), json!(request.messages));
    decoding(&mut body, request, plan);
    if let Some(form) = request.format.as_ref().and_then(|format| response_format(format, plan.level)) {
        body.insert("response_format".into(), form);
    }
    if let Some(top) = top_logprobs(options, request, plan) {
        body.insert("logprobs".into(), json!(true));
        body.insert("top_logprobs".into(), json!(top));
    }
    if options.connection.delivery == Delivery::Stream {
        body.insert("stream".into(), json!(true));
        if plan.takes(Optional::StreamOptions) {
            body.insert("stream_options".into(), json!({"include_usage": true}));
        }
    }
    body.extend(options.connection.extra.clone());
    Value::Object(body)
}

fn top_logprobs(options: &OpenAiOptions, request: &Request, plan: Plan) -> Option<u8> {
    let top = match &request.weigh {
        Some(_) if plan.takes(Optional::MostTopLogprobs) => Some(MOST_TOP),
        Some(_) => Some(FEWER_TOP),
        None => options.logprobs,
    };
    top.filter(|_| plan.takes(Optional::Logprobs))
}

fn decoding(body: &mut Map<String, Value>, request: &Request, plan: Plan) {
    let parameters = &request.parameters;
    let limit = if plan.takes(Optional::MaxTokens) { "max_tokens" } else { "max_completion_tokens" };
    body.insert(limit.into(), json!(parameters.max_tokens));
    // A further draw needs another seed, or it would be the same draw again.
    let seed = parameters.seed.map(|seed| seed.wrapping_add(u64::from(request.repeat)));
    let optional = [
        (Optional::Temperature, parameters.temperature.map(|value| json!(value))),
        (Optional::TopP, parameters.top_p.map(|value| json!(value))),
        (Optional::Seed, seed.map(|value| json!(value))),
    ];
    for (parameter, value) in optional {
        if let Some(value) = value.filter(|_| plan.takes(parameter)) {
            body.insert(parameter.name().into(), value);
        }
    }
}

fn response_format(format: &Format, level: Level) -> Option<Value> {
    let Some(dialect) = level.dialect() else {
        return (level == Level::Object).then(|| json!({"type": "json_object"}));
    };
    let schema = dialect.speak(&format.schema);
    Some(json!({
        "type": "json_schema",
        "json_schema": {"name": format.name, "schema": schema, "strict": true},
    }))
}
