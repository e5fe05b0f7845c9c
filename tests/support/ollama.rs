//! A server that speaks Ollama's documented interface: models that are loaded by their first call and stay, take
//! memory, are told to go by `keep_alive: 0`, and say in nanoseconds what each call took. It invents no answer:
//! models are what a test makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::mock::Mock;
use super::server::{RecordedRequest, Reply};

/// A model of the server.
#[derive(Clone)]
pub struct OllamaModel {
    pub name: &'static str,
    /// How long loading takes.
    pub load: Duration,
    /// How long a call takes once it is loaded: a tenth for the prompt, the rest for the answer.
    pub call: Duration,
    /// Its memory in bytes, and how much of it lies on the graphics processor.
    pub memory: (u64, u64),
    pub quantization: &'static str,
    pub answer: fn(&RecordedRequest) -> String,
}

/// Tokens of a prompt and of an answer, which the server counts the same for every call.
pub const TOKENS: (u64, u64) = (100, 20);

#[derive(Default)]
struct State {
    /// What is loaded, with the seconds it is kept.
    loaded: BTreeMap<String, i64>,
    /// What is not on the disk.
    absent: BTreeSet<String>,
}

/// The server.
pub fn ollama(models: Vec<OllamaModel>) -> Mock {
    // A model of this name has to be fetched first.
    let absent = models.iter().map(|model| model.name.to_owned()).filter(|name| name.starts_with("absent"));
    let state = State { absent: absent.collect(), ..State::default() };
    let state = Arc::new(Mutex::new(state));
    Mock::new(move |request| answer(&models, &mut state.lock().unwrap(), request))
}

fn answer(models: &[OllamaModel], state: &mut State, request: &RecordedRequest) -> Reply {
    let named = request.body["model"].as_str().map(str::to_owned);
    let model = named.as_ref().and_then(|name| models.iter().find(|model| model.name == name));
    match (request.path.as_str(), model) {
        ("/api/pull", Some(model)) => {
            state.absent.remove(model.name);
            pulled(model)
        }
        ("/api/pull", None) => Reply::ndjson([
            json!({"status": "pulling manifest"}),
            json!({"error": "pull model manifest: file does not exist"}),
        ]),
        ("/api/delete", Some(model)) if state.absent.insert(model.name.to_owned()) => Reply::status(200),
        ("/api/version", _) => Reply::json(json!({"version": "0.12.11"})),
        ("/api/tags", _) => {
            let known = models.iter().filter(|model| !state.absent.contains(model.name));
            Reply::json(json!({"models": known.map(on_disk).collect::<Vec<_>>()}))
        }
        ("/api/ps", _) => {
            let loaded = models.iter().filter(|model| state.loaded.contains_key(model.name));
            Reply::json(json!({"models": loaded.map(in_memory).collect::<Vec<_>>()}))
        }
        ("/api/show", Some(model)) => Reply::json(json!({
            "parameters": "", "details": details(model),
            "model_info": {"general.architecture": "gemma3", "gemma3.context_length": 8192},
        })),
        ("/api/chat" | "/api/generate", Some(model)) => chat(model, state, request),
        (_, None) => {
            Reply::error(404, json!({"error": format!("model '{}' not found", named.unwrap_or_default())}))
        }
        _ => Reply::status(404),
    }
}

/// As the server tells of its fetching: by parts, each with its digest.
fn pulled(model: &OllamaModel) -> Reply {
    let size = model.memory.0 / 2;
    let part = |completed: u64| json!({"status": "pulling 6a0746a1ec1a", "digest": "sha256:6a0746a1ec1a", "total": size, "completed": completed});
    Reply::ndjson([
        json!({"status": "pulling manifest"}),
        part(0),
        part(size / 2),
        part(size),
        json!({"status": "verifying sha256 digest"}),
        json!({"status": "writing manifest"}),
        json!({"status": "success"}),
    ])
}

fn chat(model: &OllamaModel, state: &mut State, request: &RecordedRequest) -> Reply {
    let body = &request.body;
    let asks_nothing = body["messages"].as_array().is_none_or(Vec::is_empty) && body["prompt"].is_null();
    let done = |reason: &str| {
        json!({"model": model.name, "created_at": "2025-10-17T23:14:07.414671Z",
               "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": reason})
    };
    if asks_nothing && body["keep_alive"] == json!(0) {
        state.loaded.remove(model.name);
        return Reply::json(done("unload"));
    }
    let keep = body["keep_alive"].as_i64().unwrap_or(300);
    let load =
        if state.loaded.insert(model.name.to_owned(), keep).is_some() { Duration::ZERO } else { model.load };
    if asks_nothing {
        return Reply::json(done("load")).after(load);
    }
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap();
    let mut reply = done("stop");
    reply["message"]["content"] = Value::from((model.answer)(request));
    reply["total_duration"] = json!(nanoseconds(load + model.call));
    reply["load_duration"] = json!(nanoseconds(load));
    reply["prompt_eval_count"] = json!(TOKENS.0);
    reply["prompt_eval_duration"] = json!(nanoseconds(model.call / 10));
    reply["eval_count"] = json!(TOKENS.1);
    reply["eval_duration"] = json!(nanoseconds(model.call * 9 / 10));
    Reply::json(reply).after(load + model.call)
}

fn details(model: &OllamaModel) -> Value {
    json!({"parent_model": "", "format": "gguf", "family": "gemma3", "families": ["gemma3"],
           "parameter_size": "4.3B", "quantization_level": model.quantization})
}

fn on_disk(model: &OllamaModel) -> Value {
    json!({"name": model.name, "model": model.name, "modified_at": "2025-10-03T23:34:03.409490317-07:00",
           "size": model.memory.0 / 2, "digest": digest(model), "details": details(model)})
}

fn in_memory(model: &OllamaModel) -> Value {
    json!({"name": model.name, "model": model.name, "size": model.memory.0, "digest": digest(model),
           "details": details(model), "expires_at": "2025-10-17T16:47:07.93355-05:00",
           "size_vram": model.memory.1, "context_length": 4096})
}

fn digest(model: &OllamaModel) -> String {
    format!("{:0>64}", model.name.bytes().map(u64::from).sum::<u64>())
}
