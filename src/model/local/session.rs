//! The model's memory: what has been evaluated, and going on from there.
//!
//! Sequence 0 holds the last prompt. A new prompt keeps the tokens it shares with it from the start and
//! evaluates the rest. Sequences 1 and up are branches of it, made and dropped while candidates are weighed.
//!
//! Reuse must not change an answer. llama.cpp picks its kernels by the number of rows in a batch; they
//! differ in the last bit, and the 8-bit activations of quantized models blow that up to a tenth of a nat.
//! So how a token is evaluated depends on its position and the prompt's length alone: whole blocks of
//! [`BLOCK`] tokens from the start, and what is left after them in a batch of its own. Only whole blocks
//! are kept, and flash attention, which has such a switch of its own at 64 rows, is off.

use std::num::NonZeroU32;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::fault::EngineFault;
use super::reply::count;
use super::request::EngineOptions;

/// The most branches at a time.
pub(super) const MOST_BRANCHES: usize = 15;
/// Prompts are kept in blocks of this many tokens. 16 rows are enough for every kernel of llama.cpp's CPU
/// backend to treat each row alike.
const BLOCK: usize = 16;
/// A smaller batch would cost speed and win nothing.
const LEAST_BATCH_TOKENS: u32 = 32;
/// `LLAMA_FLASH_ATTN_TYPE_DISABLED`.
const NO_FLASH_ATTENTION: i32 = 0;

/// Asks whether the caller has gone.
pub(super) type IsCancelled<'a> = &'a dyn Fn() -> bool;

/// A model's context and what is in it.
pub(super) struct Session<'model> {
    context: LlamaContext<'model>,
    batch: LlamaBatch<'static>,
    batch_tokens: usize,
    /// The tokens of sequence 0.
    evaluated: Vec<LlamaToken>,
    /// How many of them, at most, were evaluated in whole blocks.
    in_blocks: usize,
}

/// What a batch is evaluated for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    /// Only to be remembered.
    Nothing,
    /// The logits after its last token.
    Logits,
}

/// One token of a branch.
struct Step {
    branch: usize,
    index: usize,
    token: LlamaToken,
}

