//! What can go wrong in the embedded engine.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

/// Why the embedded engine gave no answer. No variant carries prompt or record text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineFault {
    /// There is no file at this path.
    NotFound {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The file is not a GGUF model, or its header is damaged.
    NotAModel {
        /// The path as it was given.
        path: PathBuf,
        /// What was found instead.
        detail: String,
    },
    /// The file is a GGUF model, but it could not be loaded.
    Load {
        /// What failed.
        detail: String,
    },
    /// The prompt and the room its answer needs do not fit the context.
    PromptTooLong {
        /// Tokens of the prompt.
        tokens: u32,
        /// The most tokens the prompt may have, after the room for the answer.
        limit: u32,
    },
    /// The model's chat template is missing, broken, or refuses the turns.
    Template {
        /// What failed.
        detail: String,
    },
    /// The JSON Schema could not be turned into a grammar.
    Schema {
        /// What failed.
        detail: String,
    },
    /// Evaluating the model failed.
    Decode {
        /// What failed.
        detail: String,
    },
    /// The caller stopped waiting for the answer.
    Cancelled,
    /// The engine's thread has ended.
    Stopped,
}

impl fmt::Display for EngineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { path } => write!(f, "model file not found: {}", path.display()),
            Self::NotAModel { path, detail } => {
                write!(f, "not a GGUF model: {detail} ({})", path.display())
            }
            Self::Load { detail } => write!(f, "model could not be loaded: {detail}"),
            Self::PromptTooLong { tokens, limit } => write!(
                f,
                "prompt has {tokens} tokens, {limit} fit: shorten it, ask for fewer answer tokens, or give the model a larger context"
            ),
            Self::Template { detail } => write!(f, "chat template: {detail}"),
            Self::Schema { detail } => write!(f, "output schema: {detail}"),
            Self::Decode { detail } => write!(f, "model evaluation failed: {detail}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Stopped => f.write_str("the model's thread has ended: load the model again"),
        }
    }
}

impl Error for EngineFault {}
