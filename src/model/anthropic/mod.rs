//! Anthropic's messages, and other servers that speak them.

mod body;
mod client;
mod facts;
mod plan;
mod reply;

pub use self::facts::AnthropicOptions;

pub(in crate::model) use self::client::open;
pub(in crate::model) use self::facts::FACTS;
