//! Vercel's AI SDK: parts of its UI messages and of its model messages.

use super::{Form, Is};
use crate::trajectory::call;
use crate::trajectory::call::{Arguments, nameless};
use crate::trajectory::fields::Fields;
use crate::trajectory::reader::{Done, Reader};
use crate::trajectory::step::Format;

pub(super) const FORM: Form = Form {
    format: Format::Vercel,
    types: &[
        ("step-start", Is::Inert),
        ("source", Is::Inert),
        ("source-url", Is::Inert),
        ("source-document", Is::Inert),
        ("reasoning-file", Is::Thinking),
        ("redacted-reasoning", Is::Thinking),
        ("dynamic-tool", Is::Call),
        ("tool-invocation", Is::Own(invocation)),
        ("tool-call", Is::Own(tool_call)),
        ("tool-result", Is::Result),
        ("tool-error", Is::Result),
        // The call for which leave is asked stands before it; what became of it, after it.
        ("tool-approval-request", Is::Inert),
        ("tool-approval-response", Is::Inert),
    ],
    keys: &[],
    inert: &[
        "providerOptions",
        "providerMetadata",
        "callProviderMetadata",
        "resultProviderMetadata",
        "experimental_providerMetadata",
        "experimental_attachments",
        "experimental_content",
        "experimental_output",
        "providerExecuted",
        "dynamic",
        "preliminary",
        "toolMetadata",
        "approval",
        "revisionId",
        "rawFinishReason",
        "totalUsage",
        "warnings",
        "invalid",
    ],
};

/// A part's type that names its tool, or some data of the application's own.
pub(super) fn by_beginning(kind: &str) -> Option<Is> {
    if kind.strip_prefix("tool-").is_some_and(|name| !name.is_empty()) {
        return Some(Is::Own(ui_tool));
    }
    kind.strip_prefix("data-").is_some_and(|name| !name.is_empty()).then_some(Is::Inert)
}

fn ui_tool(fields: Fields<'_>, kind: &str, reader: &mut Reader<'_>) -> Done {
    // A type of this form that evenhand does not know names no tool: the part has no call's state.
    let state = fields.has("state") || fields.has("toolCallId");
    let name = kind.strip_prefix("tool-").filter(|_| state).ok_or_else(|| nameless(fields.at()))?;
    call::read_as(fields, Some(name), Arguments::Json, reader)
}

/// A model's call; or a UI part of a tool that is called "call".
fn tool_call(fields: Fields<'_>, kind: &str, reader: &mut Reader<'_>) -> Done {
    let ui = fields.has("state") && fields.tool().is_none();
    if ui { ui_tool(fields, kind, reader) } else { call::read(fields, Arguments::Json, reader) }
}

fn invocation(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let Some(inner) = fields.object(&["toolInvocation"]) else {
        return call::read(fields, Arguments::Json, reader);
    };
    fields.finish(reader)?;
    call::read(inner, Arguments::Json, reader)
}
