//! From a path to a model ready for work: its file opened, everything one thread needs, and what the file
//! says of itself.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use llama_cpp_2::gguf::GgufContext;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use serde_json::Value;

use super::fault::EngineFault;
use super::grammar::{Grammars, Guide};
use super::job::{EngineOptions, count};
use super::session::Session;
use super::template::ChatTemplate;
use super::tokens::Tokenizer;

/// llama.cpp, initialized once in this process and with its own logging silenced.
///
/// # Errors
/// [`EngineFault::Load`] when another part of the program holds llama.cpp.
pub(super) fn backend() -> Result<&'static LlamaBackend, EngineFault> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    BACKEND
        .get_or_init(|| {
            let mut backend = LlamaBackend::init().map_err(|error| error.to_string())?;
            backend.void_logs();
            Ok(backend)
        })
        .as_ref()
        .map_err(|error| EngineFault::Load { detail: format!("llama.cpp did not start: {error}") })
}

/// Loads the model file; its weights stay on disk and are mapped into memory.
///
/// # Errors
/// [`EngineFault::NotFound`], [`EngineFault::NotAModel`] or [`EngineFault::Load`].
pub(super) fn model(backend: &LlamaBackend, path: &Path) -> Result<LlamaModel, EngineFault> {
    check_magic(path)?;
    LlamaModel::load_from_file(backend, path, &LlamaModelParams::default()).map_err(|_| diagnose(path))
}

fn check_magic(path: &Path) -> Result<(), EngineFault> {
    let not_a_model = |detail: String| EngineFault::NotAModel { path: path.to_owned(), detail };
    let is_file = path.metadata().map(|metadata| metadata.is_file());
    match is_file {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(EngineFault::NotFound { path: path.to_owned() });
        }
        Err(error) => return Err(not_a_model(error.to_string())),
        Ok(false) => return Err(not_a_model("it is not a file".into())),
        Ok(true) => {}
    }
    let mut magic = [0_u8; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).map_err(|error| {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => not_a_model("the file has no header".into()),
            _ => not_a_model(error.to_string()),
        }
    })?;
    if &magic == b"GGUF" {
        return Ok(());
    }
    Err(not_a_model("it does not begin with \"GGUF\"".into()))
}

/// Why llama.cpp refused the file; it says so only in its log, which is silenced.
fn diagnose(path: &Path) -> EngineFault {
    let Some(header) = GgufContext::from_file(path) else {
        return EngineFault::NotAModel {
            path: path.to_owned(),
            detail: "its header cannot be read; the file may be cut off, download it again".into(),
        };
    };
    let index = header.find_key("general.architecture");
    let architecture = (index >= 0).then(|| header.val_str(index)).flatten();
    EngineFault::Load {
        detail: format!(
            "llama.cpp refused {}: it is cut off (download it again), its architecture ({}) is not supported, or memory is short",
            path.display(),
            architecture.unwrap_or("none given"),
        ),
    }
}

/// A loaded model with its context.
pub(super) struct Loaded<'model> {
    model: &'model LlamaModel,
    grammars: Option<Grammars>,
    /// The vocabulary.
    pub(super) tokenizer: Tokenizer<'model>,
    /// The chat template.
    pub(super) template: ChatTemplate,
    /// The context.
    pub(super) session: Session<'model>,
}

impl<'model> Loaded<'model> {
    /// Prepares a model for work.
    ///
    /// # Errors
    /// [`EngineFault::Template`] when the file has no usable chat template, [`EngineFault::Load`] when
    /// there is no memory for the context.
    pub(super) fn new(
        backend: &LlamaBackend,
        model: &'model LlamaModel,
        options: &EngineOptions,
        threads: i32,
    ) -> Result<Self, EngineFault> {
        Ok(Self {
            model,
            grammars: None,
            tokenizer: Tokenizer::new(model),
            template: chat_template(model)?,
            session: Session::new(backend, model, options, threads)?,
        })
    }

    /// A guide for one answer under a schema. The model's grammars are made at the first need.
    ///
    /// # Errors
    /// [`EngineFault::Schema`] when llguidance refuses the vocabulary or the schema.
    pub(super) fn guide(&mut self, schema: &Arc<Value>, max_tokens: u32) -> Result<Guide, EngineFault> {
        let grammars = match self.grammars.take() {
            Some(grammars) => grammars,
            None => Grammars::new(self.model)?,
        };
        self.grammars.insert(grammars).guide(schema, max_tokens, &self.tokenizer)
    }
}

fn chat_template(model: &LlamaModel) -> Result<ChatTemplate, EngineFault> {
    let source =
        model.chat_template(None).ok().and_then(|template| template.to_string().ok()).ok_or_else(|| {
            EngineFault::Template { detail: "the file has none: choose an instruction-tuned model".into() }
        })?;
    let vocab = model.vocab();
    let text = |token: llama_cpp_2::token::LlamaToken| {
        if token.0 < 0 {
            return String::new();
        }
        String::from_utf8_lossy(&vocab.token_to_piece(token, true, None)).into_owned()
    };
    ChatTemplate::new(source, text(vocab.bos()), text(vocab.eos()))
}

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
