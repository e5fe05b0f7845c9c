//! The provider `replay`: answers from a recording, and from nothing else.

use std::future::ready;
use std::sync::Arc;

use super::budget::RequestReservation;
use super::cache::Identity;
use super::facts::{ModelsKind, ProviderFacts};
use super::provider::{Backend, Pending, Provider};
use super::questions::DecisionLimits;
use super::recording::Recording;
use super::request::Request;

/// What is true of the provider `replay`.
pub(super) const FACTS: ProviderFacts =
    ProviderFacts { name: "replay", models: ModelsKind::Recordings, is_weighted: false };

struct Replay {
    /// The recording's file, as messages name it.
    name: String,
    /// The model whose replies alone count, of a recording of several.
    stands_for: Option<String>,
    recording: Arc<Recording>,
    /// How much the model takes whose replies these are, if it is a decision model.
    limits: Option<DecisionLimits>,
}

impl Provider {
    /// Recorded replies; `name` is the recording's file as messages name it. In the place of one model, of a recording
    /// of several only its replies count.
    pub(crate) fn replay(
        name: impl Into<String>,
        recording: Arc<Recording>,
        stands_for: Option<String>,
        limits: Option<DecisionLimits>,
    ) -> Self {
        Self::new(Replay { name: name.into(), stands_for, recording, limits })
    }
}

impl Backend for Replay {
    fn name(&self) -> String {
        match self.stands_for.as_ref().filter(|_| self.recording.is_of_several()) {
            Some(model) => FACTS.full_name(&format!("{}#{model}", self.name)),
            None => FACTS.full_name(&self.name),
        }
    }

    /// The recorded reply; of a request that was not recorded, what differs from the nearest one that was.
    fn complete<'a>(&'a self, request: &'a Request, _reservation: &'a RequestReservation<'_>) -> Pending<'a> {
        Box::pin(ready(self.recording.find(request, self.stands_for.as_deref()).cloned()))
    }

    fn decision_limits(&self) -> Option<DecisionLimits> {
        self.limits
    }

    /// A cache of its replies would keep what the recording has already.
    fn identity(&self) -> Pending<'_, Option<Identity>> {
        Box::pin(ready(None))
    }
}
