//! Messages as OpenAI and Anthropic have them, and items of the Responses API.
//! They are told apart one by one: what is read is what stands there.

use serde_json::Value;

use super::builder::{Builder, Returned, open_call};
use super::content::{self, Block};
use super::fault::{FORMATS, TrajectoryFault};
use super::step::{Call, Format, Role};

pub(super) fn read(items: &[Value], at: &str, builder: &mut Builder) -> Result<(), TrajectoryFault> {
    for (index, item) in items.iter().enumerate() {
        read_one(item, &format!("{at}/{index}"), builder)?;
    }
    Ok(())
}

pub(super) fn read_one(item: &Value, at: &str, builder: &mut Builder) -> Result<(), TrajectoryFault> {
    let key = |name: &str| item.get(name).and_then(Value::as_str);
    match (key("role"), key("type")) {
        (Some(role), _) => message(item, role, at, builder),
        (None, Some(kind)) => typed_item(item, kind, at, builder),
        (None, None) if item.is_object() => {
            Err(TrajectoryFault::new(at, "there is neither `role` nor `type`", FORMATS))
        }
        (None, None) => Err(TrajectoryFault::not("a message", item, at)),
    }
}

fn message(item: &Value, role: &str, at: &str, builder: &mut Builder) -> Result<(), TrajectoryFault> {
    let blocks = || content::blocks(item.get("content"), &format!("{at}/content"));
    match role {
        "assistant" | "model" | "ai" => {
            told(blocks()?, None, builder)?;
            for (index, call) in list(item.get("tool_calls")).iter().enumerate() {
                tool_call(call, &format!("{at}/tool_calls/{index}"), builder)?;
            }
            match item.get("function_call").filter(|call| !call.is_null()) {
                Some(call) => tool_call(call, &format!("{at}/function_call"), builder),
                None => Ok(()),
            }
        }
        "user" | "human" => told(blocks()?, Some(Role::User), builder),
        "system" | "developer" => told(blocks()?, Some(Role::System), builder),
        "tool" | "function" => {
            let failed = item.get("is_error") == Some(&Value::Bool(true))
                || item.get("status").is_some_and(|status| status == "error");
            let returned = Returned { result: content::result(item.get("content")), error: failed };
            joined(item, "tool_call_id", returned, at, builder)
        }
        _ => Err(TrajectoryFault::new(
            &format!("{at}/role"),
            "the role is not known",
            "use system, developer, user, assistant or tool",
        )),
    }
}

/// The blocks of a message, texts that stand together as one.
fn told(blocks: Vec<Block<'_>>, by: Option<Role>, builder: &mut Builder) -> Result<(), TrajectoryFault> {
    let mut texts: Vec<String> = Vec::new();
    for block in blocks {
        match block {
            Block::Text(text) => texts.push(text),
            Block::Thinking => builder.format = Format::Anthropic,
            Block::Call { item, at } => {
                tell(&mut texts, by, builder);
                builder.format = Format::Anthropic;
                let name = name(item, &at)?;
                builder.call(open_call(item.get("id"), name, item.get("input")));
            }
            Block::Result { item, at } => {
                tell(&mut texts, by, builder);
                builder.format = Format::Anthropic;
                let error = item.get("is_error") == Some(&Value::Bool(true));
                let returned = Returned { result: content::result(item.get("content")), error };
                joined(item, "tool_use_id", returned, &at, builder)?;
            }
        }
    }
    tell(&mut texts, by, builder);
    Ok(())
}

fn tell(texts: &mut Vec<String>, by: Option<Role>, builder: &mut Builder) {
    let text = std::mem::take(texts).join("\n");
    match by {
        None => builder.say(&text),
        Some(role) => builder.hear(role, &text),
    }
}

/// An entry of `tool_calls`: OpenAI's function or custom call, or a bare name with arguments.
fn tool_call(call: &Value, at: &str, builder: &mut Builder) -> Result<(), TrajectoryFault> {
    let inner = ["function", "custom"].iter().find_map(|key| Some((*key, call.get(key)?)));
    let (tool, place) = match inner {
        Some((key, tool)) => (tool, format!("{at}/{key}")),
        None => (call, at.to_owned()),
    };
    let arguments = ["arguments", "args"].iter().find_map(|key| tool.get(key));
    let name = name(tool, &place)?;
    builder.call(match (arguments, tool.get("input")) {
        (None, Some(input)) => free_call(call.get("id"), name, input),
        (arguments, _) => open_call(call.get("id"), name, arguments),
    });
    Ok(())
}

/// A custom tool takes text, which need not be JSON.
fn free_call(id: Option<&Value>, name: &str, input: &Value) -> Call {
    let call = open_call(id, name, None);
    Call { arguments: input.clone(), ..call }
}

/// An item of the Responses API that is no message.
fn typed_item(item: &Value, kind: &str, at: &str, builder: &mut Builder) -> Result<(), TrajectoryFault> {
    if kind == "reasoning" {
        return Ok(());
    }
    builder.format = Format::Responses;
    if kind.ends_with("_call_output") {
        let returned = Returned { result: content::result(item.get("output")), error: false };
        return joined(item, "call_id", returned, at, builder);
    }
    let Some(built_in) = kind.strip_suffix("_call") else {
        let help = "leave out items that are neither messages, calls nor their outputs";
        return Err(TrajectoryFault::new(&format!("{at}/type"), "the type of this item is not known", help));
    };
    let id = item.get("call_id").or_else(|| item.get("id"));
    let name = match item.get("name") {
        Some(_) => name(item, at)?,
        None if kind == "function_call" => return Err(nameless(at)),
        None => built_in,
    };
    let mut call = match (item.get("arguments"), item.get("input")) {
        (None, Some(input)) => free_call(id, name, input),
        (None, None) => open_call(id, name, item.get("action")),
        (arguments, _) => open_call(id, name, arguments),
    };
    // A call to a server's own tool holds its result.
    let error = item.get("error").filter(|error| !error.is_null());
    call.error = error.is_some();
    call.result = error.or_else(|| item.get("output").filter(|output| !output.is_null())).cloned();
    builder.call(call);
    Ok(())
}

fn joined(
    item: &Value,
    id: &str,
    returned: Returned,
    at: &str,
    builder: &mut Builder,
) -> Result<(), TrajectoryFault> {
    let key = |name: &str| item.get(name).and_then(Value::as_str);
    builder
        .returned(key(id), key("name"), returned)
        .map_err(|problem| TrajectoryFault::new(at, problem, format!("let `{id}` name the call it answers")))
}

fn name<'v>(tool: &'v Value, at: &str) -> Result<&'v str, TrajectoryFault> {
    tool.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()).ok_or_else(|| nameless(at))
}

fn nameless(at: &str) -> TrajectoryFault {
    TrajectoryFault::new(at, "the call names no tool", "give its `name`")
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
