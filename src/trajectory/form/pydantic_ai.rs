//! Messages of Pydantic AI.

use serde_json::Value;

use super::{Form, Is};
use crate::trajectory::builder::Speaker;
use crate::trajectory::fields::Fields;
use crate::trajectory::reader::{Done, Reader};
use crate::trajectory::step::{Format, Role};
use crate::trajectory::{call, content};

pub(super) const FORM: Form = Form {
    format: Format::PydanticAi,
    types: &[
        ("system-prompt", Is::Own(prompt)),
        ("instructions", Is::Own(prompt)),
        ("user-prompt", Is::Own(prompt)),
        ("tool-return", Is::Result),
        ("builtin-tool-call", Is::Call),
        ("builtin-tool-return", Is::Result),
        ("retry-prompt", Is::Own(retry)),
        ("image-url", Is::Shown),
        ("audio-url", Is::Shown),
        ("video-url", Is::Shown),
        ("document-url", Is::Shown),
        ("uploaded-file", Is::Shown),
        ("binary", Is::Shown),
    ],
    keys: &[],
    inert: &["dynamic_ref", "outcome", "vendor_id", "vendor_details", "provider_url", "tool_kind"],
};

fn prompt(mut fields: Fields<'_>, kind: &str, reader: &mut Reader<'_>) -> Done {
    let role = if kind == "user-prompt" { Role::User } else { Role::System };
    reader.builder.turn(Speaker::Other(role));
    let at = fields.place("content");
    if let Some(value) = fields.take("content") {
        content::read(value, &at, reader)?;
    }
    fields.finish(reader)
}

/// What a tool, or the framework, did not accept.
fn retry(fields: Fields<'_>, kind: &str, reader: &mut Reader<'_>) -> Done {
    if !fields.has("tool_name") {
        let mut fields = fields;
        if fields.peek("content").is_some_and(|content| !content.is_string()) {
            fields.pass(&["content"]);
        }
        return prompt(fields, kind, reader);
    }
    let id = fields.peek("tool_call_id").and_then(Value::as_str).map(str::to_owned);
    call::result(fields, reader)?;
    if let Some(id) = id {
        reader.builder.failed(&id);
    }
    Ok(())
}
