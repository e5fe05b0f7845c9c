//! Servers that speak OpenAI's chat completions: OpenAI, vLLM, llama.cpp's server, and many more.

mod body;
mod client;
mod facts;
mod plan;
mod reply;

pub use self::facts::OpenAiOptions;

pub(in crate::model) use self::client::open;
pub(in crate::model) use self::facts::{ADDRESS_VARIABLES, FACTS, KEY_VARIABLE};
