//! Asking. Ollama behind this interface cuts a prompt that is too long without a word, and no request can
//! tell it to do otherwise; its own interface, at the same address, tells the context.

use std::future::ready;

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::body::{Spoken, body};
use super::facts::{FACTS, OpenAiOptions, SERVER};
use super::plan::{Level, Optional, Plan, first, notes};
use super::reply::ChatAssembly;
use crate::error::Result;
use crate::model::budget::RequestReservation;
use crate::model::facts::{AnswerForm, ServerFacts};
use crate::model::http::{Address, Client, Connection, Http, Interface, Remaining};
use crate::model::ollama::{Facts, Native, PromptHeld, doubt, held, was_cut};
use crate::model::prompt_tokens::PromptSizes;
use crate::model::provider::{Backend, Pending, Provider, ServerSettings};
use crate::model::{BatchForm, Failure, Identity, Request, Response, weighing};

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
                PromptHeld::Whole => {}
                PromptHeld::Uncertain => response.notes.push(doubt(&size, usage.prompt_tokens)),
                PromptHeld::Cut => return Err(was_cut(address, &size, context, usage, REMEDY)),
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

/// A model behind OpenAI's chat completions.
struct OpenAi {
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

impl Provider {
    /// A model of a server that speaks OpenAI's chat completions. Nothing is sent yet.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, this machine has no certificates, or such a server is not asked
    /// for this form of answers.
    pub fn openai(options: OpenAiOptions) -> Result<Self> {
        FACTS.check_form(options.form)?;
        let root =
            Address::parse(&options.connection.base_url, &["/v1/chat/completions", Chat::ENDPOINT, "/v1"])?;
        let client = Client::new(Chat { options, spoken: Spoken::default() }, &[Chat::ENDPOINT])?;
        Ok(Self::new(OpenAi { client, root, behind: Behind::default() }))
    }
}

/// A model that a project names.
pub(in crate::model) fn open(settings: ServerSettings) -> Result<Provider> {
    let ServerSettings { model, connection, form, .. } = settings;
    Provider::openai(OpenAiOptions { connection, form, ..OpenAiOptions::new(model) })
}

impl OpenAi {
    fn model(&self) -> &str {
        &self.client.interface.options.model
    }

    /// A server that gives no log-probabilities to weigh answers by is not asked for anything else instead.
    async fn ask(
        &self,
        request: &Request,
        reservation: &RequestReservation<'_>,
    ) -> Result<Response, Failure> {
        let Self { client, root, behind } = self;
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
}

impl Backend for OpenAi {
    fn name(&self) -> String {
        FACTS.full_name(self.model())
    }

    fn complete<'a>(&'a self, request: &'a Request, reservation: &'a RequestReservation<'_>) -> Pending<'a> {
        Box::pin(self.ask(request, reservation))
    }

    fn batched(&self, request: &Request) -> Option<(BatchForm, Value)> {
        Some((BatchForm::OpenAi, self.client.batch_body(request)?))
    }

    fn read_batched<'a>(&'a self, request: &'a Request, body: &'a Value) -> Pending<'a> {
        Box::pin(async move {
            let response = self.client.read_batched(request, body).await?;
            match &request.weigh {
                Some(weigh) => weighing::apply(response, weigh, &self.name(), Failure::READ_OTHERWISE),
                None => Ok(response),
            }
        })
    }

    fn identity(&self) -> Pending<'_, Option<Identity>> {
        let options = &self.client.interface.options;
        let chosen = json!([format!("{:?}", options.form), options.logprobs, options.connection.extra]);
        let server = Some(self.client.base.clone());
        let identity = Identity { server, options: chosen, ..Identity::named(self.name()) };
        Box::pin(ready(Some(identity)))
    }

    fn remaining(&self) -> Remaining {
        self.client.http.remaining()
    }

    fn base_url(&self) -> Option<&str> {
        Some(&self.client.base)
    }
}

impl Interface for Chat {
    type Level = Level;
    type Field = Optional;
    type Assembly = ChatAssembly;

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
        first(self.options.form, &self.options.model, is_openai)
    }

    fn body(&self, request: &Request, plan: Plan) -> String {
        body(&self.options, &self.spoken, request, plan)
    }

    fn lowers_form(&self) -> bool {
        self.options.form == AnswerForm::Auto
    }

    fn demands_form(&self) -> bool {
        self.options.form == AnswerForm::JsonSchema
    }

    fn notes(&self, first: Plan, plan: Plan, request: &Request) -> Vec<String> {
        notes(&self.options, first, plan, request)
    }
}
