//! The one place that knows every way to reach a model. Those not reached over HTTP can be a function, a
//! queue, or a mock.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

#[cfg(feature = "local")]
use super::LocalModel;
use super::budget::RequestReservation;
use super::facts::AnswerForm;
use super::http::{Connection, Remaining};
use super::{Anthropic, Failure, Identity, Ollama, OpenAi, Replay, Request, Response};

/// The future of a [`CustomModel`]'s reply.
pub type Pending<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

/// A model of your own.
///
/// ```
/// use evenhand::model::{CustomModel, Pending, Provider, Request, Response};
///
/// struct Echo;
///
/// impl CustomModel for Echo {
///     fn name(&self) -> String {
///         "custom/echo".to_owned()
///     }
///
///     fn complete<'a>(&'a self, request: &'a Request) -> Pending<'a> {
///         Box::pin(async move {
///             let last = request.messages.last().map(|message| message.content.clone());
///             Ok(Response { text: last.unwrap_or_default(), ..Response::default() })
///         })
///     }
/// }
///
/// let provider = Provider::custom(Echo);
/// assert_eq!(provider.name(), "custom/echo");
/// ```
pub trait CustomModel: Send + Sync {
    /// A name for reports: `custom/echo`.
    fn name(&self) -> String;

    /// What decides its replies, besides the request: the key under which a cache
    /// keeps them. Its name by default; `None` keeps none.
    fn identity(&self) -> Option<Identity> {
        Some(Identity::named(self.name()))
    }

    /// Replies to one request.
    fn complete<'a>(&'a self, request: &'a Request) -> Pending<'a>;
}

impl fmt::Debug for dyn CustomModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CustomModel").field(&self.name()).finish()
    }
}

/// A closure as a model.
pub(super) struct Function<C> {
    pub(super) name: String,
    pub(super) call: C,
}

impl<C, F> CustomModel for Function<C>
where
    C: Fn(Request) -> F + Send + Sync,
    F: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    fn name(&self) -> String {
        self.name.clone()
    }

    fn complete<'a>(&'a self, request: &'a Request) -> Pending<'a> {
        Box::pin((self.call)(request.clone()))
    }
}

/// What a project says of a server's model, whichever the provider.
pub(crate) struct ServerSettings {
    pub(crate) model: String,
    pub(crate) connection: Connection,
    pub(crate) form: AnswerForm,
    pub(crate) context_tokens: Option<u32>,
    pub(crate) keep_alive: Option<String>,
    pub(crate) think: Option<bool>,
}

/// A way to reach a model. Cheap to clone.
///
/// ```
/// use evenhand::model::{OpenAi, OpenAiOptions, Provider};
///
/// let options = OpenAiOptions::new("my-model").at("http://127.0.0.1:8080/v1");
/// let provider = Provider::OpenAi(OpenAi::new(options)?);
/// assert_eq!(provider.name(), "openai/my-model");
/// # Ok::<(), evenhand::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Provider {
    /// A server that speaks OpenAI's chat completions.
    OpenAi(OpenAi),
    /// An Ollama server.
    Ollama(Ollama),
    /// A server that speaks Anthropic's messages.
    Anthropic(Anthropic),
    /// A model in this process.
    #[cfg(feature = "local")]
    Local(LocalModel),
    /// Recorded replies.
    Replay(Replay),
    /// A model of the caller's own.
    Custom(Arc<dyn CustomModel>),
}

impl Provider {
    /// A model of your own.
    pub fn custom(model: impl CustomModel + 'static) -> Self {
        Self::Custom(Arc::new(model))
    }

    /// A closure as a model.
    ///
    /// ```
    /// use evenhand::model::{Provider, Request, Response};
    ///
    /// let provider = Provider::from_fn("custom/yes", |_request: Request| async {
    ///     Ok(Response { text: r#"{"verdict":"pass"}"#.to_owned(), ..Response::default() })
    /// });
    /// assert_eq!(provider.name(), "custom/yes");
    /// ```
    pub fn from_fn<C, F>(name: impl Into<String>, call: C) -> Self
    where
        C: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Response, Failure>> + Send + 'static,
    {
        Self::custom(Function { name: name.into(), call })
    }

    /// Asks the model once.
    ///
    /// # Errors
    /// There is no reply: why, and what can be done about it.
    pub async fn complete(&self, request: &Request) -> Result<Response, Failure> {
        self.complete_for(request, &RequestReservation::free()).await
    }

    /// The same; a call that has to be made once more is taken out of the budgets too.
    pub(super) async fn complete_for(
        &self,
        request: &Request,
        reservation: &RequestReservation<'_>,
    ) -> Result<Response, Failure> {
        match self {
            Self::OpenAi(model) => model.complete_for(request, reservation).await,
            Self::Ollama(model) => model.complete_for(request, reservation).await,
            Self::Anthropic(model) => model.complete_for(request, reservation).await,
            #[cfg(feature = "local")]
            Self::Local(model) => model.complete(request).await,
            Self::Replay(replay) => replay.complete(request),
            Self::Custom(model) => model.complete(request).await,
        }
    }

    /// The provider and its model: `openai/gpt-6-luna`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::OpenAi(model) => model.name(),
            Self::Ollama(model) => model.name(),
            Self::Anthropic(model) => model.name(),
            #[cfg(feature = "local")]
            Self::Local(model) => model.name(),
            Self::Replay(replay) => replay.name(),
            Self::Custom(model) => model.name(),
        }
    }

    /// What decides this model's replies, besides the request; `None` where a
    /// reply is not worth keeping: a recording has it already.
    pub async fn identity(&self) -> Option<Identity> {
        match self {
            Self::OpenAi(model) => Some(model.identity()),
            Self::Ollama(model) => Some(model.identity().await),
            Self::Anthropic(model) => Some(model.identity()),
            #[cfg(feature = "local")]
            Self::Local(model) => Some(model.identity()),
            Self::Replay(_) => None,
            Self::Custom(model) => model.identity(),
        }
    }

    /// What the server's last reply said is left of its limits.
    pub(super) fn remaining(&self) -> Remaining {
        match self {
            Self::OpenAi(model) => model.remaining(),
            Self::Ollama(model) => model.remaining(),
            Self::Anthropic(model) => model.remaining(),
            _ => Remaining::default(),
        }
    }

    /// The server's address, without credentials and query.
    #[must_use]
    pub fn base_url(&self) -> Option<&str> {
        match self {
            Self::OpenAi(model) => Some(model.base_url()),
            Self::Ollama(model) => Some(model.base_url()),
            Self::Anthropic(model) => Some(model.base_url()),
            _ => None,
        }
    }

    /// Loads a model that its server loads from files. Gives its digest, where the server tells it.
    pub(crate) async fn load(&self) -> Result<Option<String>, Failure> {
        match self {
            Self::Ollama(model) => {
                model.warm().await?;
                Ok(model.digest().await.ok())
            }
            _ => Ok(None),
        }
    }
}
