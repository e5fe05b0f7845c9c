//! Reads a trajectory, whatever holds it: a request, a reply, a sample, a program's state, a list or a text.

use serde_json::Value;

use super::builder::{Answer, Speaker};
use super::fields::Fields;
use super::form::{langchain, langsmith};
use super::reader::{Done, FORMATS, Reader, TrajectoryFault};
use super::step::{Format, Role, Trajectory};
use super::{content, form, message, plain};

/// Keys of the operator's words.
const SYSTEM: [&str; 5] =
    ["system", "systemInstruction", "system_instruction", "instructions", "system_prompt"];
/// Keys of the whole story, the best first.
const STORY: [&str; 8] = [
    "messages",
    "contents",
    "all_messages",
    "new_messages",
    "items",
    "new_items",
    "trajectory",
    "conversation",
];
/// Keys of objects in which one of the above may stand.
const WRAPPERS: [&str; 10] =
    ["request", "values", "state", "inputs", "outputs", "response", "result", "body", "attributes", "data"];

/// Reads an object that holds what an agent did.
///
/// # Errors
/// It holds nothing that is known, or something broken.
pub(super) fn read(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Result<Answer, TrajectoryFault> {
    if is_message(&fields) {
        message::read_fields(fields, reader)?;
        return Ok(Answer::Last);
    }
    let mut answer = answer(&mut fields);
    let at = fields.place("steps");
    let listed = |steps: &Value| steps.as_array().is_some_and(|steps| !plain::is_plain(steps));
    // The AI SDK gives the messages, and what came of each step once more.
    let again = fields.has("response") && fields.peek("steps").is_some_and(listed);
    let plain = !again && !STORY.iter().any(|key| fields.has(key));
    if let Some(steps) = fields.peek("steps").filter(|_| plain) {
        fields.pass(&["steps"]);
        plain::read(steps, &at, reader)?;
    } else {
        let executor = fields.has("intermediate_steps");
        if !parts(&mut fields, reader)? {
            return Err(TrajectoryFault::new(
                fields.at(),
                "there is neither `steps` nor `messages`",
                FORMATS,
            ));
        }
        if let Some(output) = fields.text(&["output"]).filter(|_| executor) {
            answer = Answer::Given(output.to_owned());
        }
    }
    fields.finish_free(reader);
    Ok(answer)
}

fn is_message(fields: &Fields<'_>) -> bool {
    fields.has("role") || form::whole(fields).is_some() || (fields.has("parts") && !fields.has("messages"))
}

/// Reads all that stands in an object, in the order in which it happened; whether there was anything.
fn parts(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Result<bool, TrajectoryFault> {
    let mut any = false;
    system(fields, reader)?;
    any |= history(fields, reader)?;
    any |= steps(fields, reader)?;
    any |= message::replies(fields, reader)?;
    if !any {
        any = inner(fields, reader)?;
    }
    Ok(any)
}

fn system(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Done {
    let known = |value: &Value| value.is_string() || value.is_array() || value.get("parts").is_some();
    for key in SYSTEM {
        if !fields.peek(key).is_some_and(known) {
            continue;
        }
        let at = fields.place(key);
        let Some(value) = fields.take(key) else { continue };
        if key == "system" {
            reader.builder.is(Format::Anthropic);
        }
        reader.builder.turn(Speaker::Other(Role::System));
        match value.get("parts") {
            Some(parts) => content::read(parts, &format!("{at}/parts"), reader)?,
            None => content::read(value, &at, reader)?,
        }
    }
    Ok(())
}

/// The messages, with what was asked where they do not say it.
fn history(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Result<bool, TrajectoryFault> {
    let Some(key) = STORY.iter().find(|key| fields.has(key)) else {
        return Ok(called_by_itself(fields, reader)? | asked(fields, reader)?);
    };
    let at = fields.place(key);
    let value = fields.take(key).unwrap_or(&Value::Null);
    if *key == "contents" {
        reader.builder.is(Format::Gemini);
    }
    let parsed: Option<Value> = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    match parsed.as_ref().unwrap_or(value) {
        Value::Array(items) if items.is_empty() => Err(nothing(&at)),
        Value::Array(items) => message::read(items, &at, reader).map(|()| true),
        // Gemini takes one content, or a text, for a list.
        Value::Object(_) if *key == "contents" => message::read_one(value, &at, reader).map(|()| true),
        Value::String(text) if *key == "contents" => {
            reader.builder.turn(Speaker::Other(Role::User));
            reader.builder.text(text);
            Ok(true)
        }
        other => Err(TrajectoryFault::not("an array", other, &at)),
    }
}

pub(super) fn nothing(at: &str) -> TrajectoryFault {
    TrajectoryFault::new(at, "there are no messages", "record what the agent did")
}

/// The calls that a library of Gemini's made by itself before the reply.
fn called_by_itself(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Result<bool, TrajectoryFault> {
    let keys = ["automaticFunctionCallingHistory", "automatic_function_calling_history"];
    match fields.list(&keys) {
        Some((items, at)) => message::read(items, &at, reader).map(|()| true),
        None => Ok(false),
    }
}

/// What was asked, beside a reply or an executor's steps.
fn asked(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Result<bool, TrajectoryFault> {
    if !message::is_reply(fields)
        && !fields.has("intermediate_steps")
        && !fields.peek("output").is_some_and(Value::is_array)
    {
        return Ok(false);
    }
    if let Some((items, at)) = fields.list(&["chat_history", "history"]) {
        message::read(items, &at, reader)?;
    }
    let at = fields.place("input");
    match fields.peek("input") {
        Some(Value::Array(items)) => {
            fields.pass(&["input"]);
            message::read(items, &at, reader)?;
        }
        Some(Value::Object(input)) if input.get("messages").is_some_and(Value::is_array) => {
            if let Some(mut input) = fields.object(&["input"]) {
                history(&mut input, reader)?;
                input.finish_free(reader);
            }
        }
        Some(Value::String(text)) => {
            fields.pass(&["input"]);
            reader.builder.turn(Speaker::Other(Role::User));
            reader.builder.text(text);
        }
        _ => {}
    }
    Ok(false)
}

/// The steps of LangChain's executor.
fn steps(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Result<bool, TrajectoryFault> {
    match fields.list(&["intermediate_steps"]) {
        Some((items, at)) => langchain::steps(items, &at, reader).map(|()| true),
        None => Ok(false),
    }
}

/// Objects in which the messages may stand: a logged request and its response, a graph's state.
fn inner(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Result<bool, TrajectoryFault> {
    let mut any = false;
    let mut first = reader.builder.mark();
    for key in WRAPPERS {
        let at = fields.place(key);
        if let Some(Value::Array(items)) = fields.peek(key)
            && items.iter().any(|item| item.get("role").is_some() || item.get("type").is_some())
        {
            fields.pass(&[key]);
            message::read(items, &at, reader)?;
            any = true;
            continue;
        }
        let Some(mut object) = fields.peek(key).and_then(|value| Fields::of(value, "an object", &at).ok())
        else {
            continue;
        };
        let mark = reader.builder.mark();
        let found = if is_message(&object) {
            message::read_fields(object, reader)?;
            true
        } else {
            let found = parts(&mut object, reader)?;
            if found {
                object.finish_free(reader);
            }
            found
        };
        if found {
            fields.pass(&[key]);
            reader.builder.reconcile(first, mark);
            first = mark.min(reader.builder.mark());
        }
        any |= found;
    }
    Ok(any)
}

/// The `answer` beside steps or messages.
fn answer(fields: &mut Fields<'_>) -> Answer {
    if fields.is_null("answer") {
        return Answer::Nothing;
    }
    match fields.take("answer") {
        None => Answer::Last,
        Some(Value::String(text)) => Answer::Given(text.clone()),
        // A structured answer is shown as the JSON it is.
        Some(other) => Answer::Given(other.to_string()),
    }
}

impl Trajectory {
    /// Reads a trajectory in whatever known form it is. What is not known is passed over only if
    /// it cannot carry an action of the agent's.
    ///
    /// # Errors
    /// It is none of the forms, or broken, or holds what could be an action and is not known:
    /// where, and what to do.
    pub fn read(value: &Value) -> Result<Self, TrajectoryFault> {
        Self::read_ignoring(value, &[])
    }

    /// Reads a trajectory, and takes these keys and types for inert where no form knows them.
    ///
    /// # Errors
    /// As for [`Trajectory::read`].
    pub fn read_ignoring(value: &Value, ignored: &[String]) -> Result<Self, TrajectoryFault> {
        let mut reader = Reader::new(Format::OpenAi, ignored, form::inert);
        let answer = match value {
            Value::String(text) => return read_text(text, ignored),
            Value::Array(items) if items.is_empty() => return Err(nothing("")),
            Value::Array(items) => {
                read_list(value, items, &mut reader)?;
                Answer::Last
            }
            Value::Object(_) => read(Fields::of(value, "a trajectory", "")?, &mut reader)?,
            other => return Err(TrajectoryFault::not("a trajectory", other, "")),
        };
        reader.finish(answer)
    }
}

/// A text is an answer whose steps are not known, or a trajectory as JSON, as in a CSV.
fn read_text(text: &str, ignored: &[String]) -> Result<Trajectory, TrajectoryFault> {
    let inside: Option<Value> =
        text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten();
    match inside {
        Some(value) => Trajectory::read_ignoring(&value, ignored),
        None => Ok(Trajectory::of_text(text)),
    }
}

fn read_list(value: &Value, items: &[Value], reader: &mut Reader<'_>) -> Result<(), TrajectoryFault> {
    if plain::is_plain(items) {
        plain::read(value, "", reader)
    } else if langchain::is_steps(items) {
        langchain::steps(items, "", reader)
    } else if langsmith::is_list(items) {
        langsmith::list(items, "", reader)
    } else {
        message::read(items, "", reader)
    }
}
