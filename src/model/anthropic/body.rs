//! The request on the wire.

use serde_json::{Map, Value, json};

use crate::model::http::Field;
use crate::model::{Delivery, Format, Request};
use crate::signature::Dialect;

use super::options::AnthropicOptions;
use super::plan::{Level, Optional, Plan};
use super::turns::{Marks, conversation};

/// The body for a request.
pub(super) fn body(options: &AnthropicOptions, request: &Request, plan: Plan) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(options.model));
    decoding(&mut body, request, plan);
    if let Some(format) = &request.format {
        form(&mut body, format, plan.level);
    }
    let marks = if plan.takes(Optional::CacheControl) { Marks::Set } else { Marks::None };
    let conversation = conversation(request, marks, plan.system());
    if !conversation.system.is_empty() {
        body.insert("system".into(), Value::Array(conversation.system));
    }
    body.insert("messages".into(), Value::Array(conversation.turns));
    if options.connection.delivery == Delivery::Stream {
        body.insert("stream".into(), json!(true));
    }
    add(&mut body, &options.connection.extra);
    Value::Object(body)
}

fn decoding(body: &mut Map<String, Value>, request: &Request, plan: Plan) {
    let parameters = &request.parameters;
    body.insert("max_tokens".into(), json!(plan.max_tokens(request)));
    let optional = [(Optional::Temperature, parameters.temperature), (Optional::TopP, parameters.top_p)];
    for (field, value) in optional {
        if let Some(value) = value.filter(|_| plan.takes(field)) {
            body.insert(field.name().into(), json!(value));
        }
    }
}

/// A tool's schema may have bounds: the model sees them, and is not held to them.
fn form(body: &mut Map<String, Value>, format: &Format, level: Level) {
    match level {
        Level::Schema => {
            let schema = Dialect::Anthropic.speak(&format.schema);
            let form = json!({"format": {"type": "json_schema", "schema": schema}});
            body.insert("output_config".into(), form);
        }
        Level::Tool => {
            let tool = json!({
                "name": format.name,
                "description": "Takes the answer, all of its fields at once.",
                "input_schema": *format.schema,
            });
            let choice = json!({"type": "tool", "name": format.name, "disable_parallel_tool_use": true});
            body.insert("tools".into(), json!([tool]));
            body.insert("tool_choice".into(), choice);
        }
        Level::Plain => {}
    }
}

/// The user's own fields win, but an object of theirs joins evenhand's:
/// `output_config` has the effort beside the schema.
fn add(body: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (key, value) in extra {
        match (body.get_mut(key), value) {
            (Some(Value::Object(own)), Value::Object(more)) => own.extend(more.clone()),
            _ => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
}
