//! A model in `evenhand.toml`, and how it is called.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::headers::HeaderFile;
use crate::model::{AnswerForm, DecisionForm};

/// A model and how it is called.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelFile {
    /// PROVIDER/NAME: openai/gpt-6-luna, ollama/qwen2.5:7b, anthropic/claude-haiku-5-5, decisions/gpt-6-luna, systemone/jev-latest, local/qwen2.5-coder-1.5b, replay/golden/replies/x.jsonl.
    pub(crate) model: String,
    /// The server's address; by default the one in `OPENAI_BASE_URL` (or `OPENAI_API_BASE`), `ANTHROPIC_BASE_URL`,
    /// `TYPESAFE_BASE_URL` or `OLLAMA_HOST`, else the provider's own.
    pub(crate) base_url: Option<String>,
    /// The environment variable that holds the key; where no `base_url` is set, `OPENAI_API_KEY` for openai/ and decisions/, `ANTHROPIC_API_KEY` for anthropic/ and `TYPESAFE_API_KEY` for systemone/ by default.
    pub(crate) api_key_env: Option<String>,
    /// Further headers of every call: `{ "x-team" = "evals", "api-key" = { env = "GATEWAY_KEY" } }`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, HeaderFile>,
    /// Sampling temperature; 0 by default.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub(crate) temperature: Option<f64>,
    /// Nucleus sampling's share.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) top_p: Option<f64>,
    /// The seed of sampling.
    pub(crate) seed: Option<u64>,
    /// The most tokens of an answer; 1024 by default.
    #[schemars(range(min = 1))]
    pub(crate) max_tokens: Option<u32>,
    /// The context's length in tokens, for ollama/ and local/; for ollama/ as long as the prompts need by default.
    #[schemars(range(min = 256))]
    pub(crate) context_tokens: Option<u32>,
    /// Threads, for local/; by default as many as are free.
    #[schemars(range(min = 1))]
    pub(crate) threads: Option<u32>,
    /// Requests of a local/ model evaluated side by side, in one shared context; 1 by default.
    #[schemars(range(min = 1, max = 32))]
    pub(crate) parallel: Option<u32>,
    /// How long Ollama keeps the model loaded: "10m", "-1" for ever.
    pub(crate) keep_alive: Option<String>,
    /// Whether the model may think first, for ollama/.
    pub(crate) think: Option<bool>,
    /// The form of answers asked of the server, for openai/ and anthropic/; auto by default.
    pub(crate) structured: Option<AnswerForm>,
    /// The form of requests and replies, for decisions/ and systemone/; the provider's own by default.
    pub(crate) form: Option<DecisionForm>,
    /// Where requests go after `base_url`, for decisions/ (`/decisions` by default) and systemone/ (`/v1/systemone`).
    pub(crate) path: Option<String>,
    /// How much the server takes, for decisions/ and systemone/, where that is not the usual: `{ choices = 26, levels = 26 }`.
    pub(crate) limits: Option<LimitsFile>,
    /// Whether replies are streamed, which tells the time to the first token; false by default.
    #[serde(default)]
    pub(crate) stream: bool,
    /// The longest a call may take, in seconds; 300 by default.
    #[schemars(range(min = 1))]
    pub(crate) timeout_s: Option<u64>,
    /// How often a failed call is sent again by the transport; 4 by default.
    pub(crate) transport_retries: Option<u32>,
    /// The most calls at the same time; 8 by default, `parallel` for local/.
    #[schemars(range(min = 1))]
    pub(crate) concurrency: Option<usize>,
    /// The most requests a minute.
    #[schemars(range(min = 1))]
    pub(crate) requests_per_minute: Option<u64>,
    /// The most tokens a minute, of prompts and answers together.
    #[schemars(range(min = 1))]
    pub(crate) tokens_per_minute: Option<u64>,
    /// What a million tokens cost.
    pub(crate) price: Option<Price>,
    /// Further keys of the request's body, sent as they are.
    #[serde(default)]
    pub(crate) extra: Map<String, Value>,
}

/// How much a decision model's server takes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsFile {
    /// The most questions of a request. More are asked in several requests.
    #[schemars(range(min = 1))]
    pub(crate) questions: Option<usize>,
    /// The most answers of a choice.
    #[schemars(range(min = 2))]
    pub(crate) choices: Option<usize>,
    /// The most levels of a score. A longer scale is asked as a choice.
    #[schemars(range(min = 2))]
    pub(crate) levels: Option<usize>,
}

/// What a million tokens cost, in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    /// A million tokens of prompts.
    #[schemars(range(min = 0.0))]
    pub(crate) input_per_million: f64,
    /// A million tokens of answers.
    #[schemars(range(min = 0.0))]
    pub(crate) output_per_million: f64,
    /// What a token of a batch costs, as a share of these; 0.5 by default.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) batch: Option<f64>,
}
