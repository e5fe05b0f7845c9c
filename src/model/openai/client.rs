//! Asking. Ollama behind this interface cuts a prompt that is too long without a word, and no request can
//! tell it to do otherwise; its own interface, at the same address, tells the context.

use std::fmt;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::OnceCell;

use super::body::{Spoken, body};
use super::facts::{FACTS, OpenAiOptions, SERVER, Structured};
use super::plan::{Level, Optional, Plan, first, notes};
use super::reply::Assembly;
use crate::error::Result;
use crate::model::budget::RequestReservation;
use crate::model::facts::ServerFacts;
use crate::model::http::{Address, Client, Connection, Http, Interface, Remaining};
use crate::model::ollama::{Facts, Held, Native, doubt, held, was_cut};
use crate::model::prompt_tokens::PromptSizes;
use crate::model::provider::{Provider, ServerSettings};
use crate::model::{Failure, Identity, Request, Response, weighing};

/// What is known of the server behind an address. It is asked once, when the first long prompt comes.
#[derive(Debug, Default)]
pub(super) struct Behind {
    facts: OnceCell<Option<Facts>>,
    sizes: PromptSizes,
}

/// Every server holds so much, and need not be asked what it is.
const ALWAYS_HELD: u64 = 2_048;

/// Of shorter prompts a count that is too small is not worth a note.
const WORTH_A_NOTE: u64 = 500;

impl Behind {
    /// The reply, if it is one to the whole prompt.
    pub(super) async fn checked(
        &self,
        mut response: Response,
        request: &Request,
        native: Native<'_>,
        address: &Address,
    ) -> Result<Response, Failure> {
        let bytes = bytes(request);
        let usage = response.usage;
        let counted = usage.prompt_tokens.filter(|counted| *counted > 0);
        // No tokenizer makes fewer than a quarter of the bytes of any text: such a count raises no doubt.
        let is_enough = counted.is_none_or(|counted| counted >= bytes / 4);
        if bytes <= ALWAYS_HELD || (is_enough && self.is_another(native.http)) {
            return Ok(response);
        }
        let size = self.sizes.of(request);
        if size.most > ALWAYS_HELD
            && let Some(facts) = self.facts(native).await
        {
            // The reply's own context: before it, the model may have been loaded with another.
            let loaded = native.loaded().await;
            let context = Facts { loaded, ..facts }.unasked();
            match held(&size, context, usage) {
                Held::Whole => {}
                Held::Uncertain => response.notes.push(doubt(&size, usage.prompt_tokens)),
                Held::Cut => return Err(was_cut(address, &size, context, usage, REMEDY)),
            }
            return Ok(response);
        }
        if counted.is_some_and(|counted| counted < size.least) && size.least >= WORTH_A_NOTE {
            response.notes.push(doubt(&size, counted));
        }
        Ok(response)
    }

    /// Whether the server is known not to be Ollama.
    fn is_another(&self, http: &Http) -> bool {
        matches!(self.facts.get(), Some(None)) || !may_be_ollama(http)
    }

    /// What Ollama says of itself; none of any other server.
    async fn facts(&self, native: Native<'_>) -> Option<Facts> {
        let ask = || async {
            let is_ollama = may_be_ollama(native.http) && native.is_ollama().await;
            if is_ollama { Some(native.facts().await) } else { None }
        };
        *self.facts.get_or_init(ask).await
    }
}

fn bytes(request: &Request) -> u64 {
    request.messages.iter().map(|message| message.content.len() as u64 + 24).sum::<u64>() + 64
}

const REMEDY: &str = "use ollama/NAME instead of openai/NAME: evenhand then asks for as long a context as the prompt needs; or start Ollama with a larger OLLAMA_CONTEXT_LENGTH, or set num_ctx in the model's Modelfile";

/// Whether it is of use to ask what server this is: of the services themselves it is known.
fn may_be_ollama(http: &Http) -> bool {
    let host = http.peer.base.host();
    !["api.openai.com", "openai.azure.com"].iter().any(|known| host.ends_with(known))
}

/// A model behind OpenAI's chat completions. Cheap to clone.
#[derive(Clone)]
pub struct OpenAi {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client<Chat>,
    /// Where another interface of the same server would be.
    root: Address,
    behind: Behind,
}

