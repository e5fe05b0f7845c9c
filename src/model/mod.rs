//! Models: one request, one response or one failure.
//!
//! [`Model`] is what the layers above see. It wraps a [`Provider`] in this
//! order: kept replies, cache, retry, limits, budget, provider.

mod anthropic;
pub(crate) mod batch_file;
mod budget;
pub(crate) mod cache;
pub(crate) mod catalogue;
mod decision;
mod decision_form;
mod facts;
mod failure;
mod http;
mod kept;
pub(crate) mod limiter;
#[cfg(feature = "local")]
pub mod local;
// A build without the engine has to know of it too.
#[path = "local/facts.rs"]
mod local_facts;
mod ollama;
mod openai;
mod prompt_tokens;
mod provider;
pub(crate) mod questions;
pub(crate) mod recording;
mod registry;
mod replay;
mod request;
mod response;
pub(crate) mod retry;
mod secret;
pub(crate) mod served;
mod shared_replies;
pub(crate) mod stack;
mod weighing;

pub use self::anthropic::AnthropicOptions;
pub(crate) use self::batch_file::{BatchForm, BatchRequest, BatchResults};
pub use self::budget::{Budget, BudgetLimits};
pub(crate) use self::budget::{Estimate, PromptSizes};
pub(crate) use self::cache::{Cache, Identity, Reuse, differing_parts, recorded};
pub use self::decision::DecisionOptions;
pub(crate) use self::decision::body as decision_body;
pub use self::decision_form::DecisionForm;
pub use self::failure::{Failure, FailureKind};
pub use self::http::{Connection, Delivery, Timeouts};
pub(crate) use self::kept::KeptReplies;
pub(crate) use self::limiter::{ConcurrencyLimiter, ConcurrencyOptions};
#[cfg(feature = "local")]
pub use self::local::LocalModel;
pub use self::ollama::{OllamaOptions, Think};
pub use self::openai::OpenAiOptions;
pub use self::provider::{CustomModel, Pending, Provider};
pub(crate) use self::questions::{
    Decided, Decision, DecisionAnswer, DecisionAnswers, DecisionLimits, DecisionQuestion,
};
pub(crate) use self::recording::{Recorded, RecordedTimes, Recorder, Recording};
pub use self::request::{Format, Key, Parameters, Request, Weigh};
pub use self::response::{Finish, Passage, PassageKind, Price, Response, Timing, TokenLogprob, Usage};
pub use self::retry::Retry;
pub use self::secret::Secret;
pub(crate) use self::shared_replies::SharedReplies;
pub(crate) use self::stack::{Live, RunParts};
pub use self::stack::{Model, ModelOptions};
pub use crate::prompt::{Message, Role};

pub use self::facts::AnswerForm;
pub(crate) use self::facts::{ProviderFacts, ServerFacts};
pub(crate) use self::local_facts::FACTS as EMBEDDED;
pub(crate) use self::provider::{DecisionSettings, ServerSettings};
pub(crate) use self::registry::{opener, provider_of, providers, recorded_limits};
