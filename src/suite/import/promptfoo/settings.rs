//! A model's settings: promptfoo's `config` as keys of a model's table.

use serde_json::{Map, Value, json};

/// Puts a provider's configuration into the table of its model.
///
/// # Errors
/// A setting has no equivalent: which.
pub(super) fn apply(
    id: &str,
    config: &Map<String, Value>,
    table: &mut Map<String, Value>,
) -> Result<(), String> {
    for (key, value) in config {
        set(id, key, value, table)?;
    }
    Ok(())
}

fn set(id: &str, key: &str, value: &Value, table: &mut Map<String, Value>) -> Result<(), String> {
    let lost = || format!("`config.{key}` of provider `{id}` has no equivalent");
    let is_openai = !id.starts_with("anthropic:") && !id.starts_with("ollama:");
    let name = match key {
        "temperature" | "top_p" | "seed" | "max_tokens" if value.is_number() => key,
        "stream" if value.is_boolean() => key,
        "topP" if value.is_number() => "top_p",
        "max_completion_tokens" | "max_output_tokens" | "maxTokens" | "maxOutputTokens" | "num_predict"
            if value.is_number() =>
        {
            "max_tokens"
        }
        "apiBaseUrl" if value.is_string() => "base_url",
        "apiKeyEnvar" if value.is_string() => "api_key_env",
        "apiHost" => {
            let host = value.as_str().ok_or_else(lost)?;
            table.insert("base_url".to_owned(), json!(format!("https://{host}/v1")));
            return Ok(());
        }
        "apiKey" => {
            let variable = value.as_str().and_then(variable);
            let variable = variable.ok_or_else(|| {
                format!("`config.apiKey` of provider `{id}` holds a key; name the variable that holds it: `apiKeyEnvar`")
            })?;
            table.insert("api_key_env".to_owned(), json!(variable));
            return Ok(());
        }
        // How fast it is asked, and what is written down of it, change no output.
        "maxConcurrency" | "maxRetries" | "timeout" | "cost" => return Ok(()),
        "generationConfig" => {
            for (key, value) in value.as_object().ok_or_else(lost)? {
                let known = ["temperature", "topP", "maxOutputTokens", "seed"].contains(&key.as_str());
                if !known {
                    return Err(format!(
                        "`config.generationConfig.{key}` of provider `{id}` has no equivalent"
                    ));
                }
                set(id, key, value, table)?;
            }
            return Ok(());
        }
        "reasoning" if is_openai => {
            let effort = value.get("effort").filter(|_| value.as_object().is_some_and(|of| of.len() == 1));
            extra(table, "reasoning_effort", effort.ok_or_else(lost)?);
            return Ok(());
        }
        "response_format" if is_openai => {
            let kind = value.get("type").and_then(Value::as_str);
            match kind {
                Some("text") => {}
                Some("json_object") => extra(table, key, value),
                _ => return Err(lost()),
            }
            return Ok(());
        }
        "reasoning_effort" | "presence_penalty" | "frequency_penalty" | "stop" | "verbosity"
        | "service_tier" | "user" | "store"
            if is_openai =>
        {
            extra(table, key, value);
            return Ok(());
        }
        "passthrough" if is_openai => {
            for (key, value) in value.as_object().ok_or_else(lost)? {
                extra(table, key, value);
            }
            return Ok(());
        }
        "stop_sequences" | "top_k" if id.starts_with("anthropic:") => {
            extra(table, key, value);
            return Ok(());
        }
        "headers" => {
            let headers = value.as_object().filter(|of| of.values().all(is_plain)).ok_or_else(lost)?;
            table.insert(key.to_owned(), json!(headers));
            return Ok(());
        }
        _ => return Err(lost()),
    };
    table.insert(name.to_owned(), value.clone());
    Ok(())
}

/// A further key of the request's body.
fn extra(table: &mut Map<String, Value>, key: &str, value: &Value) {
    let extra = table.entry("extra").or_insert_with(|| json!({}));
    if let Some(extra) = extra.as_object_mut() {
        extra.insert(key.to_owned(), value.clone());
    }
}

/// The environment variable in `{{ env.NAME }}`, `${NAME}` or `$NAME`.
fn variable(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}"));
    let name = match inner {
        Some(inner) => inner.trim().strip_prefix("env.")?,
        None => text.strip_prefix('$')?.trim_start_matches('{').trim_end_matches('}'),
    };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| name.to_owned())
}

/// A text without places for variables.
fn is_plain(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.contains("{{") && !text.contains("${"))
}
