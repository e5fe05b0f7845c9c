//! Recorded replies as a model: continuous integration without one.

use std::sync::Arc;

use super::failure::Failure;
use super::recording::Recording;
use super::request::Request;
use super::response::Response;

/// Answers from a recording, and from nothing else.
#[derive(Clone, Debug)]
pub struct Replay {
    name: String,
    recording: Arc<Recording>,
}

impl Replay {
    /// A recording as a model; `name` is its file as messages name it.
    pub fn new(name: impl Into<String>, recording: Arc<Recording>) -> Self {
        Self { name: name.into(), recording }
    }

    /// The recorded reply.
    ///
    /// # Errors
    /// The request was not recorded: what differs from the nearest one that was.
    pub fn complete(&self, request: &Request) -> Result<Response, Failure> {
        self.recording.find(request).cloned().ok_or_else(|| self.recording.miss(request))
    }

    /// `replay/` and the file.
    #[must_use]
    pub fn name(&self) -> String {
        format!("replay/{}", self.name)
    }
}
