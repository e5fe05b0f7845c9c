//! Models that are not reached over HTTP: a function, a queue, a mock.

use std::fmt;
use std::pin::Pin;

use super::{Failure, Identity, Request, Response};

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
