//! Servers that speak OpenAI's chat completions: OpenAI, vLLM, llama.cpp's server, and many more.

mod behind;
mod body;
mod client;
mod options;
mod plan;
mod reply;
mod spoken;
mod stream;

pub use self::client::OpenAi;
pub use self::options::{OpenAiOptions, Structured};
