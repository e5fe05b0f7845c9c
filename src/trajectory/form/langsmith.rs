//! Runs of LangSmith: a tree of runs of models, tools and chains.

use serde_json::Value;

use super::{Form, Is};
use crate::trajectory::builder::{Source, Speaker, Words, open_call};
use crate::trajectory::call::nameless;
use crate::trajectory::fields::Fields;
use crate::trajectory::reader::{Done, FORMATS, Reader, TrajectoryFault};
use crate::trajectory::step::{Format, Role};
use crate::trajectory::{message, returned, written};

pub(super) const FORM: Form = Form {
    format: Format::LangSmith,
    types: &[
        ("ChatGeneration", Is::Own(generation)),
        ("ChatGenerationChunk", Is::Own(generation)),
        ("Generation", Is::Text),
    ],
    keys: &[],
    inert: &[
        "extra",
        "serialized",
        "events",
        "child_run_ids",
        "parent_run_ids",
        "dotted_order",
        "manifest_id",
    ],
};

/// Whether an object is a run.
pub(super) fn is_run(fields: &Fields<'_>) -> bool {
    fields.peek("run_type").is_some_and(Value::is_string) && (fields.has("inputs") || fields.has("outputs"))
}

/// Reads a run: what its own messages tell, and what its parts tell besides.
///
/// # Errors
/// A part of it cannot be read.
pub(super) fn run(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    reader.builder.is(Format::LangSmith);
    let (inputs, outputs) = (fields.take("inputs"), fields.take("outputs"));
    let (before, after) = (fields.place("inputs"), fields.place("outputs"));
    let told = is_model(&fields) || outputs.is_some_and(holds_messages);
    if is_tool(&fields) {
        tool(&mut fields, inputs, outputs, reader)?;
    } else {
        let first = reader.builder.mark();
        heard(inputs, &before, reader)?;
        if told {
            let second = reader.builder.mark();
            spoken(outputs, &after, reader)?;
            reader.builder.reconcile(first, second);
        }
    }
    children(&mut fields, words(told), reader)?;
    if !told && !is_tool(&fields) {
        answered(outputs, &after, reader)?;
    }
    fields.finish_free(reader);
    Ok(())
}

/// Whether a list is one of runs, each with the id of the run that it belongs to.
pub(in crate::trajectory) fn is_list(items: &[Value]) -> bool {
    items.len() > 1 && items.iter().all(|item| item.get("run_type").is_some())
}

/// Reads a list of runs: those that belong to no other, then those within them.
///
/// # Errors
/// A run cannot be read.
pub(in crate::trajectory) fn list(items: &[Value], at: &str, reader: &mut Reader<'_>) -> Done {
    let within = |item: &Value| {
        let parent = item.get("parent_run_id").filter(|id| !id.is_null());
        parent.is_some_and(|parent| items.iter().any(|other| other.get("id") == Some(parent)))
    };
    let mut told = false;
    let numbered = || items.iter().enumerate();
    for (index, item) in numbered().filter(|(_, item)| !within(item)) {
        told |= item.get("outputs").is_some_and(holds_messages);
        message::read_one(item, &format!("{at}/{index}"), reader)?;
    }
    numbered()
        .filter(|(_, item)| within(item))
        .try_for_each(|(index, item)| child(item, &format!("{at}/{index}"), words(told), reader))
}

/// What models say is read where no messages tell of it.
fn words(told: bool) -> Words {
    if told { Words::Left } else { Words::Read }
}

fn is_tool(fields: &Fields<'_>) -> bool {
    fields.peek("run_type").is_some_and(|kind| kind == "tool")
}

fn is_model(fields: &Fields<'_>) -> bool {
    fields.peek("run_type").is_some_and(|kind| kind == "llm" || kind == "chat_model")
}

fn holds_messages(value: &Value) -> bool {
    ["messages", "generations", "choices"].iter().any(|key| value.get(key).is_some_and(Value::is_array))
}

/// What a run was given: messages, or a text under some key.
fn heard(inputs: Option<&Value>, at: &str, reader: &mut Reader<'_>) -> Done {
    let Some(inputs) = inputs else { return Ok(()) };
    if let Some(list) = inputs.get("messages") {
        return messages(list, &format!("{at}/messages"), reader);
    }
    let text = ["input", "question", "query", "prompt"].iter().find_map(|key| inputs.get(key)?.as_str());
    reader.builder.turn(Speaker::Other(Role::User));
    reader.builder.text(text.unwrap_or_default());
    Ok(())
}

