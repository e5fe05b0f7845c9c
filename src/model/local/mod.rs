//! The embedded engine: a GGUF model in this process, on llama.cpp.
//!
//! [`Engine`] is the handle; a thread of its own owns the model (`worker`). A request is rendered by the
//! model's chat template (`template`), tokenized so that a record cannot forge a turn (`tokens`),
//! evaluated from where it leaves the last one (`session`), and then either written under a JSON Schema
//! (`generate`, `grammar`, `budget`) or used to weigh given answers (`weigh`).

mod budget;
mod card;
mod engine;
mod fault;
mod generate;
mod grammar;
mod loaded;
mod model;
mod open;
mod reply;
mod request;
mod sampling;
mod session;
mod shape;
mod template;
mod threads;
mod tokens;
mod weigh;
mod worker;

#[cfg(test)]
mod tests;

pub use self::card::ModelCard;
pub use self::engine::Engine;
pub use self::fault::EngineFault;
pub use self::model::LocalModel;
pub use self::reply::{Counts, Finish, Generated, Timing, Weighed};
pub use self::request::{EngineOptions, Sampling, Turn};
pub use self::threads::threads_for;
