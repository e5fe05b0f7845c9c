//! The model's memory in llama.cpp, what each of its sequences holds, and evaluating rows of tokens in it.
//! Sequences that begin alike share their cells. Each cell has a number, so that it is counted once.
//!
//! Reuse must not change an answer. llama.cpp picks its kernels by the number of rows in a batch; they
//! differ in the last bit, and the 8-bit activations of quantized models blow that up to a tenth of a nat.
//! So a batch of a prompt is always filled up to a multiple of [`ROWS`] rows, which every kernel treats
//! alike, and how a token is evaluated depends on nothing but the tokens before it and where in the memory
//! they lie. That is also cheap: a few rows cost as much as 16. Tokens of an answer are evaluated as they
//! come and never begin the next prompt. Flash attention, which has such a switch of its own at 64 rows, is
//! off.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::fault::EngineFault;
use super::job::{EngineOptions, count};

/// The tokens of one sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    tokens: Vec<LlamaToken>,
    cells: Vec<u64>,
    /// How many from the start were evaluated as a prompt: only they may begin another one.
    reusable: usize,
}

impl Kept {
    /// The tokens.
    pub(super) fn tokens(&self) -> &[LlamaToken] {
        &self.tokens
    }

    /// The number of tokens.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// How many of its tokens may begin this prompt; never the whole prompt, whose last logits are wanted.
    pub(super) fn begins(&self, prompt: &[LlamaToken]) -> usize {
        let known = self.tokens.iter().take(self.reusable);
        shared_prefix(known, prompt).min(prompt.len().saturating_sub(1))
    }

    /// Forgets all but the first tokens.
    pub(super) fn truncate(&mut self, tokens: usize) {
        self.tokens.truncate(tokens);
        self.cells.truncate(tokens);
        self.reusable = self.reusable.min(tokens);
    }

    /// The first tokens, in the same cells.
    pub(super) fn beginning(&self, tokens: usize) -> Self {
        let mut beginning = self.clone();
        beginning.truncate(tokens);
        beginning
    }

    /// Adds a token of a prompt.
    pub(super) fn read(&mut self, token: LlamaToken, cell: u64) {
        self.write(token, cell);
        self.reusable = self.tokens.len();
    }

    /// Adds a token of an answer.
    pub(super) fn write(&mut self, token: LlamaToken, cell: u64) {
        self.tokens.push(token);
        self.cells.push(cell);
    }
}

/// Cells that these sequences use together.
pub(super) fn cells<'a>(sequences: impl Iterator<Item = &'a Kept>) -> usize {
    sequences.flat_map(|kept| &kept.cells).collect::<BTreeSet<_>>().len()
}

/// The number of leading tokens that two sequences share.
pub(super) fn shared_prefix<'a>(
    one: impl IntoIterator<Item = &'a LlamaToken>,
    other: &[LlamaToken],
) -> usize {
    one.into_iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// The most branches of one prompt at a time.
pub(super) const MOST_BRANCHES: usize = 15;
/// Batches of a prompt have a multiple of this many rows: enough for every kernel of llama.cpp's CPU backend
/// to treat each row alike.
pub(super) const ROWS: usize = 16;
/// The most requests at a time.
const MOST_PARALLEL: u32 = 32;
/// The most requests whose branches run at the same time; the others wait for the next batch.
const MOST_BRANCHING: u32 = 3;
/// A smaller batch would cost speed and win nothing.
const LEAST_BATCH_TOKENS: u32 = 32;
/// `LLAMA_FLASH_ATTN_TYPE_DISABLED`.
const NO_FLASH_ATTENTION: i32 = 0;

/// A model's context.
///
/// Its sequences are numbered: one for each request in flight, then those for branches, and the last for the
/// rows that fill up a batch.
pub(super) struct Session<'model> {
    context: LlamaContext<'model>,
    context_tokens: usize,
    request_tokens: usize,
    batch: LlamaBatch<'static>,
    batch_tokens: usize,
    parallel: u32,
    is_recurrent: bool,
}

/// One row of a batch.
#[derive(Debug)]
pub(super) struct Row {
    /// The token.
    pub(super) token: LlamaToken,
    /// Its place in its sequence.
    pub(super) position: usize,
    /// The sequences it belongs to: its request's, and the branches that are to see it.
    pub(super) sequences: Vec<i32>,
    /// What its logits are wanted for.
    pub(super) wanted: Option<Wanted>,
}

