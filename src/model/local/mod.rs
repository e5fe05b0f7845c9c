//! The embedded engine: a GGUF model in this process, on llama.cpp.
//!
//! [`Engine`] is the handle; a thread of its own owns the model (`worker`). A request is rendered by the
//! model's chat template (`template`), tokenized so that a record cannot forge a turn (`tokens`), and gets a
//! slot, which shares what it begins with (`slot`, `kept`). Step by step a batch is shared among the requests
//! in flight (`batcher`, `schedule`) and evaluated (`session`). A request either writes an answer under a
//! JSON Schema (`generate`, `grammar`, `budget`) or weighs given answers (`weigh`).

mod batcher;
mod budget;
mod card;
mod engine;
mod fault;
mod generate;
mod grammar;
mod job;
mod kept;
mod loaded;
mod model;
mod open;
mod reply;
mod request;
mod sampling;
mod schedule;
mod session;
mod shape;
mod slot;
mod task;
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
