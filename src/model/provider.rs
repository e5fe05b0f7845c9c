//! A way to reach a model, whichever it is. Each provider has its client in a folder of its own; a model of the
//! user's can be a function, a queue, or a mock.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

use super::batch_file::BatchForm;
use super::budget::RequestReservation;
use super::cache::Identity;
use super::decision_form::DecisionForm;
use super::facts::AnswerForm;
use super::failure::{Failure, FailureKind};
use super::http::{Connection, Remaining};
use super::questions::DecisionLimits;
use super::request::Request;
use super::response::Response;
use super::served::{PullListener, ServedFrom, ServedModel};

/// The future of a [`CustomModel`]'s reply.
pub type Pending<'a, T = Result<Response, Failure>> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the client of a provider does.
pub(super) trait Backend: Send + Sync {
    /// The provider and its model.
    fn name(&self) -> String;

    /// Asks the model once; a call that has to be made once more is taken out of the budgets too.
    fn complete<'a>(&'a self, request: &'a Request, reservation: &'a RequestReservation<'_>) -> Pending<'a>;

    /// What decides the replies, besides the request.
    fn identity(&self) -> Pending<'_, Option<Identity>>;

    /// What the server's last reply said is left of its limits.
    fn remaining(&self) -> Remaining {
        Remaining::default()
    }

    /// The server's address, without credentials and query.
    fn base_url(&self) -> Option<&str> {
        None
    }

    /// How much it takes, if it is a decision model.
    fn decision_limits(&self) -> Option<DecisionLimits> {
        None
    }

    /// The request as a batch of the server's has it; `None` where it has no batches as files.
    fn batched(&self, _request: &Request) -> Option<(BatchForm, Value)> {
        None
    }

    /// A batch's reply to a request, read as one that came over the wire.
    fn read_batched<'a>(&'a self, _request: &'a Request, _body: &'a Value) -> Pending<'a> {
        let failure = Failure::new(FailureKind::Unsupported, format!("{} has no batches", self.name()));
        Box::pin(async { Err(failure) })
    }

    /// Loads the model, where its server loads it from files. Gives its digest, where the server tells it.
    fn load(&self) -> Pending<'_, Result<Option<String>, Failure>> {
        Box::pin(async { Ok(None) })
    }

    /// Takes the model out of its server's memory; `false` where that cannot be asked for.
    fn unload(&self) -> Pending<'_, Result<bool, Failure>> {
        Box::pin(async { Ok(false) })
    }

    /// The model as its server has it on its disk or in its memory, where the server tells that.
    fn served(&self, _from: ServedFrom) -> Pending<'_, Option<ServedModel>> {
        Box::pin(async { None })
    }

    /// Every model in the server's memory, where the server tells that.
    fn all_loaded(&self) -> Pending<'_, Option<Vec<ServedModel>>> {
        Box::pin(async { None })
    }

    /// Has the server fetch the model; `false` where that cannot be asked for.
    fn pull<'a>(&'a self, _told: &'a mut PullListener<'_>) -> Pending<'a, Result<bool, Failure>> {
        Box::pin(async { Ok(false) })
    }

    /// Removes the model from its server's disk; `false` where that cannot be asked for.
    fn delete(&self) -> Pending<'_, Result<bool, Failure>> {
        Box::pin(async { Ok(false) })
    }
}

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
    fn identity(&self) -> Option<String> {
        Some(self.name())
    }

    /// Replies to one request.
    fn complete<'a>(&'a self, request: &'a Request) -> Pending<'a>;

    /// How much it takes, if it is asked typed questions. `None` for a model that is shown a prompt.
    #[doc(hidden)]
    fn decision_limits(&self) -> Option<DecisionLimits> {
        None
    }
}

/// A model of the user's as a client.
struct Custom<M>(M);

impl<M: CustomModel> Backend for Custom<M> {
    fn name(&self) -> String {
        self.0.name()
    }

    fn complete<'a>(&'a self, request: &'a Request, _reservation: &'a RequestReservation<'_>) -> Pending<'a> {
        self.0.complete(request)
    }

    fn identity(&self) -> Pending<'_, Option<Identity>> {
        Box::pin(async { self.0.identity().map(Identity::named) })
    }

    fn decision_limits(&self) -> Option<DecisionLimits> {
        self.0.decision_limits()
    }
}

