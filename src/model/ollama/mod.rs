//! Ollama's own interface, which tells more than its OpenAI-compatible one: the
//! time of loading, the model's digest, and the length of its context.

mod body;
mod client;
mod facts;
mod native;
mod reply;
mod served;
mod stored;
mod window;

pub use self::body::{OllamaOptions, Think};

pub(in crate::model) use self::client::open;
pub(in crate::model) use self::facts::FACTS;
pub(in crate::model) use self::native::{Facts, Native};
pub(in crate::model) use self::window::{PromptHeld, doubt, held, was_cut};
