//! Which format it is.

use serde_json::{Map, Value};

use super::builder::{Answer, Builder};
use super::content;
use super::fault::{FORMATS, TrajectoryFault};
use super::step::{Format, Role, Trajectory};
use super::{messages, plain};

impl Trajectory {
    /// Reads a trajectory in whatever known format it is. Unknown keys are ignored.
    ///
    /// # Errors
    /// It is none of the formats, or broken: where, and what to do.
    pub fn read(value: &Value) -> Result<Self, TrajectoryFault> {
        match value {
            Value::String(text) => {
                Ok(Self { steps: Vec::new(), answer: Some(text.clone()), format: Format::Text })
            }
            Value::Array(items) if plain::is_plain(items) => plain::read(items, "", Answer::Last),
            Value::Array(items) => from_messages(items, "", Builder::new(Format::OpenAi), Answer::Last),
            Value::Object(object) => from_object(value, object),
            other => Err(TrajectoryFault::not("a trajectory", other, "")),
        }
    }
}

fn from_object(whole: &Value, object: &Map<String, Value>) -> Result<Trajectory, TrajectoryFault> {
    if let Some(steps) = object.get("steps") {
        return plain::read(array(steps, "/steps")?, "/steps", answer(object));
    }
    if let Some(list) = object.get("messages") {
        let mut builder = Builder::new(Format::OpenAi);
        if let Some(system) = object.get("system") {
            builder.format = Format::Anthropic;
            builder.hear(Role::System, &content::text(system, "/system")?);
        }
        return from_messages(array(list, "/messages")?, "/messages", builder, answer(object));
    }
    // A reply as the servers give it: Anthropic's and a chat completion's hold one message.
    if object.contains_key("role") {
        return from_reply(whole, "");
    }
    if let Some(message) = whole.pointer("/choices/0/message") {
        return from_reply(message, "/choices/0/message");
    }
    if let Some(Value::Array(items)) = object.get("output") {
        return from_messages(items, "/output", Builder::new(Format::Responses), Answer::Last);
    }
    Err(TrajectoryFault::new("", "there is neither `steps` nor `messages`", FORMATS))
}

fn from_messages(
    items: &[Value],
    at: &str,
    mut builder: Builder,
    answer: Answer,
) -> Result<Trajectory, TrajectoryFault> {
    if items.is_empty() {
        return Err(TrajectoryFault::new(at, "there are no messages", "record what the agent did"));
    }
    messages::read(items, at, &mut builder)?;
    Ok(builder.finish(answer))
}

fn from_reply(message: &Value, at: &str) -> Result<Trajectory, TrajectoryFault> {
    let mut builder = Builder::new(Format::OpenAi);
    messages::read_one(message, at, &mut builder)?;
    Ok(builder.finish(Answer::Last))
}

fn array<'v>(value: &'v Value, at: &str) -> Result<&'v [Value], TrajectoryFault> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| TrajectoryFault::not("an array", value, at))
}

/// The `answer` beside steps or messages.
fn answer(object: &Map<String, Value>) -> Answer {
    match object.get("answer") {
        None => Answer::Last,
        Some(Value::Null) => Answer::Nothing,
        Some(Value::String(text)) => Answer::Given(text.clone()),
        // A structured answer is shown as the JSON it is.
        Some(other) => Answer::Given(other.to_string()),
    }
}
