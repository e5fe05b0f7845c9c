//! What a model file says of itself.

use llama_cpp_2::model::LlamaModel;

use super::reply::count;
use super::session::Session;

/// A loaded model: what its file says, and how long loading took.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCard {
    /// The model's name, or its architecture where the file gives none.
    pub name: String,
    /// The architecture, such as `qwen2`.
    pub architecture: String,
    /// Number of parameters.
    pub parameters: u64,
    /// Quantization, such as `Q4_K_M`, where the file names a known one.
    pub quantization: Option<String>,
    /// Tokens of context the model was trained with.
    pub training_context_tokens: u32,
    /// Tokens of context it was loaded with, for all requests in flight together.
    pub context_tokens: u32,
    /// The most requests in flight.
    pub parallel: u32,
    /// Threads it evaluates with.
    pub threads: u32,
    /// Wall-clock time of loading, in milliseconds.
    pub load_ms: f64,
}

impl ModelCard {
    /// The card of a loaded model; the last fields describe how it was loaded.
    pub(super) fn new(model: &LlamaModel, session: &Session<'_>, threads: u32, load_ms: f64) -> Self {
        let architecture = text(model, "general.architecture").unwrap_or_else(|| "unknown".into());
        Self {
            name: text(model, "general.name").unwrap_or_else(|| architecture.clone()),
            architecture,
            parameters: model.n_params(),
            quantization: text(model, "general.file_type")
                .and_then(|number| quantization(number.parse().ok()?))
                .map(str::to_owned),
            training_context_tokens: model.n_ctx_train(),
            context_tokens: count(session.context_tokens()),
            parallel: session.parallel(),
            threads,
            load_ms,
        }
    }
}

fn text(model: &LlamaModel, key: &str) -> Option<String> {
    model.meta_val_str(key).ok().filter(|value| !value.is_empty())
}

/// The name of a GGUF `general.file_type` (numbers of llama.cpp's `llama_ftype`).
fn quantization(file_type: u32) -> Option<&'static str> {
    Some(match file_type {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        30 => "IQ4_XS",
        32 => "BF16",
        38 => "MXFP4",
        _ => return None,
    })
}
