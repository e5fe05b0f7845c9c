//! A model that a server has on its disk or in its memory.

use serde::Serialize;

/// How far a server has fetched a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PullProgress {
    /// What it is at, in the server's words.
    pub(crate) status: String,
    /// Bytes that it has, and bytes of all parts that it has named so far.
    pub(crate) received: u64,
    pub(crate) total: u64,
}

/// What hears how far a server is.
pub(crate) type PullListener<'l> = dyn FnMut(&PullProgress) + Send + 'l;

/// Where a server has its models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServedFrom {
    Disk,
    Memory,
}

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
