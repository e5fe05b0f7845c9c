//! The request on the wire.

use serde_json::{Map, Value, json};

use crate::model::weighing::MOST_TOP;
use crate::model::{Delivery, Request};
use crate::signature::Dialect;

use super::options::OllamaOptions;

/// The body for a request.
pub(super) fn chat(options: &OllamaOptions, request: &Request) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(options.model));
    body.insert("messages".into(), json!(request.messages));
    body.insert("stream".into(), json!(options.connection.delivery == Delivery::Stream));
    if let Some(format) = &request.format {
        body.insert("format".into(), Dialect::Grammar.speak(&format.schema));
    }
    body.insert("options".into(), Value::Object(decoding(options, request)));
    insert(&mut body, "keep_alive", keep_alive(options));
    insert(&mut body, "think", options.think.map(super::Think::wire));
    if let Some(top) = request.weigh.as_ref().map(|_| MOST_TOP).or(options.logprobs) {
        body.insert("logprobs".into(), json!(true));
        body.insert("top_logprobs".into(), json!(top));
    }
    body.extend(options.connection.extra.clone());
    Value::Object(body)
}

/// The body that loads the model and asks nothing. It has the same `num_ctx` as
/// a request: a model loaded with another would be loaded again.
pub(super) fn load(options: &OllamaOptions) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(options.model));
    body.insert("messages".into(), json!([]));
    body.insert("stream".into(), json!(false));
    let mut runtime = Map::new();
    insert(&mut runtime, "num_ctx", options.num_ctx.map(Value::from));
    runtime.extend(options.options.clone());
    if !runtime.is_empty() {
        body.insert("options".into(), Value::Object(runtime));
    }
    insert(&mut body, "keep_alive", keep_alive(options));
    Value::Object(body)
}

fn decoding(options: &OllamaOptions, request: &Request) -> Map<String, Value> {
    let parameters = &request.parameters;
    let mut decoding = Map::new();
    insert(&mut decoding, "temperature", parameters.temperature.map(Value::from));
    insert(&mut decoding, "top_p", parameters.top_p.map(Value::from));
    // A further draw needs another seed, or it would be the same draw again.
    let seed = parameters.seed.map(|seed| seed.wrapping_add(u64::from(request.repeat)));
    insert(&mut decoding, "seed", seed.map(Value::from));
    insert(&mut decoding, "num_predict", Some(Value::from(parameters.max_tokens)));
    insert(&mut decoding, "num_ctx", options.num_ctx.map(Value::from));
    decoding.extend(options.options.clone());
    decoding
}

/// A bare number has to go as one: as a text it would lack its unit.
fn keep_alive(options: &OllamaOptions) -> Option<Value> {
    let text = options.keep_alive.as_deref()?.trim();
    Some(text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from))
}

fn insert(map: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value);
    }
}
