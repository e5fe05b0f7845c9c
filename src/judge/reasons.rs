//! Reasons for a verdict that was read without any: a second question, asked
//! after the fact, and marked so.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

use crate::answer::Contract;
use crate::ask::{Asked, Purpose, Question, Replied, ask_request};
use crate::model::{Format, Model, Request};
use crate::prompt::{Message, Role};

/// The longest reasons, in characters.
const LONGEST_REASONS: u64 = 280;

static SCHEMA: LazyLock<Arc<Value>> = LazyLock::new(|| {
    Arc::new(json!({
        "type": "object",
        "properties": {"reasoning": {"type": "string", "maxLength": LONGEST_REASONS}},
        "required": ["reasoning"],
        "additionalProperties": false,
    }))
});

/// Asks for the reasons of a verdict, in the conversation in which it was given.
pub(super) async fn reasons(
    model: &Model,
    question: &Question,
    verdict: Request,
    label: &str,
    retries: u32,
) -> Asked {
    let contract =
        Contract::new(&SCHEMA).expect("the schema is constant and tested").shortening_all_but("verdict");
    let question = question.answered_by(contract);
    let request = request(verdict, &question, label);
    ask_request(model, &question, request, Purpose::Reasons, retries).await
}

/// The reasons in a valid reply.
pub(super) fn text(replied: &Replied) -> Option<String> {
    let Replied::Answer(answer) = replied else {
        return None;
    };
    answer.value.get("reasoning").and_then(Value::as_str).map(str::to_owned)
}

fn request(verdict: Request, question: &Question, label: &str) -> Request {
    let field = question.compiled.spec().scale.as_ref().map_or("verdict", |scale| scale.field.as_str());
    let given = question.verdict_json(label);
    let mut messages = verdict.messages;
    messages.push(Message::new(Role::Assistant, json!({field: given}).to_string()));
    messages.push(Message::new(
        Role::User,
        format!(
            "Why is \"{field}\" {given} for this last record? Answer with one JSON object and nothing else, \
             with the field \"reasoning\": one or two sentences, at most {LONGEST_REASONS} characters, that name the deciding words of the record."
        ),
    ));
    Request {
        messages,
        format: Some(Format { name: "reasons".into(), schema: SCHEMA.clone() }),
        weigh: None,
        ..verdict
    }
}
