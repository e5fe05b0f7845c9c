//! What could carry an action, in parts that no format knows.

use serde_json::{Map, Value};

use super::reader::{REMEDY, Reader, Suspect, TrajectoryFault, join};
use super::{marks, words};

/// Keys that hold calls in some format.
const CALL_KEYS: [&str; 16] = [
    "tool_calls",
    "toolCalls",
    "tool_call",
    "toolCall",
    "function_call",
    "functionCall",
    "function_calls",
    "functionCalls",
    "tool_use",
    "toolUse",
    "tool_uses",
    "toolUses",
    "toolInvocations",
    "toolInvocation",
    "tool_invocations",
    "tool_invocation",
];
/// Keys that name what is called, and nothing else.
const TOOL_KEYS: [&str; 11] = [
    "tool",
    "tool_name",
    "toolName",
    "function",
    "function_name",
    "functionName",
    "action",
    "recipient_name",
    "op",
    "operation",
    "command",
];
const ARGUMENT_KEYS: [&str; 16] = [
    "arguments",
    "args",
    "input",
    "inputs",
    "parameters",
    "params",
    "tool_input",
    "toolInput",
    "tool_args",
    "toolArgs",
    "tool_arguments",
    "action_input",
    "actionInput",
    "payload",
    "raw_arguments",
    "rawInput",
];
const ID_KEYS: [&str; 6] = ["call_id", "tool_call_id", "toolCallId", "tool_use_id", "toolUseId", "id"];
/// Keys that say which tools there are and how they may be used. They are never calls.
const SETTINGS: [&str; 9] = [
    "tool_choice",
    "toolChoice",
    "tool_config",
    "toolConfig",
    "function_call_config",
    "response_format",
    "serialized",
    "tool_names",
    "allowed_tools",
];

/// The fault of a key or type that no format has.
pub(super) fn unknown(what: &str, word: &str, at: &str) -> TrajectoryFault {
    let problem = format!("the {what} `{}` is not known, and could carry an action", short(word));
    TrajectoryFault::new(at, problem, REMEDY)
}

fn short(word: &str) -> String {
    word.chars().take(60).collect()
}

/// Whether a key that no format has could carry an action. Figures never do; a text does if the key
/// speaks of an action or the text is a call; anything that could name a tool does.
pub(super) fn could_act(key: &str, value: &Value, reader: &Reader<'_>) -> bool {
    if words::is_figure(value) || words::empty(value) {
        return false;
    }
    match value {
        Value::String(text) => {
            (words::of_action(key) && !words::of_reference(key)) || text_acts(text, reader)
        }
        other => (words::of_action(key) && holds_text(other)) || names_something(other, reader),
    }
}

fn text_acts(text: &str, reader: &Reader<'_>) -> bool {
    marks::holds_call(text)
        || looks_like_code(text)
        || inside(text).is_some_and(|value| names_something(&value, reader))
}

/// `delete_account(id=7)`
fn looks_like_code(text: &str) -> bool {
    let text = text.trim();
    let (name, rest) = text.split_once('(').unwrap_or_default();
    rest.ends_with(')') && words::could_be_name(name)
}

/// Whether something in an object or a list could be the name of a tool.
fn names_something(value: &Value, reader: &Reader<'_>) -> bool {
    match value {
        Value::String(text) => words::could_be_name(text) || text_acts(text, reader),
        Value::Array(items) => items.iter().any(|item| names_something(item, reader)),
        Value::Object(object) => object.iter().any(|(key, value)| {
            let nested = matches!(value, Value::Object(_) | Value::Array(_)) && !words::empty(value);
            !words::is_figure(value)
                && !words::empty(value)
                && if reader.is_inert(key) {
                    is_call_inside(value)
                } else {
                    nested || could_act(key, value, reader) || names_something(value, reader)
                }
        }),
        _ => false,
    }
}

fn is_call_inside(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            as_call(object).is_some()
                || object.iter().any(|(key, value)| {
                    (CALL_KEYS.contains(&key.as_str()) && holds_text(value)) || is_call_inside(value)
                })
        }
        Value::Array(items) => items.iter().any(is_call_inside),
        Value::String(text) => {
            marks::holds_call(text) || inside(text).is_some_and(|value| is_call_inside(&value))
        }
        _ => false,
    }
}

/// The JSON that a text holds.
fn inside(text: &str) -> Option<Value> {
    let text = text.trim();
    let value: Value = text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok())??;
    matches!(value, Value::Object(_) | Value::Array(_)).then_some(value)
}

/// Looks through a key that is not read, for what has the form of a call.
pub(super) fn scan_member(key: &str, value: &Value, at: &str, reader: &mut Reader<'_>) {
    if reader.ignores(key) || SETTINGS.contains(&key) || words::empty(value) {
        return;
    }
    if let Value::String(text) = value
        && !reader.is_inert(key)
        && words::could_be_name(text)
    {
        reader.pass_over(text.trim(), at);
    }
    if CALL_KEYS.contains(&key) && holds_text(value) {
        return calls(value, at, reader);
    }
    if !words::is_figure(value) && !value.is_string() && words::could_be_name(key) {
        reader.pass_over(key, at);
    }
    scan(value, at, reader);
}