/// A closure as a model.
struct Function<C> {
    name: String,
    call: C,
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
    pub(crate) decision: DecisionSettings,
}

/// What a project says of a decision model's server, where it differs from the usual one.
#[derive(Default)]
pub(crate) struct DecisionSettings {
    pub(crate) form: Option<DecisionForm>,
    pub(crate) path: Option<String>,
    pub(crate) limits: Option<DecisionLimits>,
}

/// A way to reach a model. Cheap to clone.
///
/// ```
/// use evenhand::model::{OpenAiOptions, Provider};
///
/// let provider = Provider::openai(OpenAiOptions::new("my-model").at("http://127.0.0.1:8080/v1"))?;
/// assert_eq!(provider.name(), "openai/my-model");
/// # Ok::<(), evenhand::Error>(())
/// ```
#[derive(Clone)]
pub struct Provider {
    backend: Arc<dyn Backend>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("name", &self.name()).field("base_url", &self.base_url()).finish()
    }
}

impl Provider {
    /// A provider by its client.
    pub(super) fn new(backend: impl Backend + 'static) -> Self {
        Self { backend: Arc::new(backend) }
    }

    /// A model of your own.
    pub fn custom(model: impl CustomModel + 'static) -> Self {
        Self::new(Custom(model))
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
    /// A server that refuses a parameter or a form is asked again without it, and the reply has a note about it. Given
    /// answers are weighed by the log-probabilities at their place in a decoded one, where the server gives any. A
    /// further draw of a request with a seed gets the seed plus the draw's number.
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
        self.backend.complete(request, reservation).await
    }

    /// The request as a batch of the server's has it; `None` where it has no batches as files.
    pub(crate) fn batched(&self, request: &Request) -> Option<(BatchForm, Value)> {
        self.backend.batched(request)
    }

    /// A batch's reply to a request, read as one that came over the wire.
    pub(super) async fn read_batched(&self, request: &Request, body: &Value) -> Result<Response, Failure> {
        self.backend.read_batched(request, body).await
    }

    /// The provider and its model: `openai/gpt-6-luna`.
    #[must_use]
    pub fn name(&self) -> String {
        self.backend.name()
    }

    /// What decides this model's replies, besides the request; `None` where a
    /// reply is not worth keeping: a recording has it already.
    pub(crate) async fn identity(&self) -> Option<Identity> {
        self.backend.identity().await
    }

    /// What the server's last reply said is left of its limits.
    pub(super) fn remaining(&self) -> Remaining {
        self.backend.remaining()
    }

    /// The server's address, without credentials and query.
    #[must_use]
    pub fn base_url(&self) -> Option<&str> {
        self.backend.base_url()
    }

    /// How much it takes, if it is a decision model: one that is asked typed questions.
    #[must_use]
    pub(crate) fn decision_limits(&self) -> Option<DecisionLimits> {
        self.backend.decision_limits()
    }

    /// Loads a model that its server loads from files, so that the first request finds it warm. Gives its digest, where
    /// the server tells it: two servers with the same digest have the same model.
    ///
    /// # Errors
    /// The server cannot be reached, or cannot load the model.
    pub async fn load(&self) -> Result<Option<String>, Failure> {
        self.backend.load().await
    }

    /// Takes the model out of its server's memory; `false` where that cannot be asked for.
    pub(crate) async fn unload(&self) -> Result<bool, Failure> {
        self.backend.unload().await
    }

    /// The model as it lies in its server's memory, where the server tells that.
    pub(crate) async fn resident(&self) -> Option<ServedModel> {
        self.backend.served(ServedFrom::Memory).await
    }

    /// The model as it lies on its server's disk, where the server tells that.
    pub(crate) async fn on_disk(&self) -> Option<ServedModel> {
        self.backend.served(ServedFrom::Disk).await
    }

    /// Every model in the server's memory, where the server tells that.
    pub(crate) async fn all_loaded(&self) -> Option<Vec<ServedModel>> {
        self.backend.all_loaded().await
    }

    /// Has the server fetch the model; `false` where that cannot be asked for.
    pub(crate) async fn pull(&self, told: &mut PullListener<'_>) -> Result<bool, Failure> {
        self.backend.pull(told).await
    }

    /// Removes the model from its server's disk; `false` where that cannot be asked for.
    pub(crate) async fn delete(&self) -> Result<bool, Failure> {
        self.backend.delete().await
    }
}
