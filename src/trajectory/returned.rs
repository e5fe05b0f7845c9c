//! What a tool returned.

use serde_json::Value;

/// Blocks as one text, anything else as it is.
pub(super) fn result(content: Option<&Value>) -> Value {
    let content = content.unwrap_or(&Value::Null);
    match wrapped(content) {
        Some(inner) => return result(Some(inner)),
        None if content.get("type").is_some_and(|kind| kind == "execution-denied") => {
            return Value::String("the call was denied".into());
        }
        None => {}
    }
    let items = content.as_array().filter(|items| !items.is_empty());
    match items.and_then(|items| items.iter().map(result_block).collect::<Option<Vec<String>>>()) {
        Some(texts) => Value::String(texts.join("\n")),
        None => content.clone(),
    }
}

/// The AI SDK says of what type an output is.
fn wrapped(content: &Value) -> Option<&Value> {
    let object = content.as_object().filter(|object| object.contains_key("value"))?;
    let kind = object.get("type")?.as_str()?;
    ["text", "json", "content", "error-text", "error-json"].contains(&kind).then(|| object.get("value"))?
}

/// The kinds of block a tool's result is made of. Anything else in a list is the tool's own data.
const RESULT_BLOCKS: [&str; 11] = [
    "text",
    "input_text",
    "output_text",
    "image",
    "image_url",
    "input_image",
    "input_file",
    "document",
    "search_result",
    "tool_reference",
    "media",
];

fn result_block(item: &Value) -> Option<String> {
    let object = item.as_object()?;
    let Some(kind) = object.get("type") else {
        // A block of Bedrock's has one key.
        let text = object.get("text")?.as_str()?;
        return (object.len() == 1).then(|| text.to_owned());
    };
    let kind = kind.as_str().filter(|kind| RESULT_BLOCKS.contains(kind))?;
    let text = ["text", "content"].iter().find_map(|key| item.get(key)?.as_str());
    Some(text.map_or_else(|| format!("[{kind}, not shown]"), str::to_owned))
}
