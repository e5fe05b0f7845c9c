//! The request on the wire: the instruction, and beside it the conversation in turns of one or more blocks.

use serde_json::{Map, Value, json};

use super::facts::AnthropicOptions;
use super::plan::{Level, Optional, Plan};
use crate::model::http::{Field, System};
use crate::model::{Delivery, Failure, FailureKind, Format, Request};
use crate::prompt::{Message, Role};
use crate::signature::Dialect;

/// Whether the end of what is the same for every record is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// The server keeps what stands before a mark.
    Set,
    /// This server knows no marks.
    None,
}

/// The instruction's blocks, and the turns.
pub(super) struct Conversation {
    pub(super) system: Vec<Value>,
    pub(super) turns: Vec<Value>,
}

/// A conversation begins with its user.
///
/// # Errors
/// It does not, and nothing was sent.
pub(super) fn check(request: &Request) -> Result<(), Failure> {
    let first = request.messages.iter().find(|message| message.role != Role::System && !is_blank(message));
    if first.is_some_and(|message| message.role == Role::User) {
        return Ok(());
    }
    let detail = "after the instruction the first message has to be the user's";
    Err(Failure::new(FailureKind::BadRequest, detail).remedy("change the signature's template"))
}

/// Messages of one role that follow each other are blocks of one turn, and
/// blank ones are left out: the server refuses them.
///
/// What is the same for every record ends with a mark, in the instruction and
/// in the turns. Up to each mark the server can keep the prompt for the next record.
///
/// For a server that takes no instruction apart, its blocks are the first of the user's first turn.
pub(super) fn conversation(request: &Request, marks: Marks, place: System) -> Conversation {
    let mut system = Vec::new();
    let mut turns: Vec<(Role, Vec<Value>)> = Vec::new();
    let marked = match marks {
        Marks::Set => [last_stable(request, is_instruction), last_stable(request, is_turn)],
        Marks::None => [None, None],
    };
    for (place, message) in request.messages.iter().enumerate().filter(|(_, message)| !is_blank(message)) {
        let block = block(message, marked.contains(&Some(place)));
        match turns.last_mut() {
            _ if is_instruction(message) => system.push(block),
            Some((role, blocks)) if *role == message.role => blocks.push(block),
            _ => turns.push((message.role, vec![block])),
        }
    }
    if place == System::InTurn && !system.is_empty() {
        let blocks = std::mem::take(&mut system);
        match turns.first_mut().filter(|(role, _)| *role == Role::User) {
            Some((_, first)) => drop(first.splice(0..0, blocks)),
            None => turns.insert(0, (Role::User, blocks)),
        }
    }
    let turns = turns.into_iter().map(|(role, blocks)| json!({"role": role, "content": blocks}));
    Conversation { system, turns: turns.collect() }
}

fn block(message: &Message, is_marked: bool) -> Value {
    let text = &message.content;
    if is_marked {
        json!({"type": "text", "text": text, "cache_control": {"type": "ephemeral"}})
    } else {
        json!({"type": "text", "text": text})
    }
}

fn last_stable(request: &Request, is_wanted: fn(&Message) -> bool) -> Option<usize> {
    let stable = request.messages.iter().take(request.stable).collect::<Vec<_>>();
    stable.into_iter().rposition(|message| is_wanted(message) && !is_blank(message))
}

fn is_instruction(message: &Message) -> bool {
    message.role == Role::System
}

fn is_turn(message: &Message) -> bool {
    message.role != Role::System
}

fn is_blank(message: &Message) -> bool {
    message.content.trim().is_empty()
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Parameters;

    fn request(messages: &[(Role, &str)], stable: usize) -> Request {
        let messages = messages.iter().map(|(role, text)| Message::new(*role, *text)).collect();
        Request::new(messages, stable, None, Parameters::default())
    }

    fn marked(blocks: &[Value]) -> Vec<bool> {
        blocks.iter().map(|block| block.get("cache_control").is_some()).collect()
    }

    #[test]
    fn turns_of_one_role_become_one_and_blank_ones_go() {
        let messages = [
            (Role::System, "Judge."),
            (Role::User, "a"),
            (Role::User, "b"),
            (Role::Assistant, " \n"),
            (Role::System, "Be brief."),
            (Role::User, "c"),
        ];
        let Conversation { system, turns } = conversation(&request(&messages, 3), Marks::Set, System::Apart);
        assert_eq!(marked(&system), [true, false]);
        let [turn] = &*turns else { panic!("one turn: {turns:?}") };
        let blocks = turn["content"].as_array().expect("blocks");
        assert_eq!(marked(blocks), [false, true, false]);
    }

    #[test]
    fn without_anything_stable_there_is_no_mark() {
        let messages = [(Role::System, "Judge."), (Role::User, "a")];
        let whole = conversation(&request(&messages, 0), Marks::Set, System::Apart);
        assert_eq!(marked(&whole.system), [false]);
        let unmarked = conversation(&request(&messages, 2), Marks::None, System::Apart);
        assert_eq!(marked(&unmarked.system), [false]);
    }

    #[test]
    fn the_instruction_may_stand_in_the_first_turn() {
        let messages = [(Role::System, "Judge."), (Role::User, "a"), (Role::Assistant, "b")];
        let Conversation { system, turns } = conversation(&request(&messages, 2), Marks::Set, System::InTurn);
        assert!(system.is_empty());
        let texts = |turn: &Value| -> Vec<String> {
            let blocks = turn["content"].as_array().expect("blocks").iter();
            blocks.map(|block| block["text"].as_str().unwrap_or_default().to_owned()).collect()
        };
        let [first, second] = &*turns else { panic!("two turns: {turns:?}") };
        assert_eq!((texts(first), texts(second)), (vec!["Judge.".into(), "a".into()], vec!["b".into()]));
    }

    #[test]
    fn a_conversation_without_its_user_is_not_sent() {
        assert!(check(&request(&[(Role::System, "x"), (Role::User, "a")], 1)).is_ok());
        for messages in [&[(Role::System, "x")][..], &[(Role::Assistant, "a"), (Role::User, "b")]] {
            let failure = check(&request(messages, 0)).expect_err("no user first");
            assert_eq!((failure.kind, failure.tries), (FailureKind::BadRequest, 0));
        }
    }
}
