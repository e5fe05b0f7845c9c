//! Ollama's own interface, which tells more than its OpenAI-compatible one: the
//! time of loading, the model's digest, and the length of its context.

mod body;
mod client;
mod cut;
mod facts;
mod options;
mod reply;
mod tags;
mod whole;
mod window;

pub use self::client::Ollama;
pub use self::options::{OllamaOptions, Think};

pub(in crate::model) use self::cut::{doubt, was_cut};
pub(in crate::model) use self::facts::{Facts, Native};
pub(in crate::model) use self::whole::{Held, held};