/// What logits are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The number of the request's slot.
    pub(super) slot: usize,
    /// Where they were computed.
    pub(super) place: LogitsAt,
}

/// Where logits were computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogitsAt {
    /// After the last token of the text so far.
    Text,
    /// After a token of a branch.
    Branch {
        /// The branch's number in its group.
        branch: usize,
        /// The token's index in it.
        index: usize,
    },
}

/// Whether a batch is filled up to full rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filling {
    /// It has a part of a prompt.
    Full,
    /// It has answers only, whose rows are few.
    AsItIs,
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
        let is_recurrent = model.is_recurrent() || model.is_hybrid();
        let parallel = if is_recurrent { 1 } else { options.parallel.clamp(1, MOST_PARALLEL) };
        let tokens = options.context_tokens.clamp(1, model.n_ctx_train().max(1).saturating_mul(parallel));
        let batch_tokens = options.batch_tokens.clamp(LEAST_BATCH_TOKENS, tokens.max(LEAST_BATCH_TOKENS));
        let sequences = parallel + count(branch_sequences(parallel)) + 1;
        let parameters = LlamaContextParams::default()
            // The rows that fill up a batch need room too.
            .with_n_ctx(NonZeroU32::new(tokens.saturating_add(count(ROWS))))
            .with_n_batch(batch_tokens)
            .with_n_ubatch(batch_tokens)
            .with_n_seq_max(sequences)
            // One memory for all sequences: those that begin alike share cells instead of copying them.
            .with_kv_unified(true)
            .with_flash_attention_policy(NO_FLASH_ATTENTION)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model.new_context(backend, parameters).map_err(|error| EngineFault::Load {
            detail: format!("no context of {tokens} tokens: {error}"),
        })?;
        let batch_tokens = usize::try_from(batch_tokens).unwrap_or(ROWS);
        let most_sequences = i32::try_from(MOST_BRANCHES + 1).unwrap_or(i32::MAX);
        Ok(Self {
            context,
            context_tokens: whole(tokens),
            request_tokens: whole(tokens.min(model.n_ctx_train().max(1))),
            batch: LlamaBatch::new(batch_tokens, most_sequences),
            batch_tokens: batch_tokens / ROWS * ROWS,
            parallel,
            is_recurrent,
        })
    }

    /// Tokens that fit, of all requests in flight together.
    pub(super) fn context_tokens(&self) -> usize {
        self.context_tokens
    }

    /// Rows of a batch, a multiple of [`ROWS`].
    pub(super) fn batch_tokens(&self) -> usize {
        self.batch_tokens
    }

    /// The most requests in flight.
    pub(super) fn parallel(&self) -> u32 {
        self.parallel
    }

    /// Recurrent layers keep a state instead of tokens: no row may belong to two sequences.
    pub(super) fn is_recurrent(&self) -> bool {
        self.is_recurrent
    }

    /// The sequences for branches.
    pub(super) fn branch_sequences(&self) -> impl Iterator<Item = i32> + use<> {
        let first = i32::try_from(self.parallel).unwrap_or(i32::MAX);
        (first..).take(branch_sequences(self.parallel))
    }

    /// Checks that a prompt fits together with what is to follow it, with nothing else in the memory.
    ///
    /// # Errors
    /// [`EngineFault::PromptTooLong`] when it does not; [`EngineFault::Template`] when it is empty.
    pub(super) fn check_room(&self, prompt: usize, follows: usize) -> Result<(), EngineFault> {
        let limit = self.request_tokens.saturating_sub(follows);
        match prompt {
            0 => Err(EngineFault::Template { detail: "the prompt is empty".into() }),
            tokens if tokens > limit => {
                Err(EngineFault::PromptTooLong { tokens: count(tokens), limit: count(limit) })
            }
            _ => Ok(()),
        }
    }

    /// Evaluates rows; `visit` gets the logits that are wanted, over the whole vocabulary.
    ///
    /// # Errors
    /// [`EngineFault::Decode`]; what the memory holds is then unknown.
    pub(super) fn evaluate(
        &mut self,
        rows: &[Row],
        filling: Filling,
        mut visit: impl FnMut(Wanted, &[f32]),
    ) -> Result<(), EngineFault> {
        for chunk in rows.chunks(self.batch_tokens) {
            self.decode(chunk, filling)?;
            for (row, wanted) in (0..).zip(chunk).filter_map(|(at, row)| Some((at, row.wanted?))) {
                visit(wanted, self.context.get_logits_ith(row));
            }
        }
        Ok(())
    }

    fn decode(&mut self, rows: &[Row], filling: Filling) -> Result<(), EngineFault> {
        self.batch.clear();
        for row in rows {
            self.add(row.token, row.position, &row.sequences, row.wanted.is_some())?;
        }
        let missing = match filling {
            Filling::Full if !self.is_recurrent => rows.len().next_multiple_of(ROWS) - rows.len(),
            _ => 0,
        };
        let last = self.branch_sequences().last().unwrap_or_default() + 1;
        if let Some(row) = rows.first() {
            for position in 0..missing {
                self.add(row.token, position, &[last], false)?;
            }
        }
        self.context.decode(&mut self.batch).map_err(|error| fault(&error))?;
        if missing > 0 {
            self.forget(last, 0);
        }
        Ok(())
    }

    fn add(
        &mut self,
        token: LlamaToken,
        position: usize,
        sequences: &[i32],
        wanted: bool,
    ) -> Result<(), EngineFault> {
        let position = i32::try_from(position).map_err(|error| fault(&error))?;
        self.batch.add(token, position, sequences, wanted).map_err(|error| fault(&error))
    }

    /// Lets a sequence begin with the first tokens of another.
    ///
    /// # Errors
    /// [`EngineFault::Decode`].
    pub(super) fn share(&mut self, from: i32, to: i32, tokens: usize) -> Result<(), EngineFault> {
        // A state is copied as it is.
        let end = (!self.is_recurrent).then(|| count(tokens));
        self.context.copy_kv_cache_seq(from, to, None, end).map_err(|error| fault(&error))
    }

    /// Empties the memory.
    pub(super) fn clear(&mut self) {
        self.context.clear_kv_cache();
    }

    /// Drops what a sequence holds after its first tokens, and gives how many are left: recurrent models
    /// cannot forget a part, so theirs is then empty.
    pub(super) fn forget(&mut self, sequence: i32, tokens: usize) -> usize {
        let from = Some(count(tokens));
        if self.context.kv_cache_seq_rm(sequence, from, None).is_ok() {
            return tokens;
        }
        // Removing a whole sequence always succeeds.
        _ = self.context.kv_cache_seq_rm(sequence, None, None);
        0
    }
}

