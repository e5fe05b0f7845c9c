//! The embedded engine: a GGUF model in this process, on llama.cpp.
//!
//! [`Engine`] is the handle; a thread of its own owns the model (`worker`). A request is rendered by the
//! model's chat template (`template`), tokenized so that a record cannot forge a turn (`tokens`), and gets a
//! slot, which shares what it begins with (`slot`, `kept`). Step by step a batch is shared among the requests
//! in flight (`batcher`, `schedule`) and evaluated (`session`). A request either writes an answer under a
//! JSON Schema (`generate`, `grammar`, `budget`) or weighs given answers (`weigh`).

mod batcher;
mod budget;
mod engine;
mod fault;
mod generate;
mod grammar;
mod job;
mod loaded;
mod model;
mod sampling;
mod schedule;
mod session;
mod task;
mod template;
mod threads;
mod tokens;
mod weigh;

#[cfg(test)]
mod tests;

pub use self::engine::Engine;
pub use self::fault::EngineFault;
pub use self::job::{Counts, EngineOptions, Finish, Generated, Sampling, Timing, Turn, Weighed};
pub use self::loaded::ModelCard;
pub use self::model::LocalModel;
pub use self::threads::threads_for;
