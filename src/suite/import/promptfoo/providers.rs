//! promptfoo's providers as models and programs.

use serde_json::{Map, Value, json};

use super::super::yaml::Document;
use super::Source;
use super::files;
use super::programs::Program;
use super::settings;

/// Where a suite's outputs come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Provider {
    /// The output is the prompt.
    Echo,
    /// A model, by its role and its table.
    Model { role: String, table: Map<String, Value> },
    /// A program, by its role.
    Program { role: String, program: Program },
    /// Something without an equivalent: its outputs are read from a file that the user writes.
    File { role: String },
}

impl Provider {
    /// What its suites are called by.
    pub(super) fn role(&self) -> &str {
        match self {
            Self::Echo => "echo",
            Self::Model { role, .. } | Self::Program { role, .. } | Self::File { role } => role,
        }
    }
}

/// A provider, and the prompts that it is asked; all of them without a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Provided {
    pub(super) is: Provider,
    pub(super) prompts: Option<Vec<String>>,
}

/// The providers of a configuration. What becomes of every output is done by programs alone.
pub(super) fn providers(source: &mut Source, root: &Value) -> Vec<Provided> {
    let key = if root.get("providers").is_some() { "providers" } else { "targets" };
    let items = match root.get(key) {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let mut all = Vec::new();
    for (number, item) in items.into_iter().enumerate() {
        match from_file(source, &item) {
            Ok(several) => all.extend(several.into_iter().map(|item| (number, item))),
            Err(_) => all.push((number, item)),
        }
    }
    let transform = root.pointer("/defaultTest/options/transform");
    let mut providers = Vec::new();
    for (count, (number, item)) in all.into_iter().enumerate() {
        let role = format!("subject_{}", count + 1);
        let prompts = item.get("prompts").and_then(Value::as_array);
        let prompts =
            prompts.map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        let is = match of_outputs(source, &item, &role, transform) {
            Ok(one) => one,
            Err(fault) => {
                let what = format!("{fault}; its suites read its outputs from outputs/{role}.jsonl");
                source.miss(&format!("/{key}/{number}"), &format!("provider {}", number + 1), what);
                Provider::File { role }
            }
        };
        if let Provider::Program { program, .. } = &is
            && let Some(file) = program.own_file().filter(|file| !source.folder.join(file).is_file())
        {
            source.notes.push(format!("put {file} beside {}: the outputs come from it", source.name));
        }
        providers.push(Provided { is, prompts });
    }
    providers
}

/// Providers that stand in a file of their own.
fn from_file(source: &Source, item: &Value) -> Result<Vec<Value>, String> {
    let name = item.as_str().or_else(|| item.get("id")?.as_str()).unwrap_or_default();
    if !name.starts_with("file://") || !["yaml", "yml", "json"].contains(&files::extension(name).as_str()) {
        return Ok(vec![item.clone()]);
    }
    Ok(match Document::parse(&source.file(name)?)?.value {
        Value::Array(items) => items,
        one => vec![one],
    })
}

/// A provider of outputs, under this role; `transform` is what every test does with outputs.
fn of_outputs(
    source: &Source,
    item: &Value,
    role: &str,
    transform: Option<&Value>,
) -> Result<Provider, String> {
    let (id, item) = parts(item)?;
    let Some(mut program) = Program::of(source, &id, &item)? else {
        let is = provider(&item, role)?;
        return match (item.get("transform").or(transform), &is) {
            (Some(_), Provider::Model { .. }) => {
                Err(format!("a `transform` of what `{id}` answers has no equivalent"))
            }
            _ => Ok(is),
        };
    };
    known_keys(&id, &item, &["transform"])?;
    program.transform(transform.into_iter().cloned().collect(), "every test")?;
    Ok(Provider::Program { role: role.to_owned(), program })
}

/// A provider that is a model or `echo`, under this role.
pub(super) fn provider(item: &Value, role: &str) -> Result<Provider, String> {
    let (id, item) = parts(item)?;
    known_keys(&id, &item, &["transform"])?;
    if id == "echo" {
        return Ok(Provider::Echo);
    }
    let mut table = model(&id).ok_or_else(|| format!("provider `{id}` has no equivalent"))?;
    let config = item.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
    settings::apply(&id, &config, &mut table)?;
    Ok(Provider::Model { role: role.to_owned(), table })
}

fn known_keys(id: &str, item: &Value, more: &[&str]) -> Result<(), String> {
    // `delay` is a pause between calls.
    let known = ["id", "label", "config", "delay", "prompts"];
    let keys = item.as_object().into_iter().flat_map(Map::keys);
    match keys.into_iter().find(|key| !known.contains(&key.as_str()) && !more.contains(&key.as_str())) {
        Some(key) => Err(format!("`{key}` of provider `{id}` has no equivalent")),
        None => Ok(()),
    }
}

/// A provider's id and its table, in each of the ways that it can be written.
fn parts(item: &Value) -> Result<(String, Value), String> {
    match item {
        Value::String(id) => Ok((id.clone(), json!({ "id": id }))),
        Value::Object(object) => match (object.get("id").and_then(Value::as_str), object.iter().next()) {
            (Some(id), _) => Ok((id.to_owned(), item.clone())),
            (None, Some((id, of))) if object.len() == 1 && (of.is_object() || of.is_null()) => {
                let mut of = of.as_object().cloned().unwrap_or_default();
                of.insert("id".to_owned(), json!(id));
                Ok((id.clone(), Value::Object(of)))
            }
            _ => Err("a provider without an id".to_owned()),
        },
        _ => Err("is no provider".to_owned()),
    }
}

/// Servers that speak OpenAI's interface: promptfoo's name, address, the key's variable.
const COMPATIBLE: [(&str, &str, &str); 16] = [
    ("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    ("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    ("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    ("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    ("xai", "https://api.x.ai/v1", "XAI_API_KEY"),
    ("togetherai", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    ("fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    ("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    ("google", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    ("perplexity", "https://api.perplexity.ai", "PERPLEXITY_API_KEY"),
    ("litellm", "http://0.0.0.0:4000", "LITELLM_API_KEY"),
    ("hyperbolic", "https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_KEY"),
    ("nscale", "https://inference.api.nscale.com/v1", "NSCALE_API_KEY"),
    ("aimlapi", "https://api.aimlapi.com/v1", "AIML_API_KEY"),
    ("cometapi", "https://api.cometapi.com/v1", "COMETAPI_KEY"),
    ("github", "https://models.github.ai/inference", "GITHUB_TOKEN"),
];

/// Kinds of models that do not answer a prompt with a text.
const OTHER_KINDS: [&str; 12] = [
    "embedding",
    "assistant",
    "realtime",
    "image",
    "moderation",
    "completion:",
    "live:",
    "audio",
    "transcription",
    "codex-sdk",
    "claude-agent-sdk",
    "claude-code",
];

/// The table of a model by promptfoo's name for it.
fn model(id: &str) -> Option<Map<String, Value>> {
    let (family, name) = id.split_once(':')?;
    if name.is_empty() || OTHER_KINDS.iter().any(|kind| name.starts_with(kind)) && family != "ollama" {
        return None;
    }
    let strip = |words: &[&str]| {
        let found = words.iter().find_map(|word| name.strip_prefix(word));
        found.unwrap_or(name).to_owned()
    };
    let table = match family {
        "openai" => json!({ "model": format!("openai/{}", strip(&["chat:", "responses:"])) }),
        "anthropic" => json!({ "model": format!("anthropic/{}", strip(&["messages:"])) }),
        "ollama" if name.starts_with("embedding") => return None,
        "ollama" => json!({ "model": format!("ollama/{}", strip(&["chat:", "completion:"])) }),
        _ => {
            let (_, address, variable) = COMPATIBLE.iter().find(|(known, ..)| *known == family)?;
            json!({ "model": format!("openai/{}", strip(&["chat:"])), "base_url": address, "api_key_env": variable })
        }
    };
    table.as_object().cloned()
}