/// Chat completions, as the user chose them.
struct Chat {
    options: OpenAiOptions,
    spoken: Spoken,
}

impl OpenAi {
    /// A model, ready to be asked. Nothing is sent yet.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, or this machine has no certificates.
    pub fn new(options: OpenAiOptions) -> Result<Self> {
        let root =
            Address::parse(&options.connection.base_url, &["/v1/chat/completions", Chat::ENDPOINT, "/v1"])?;
        let chat = Chat { options, spoken: Spoken::default() };
        let client = Client::new(chat, &[Chat::ENDPOINT])?;
        Ok(Self { inner: Arc::new(Inner { client, root, behind: Behind::default() }) })
    }

    /// Asks the model once. A server that refuses a parameter or a form is asked
    /// again without it, and the reply has a note about it.
    ///
    /// Given answers are weighed by the log-probabilities at their place in a decoded
    /// one. A server that gives none is not asked for anything else instead.
    ///
    /// A further draw of a request with a seed gets the seed plus the draw's number.
    ///
    /// # Errors
    /// There is no reply: why, and what can be done about it.
    pub async fn complete(&self, request: &Request) -> Result<Response, Failure> {
        self.complete_for(request, &RequestReservation::free()).await
    }

    /// The same; each further call is taken out of the budgets too.
    pub(in crate::model) async fn complete_for(
        &self,
        request: &Request,
        reservation: &RequestReservation<'_>,
    ) -> Result<Response, Failure> {
        let Inner { client, root, behind } = &*self.inner;
        if request.weigh.is_some() && !client.capabilities.plan().takes(Optional::Logprobs) {
            return Err(Failure::cannot_weigh(&self.name()));
        }
        let response = client.complete(request, reservation).await?;
        // An answer that the server itself refused is as it is.
        if response.rejected.is_some() {
            return Ok(response);
        }
        let native = Native { http: &client.http, root, model: self.model() };
        let response = behind.checked(response, request, native, &client.address).await?;
        match &request.weigh {
            Some(weigh) => weighing::apply(response, weigh, &self.name(), Failure::READ_OTHERWISE),
            None => Ok(response),
        }
    }

    fn model(&self) -> &str {
        &self.inner.client.interface.options.model
    }

    /// The provider and its model: `openai/gpt-6-luna`.
    #[must_use]
    pub fn name(&self) -> String {
        FACTS.full_name(self.model())
    }

    /// What decides this model's replies, besides the request.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let options = &self.inner.client.interface.options;
        let chosen = json!([format!("{:?}", options.structured), options.logprobs, options.connection.extra]);
        let server = Some(self.inner.client.base.clone());
        Identity { server, options: chosen, ..Identity::named(self.name()) }
    }

    pub(in crate::model) fn remaining(&self) -> Remaining {
        self.inner.client.http.remaining()
    }

    /// The server's address, without credentials and query.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.inner.client.base
    }
}

/// A model that a project names.
pub(in crate::model) fn open(settings: ServerSettings) -> Result<Provider> {
    let ServerSettings { model, connection, form, .. } = settings;
    let structured = form.into();
    Ok(Provider::OpenAi(OpenAi::new(OpenAiOptions { connection, structured, ..OpenAiOptions::new(model) })?))
}

impl Interface for Chat {
    type Level = Level;
    type Field = Optional;
    type Assembly = Assembly;

    const ENDPOINT: &'static str = "/chat/completions";
    const SERVER: &'static ServerFacts = &SERVER;

    fn model(&self) -> &str {
        &self.options.model
    }

    fn connection(&self) -> &Connection {
        &self.options.connection
    }

    fn first(&self, base: &Address) -> Plan {
        let is_openai = base.host() == "api.openai.com" || base.host().ends_with(".openai.azure.com");
        first(self.options.structured, &self.options.model, is_openai)
    }

    fn body(&self, request: &Request, plan: Plan) -> String {
        body(&self.options, &self.spoken, request, plan)
    }

    fn lowers_form(&self) -> bool {
        self.options.structured == Structured::Auto
    }

    fn demands_form(&self) -> bool {
        self.options.structured == Structured::JsonSchema
    }

    fn notes(&self, first: Plan, plan: Plan, request: &Request) -> Vec<String> {
        notes(&self.options, first, plan, request)
    }
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.client.debug("OpenAi", f)
    }
}
