//! Servers that speak OpenAI's chat completions: OpenAI, vLLM, llama.cpp's server, and many more.

mod body;
mod client;
mod plan;
mod reply;

pub use self::client::OpenAi;
pub use self::plan::{OpenAiOptions, Structured};
