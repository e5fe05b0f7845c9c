//! Gemini: parts without a type, in both spellings.

use serde_json::Value;

use super::{Form, Is};
use crate::trajectory::builder::{Returned, open_call};
use crate::trajectory::fields::Fields;
use crate::trajectory::reader::{Done, Reader, TrajectoryFault};
use crate::trajectory::step::Format;

pub(super) const FORM: Form = Form {
    format: Format::Gemini,
    types: &[],
    keys: &[
        ("functionCall", Is::Call),
        ("function_call", Is::Call),
        ("functionResponse", Is::Result),
        ("function_response", Is::Result),
        ("executableCode", Is::Own(code)),
        ("executable_code", Is::Own(code)),
        ("codeExecutionResult", Is::Own(code_result)),
        ("code_execution_result", Is::Own(code_result)),
        ("toolCall", Is::Own(server_call)),
        ("toolResponse", Is::Own(server_response)),
        ("inlineData", Is::Shown),
        ("inline_data", Is::Shown),
        ("fileData", Is::Shown),
        ("file_data", Is::Shown),
    ],
    inert: &[
        "thought",
        "thoughtSignature",
        "thought_signature",
        "videoMetadata",
        "video_metadata",
        "mediaResolution",
        "media_resolution",
        "finishReason",
        "finishMessage",
        "finish_message",
        "safetyRatings",
        "safety_ratings",
        "groundingAttributions",
        "logprobsResult",
        "logprobs_result",
        "avgLogprobs",
        "promptFeedback",
        "prompt_feedback",
        "modelStatus",
        "responseId",
        "createTime",
        "sdkHttpResponse",
        "sdk_http_response",
        "generationConfig",
        "generation_config",
        "safetySettings",
        "safety_settings",
        "partialArgs",
        "willContinue",
        "scheduling",
    ],
};

const CODE: &str = "code_execution";

/// Code that the server runs.
fn code(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let id = fields.take("id");
    let arguments: serde_json::Map<String, Value> = ["language", "code"]
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), fields.take(key)?.clone())))
        .collect();
    fields.finish(reader)?;
    reader.builder.call(open_call(id, CODE, Some(&Value::Object(arguments))));
    Ok(())
}

fn code_result(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let error = fields.text(&["outcome"]).is_some_and(|outcome| !outcome.ends_with("OK"));
    let result = fields.take("output").cloned().unwrap_or(Value::Null);
    let id = fields.text(&["id"]).filter(|id| reader.builder.is_open(id)).map(str::to_owned);
    let at = fields.at().to_owned();
    fields.finish(reader)?;
    reader
        .builder
        .returned(id.as_deref(), Some(CODE), Returned { result, error })
        .map_err(|problem| TrajectoryFault::new(&at, problem, "put the code before its result"))
}

/// A call of one of the server's own tools.
fn server_call(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let id = fields.take("id");
    let name = fields.text(&["toolType", "name"]).unwrap_or("server_tool").to_lowercase();
    let arguments = fields.first(&["args", "arguments"]).map(|(_, arguments)| arguments);
    fields.finish(reader)?;
    reader.builder.call(open_call(id, &name, arguments));
    Ok(())
}

fn server_response(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let id = fields.text(&["id"]);
    let result = fields.take("response").cloned().unwrap_or(Value::Null);
    let at = fields.at().to_owned();
    fields.pass(&["toolType", "name"]);
    fields.finish(reader)?;
    reader
        .builder
        .returned(id, None, Returned { result, error: false })
        .map_err(|problem| TrajectoryFault::new(&at, problem, "put the call before its response"))
}