/// A list of messages, or a list of such lists with one in it.
fn messages(list: &Value, at: &str, reader: &mut Reader<'_>) -> Done {
    match list.as_array().map(Vec::as_slice) {
        Some([Value::Array(inner)]) => message::read(inner, &format!("{at}/0"), reader),
        Some(items) => message::read(items, at, reader),
        None => Err(TrajectoryFault::not("a list of messages", list, at)),
    }
}

/// What a run gave: its messages.
fn spoken(outputs: Option<&Value>, at: &str, reader: &mut Reader<'_>) -> Done {
    let Some(outputs) = outputs else { return Ok(()) };
    if let Some(generations) = outputs.get("generations") {
        return content_of(generations, &format!("{at}/generations"), reader);
    }
    if let Some(list) = outputs.get("messages") {
        return messages(list, &format!("{at}/messages"), reader);
    }
    message::reply(Fields::of(outputs, "a reply", at)?, reader)
}

/// The generations of a model's run; each prompt may have several, of which one was used.
fn content_of(value: &Value, at: &str, reader: &mut Reader<'_>) -> Done {
    match value.as_array().map(Vec::as_slice) {
        Some([only]) => content_of(only, &format!("{at}/0"), reader),
        Some(_) => Err(TrajectoryFault::new(
            at,
            "there is not one generation",
            "record the generation that was used",
        )),
        None => message::read_one(value, at, reader),
    }
}

/// A generation holds the message, and its text once more.
fn generation(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let at = fields.place("message");
    if let Some(inner) = fields.take("message") {
        fields.pass(&["text"]);
        message::read_one(inner, &at, reader)?;
    } else {
        let at = fields.place("text");
        written::text(fields.text(&["text"]).unwrap_or_default(), &at, reader)?;
    }
    fields.finish(reader)
}

/// A tool's run. The message that called it may have told of it already.
fn tool(
    fields: &mut Fields<'_>,
    inputs: Option<&Value>,
    outputs: Option<&Value>,
    reader: &mut Reader<'_>,
) -> Done {
    let output = outputs.and_then(|outputs| outputs.get("output")).or(outputs);
    let id = [output, inputs]
        .into_iter()
        .flatten()
        .find_map(|value| value.get("tool_call_id").or_else(|| value.pointer("/kwargs/tool_call_id")));
    let name = fields.text(&["name"]).ok_or_else(|| nameless(fields.at()))?;
    let mut call = open_call(id, name, None);
    call.arguments = inputs.cloned().unwrap_or(call.arguments);
    let error = fields.take("error");
    call.error = error.is_some();
    let said = output
        .map(|output| output.get("content").or_else(|| output.pointer("/kwargs/content")).unwrap_or(output));
    call.result = error.cloned().or_else(|| said.map(|said| returned::result(Some(said))));
    let (source, words) = reader.builder.source(Source::ToolRuns, Words::Left);
    reader.builder.call(call);
    reader.builder.source(source, words);
    Ok(())
}

/// The runs within a run.
fn children(fields: &mut Fields<'_>, words: Words, reader: &mut Reader<'_>) -> Done {
    let Some((runs, at)) = fields.list(&["child_runs"]) else { return Ok(()) };
    for (index, run) in runs.iter().enumerate() {
        child(run, &format!("{at}/{index}"), words, reader)?;
    }
    Ok(())
}

fn child(value: &Value, at: &str, words: Words, reader: &mut Reader<'_>) -> Done {
    let mut fields = Fields::of(value, "a run", at)?;
    if !fields.has("run_type") {
        return Err(TrajectoryFault::new(at, "the run has no `run_type`", FORMATS));
    }
    let (inputs, outputs) = (fields.take("inputs"), fields.take("outputs"));
    if is_tool(&fields) {
        tool(&mut fields, inputs, outputs, reader)?;
    } else if is_model(&fields) {
        let before = reader.builder.source(Source::Runs, words);
        spoken(outputs, &fields.place("outputs"), reader)?;
        reader.builder.source(before.0, before.1);
    }
    children(&mut fields, words, reader)?;
    fields.finish_free(reader);
    Ok(())
}

/// What a run without messages gave in the end.
fn answered(outputs: Option<&Value>, at: &str, reader: &mut Reader<'_>) -> Done {
    let Some(outputs) = outputs else { return Ok(()) };
    let text = ["output", "answer", "result", "response"].iter().find_map(|key| outputs.get(key)?.as_str());
    let mark = reader.builder.mark();
    reader.builder.turn(Speaker::Agent);
    written::text(text.unwrap_or_default(), at, reader)?;
    reader.builder.reconcile(mark, mark);
    Ok(())
}
