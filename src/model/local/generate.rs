//! Writing an answer, token by token.

use std::sync::Arc;
use std::time::Instant;

use llama_cpp_2::token::LlamaToken;
use serde_json::Value;

use super::fault::EngineFault;
use super::grammar::Guide;
use super::loaded::Loaded;
use super::reply::{Counts, Finish, Generated, Timing, count, elapsed_ms};
use super::request::{Sampling, Turn};
use super::sampling::Sampler;
use super::session::IsCancelled;

/// Writes the assistant's next turn, under a JSON Schema where there is one.
///
/// # Errors
/// Any [`EngineFault`] of rendering, of the schema or of evaluation.
pub(super) fn generate(
    loaded: &mut Loaded<'_>,
    turns: &[Turn],
    schema: Option<&Arc<Value>>,
    sampling: &Sampling,
    is_cancelled: IsCancelled<'_>,
) -> Result<Generated, EngineFault> {
    let started = Instant::now();
    let prompt = loaded.tokenizer.encode(&loaded.template.render(turns)?);
    let room = usize::try_from(sampling.max_tokens).unwrap_or(usize::MAX);
    loaded.session.check_room(prompt.len(), room)?;
    let guide = match schema {
        None => None,
        Some(schema) => {
            let (grammars, tokenizer) = loaded.grammars()?;
            Some(grammars.guide(schema, sampling.max_tokens, tokenizer)?)
        }
    };
    let cached_tokens = loaded.session.start(&prompt, is_cancelled)?;
    let prompt_ms = elapsed_ms(started);

    let mut draft = Draft {
        guide,
        sampler: Sampler::new(sampling),
        text: Vec::new(),
        tokens: 0,
        max_tokens: sampling.max_tokens,
        first_token_ms: None,
    };
    let finish = draft.write(loaded, started, is_cancelled)?;
    Ok(Generated {
        text: text_of(draft.text, finish),
        finish,
        counts: Counts { prompt_tokens: count(prompt.len()), cached_tokens, completion_tokens: draft.tokens },
        timing: Timing {
            prompt_ms,
            first_token_ms: draft.first_token_ms.unwrap_or(prompt_ms),
            total_ms: elapsed_ms(started),
        },
    })
}

/// An answer being written.
struct Draft {
    guide: Option<Guide>,
    sampler: Sampler,
    text: Vec<u8>,
    tokens: u32,
    max_tokens: u32,
    first_token_ms: Option<f64>,
}

impl Draft {
    fn write(
        &mut self,
        loaded: &mut Loaded<'_>,
        started: Instant,
        is_cancelled: IsCancelled<'_>,
    ) -> Result<Finish, EngineFault> {
        while self.tokens < self.max_tokens {
            let token = self.choose(loaded.session.logits())?;
            self.first_token_ms.get_or_insert_with(|| elapsed_ms(started));
            if loaded.tokenizer.ends_turn(token) {
                return Ok(Finish::Stop);
            }
            let mut new = vec![token];
            self.take(loaded, token)?;
            self.take_forced(loaded, &mut new)?;
            if self.guide.as_ref().is_some_and(Guide::is_complete) {
                return Ok(Finish::Stop);
            }
            if self.tokens < self.max_tokens {
                loaded.session.extend(&new, is_cancelled)?;
            }
        }
        Ok(Finish::Length)
    }

    fn choose(&mut self, logits: &[f32]) -> Result<LlamaToken, EngineFault> {
        let remaining = self.max_tokens - self.tokens;
        match &mut self.guide {
            Some(guide) => guide.choose(logits, &mut self.sampler, remaining),
            None => self
                .sampler
                .pick(logits, |_| true)
                .ok_or_else(|| EngineFault::Decode { detail: "the model gave no finite number".into() }),
        }
    }

    fn take(&mut self, loaded: &Loaded<'_>, token: LlamaToken) -> Result<(), EngineFault> {
        let bytes = loaded.tokenizer.bytes(token);
        if let Some(guide) = &mut self.guide {
            guide.accept(token, &bytes)?;
        }
        self.text.extend_from_slice(&bytes);
        self.tokens += 1;
        Ok(())
    }

    /// Adds text that the grammar forces, so that it is evaluated in one batch and not token by token.
    fn take_forced(&mut self, loaded: &Loaded<'_>, new: &mut Vec<LlamaToken>) -> Result<(), EngineFault> {
        let Some(guide) = &mut self.guide else {
            return Ok(());
        };
        let text = guide.forced_text();
        if text.is_empty() {
            return Ok(());
        }
        let tokens = loaded.tokenizer.plain(&text);
        let spelled: Vec<u8> = tokens.iter().flat_map(|&token| loaded.tokenizer.bytes(token)).collect();
        // Some tokenizers put a space before a text of its own: then the model spells it out.
        if spelled != text.as_bytes() || count(tokens.len()) > self.max_tokens - self.tokens {
            return Ok(());
        }
        for token in tokens {
            self.take(loaded, token)?;
            new.push(token);
        }
        Ok(())
    }
}

/// The text, without a character that the limit of tokens cut in two.
fn text_of(mut bytes: Vec<u8>, finish: Finish) -> String {
    if finish == Finish::Length
        && let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_cut_by_the_limit_is_left_out() {
        let cut = "so é".as_bytes().iter().copied().take(4).collect::<Vec<u8>>();
        assert_eq!(text_of(cut.clone(), Finish::Length), "so ");
        assert_eq!(text_of(cut, Finish::Stop), "so \u{FFFD}");
        assert_eq!(text_of("é".into(), Finish::Stop), "é");
    }
}