fn whole(tokens: u32) -> usize {
    usize::try_from(tokens).unwrap_or(usize::MAX)
}

fn branch_sequences(parallel: u32) -> usize {
    MOST_BRANCHES * usize::try_from(parallel.min(MOST_BRANCHING)).unwrap_or(1)
}

fn fault(error: &impl std::fmt::Display) -> EngineFault {
    EngineFault::Decode { detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(ids: &[i32]) -> Vec<LlamaToken> {
        ids.iter().copied().map(LlamaToken).collect()
    }

    fn prompt(ids: &[i32], first_cell: u64) -> Kept {
        let mut kept = Kept::default();
        for (token, cell) in tokens(ids).into_iter().zip(first_cell..) {
            kept.read(token, cell);
        }
        kept
    }

    #[test]
    fn an_answer_never_begins_a_prompt_nor_does_a_prompt_begin_itself() {
        let mut kept = prompt(&[1, 2, 3], 0);
        kept.write(LlamaToken(4), 3);
        assert_eq!(kept.begins(&tokens(&[1, 2, 3, 4, 5])), 3);
        assert_eq!(kept.begins(&tokens(&[1, 2, 3])), 2);
        assert_eq!(kept.begins(&tokens(&[2])), 0);
        kept.truncate(1);
        assert_eq!(kept.begins(&tokens(&[1, 2, 3])), 1);
    }

    #[test]
    fn shared_cells_count_once() {
        let one = prompt(&[1, 2, 3, 4], 0);
        let mut other = one.beginning(2);
        other.read(LlamaToken(9), 4);
        assert_eq!(cells([&one, &other].into_iter()), 5);
        assert_eq!(cells([&other].into_iter()), 3);
    }
}
