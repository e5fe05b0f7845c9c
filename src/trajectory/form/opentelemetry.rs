//! Message parts of OpenTelemetry's conventions for generative AI, and the attributes of a span.

use serde_json::Value;

use super::{Form, Is};
use crate::trajectory::builder::{Returned, Speaker, open_call};
use crate::trajectory::fields::Fields;
use crate::trajectory::reader::{Done, Reader, TrajectoryFault};
use crate::trajectory::step::{Format, Role};
use crate::trajectory::{call, content, message};

pub(super) const FORM: Form = Form {
    format: Format::OpenTelemetry,
    types: &[
        ("tool_call_response", Is::Result),
        ("server_tool_call", Is::Own(server_call)),
        ("server_tool_call_response", Is::Result),
        ("blob", Is::Shown),
        ("uri", Is::Shown),
    ],
    keys: &[],
    inert: &[
        "modality",
        "gen_ai.operation.name",
        "gen_ai.response.finish_reasons",
        "gen_ai.request.choice.count",
        "gen_ai.tool.definitions",
        "gen_ai.tool.type",
        "gen_ai.tool.description",
        "resource",
        "scope",
        "instrumentationScope",
    ],
};

/// A call of a server's own tool; what it was asked for stands under the type's name, or as arguments.
fn server_call(mut fields: Fields<'_>, kind: &str, reader: &mut Reader<'_>) -> Done {
    let Some(value) = fields.take(kind) else {
        return call::read(fields, call::Arguments::Json, reader);
    };
    let id = fields.take("id");
    let name = fields.text(&["name"]).or_else(|| value.get("type")?.as_str());
    let name = name.ok_or_else(|| call::nameless(fields.at()))?;
    fields.finish(reader)?;
    reader.builder.call(open_call(id, name, Some(value)));
    Ok(())
}

const INPUT: &str = "gen_ai.input.messages";
const OUTPUT: &str = "gen_ai.output.messages";
const TOOL: &str = "gen_ai.tool.name";

/// Whether these are attributes of a span that tells of a model or a tool.
pub(super) fn is_span(fields: &Fields<'_>) -> bool {
    [INPUT, OUTPUT, TOOL].iter().any(|key| fields.has(key))
}

/// Reads the attributes of a span.
///
/// # Errors
/// Messages in it cannot be read.
pub(super) fn span(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    reader.builder.is(Format::OpenTelemetry);
    if let Some((value, at)) = json(&mut fields, "gen_ai.system_instructions")? {
        reader.builder.turn(Speaker::Other(Role::System));
        content::read(&value, &at, reader)?;
    }
    for key in [INPUT, OUTPUT] {
        if let Some((value, at)) = json(&mut fields, key)? {
            let items =
                value.as_array().ok_or_else(|| TrajectoryFault::not("a list of messages", &value, &at))?;
            message::read(items, &at, reader)?;
        }
    }
    if let Some(name) = fields.text(&[TOOL]) {
        tool(&mut fields, name, reader);
    }
    fields.finish_free(reader);
    Ok(())
}

fn tool(fields: &mut Fields<'_>, name: &str, reader: &mut Reader<'_>) {
    let call = open_call(fields.take("gen_ai.tool.call.id"), name, fields.take("gen_ai.tool.call.arguments"));
    let id = call.id.clone();
    reader.builder.turn(Speaker::Agent);
    reader.builder.call(call);
    if let Some(result) = fields.take("gen_ai.tool.call.result") {
        let error = fields.has("error.type");
        let returned = Returned { result: result.clone(), error };
        // The call stands right before it.
        let _ = reader.builder.returned(id.as_deref(), Some(name), returned);
    }
}

/// An attribute that holds JSON, as a value or as a text.
fn json(fields: &mut Fields<'_>, key: &str) -> Result<Option<(Value, String)>, TrajectoryFault> {
    let at = fields.place(key);
    match fields.take(key) {
        None => Ok(None),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(value) => Ok(Some((value, at))),
            Err(_) if key == INPUT || key == OUTPUT => Err(TrajectoryFault::new(
                &at,
                "the text is not JSON of messages",
                "record the attribute whole",
            )),
            Err(_) => Ok(Some((Value::String(text.clone()), at))),
        },
        Some(value) => Ok(Some((value.clone(), at))),
    }
}