impl<'model> Session<'model> {
    /// An empty context.
    ///
    /// # Errors
    /// [`EngineFault::Load`] when llama.cpp refuses it, mostly for want of memory.
    pub(super) fn new(
        backend: &LlamaBackend,
        model: &'model LlamaModel,
        options: &EngineOptions,
        threads: i32,
    ) -> Result<Self, EngineFault> {
        let tokens = options.context_tokens.clamp(1, model.n_ctx_train().max(1));
        let batch_tokens = options.batch_tokens.clamp(LEAST_BATCH_TOKENS, tokens.max(LEAST_BATCH_TOKENS));
        let parameters = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(tokens))
            .with_n_batch(batch_tokens)
            .with_n_ubatch(batch_tokens)
            .with_n_seq_max(count(MOST_BRANCHES + 1))
            // One memory for all sequences: a branch shares its trunk's cells instead of copying them.
            .with_kv_unified(true)
            .with_flash_attention_policy(NO_FLASH_ATTENTION)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model.new_context(backend, parameters).map_err(|error| EngineFault::Load {
            detail: format!("no context of {tokens} tokens: {error}"),
        })?;
        let batch_tokens = usize::try_from(batch_tokens).unwrap_or(BLOCK);
        Ok(Self {
            context,
            batch: LlamaBatch::new(batch_tokens, 1),
            batch_tokens: whole_blocks(batch_tokens),
            evaluated: Vec::new(),
            in_blocks: 0,
        })
    }

    /// Tokens that fit.
    pub(super) fn context_tokens(&self) -> u32 {
        self.context.n_ctx()
    }

    /// Checks that a prompt fits together with what is to follow it.
    ///
    /// # Errors
    /// [`EngineFault::PromptTooLong`] when it does not; [`EngineFault::Template`] when it is empty.
    pub(super) fn check_room(&self, prompt: usize, follows: usize) -> Result<(), EngineFault> {
        let limit = self.context_tokens().saturating_sub(count(follows));
        match count(prompt) {
            0 => Err(EngineFault::Template { detail: "the prompt is empty".into() }),
            tokens if tokens > limit => Err(EngineFault::PromptTooLong { tokens, limit }),
            _ => Ok(()),
        }
    }

    /// Makes sequence 0 this prompt, evaluating only what is new, and gives the number of tokens kept.
    ///
    /// What follows the last whole block is always evaluated; it ends with the token whose logits are wanted.
    ///
    /// # Errors
    /// [`EngineFault::Cancelled`] between batches, [`EngineFault::Decode`].
    pub(super) fn start(
        &mut self,
        prompt: &[LlamaToken],
        is_cancelled: IsCancelled<'_>,
    ) -> Result<u32, EngineFault> {
        let (blocks, rest) =
            prompt.split_at_checked(whole_blocks(prompt.len().saturating_sub(1))).unwrap_or((&[], prompt));
        let reusable = self.evaluated.iter().take(self.in_blocks);
        let kept = self.keep(whole_blocks(shared_prefix(reusable, blocks)));
        self.in_blocks = blocks.len();
        let new = blocks.get(kept..).unwrap_or_default();
        self.evaluate(new, Output::Nothing, is_cancelled)?;
        self.evaluate(rest, Output::Logits, is_cancelled)?;
        Ok(count(kept))
    }

    /// Evaluates tokens after those of sequence 0, for the logits after the last one.
    ///
    /// # Errors
    /// [`EngineFault::Cancelled`] between batches, [`EngineFault::Decode`].
    pub(super) fn extend(
        &mut self,
        tokens: &[LlamaToken],
        is_cancelled: IsCancelled<'_>,
    ) -> Result<(), EngineFault> {
        self.evaluate(tokens, Output::Logits, is_cancelled)
    }

    fn evaluate(
        &mut self,
        tokens: &[LlamaToken],
        output: Output,
        is_cancelled: IsCancelled<'_>,
    ) -> Result<(), EngineFault> {
        let mut left = tokens.len();
        for chunk in tokens.chunks(self.batch_tokens) {
            check(is_cancelled)?;
            self.batch.clear();
            for (offset, &token) in chunk.iter().enumerate() {
                left -= 1;
                let position = position(self.evaluated.len() + offset)?;
                let wanted = left == 0 && output == Output::Logits;
                self.batch.add(token, position, &[0], wanted).map_err(|error| fault(&error))?;
            }
            self.decode()?;
            self.evaluated.extend_from_slice(chunk);
        }
        Ok(())
    }

    /// The logits after the last token of sequence 0, over the whole vocabulary.
    pub(super) fn logits(&self) -> &[f32] {
        self.context.get_logits_ith(-1)
    }

    /// Evaluates up to [`MOST_BRANCHES`] continuations of sequence 0 side by side.
    ///
    /// `visit` gets the branch, the token's index in it, and the logits after that token.
    ///
    /// # Errors
    /// [`EngineFault::Cancelled`] between batches, [`EngineFault::Decode`].
    pub(super) fn branch(
        &mut self,
        branches: &[&[LlamaToken]],
        is_cancelled: IsCancelled<'_>,
        visit: impl FnMut(usize, usize, &[f32]),
    ) -> Result<(), EngineFault> {
        let result = self.evaluate_branches(branches, is_cancelled, visit);
        for branch in 0..branches.len() {
            // Removing a whole sequence always succeeds.
            _ = self.context.kv_cache_seq_rm(sequence(branch)?, None, None);
        }
        result
    }

    fn evaluate_branches(
        &mut self,
        branches: &[&[LlamaToken]],
        is_cancelled: IsCancelled<'_>,
        mut visit: impl FnMut(usize, usize, &[f32]),
    ) -> Result<(), EngineFault> {
        for branch in 0..branches.len() {
            self.context
                .copy_kv_cache_seq(0, sequence(branch)?, None, None)
                .map_err(|error| fault(&error))?;
        }
        for chunk in steps(branches).chunks(self.batch_tokens) {
            check(is_cancelled)?;
            self.batch.clear();
            for step in chunk {
                let position = position(self.evaluated.len() + step.index)?;
                self.batch
                    .add(step.token, position, &[sequence(step.branch)?], true)
                    .map_err(|error| fault(&error))?;
            }
            self.decode()?;
            for (row, step) in (0_i32..).zip(chunk) {
                visit(step.branch, step.index, self.context.get_logits_ith(row));
            }
        }
        Ok(())
    }

    /// Drops all but the first tokens of sequence 0 and gives the number kept.
    fn keep(&mut self, tokens: usize) -> usize {
        if tokens < self.evaluated.len() {
            let from = Some(count(tokens));
            // Recurrent models cannot forget a part: they start anew.
            if self.context.kv_cache_seq_rm(0, from, None).is_err() {
                self.clear();
            }
            self.evaluated.truncate(tokens);
        }
        self.evaluated.len()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.context.clear_kv_cache();
        self.evaluated.clear();
    }

    fn decode(&mut self) -> Result<(), EngineFault> {
        self.context.decode(&mut self.batch).map_err(|error| {
            self.clear();
            fault(&error)
        })
    }
}

fn check(is_cancelled: IsCancelled<'_>) -> Result<(), EngineFault> {
    if is_cancelled() {
        return Err(EngineFault::Cancelled);
    }
    Ok(())
}

fn fault(error: &impl std::fmt::Display) -> EngineFault {
    EngineFault::Decode { detail: error.to_string() }
}

fn position(index: usize) -> Result<i32, EngineFault> {
    i32::try_from(index).map_err(|error| fault(&error))
}

fn sequence(branch: usize) -> Result<i32, EngineFault> {
    position(branch + 1)
}

fn steps(branches: &[&[LlamaToken]]) -> Vec<Step> {
    branches
        .iter()
        .enumerate()
        .flat_map(|(branch, tokens)| {
            tokens.iter().enumerate().map(move |(index, &token)| Step { branch, index, token })
        })
        .collect()
}

/// The most tokens in whole blocks, at most this many.
fn whole_blocks(tokens: usize) -> usize {
    tokens / BLOCK * BLOCK
}

/// The number of leading tokens that two sequences share.
pub(super) fn shared_prefix<'a>(
    one: impl IntoIterator<Item = &'a LlamaToken>,
    other: &[LlamaToken],
) -> usize {
    let pairs = one.into_iter().zip(other);
    pairs.take_while(|(a, b)| a == b).count()
}
