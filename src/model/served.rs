//! A model that a server has on its disk or in its memory.

use serde::Serialize;

/// What a server says of one of its models. What it does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct ServedModel {
    /// Its name at the server.
    pub(crate) name: String,
    /// The digest of its files.
    pub(crate) digest: Option<String>,
    /// Its size in bytes: on disk, or in memory where it is loaded.
    pub(crate) bytes: Option<u64>,
    /// How much of it lies in the memory of a graphics processor.
    pub(crate) gpu_bytes: Option<u64>,
    /// Its quantization: `Q4_K_M`.
    pub(crate) quantization: Option<String>,
    /// How many parameters it has, in the server's words: `7.6B`.
    pub(crate) parameters: Option<String>,
    /// The context that it is loaded with, in tokens.
    pub(crate) context_tokens: Option<u64>,
    /// Until when it stays loaded, in the server's words.
    pub(crate) until: Option<String>,
}
