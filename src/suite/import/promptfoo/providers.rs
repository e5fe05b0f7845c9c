//! promptfoo's providers as models.

use serde_json::{Map, Value, json};

use super::Source;

/// Where a suite's outputs come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Provider {
    /// The output is the prompt.
    Echo,
    /// A model, by its role and its table.
    Model { role: String, table: Map<String, Value> },
    /// Something without an equivalent: its outputs are read from a file that the user writes.
    File { role: String },
}

/// Servers that speak OpenAI's interface: promptfoo's name, address, the key's variable.
const COMPATIBLE: [(&str, &str, &str); 9] = [
    ("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    ("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    ("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    ("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    ("xai", "https://api.x.ai/v1", "XAI_API_KEY"),
    ("togetherai", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    ("fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    ("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    ("google", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
];

/// The providers of a configuration.
pub(super) fn providers(source: &mut Source, root: &Value) -> Vec<Provider> {
    let key = if root.get("providers").is_some() { "providers" } else { "targets" };
    let items = match root.get(key) {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let mut providers = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let role = format!("subject_{}", number + 1);
        match provider(item, &role) {
            Ok(one) => providers.push(one),
            Err(fault) => {
                let what = format!("{fault}; its suites read its outputs from outputs/{role}.jsonl");
                source.miss(&format!("/{key}/{number}"), &format!("provider {}", number + 1), what);
                providers.push(Provider::File { role });
            }
        }
    }
    providers
}

/// One provider, under this role.
pub(super) fn provider(item: &Value, role: &str) -> Result<Provider, String> {
    let (id, config) = parts(item)?;
    if id == "echo" {
        return Ok(Provider::Echo);
    }
    let mut table = model(&id).ok_or_else(|| format!("provider `{id}` has no equivalent"))?;
    for (key, value) in &config {
        let name = match key.as_str() {
            "temperature" | "max_tokens" | "top_p" | "seed" => key,
            "max_completion_tokens" | "max_output_tokens" => "max_tokens",
            "apiBaseUrl" => "base_url",
            "apiKeyEnvar" => "api_key_env",
            _ => return Err(format!("`config.{key}` of provider `{id}` has no equivalent")),
        };
        table.insert(name.to_owned(), value.clone());
    }
    Ok(Provider::Model { role: role.to_owned(), table })
}

/// A provider's id and its configuration, in each of the ways that it can be written.
fn parts(item: &Value) -> Result<(String, Map<String, Value>), String> {
    let config = |of: &Value| of.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
    match item {
        Value::String(id) => Ok((id.clone(), Map::new())),
        Value::Object(object) => match (object.get("id").and_then(Value::as_str), object.iter().next()) {
            (Some(id), _) => {
                let known = ["id", "label", "config", "delay"];
                match object.keys().find(|key| !known.contains(&key.as_str())) {
                    Some(key) => Err(format!("`{key}` of provider `{id}` has no equivalent")),
                    None => Ok((id.to_owned(), config(item))),
                }
            }
            (None, Some((id, of))) if object.len() == 1 => Ok((id.clone(), config(of))),
            _ => Err("a provider without an id".to_owned()),
        },
        _ => Err("is no provider".to_owned()),
    }
}

/// The table of a model by promptfoo's name for it.
fn model(id: &str) -> Option<Map<String, Value>> {
    let (family, name) = id.split_once(':')?;
    let strip = |words: &[&str]| {
        let found = words.iter().find_map(|word| name.strip_prefix(word));
        found.unwrap_or(name).to_owned()
    };
    let table = match family {
        "openai"
            if ["embedding", "assistant", "realtime", "image", "moderation"]
                .iter()
                .any(|kind| name.starts_with(kind)) =>
        {
            return None;
        }
        "openai" => json!({ "model": format!("openai/{}", strip(&["chat:", "responses:", "completion:"])) }),
        "anthropic" if name.starts_with("claude-agent-sdk") => return None,
        "anthropic" => json!({ "model": format!("anthropic/{}", strip(&["messages:", "completion:"])) }),
        "ollama" if name.starts_with("embeddings") => return None,
        "ollama" => json!({ "model": format!("ollama/{}", strip(&["chat:", "completion:"])) }),
        _ => {
            let (_, address, variable) = COMPATIBLE.iter().find(|(known, ..)| *known == family)?;
            json!({ "model": format!("openai/{}", strip(&["chat:"])), "base_url": address, "api_key_env": variable })
        }
    };
    table.as_object().cloned()
}