/// What stands under a key for calls: each is one, whatever its form.
fn calls(value: &Value, at: &str, reader: &mut Reader<'_>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                calls(item, &format!("{at}/{index}"), reader);
            }
        }
        Value::Object(object) => {
            let suspect = as_call(object).unwrap_or_default();
            reader.suspect(suspect.at(at));
        }
        Value::String(text) => match inside(text) {
            Some(value) => calls(&value, at, reader),
            None => reader.suspect(Shape::default().at(at)),
        },
        _ => {}
    }
}

fn scan(value: &Value, at: &str, reader: &mut Reader<'_>) {
    match value {
        Value::Object(object) => scan_object(object, at, reader),
        Value::Array(items) => {
            if let (Some(Value::String(first)), true) = (items.first(), items.iter().any(Value::is_object))
                && words::could_be_name(first)
            {
                reader.pass_over(first, at);
            }
            for (index, item) in items.iter().enumerate() {
                scan(item, &format!("{at}/{index}"), reader);
            }
        }
        Value::String(text) if marks::holds_call(text) => reader.suspect(Shape::default().at(at)),
        Value::String(text) if looks_like_code(text) => {
            reader.pass_over(text.split('(').next().unwrap_or_default().trim(), at);
        }
        Value::String(text) => {
            if let Some(value) = inside(text) {
                scan(&value, at, reader);
            }
        }
        _ => {}
    }
}

fn scan_object(object: &Map<String, Value>, at: &str, reader: &mut Reader<'_>) {
    if is_definition(object) {
        return;
    }
    if let Some(shape) = as_call(object) {
        return reader.suspect(shape.at(at));
    }
    let nested = object.values().any(|value| value.is_object() && !words::empty(value));
    for (key, value) in object {
        let at = join(at, key);
        if let (Value::String(text), true) = (value, nested)
            && words::could_be_name(text)
        {
            reader.pass_over(text.trim(), &at);
        }
        scan_member(key, value, &at, reader);
    }
}

/// Whether an object says what a tool is like.
fn is_definition(object: &Map<String, Value>) -> bool {
    let inner = object.get("function").and_then(Value::as_object).unwrap_or(object);
    let schema = |key: &str| {
        inner.get(key).and_then(Value::as_object).is_some_and(|schema| {
            schema.contains_key("properties")
                || schema.contains_key("$schema")
                || schema.get("type").is_some_and(is_object_type)
        })
    };
    let described =
        inner.contains_key("description") && !ARGUMENT_KEYS.iter().any(|key| inner.contains_key(*key));
    let schemas = [
        "input_schema",
        "inputSchema",
        "parameters",
        "args",
        "args_schema",
        "parametersJsonSchema",
        "schema",
    ];
    inner.get("name").is_some_and(Value::is_string) && (described || schemas.iter().any(|key| schema(key)))
}

fn is_object_type(kind: &Value) -> bool {
    kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("object"))
}

/// A call, by its form.
#[derive(Default)]
struct Shape {
    id: Option<String>,
    name: Option<String>,
    arguments: Option<Value>,
}

impl Shape {
    fn at(self, at: &str) -> Suspect {
        Suspect { at: at.to_owned(), id: self.id, name: self.name, arguments: self.arguments }
    }
}

/// Whether a text, as JSON, is a call or a list of calls.
pub(super) fn scan_bare(text: &str, at: &str, reader: &mut Reader<'_>) {
    let objects = match inside(text) {
        Some(Value::Array(items)) => items,
        Some(value) => vec![value],
        None => return,
    };
    for object in objects.iter().filter_map(Value::as_object) {
        if let Some(shape) = as_call(object).filter(|_| !is_definition(object)) {
            reader.suspect(shape.at(at));
        }
    }
}

fn as_call(object: &Map<String, Value>) -> Option<Shape> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| object.get(*key)?.as_str()).map(str::to_owned);
    let id = text(&ID_KEYS);
    let inner = ["function", "custom"].iter().chain(&CALL_KEYS).find_map(|key| object.get(*key)?.as_object());
    if let Some(shape) = inner.filter(|inner| !is_definition(inner)).and_then(as_named) {
        return Some(Shape { id: id.or(shape.id), ..shape });
    }
    let argument = ARGUMENT_KEYS.iter().find_map(|key| object.get(*key));
    let typed = object.get("type").and_then(Value::as_str).is_some_and(words::of_action);
    let tool = object.get("run_type").is_some_and(|kind| kind == "tool");
    let certain = argument.is_some() || typed || tool;
    let name = match text(&TOOL_KEYS)
        .filter(|_| certain || object.values().any(|value| value.is_object() && !words::empty(value)))
    {
        Some(name) => name,
        None => text(&["name"]).filter(|_| certain)?,
    };
    words::could_be_name(&name).then(|| Shape { id, name: Some(name), arguments: argument.cloned() })
}

/// What a key for a call holds: a name is enough.
fn as_named(object: &Map<String, Value>) -> Option<Shape> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| object.get(*key)?.as_str()).map(str::to_owned);
    let name = text(&["name"]).or_else(|| text(&TOOL_KEYS))?;
    let arguments = ARGUMENT_KEYS.iter().find_map(|key| object.get(*key)).cloned();
    Some(Shape { id: text(&ID_KEYS), name: Some(name), arguments })
}

fn holds_text(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => items.iter().any(holds_text),
        Value::Object(object) => object.values().any(holds_text),
        _ => false,
    }
}
