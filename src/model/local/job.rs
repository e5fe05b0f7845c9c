//! A request on its way to the thread that owns the model.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::oneshot;

use super::fault::EngineFault;
use super::reply::{Generated, Weighed};
use super::request::{Sampling, Turn};

/// Where an answer goes; closed when the caller no longer waits.
pub(super) type Reply<T> = oneshot::Sender<Result<T, EngineFault>>;

/// A request.
pub(super) enum Job {
    /// Write the assistant's next turn.
    Generate {
        /// The conversation.
        turns: Vec<Turn>,
        /// The JSON Schema of the answer, if any.
        schema: Option<Arc<Value>>,
        /// How tokens are chosen.
        sampling: Sampling,
        /// Where the answer goes.
        reply: Reply<Generated>,
    },
    /// Weigh given answers.
    Weigh {
        /// The conversation.
        turns: Vec<Turn>,
        /// The beginning of the assistant's answer.
        opening: String,
        /// What may follow it.
        candidates: Vec<String>,
        /// Where the answer goes.
        reply: Reply<Weighed>,
    },
}

impl Job {
    /// Whether its caller has gone.
    pub(super) fn is_cancelled(&self) -> bool {
        match self {
            Self::Generate { reply, .. } => reply.is_closed(),
            Self::Weigh { reply, .. } => reply.is_closed(),
        }
    }
}
