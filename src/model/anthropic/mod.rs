//! Anthropic's messages, and other servers that speak them.

mod body;
mod client;
mod plan;
mod reply;

pub use self::client::Anthropic;
pub use self::plan::{AnthropicForm, AnthropicOptions};
