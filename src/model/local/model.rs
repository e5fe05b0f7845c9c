//! The engine as a provider: evenhand's requests in, evenhand's responses out.

use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::engine::Engine;
use super::fault::EngineFault;
use super::job;
use super::job::{Counts, EngineOptions, Generated, Sampling, Turn, Weighed};
use super::loaded::ModelCard;
use crate::error::{Error, ErrorKind, Result};
use crate::model::budget::RequestReservation;
use crate::model::local_facts::FACTS;
use crate::model::provider::{Backend, Pending, Provider};
use crate::model::{Failure, FailureKind, Finish, Identity, Request, Response, Timing, Usage};
use crate::signature::Dialect;

/// A model in this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LocalModel {
    name: String,
    file: String,
    engine: Engine,
}

impl LocalModel {
    /// Loads a GGUF file; `name` is what reports call it.
    ///
    /// # Errors
    /// The file is missing, is no GGUF model, or cannot be loaded.
    pub async fn load(name: impl Into<String>, path: PathBuf, options: EngineOptions) -> Result<Self> {
        let name = name.into();
        let file = file_mark(&path);
        let engine = Engine::load(path, options).await.map_err(|fault| {
            Error::new(ErrorKind::Model, format!("{} cannot be loaded: {fault}", FACTS.full_name(&name)))
        })?;
        Ok(Self { name, file, engine })
    }

    /// What decides the replies of a model in this file, besides the request. It need not be loaded.
    #[must_use]
    pub(crate) fn identity_of(name: &str, path: &Path) -> Identity {
        Identity { digest: Some(file_mark(path)), ..Identity::named(FACTS.full_name(name)) }
    }

    /// What the model's file says of itself.
    #[must_use]
    pub fn card(&self) -> &ModelCard {
        self.engine.description()
    }

    async fn answer(&self, request: &Request) -> Result<Response, Failure> {
        let turns =
            request.messages.iter().map(|message| Turn::new(message.role.name(), message.content.as_str()));
        let turns = turns.collect();
        let answered = if let Some(weigh) = &request.weigh {
            let weighed = self.engine.weigh(turns, weigh.opening.clone(), weigh.candidates.clone()).await;
            weighed.map(|weighed| weighed_response(request, weighed))
        } else {
            let schema =
                request.format.as_ref().map(|format| Arc::new(Dialect::Grammar.speak(&format.schema)));
            let generated = self.engine.generate(turns, schema, sampling(request)).await;
            generated.map(generated_response)
        };
        let response = answered.map_err(|fault| failure(&fault))?;
        Ok(Response { model: Some(self.card().name.clone()), ..response })
    }
}

impl From<LocalModel> for Provider {
    fn from(model: LocalModel) -> Self {
        Self::new(model)
    }
}

impl Backend for LocalModel {
    fn name(&self) -> String {
        FACTS.full_name(&self.name)
    }

    fn complete<'a>(&'a self, request: &'a Request, _reservation: &'a RequestReservation<'_>) -> Pending<'a> {
        Box::pin(self.answer(request))
    }

    fn identity(&self) -> Pending<'_, Option<Identity>> {
        let identity = Identity { digest: Some(self.file.clone()), ..Identity::named(self.name()) };
        Box::pin(ready(Some(identity)))
    }
}

/// A file's size and time: another file in its place has others. To hash
/// gigabytes at each start would take longer than a short run.
fn file_mark(path: &Path) -> String {
    let about = path.metadata().ok();
    let size = about.as_ref().map_or(0, std::fs::Metadata::len);
    let changed = about.and_then(|about| about.modified().ok());
    let since = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{size} bytes of {}", since.as_millis())
}

fn sampling(request: &Request) -> Sampling {
    let parameters = &request.parameters;
    Sampling {
        temperature: parameters.temperature.unwrap_or(0.0),
        top_p: parameters.top_p,
        // Draws of the same request differ only in their seed.
        seed: parameters.seed.unwrap_or(0).wrapping_add(u64::from(request.repeat)),
        max_tokens: parameters.max_tokens,
    }
}

fn generated_response(generated: Generated) -> Response {
    Response {
        text: generated.text,
        finish: match generated.finish {
            job::Finish::Stop => Finish::Stop,
            job::Finish::Length => Finish::Length,
        },
        usage: usage(generated.counts),
        timing: timing(generated.timing),
        ..Response::default()
    }
}

/// The text of a weighed reply is the likeliest answer, so that a journal reads well.
fn weighed_response(request: &Request, weighed: Weighed) -> Response {
    let weights = weighed.log_probabilities;
    let best = weights.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index);
    let text = request.weigh.as_ref().zip(best).and_then(|(weigh, best)| {
        let candidate = weigh.candidates.get(best)?;
        let close = if candidate.ends_with('}') { "" } else { "}" };
        Some(format!("{}{candidate}{close}", weigh.opening))
    });
    Response {
        text: text.unwrap_or_default(),
        usage: usage(weighed.counts),
        timing: timing(weighed.timing),
        weights: Some(weights),
        ..Response::default()
    }
}

fn usage(counts: Counts) -> Usage {
    Usage {
        prompt_tokens: Some(counts.prompt_tokens.into()),
        cached_tokens: Some(counts.cached_tokens.into()),
        completion_tokens: Some(counts.completion_tokens.into()),
    }
}

fn timing(timing: job::Timing) -> Timing {
    Timing {
        total_ms: timing.total_ms,
        first_token_ms: Some(timing.first_token_ms),
        load_ms: None,
        prompt_ms: Some(timing.prompt_ms),
        decode_ms: Some((timing.total_ms - timing.prompt_ms).max(0.0)),
    }
}

fn failure(fault: &EngineFault) -> Failure {
    let kind = match fault {
        EngineFault::PromptTooLong { .. } => FailureKind::BadRequest,
        EngineFault::Schema { .. } | EngineFault::Template { .. } => FailureKind::Unsupported,
        EngineFault::Cancelled => FailureKind::Cancelled,
        _ => FailureKind::Engine,
    };
    let failure = Failure::new(kind, fault.to_string());
    match fault {
        EngineFault::PromptTooLong { .. } => {
            failure.remedy("raise `context_tokens` of the model, or shorten the record")
        }
        _ => failure,
    }
}
