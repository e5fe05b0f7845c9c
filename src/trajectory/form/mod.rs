//! The forms of messages, one file each: which types and keys there are, what they mean, and which
//! of them say nothing of what an agent did. They are told apart block by block, because logs mix them.

mod anthropic;
mod autogen;
mod bedrock;
mod gemini;
pub(super) mod inspect;
pub(super) mod langchain;
pub(super) mod langsmith;
mod openai;
mod opentelemetry;
mod pydantic_ai;
mod responses;
mod vercel;

use super::fields::Fields;
use super::reader::{Done, Reader};
use super::step::Format;
use super::words;

/// What a block, a part or an item is.
#[derive(Clone, Copy)]
pub(super) enum Is {
    /// A text of the current speaker.
    Text,
    /// The model's private reasoning, which is no step.
    Thinking,
    /// An image or a file, of which a word is shown.
    Shown,
    /// Nothing that anybody did.
    Inert,
    /// The tools that there are.
    Definitions,
    /// A call.
    Call,
    /// A call whose arguments are a text.
    FreeCall,
    /// What a call returned.
    Result,
    /// What only this form has.
    Own(Own),
}

/// Whether an object is one that a form knows as a whole.
type Recognized = fn(&Fields<'_>) -> bool;

/// Reads an object whole.
pub(super) type Whole = fn(Fields<'_>, &mut Reader<'_>) -> Done;

pub(super) type Own = fn(Fields<'_>, &str, &mut Reader<'_>) -> Done;

pub(super) struct Form {
    format: Format,
    /// By the block's type.
    types: &'static [(&'static str, Is)],
    /// By a key of a part that has no type.
    keys: &'static [(&'static str, Is)],
    /// Keys that say nothing of what the agent did. What has the form of a call is found there all the same.
    inert: &'static [&'static str],
}

const FORMS: [&Form; 12] = [
    &openai::FORM,
    &responses::FORM,
    &anthropic::FORM,
    &bedrock::FORM,
    &gemini::FORM,
    &langchain::FORM,
    &opentelemetry::FORM,
    &vercel::FORM,
    &langsmith::FORM,
    &inspect::FORM,
    &pydantic_ai::FORM,
    &autogen::FORM,
];

/// A type or key that a form knows.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) is: Is,
    /// The format, where it tells.
    pub(super) format: Option<Format>,
}

impl Known {
    fn new(is: Is, form: &Form) -> Self {
        let tells = matches!(is, Is::Call | Is::FreeCall | Is::Result | Is::Own(_));
        Self { is, format: tells.then_some(form.format) }
    }
}

/// What a type means.
pub(super) fn of_type(kind: &str) -> Option<Known> {
    let find = |form: &&Form| {
        let (_, is) = form.types.iter().find(|(name, _)| *name == kind)?;
        Some(Known::new(*is, form))
    };
    FORMS.iter().copied().find_map(|form| find(&form)).or_else(|| {
        let (is, form) = anthropic::by_ending(kind)
            .map(|is| (is, &anthropic::FORM))
            .or_else(|| vercel::by_beginning(kind).map(|is| (is, &vercel::FORM)))?;
        Some(Known::new(is, form))
    })
}

/// The keys of a part without a type, and what they mean, in the part's order.
pub(super) fn of_keys(fields: &Fields<'_>) -> Vec<(&'static str, Known)> {
    FORMS
        .iter()
        .flat_map(|form| form.keys.iter().map(|(key, is)| (*key, Known::new(*is, form))))
        .filter(|(key, _)| fields.has(key))
        .collect()
}

/// Objects that are a message, or hold messages, as one form alone has them.
const WHOLES: [(Recognized, Whole); 3] = [
    (langchain::is_dump, langchain::dump),
    (langsmith::is_run, langsmith::run),
    (opentelemetry::is_span, opentelemetry::span),
];

/// How to read an object that one form alone has.
pub(super) fn whole(fields: &Fields<'_>) -> Option<Whole> {
    WHOLES.iter().find(|(is, _)| is(fields)).map(|(_, read)| *read)
}

/// Whether a key says nothing of what an agent did.
pub(super) fn inert(key: &str) -> bool {
    COMMON.contains(&key) || FORMS.iter().any(|form| form.inert.contains(&key)) || words::of_metadata(key)
}

/// What many logs put beside a message.
const COMMON: [&str; 75] = [
    "id",
    "_id",
    "uuid",
    "object",
    "created",
    "created_at",
    "createdAt",
    "updated_at",
    "updatedAt",
    "completed_at",
    "started_at",
    "ended_at",
    "start_time",
    "end_time",
    "startTime",
    "endTime",
    "timestamp",
    "date",
    "time",
    "index",
    "step",
    "turn",
    "turn_id",
    "session_id",
    "sessionId",
    "thread_id",
    "conversation_id",
    "run_id",
    "trace_id",
    "traceId",
    "span_id",
    "spanId",
    "parent_id",
    "parentId",
    "request_id",
    "requestId",
    "message_id",
    "role",
    "author",
    "sender",
    "source",
    "type",
    "model",
    "model_name",
    "model_id",
    "modelId",
    "model_version",
    "modelVersion",
    "provider",
    "provider_name",
    "provider_response_id",
    "provider_details",
    "status",
    "state",
    "title",
    "language",
    "lang",
    "locale",
    "region",
    "version",
    "format",
    "mime_type",
    "mimeType",
    "media_type",
    "mediaType",
    "contentType",
    "citations",
    "references",
    "sources",
    "annotations",
    "attachments",
    "weight",
    "feedback",
    "tags",
    "labels",
];
