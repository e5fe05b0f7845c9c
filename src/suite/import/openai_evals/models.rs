//! Models with their settings, and what they are told.

use serde_json::{Map, Value, json};

use super::template::{Piece, Template};

type Read<T> = Result<T, String>;

/// The table of a model of OpenAI's.
pub(super) fn model(name: &str, settings: Option<&Value>) -> Read<Map<String, Value>> {
    let mut table = Map::new();
    table.insert("model".to_owned(), json!(format!("openai/{name}")));
    for (key, value) in settings.and_then(Value::as_object).into_iter().flatten() {
        if value.is_null() {
            continue;
        }
        match key.as_str() {
            "temperature" | "top_p" | "seed" => drop(table.insert(key.clone(), value.clone())),
            "max_completion_tokens" | "max_completions_tokens" => {
                table.insert("max_tokens".to_owned(), value.clone());
            }
            "reasoning_effort" => {
                table.insert("extra".to_owned(), json!({ "reasoning_effort": value }));
            }
            "response_format" if value.get("type") == Some(&json!("text")) => {}
            "text" if value.pointer("/format/type").is_none_or(|kind| kind == "text") => {}
            other => return Err(format!("`sampling_params.{other}` has no equivalent")),
        }
    }
    Ok(table)
}

/// Messages, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Messages {
    /// What is the same for every row and stands first.
    pub(super) instruction: Option<String>,
    /// What shows a row.
    pub(super) shown: Template,
    /// Of how many messages that is made.
    pub(super) count: usize,
}

/// Messages as an instruction and a text that shows a row.
pub(super) fn messages(messages: &[Value]) -> Read<Messages> {
    let (mut instruction, mut shown, mut count) = (Vec::new(), Template { pieces: Vec::new() }, 0);
    for (number, message) in messages.iter().enumerate() {
        let text = Template::parse(&content(message.get("content").unwrap_or(&Value::Null))?)?;
        match (message.get("role").and_then(Value::as_str), text.constant()) {
            (Some("system" | "developer"), Some(constant)) if shown.pieces.is_empty() => {
                instruction.push(constant);
            }
            (Some("system" | "developer" | "user"), _) => {
                count += 1;
                if !shown.pieces.is_empty() {
                    shown.pieces.push(Piece::Text("\n\n".to_owned()));
                }
                shown.pieces.extend(text.pieces);
            }
            (role, _) => {
                let role = role.unwrap_or("none");
                return Err(format!("message {} has the role `{role}`, which has no equivalent", number + 1));
            }
        }
    }
    let instruction = (!instruction.is_empty()).then(|| instruction.join("\n\n"));
    Ok(Messages { instruction, shown, count })
}

/// A message's text.
fn content(value: &Value) -> Read<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) => Ok(parts.iter().map(content).collect::<Read<Vec<_>>>()?.join("\n")),
        Value::Object(part) => match part.get("type").and_then(Value::as_str) {
            Some("input_text" | "output_text" | "text") => part
                .get("text")
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or("a message without a text".to_owned()),
            kind => {
                Err(format!("a message with `{}` has no equivalent", kind.unwrap_or("a part without a type")))
            }
        },
        _ => Err("a message without a text".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_for_every_row_is_the_instruction() {
        let list = [
            json!({"role": "developer", "content": "Be fair."}),
            json!({"role": "user", "content": {"type": "input_text", "text": "Q: {{item.q}}"}}),
            json!({"role": "user", "content": [{"type": "output_text", "text": "A"}]}),
        ];
        let read = messages(&list).unwrap();
        assert_eq!((read.instruction.as_deref(), read.count), (Some("Be fair."), 2));
        let texts: Vec<String> = read.shown.pieces.iter().map(|piece| format!("{piece:?}")).collect();
        assert_eq!(texts.len(), 4, "{texts:?}");
        assert!(messages(&[json!({"role": "assistant", "content": "x"})]).is_err());
        assert!(
            messages(&[json!({"role": "user", "content": {"type": "input_image", "image_url": "x"}})])
                .is_err()
        );
    }

    #[test]
    fn settings_are_carried_over_or_named() {
        let table =
            model("gpt-4.1", Some(&json!({"seed": 3, "max_completions_tokens": 9, "top_p": null}))).unwrap();
        assert_eq!(Value::Object(table), json!({"model": "openai/gpt-4.1", "seed": 3, "max_tokens": 9}));
        assert!(model("m", Some(&json!({"tools": []}))).unwrap_err().contains("sampling_params.tools"));
    }
}
