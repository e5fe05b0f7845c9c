//! The content of a message: a text, or a list of blocks.

use serde_json::Value;

use super::fault::TrajectoryFault;

/// A part of a message.
pub(super) enum Block<'v> {
    Text(String),
    /// The model's private reasoning, which is no step.
    Thinking,
    Call {
        item: &'v Value,
        at: String,
    },
    Result {
        item: &'v Value,
        at: String,
    },
}

pub(super) fn blocks<'v>(content: Option<&'v Value>, at: &str) -> Result<Vec<Block<'v>>, TrajectoryFault> {
    match content {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![Block::Text(text.clone())]),
        Some(Value::Array(items)) => {
            items.iter().enumerate().map(|(index, item)| block(item, format!("{at}/{index}"))).collect()
        }
        Some(other) => Err(TrajectoryFault::not("a text or a list of blocks", other, at)),
    }
}

fn block(item: &Value, at: String) -> Result<Block<'_>, TrajectoryFault> {
    if let Some(text) = item.as_str() {
        return Ok(Block::Text(text.to_owned()));
    }
    let Some(kind) = item.get("type").and_then(Value::as_str) else {
        let help = "a block is {\"type\": \"text\", \"text\": \"...\"}, a tool_use or a tool_result";
        return Err(TrajectoryFault::new(&at, "the block has no `type`", help));
    };
    Ok(match kind {
        "thinking" | "redacted_thinking" | "reasoning" => Block::Thinking,
        _ if kind.ends_with("tool_use") => Block::Call { item, at },
        _ if kind.ends_with("tool_result") => Block::Result { item, at },
        _ => Block::Text(shown(item, kind)),
    })
}

/// The text of a block; what is no text leaves a word in its place.
fn shown(item: &Value, kind: &str) -> String {
    let text = ["text", "refusal"].iter().find_map(|key| item.get(key)?.as_str());
    text.map_or_else(|| format!("[{kind}, not shown]"), str::to_owned)
}

/// The content as one text.
pub(super) fn text(content: &Value, at: &str) -> Result<String, TrajectoryFault> {
    let texts = blocks(Some(content), at)?.into_iter().filter_map(|block| match block {
        Block::Text(text) => Some(text),
        _ => None,
    });
    Ok(texts.collect::<Vec<_>>().join("\n"))
}

/// The kinds of block a tool's result is made of. Anything else in a list is the tool's own data.
const RESULT_BLOCKS: [&str; 10] = [
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
];

/// What a tool returned: blocks as one text, anything else as it is.
pub(super) fn result(content: Option<&Value>) -> Value {
    let content = content.unwrap_or(&Value::Null);
    let items = content.as_array().filter(|items| !items.is_empty());
    match items.and_then(|items| items.iter().map(result_block).collect::<Option<Vec<String>>>()) {
        Some(texts) => Value::String(texts.join("\n")),
        None => content.clone(),
    }
}

fn result_block(item: &Value) -> Option<String> {
    let kind = item.get("type")?.as_str().filter(|kind| RESULT_BLOCKS.contains(kind))?;
    Some(shown(item, kind))
}
