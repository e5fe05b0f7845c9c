//! Models: one request, one response or one failure.
//!
//! [`Model`] is what the layers above see. It wraps a [`Provider`] in this
//! order: kept replies, cache, retry, limits, budget, provider.

mod anthropic;
mod budget;
mod cache;
pub mod catalogue;
mod facts;
mod failure;
mod http;
mod kept;
mod limiter;
#[cfg(feature = "local")]
pub mod local;
// A build without the engine has to know of it too.
#[path = "local/facts.rs"]
mod local_facts;
mod ollama;
mod openai;
mod prompt_tokens;
mod provider;
mod recording;
mod registry;
mod request;
mod response;
mod retry;
mod secret;
mod stack;
mod weighing;

pub use self::anthropic::{Anthropic, AnthropicForm, AnthropicOptions};
pub use self::budget::{Budget, BudgetLimits, Estimate, PromptSizes};
pub use self::cache::{Cache, Identity, Reuse, differing_parts, recorded};
pub use self::failure::{Failure, FailureKind};
pub use self::http::{Connection, Delivery, Timeouts};
pub use self::kept::KeptReplies;
pub use self::limiter::{ConcurrencyLimiter, ConcurrencyOptions};
#[cfg(feature = "local")]
pub use self::local::LocalModel;
pub use self::ollama::{Ollama, OllamaOptions, Think};
pub use self::openai::{OpenAi, OpenAiOptions, Structured};
pub use self::provider::{CustomModel, Pending, Provider};
pub use self::recording::{Recorded, RecordedTimes, Recorder, Recording, Replay};
pub use self::request::{Format, Key, Parameters, Request, Weigh};
pub use self::response::{Finish, Passage, PassageKind, Price, Response, Timing, TokenLogprob, Usage};
pub use self::retry::{Jitter, Retry};
pub use self::secret::Secret;
pub use self::stack::{Model, ModelOptions};

pub(crate) use self::facts::{AnswerForm, ProviderFacts, ServerFacts};
pub(crate) use self::local_facts::FACTS as EMBEDDED;
pub(crate) use self::provider::ServerSettings;
pub(crate) use self::registry::{opener, provider_of, providers};
