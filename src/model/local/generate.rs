//! Writing an answer, token by token.

use llama_cpp_2::token::LlamaToken;

use super::fault::EngineFault;
use super::grammar::Guide;
use super::job::{Finish, Sampling, count};
use super::sampling::Sampler;
use super::tokens::Tokenizer;

/// An answer being written, under a JSON Schema where there is one.
pub(super) struct Draft {
    guide: Option<Guide>,
    sampler: Sampler,
    text: Vec<u8>,
    tokens: u32,
    max_tokens: u32,
}

/// How an answer goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// With these tokens, which the model must read before it can choose another.
    Read(Vec<LlamaToken>),
    /// It does not: it is finished.
    Finished(Finish),
}

impl Draft {
    /// An empty answer.
    pub(super) fn new(guide: Option<Guide>, sampling: &Sampling) -> Self {
        Self {
            guide,
            sampler: Sampler::new(sampling),
            text: Vec::new(),
            tokens: 0,
            max_tokens: sampling.max_tokens,
        }
    }

    /// Tokens written so far.
    pub(super) fn tokens(&self) -> u32 {
        self.tokens
    }

    /// Chooses the next token from the logits after the text so far, and adds what the grammar forces then.
    ///
    /// # Errors
    /// [`EngineFault::Schema`] when the grammar allows nothing, [`EngineFault::Decode`] when no logit is finite.
    pub(super) fn go_on(&mut self, logits: &[f32], tokenizer: &Tokenizer<'_>) -> Result<Next, EngineFault> {
        if self.tokens >= self.max_tokens {
            return Ok(Next::Finished(Finish::Length));
        }
        let token = self.choose(logits)?;
        if tokenizer.ends_turn(token) {
            return Ok(Next::Finished(Finish::Stop));
        }
        let mut new = vec![token];
        self.take(tokenizer, token)?;
        self.take_forced(tokenizer, &mut new)?;
        if self.guide.as_ref().is_some_and(Guide::is_complete) {
            return Ok(Next::Finished(Finish::Stop));
        }
        if self.tokens >= self.max_tokens {
            return Ok(Next::Finished(Finish::Length));
        }
        Ok(Next::Read(new))
    }

    /// The text written.
    pub(super) fn into_text(self, finish: Finish) -> String {
        text_of(self.text, finish)
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

    fn take(&mut self, tokenizer: &Tokenizer<'_>, token: LlamaToken) -> Result<(), EngineFault> {
        let bytes = tokenizer.bytes(token);
        if let Some(guide) = &mut self.guide {
            guide.accept(token, &bytes)?;
        }
        self.text.extend_from_slice(&bytes);
        self.tokens += 1;
        Ok(())
    }

    /// Adds text that the grammar forces, so that it is evaluated in one batch and not token by token.
    fn take_forced(
        &mut self,
        tokenizer: &Tokenizer<'_>,
        new: &mut Vec<LlamaToken>,
    ) -> Result<(), EngineFault> {
        let Some(guide) = &mut self.guide else {
            return Ok(());
        };
        let text = guide.forced_text();
        if text.is_empty() {
            return Ok(());
        }
        let tokens = tokenizer.plain(&text);
        let spelled: Vec<u8> = tokens.iter().flat_map(|&token| tokenizer.bytes(token)).collect();
        // Some tokenizers put a space before a text of its own: then the model spells it out.
        if spelled != text.as_bytes() || count(tokens.len()) > self.max_tokens - self.tokens {
            return Ok(());
        }
        for token in tokens {
            self.take(tokenizer, token)?;
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
