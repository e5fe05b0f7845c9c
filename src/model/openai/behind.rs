//! Ollama behind its OpenAI interface. It cuts a prompt that is too long there without a word, and no
//! request can tell it to do otherwise. Its own interface, at the same address, tells the context.

use tokio::sync::OnceCell;

use crate::model::http::{Address, Http};
use crate::model::ollama::{Facts, Held, Native, doubt, held, was_cut};
use crate::model::prompt_tokens::PromptSizes;
use crate::model::{Failure, Request, Response};

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
