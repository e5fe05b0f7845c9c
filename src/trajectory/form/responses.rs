//! Items of OpenAI's Responses API, and of its Agents SDK.

use serde_json::{Map, Value};

use super::{Form, Is};
use crate::trajectory::builder::{Returned, open_call};
use crate::trajectory::call::nameless;
use crate::trajectory::fields::Fields;
use crate::trajectory::reader::{Done, Reader};
use crate::trajectory::step::Format;
use crate::trajectory::{call, message};

pub(super) const FORM: Form = Form {
    format: Format::Responses,
    types: &[
        ("input_text", Is::Text),
        ("output_text", Is::Text),
        ("summary_text", Is::Thinking),
        ("reasoning_text", Is::Thinking),
        ("reasoning", Is::Thinking),
        ("input_image", Is::Shown),
        ("input_file", Is::Shown),
        ("output_audio", Is::Shown),
        ("computer_screenshot", Is::Shown),
        ("item_reference", Is::Inert),
        ("compaction", Is::Thinking),
        ("mcp_list_tools", Is::Definitions),
        ("tool_search_output", Is::Result),
        ("function_call", Is::Call),
        ("function_call_output", Is::Result),
        ("custom_tool_call", Is::FreeCall),
        ("custom_tool_call_output", Is::Result),
        ("web_search_call", Is::Own(hosted)),
        ("web_search_preview_call", Is::Own(hosted)),
        ("file_search_call", Is::Own(hosted)),
        ("computer_call", Is::Own(hosted)),
        ("computer_call_output", Is::Result),
        ("code_interpreter_call", Is::Own(hosted)),
        ("image_generation_call", Is::Own(hosted)),
        ("local_shell_call", Is::Own(hosted)),
        ("local_shell_call_output", Is::Result),
        ("shell_call", Is::Own(hosted)),
        ("shell_call_output", Is::Result),
        ("apply_patch_call", Is::Own(hosted)),
        ("apply_patch_call_output", Is::Result),
        ("tool_search_call", Is::Own(hosted)),
        ("mcp_call", Is::Own(mcp_call)),
        ("mcp_approval_request", Is::Own(approval_request)),
        ("mcp_approval_response", Is::Own(approval_response)),
        ("message_output_item", Is::Own(run_item)),
        ("tool_call_item", Is::Own(run_item)),
        ("tool_call_output_item", Is::Own(run_item)),
        ("handoff_call_item", Is::Own(run_item)),
        ("handoff_output_item", Is::Own(run_item)),
        ("reasoning_item", Is::Own(run_item)),
        ("mcp_list_tools_item", Is::Definitions),
        ("mcp_approval_request_item", Is::Own(run_item)),
        ("mcp_approval_response_item", Is::Own(run_item)),
        ("compaction_item", Is::Own(run_item)),
    ],
    keys: &[],
    inert: &[
        "server_label",
        "namespace",
        "container_id",
        "environment",
        "pending_safety_checks",
        "acknowledged_safety_checks",
        "background",
        "quality",
        "size",
        "max_output_length",
        "phase",
        "caller",
        "created_by",
        "incomplete_details",
        "instructions",
        "max_output_tokens",
        "previous_response_id",
        "prompt_cache_key",
        "safety_identifier",
        "truncation",
        "approve",
        "reason",
        "agent_reference",
        "response_id",
    ],
};

/// A call of a tool that the server runs: its type names the tool.
fn hosted(mut fields: Fields<'_>, kind: &str, reader: &mut Reader<'_>) -> Done {
    let id = fields.first(&["call_id", "id"]).map(|(_, id)| id);
    let mut call = open_call(id, kind.strip_suffix("_call").unwrap_or(kind), arguments(&mut fields).as_ref());
    call::outcome(&mut fields, &mut call);
    fields.pass(&["type", "tools"]);
    fields.finish(reader)?;
    reader.builder.call(call);
    Ok(())
}

/// What a hosted tool was asked for: one value, or what its own keys say.
fn arguments(fields: &mut Fields<'_>) -> Option<Value> {
    if let Some((_, value)) = fields.first(&["action", "operation", "arguments"]) {
        return Some(value.clone());
    }
    let keys = ["actions", "code", "query", "queries", "revised_prompt"];
    let given: Map<String, Value> =
        keys.iter().filter_map(|key| Some(((*key).to_owned(), fields.take(key)?.clone()))).collect();
    (!given.is_empty()).then(|| Value::Object(given))
}

/// A call that an MCP server ran; leave for it may have been asked before.
fn mcp_call(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let request = fields.text(&["approval_request_id"]).map(str::to_owned);
    let mut call = named(&mut fields)?;
    call::outcome(&mut fields, &mut call);
    fields.pass(&["type"]);
    fields.finish(reader)?;
    let request = request.filter(|id| reader.builder.is_open(id)).or_else(|| reader.builder.requested(&call));
    match (request, call.result.clone()) {
        (Some(id), Some(result)) => {
            let returned = Returned { result, error: call.error };
            // The request is open: it was looked for.
            let _ = reader.builder.returned(Some(&id), None, returned);
        }
        (Some(_), None) => {}
        (None, _) => reader.builder.call(call),
    }
    Ok(())
}

fn named(
    fields: &mut Fields<'_>,
) -> Result<crate::trajectory::step::Call, crate::trajectory::reader::TrajectoryFault> {
    let id = fields.take("id");
    let name = fields.text(&["name"]).ok_or_else(|| nameless(fields.at()))?;
    Ok(open_call(id, name, fields.take("arguments")))
}

/// An agent that asks leave has tried: it is a call, without a result until there is one.
fn approval_request(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let call = named(&mut fields)?;
    fields.pass(&["type"]);
    fields.finish(reader)?;
    reader.builder.request(call);
    Ok(())
}

fn approval_response(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let id = fields.text(&["approval_request_id"]);
    if let Some(id) = id.filter(|id| reader.builder.is_open(id))
        && fields.take("approve") == Some(&Value::Bool(false))
    {
        let reason = fields.text(&["reason"]).map_or_else(String::new, |reason| format!(": {reason}"));
        let result = Value::String(format!("the call was denied{reason}"));
        let _ = reader.builder.returned(Some(id), None, Returned { result, error: true });
    }
    fields.pass(&["type"]);
    fields.finish(reader)
}

/// An item of a run of the Agents SDK holds the item of the API.
fn run_item(mut fields: Fields<'_>, kind: &str, reader: &mut Reader<'_>) -> Done {
    let at = fields.place("raw_item");
    match fields.take("raw_item") {
        Some(item) => message::read_one(item, &at, reader)?,
        None if kind.contains("output") || kind.contains("reasoning") => {}
        None => return Err(nameless(fields.at())),
    }
    fields.pass(&["type", "agent", "output", "source_agent", "target_agent", "description", "title"]);
    fields.finish(reader)
}
