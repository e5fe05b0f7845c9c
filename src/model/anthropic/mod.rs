//! Anthropic's messages, and other servers that speak them.

mod body;
mod client;
mod message;
mod options;
mod plan;
mod reply;
mod stream;
mod turns;

pub use self::client::Anthropic;
pub use self::options::{AnthropicForm, AnthropicOptions};
