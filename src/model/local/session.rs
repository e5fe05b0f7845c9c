//! The model's memory: what has been evaluated, and going on from there.
//!
//! Sequence 0 holds the last prompt. A new prompt keeps the tokens it shares with it from the start and
//! evaluates the rest. Sequences 1 and up are branches of it, made and dropped while candidates are weighed.
//!
//! Reuse must not change an answer. llama.cpp picks its kernels by the number of rows in a batch; they
//! differ in the last bit, and the 8-bit activations of quantized models blow that up to a tenth of a nat.
//! So a batch of a prompt is always filled up to a multiple of [`ROWS`] rows, which every kernel treats
//! alike, and how a token is evaluated depends on nothing but the tokens before it. That is also cheap: a
//! few rows cost as much as 16. Tokens of an answer are evaluated as they come and never kept for the next
//! prompt. Flash attention, which has such a switch of its own at 64 rows, is off.

use std::num::NonZeroU32;
use std::ops::Range;

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
/// Batches of a prompt have a multiple of this many rows: enough for every kernel of llama.cpp's CPU backend
/// to treat each row alike.
const ROWS: usize = 16;
/// Sequence 0 and its branches.
const SEQUENCES: [i32; MOST_BRANCHES + 1] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// The sequence of the rows that fill up a batch, gone after it.
const FILLING: i32 = 16;
/// A smaller batch would cost speed and win nothing.
const LEAST_BATCH_TOKENS: u32 = 32;
/// `LLAMA_FLASH_ATTN_TYPE_DISABLED`.
const NO_FLASH_ATTENTION: i32 = 0;

/// Asks whether the caller has gone.
pub(super) type IsCancelled<'a> = &'a dyn Fn() -> bool;

/// A model's context and what is in it.
pub(super) struct Session<'model> {
    context: LlamaContext<'model>,
    context_tokens: u32,
    batch: LlamaBatch<'static>,
    batch_tokens: usize,
    /// The tokens of sequence 0.
    evaluated: Vec<LlamaToken>,
    /// How many of them, at most, the next prompt may keep.
    reusable: usize,
    /// Recurrent layers keep a state instead of tokens: no row may belong to two sequences.
    is_recurrent: bool,
}

/// Where logits were computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// After the last token of the prompt.
    Prompt,
    /// After a token of a branch.
    Branch {
        /// The branch's number.
        branch: usize,
        /// The token's index in it.
        index: usize,
    },
}

/// One row of a batch.
struct Row {
    token: LlamaToken,
    position: usize,
    /// The sequences it belongs to, a part of [`SEQUENCES`].
    sequences: Range<usize>,
    /// What its logits are wanted for.
    wanted: Option<Place>,
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
            // The rows that fill up a batch need room too.
            .with_n_ctx(NonZeroU32::new(tokens.saturating_add(count(ROWS))))
            .with_n_batch(batch_tokens)
            .with_n_ubatch(batch_tokens)
            .with_n_seq_max(count(MOST_BRANCHES + 2))
            // One memory for all sequences: a branch shares its trunk's cells instead of copying them.
            .with_kv_unified(true)
            .with_flash_attention_policy(NO_FLASH_ATTENTION)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model.new_context(backend, parameters).map_err(|error| EngineFault::Load {
            detail: format!("no context of {tokens} tokens: {error}"),
        })?;
        let batch_tokens = usize::try_from(batch_tokens).unwrap_or(ROWS);
        let most_sequences = i32::try_from(SEQUENCES.len()).unwrap_or(i32::MAX);
        Ok(Self {
            context,
            context_tokens: tokens,
            batch: LlamaBatch::new(batch_tokens, most_sequences),
            batch_tokens: batch_tokens / ROWS * ROWS,
            evaluated: Vec::new(),
            reusable: 0,
            is_recurrent: model.is_recurrent() || model.is_hybrid(),
        })
    }

    /// Tokens that fit.
    pub(super) fn context_tokens(&self) -> u32 {
        self.context_tokens
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
    /// Its last token is always evaluated, for its logits.
    ///
    /// # Errors
    /// [`EngineFault::Cancelled`] between batches, [`EngineFault::Decode`].
    pub(super) fn start(
        &mut self,
        prompt: &[LlamaToken],
        is_cancelled: IsCancelled<'_>,
    ) -> Result<u32, EngineFault> {
        self.start_with_branches(prompt, &[], is_cancelled, |_, _| {})
    }

    /// Makes sequence 0 this prompt and evaluates up to [`MOST_BRANCHES`] continuations of it, in the same
    /// batch as its end. Gives the number of tokens kept.
    ///
    /// `visit` gets the logits after the prompt, and after each token of each branch.
    ///
    /// # Errors
    /// [`EngineFault::Cancelled`] between batches, [`EngineFault::Decode`].
    pub(super) fn start_with_branches(
        &mut self,
        prompt: &[LlamaToken],
        branches: &[&[LlamaToken]],
        is_cancelled: IsCancelled<'_>,
        mut visit: impl FnMut(Place, &[f32]),
    ) -> Result<u32, EngineFault> {
        let known = self.evaluated.iter().take(self.reusable);
        let kept = self.keep(shared_prefix(known, prompt).min(prompt.len().saturating_sub(1)));
        let new = prompt.get(kept..).unwrap_or_default();
        self.reusable = prompt.len();
        if self.is_recurrent {
            self.evaluate(rows_of(new, kept, 0), is_cancelled, &mut visit)?;
            self.branch(branches, is_cancelled, visit)?;
            return Ok(count(kept));
        }
        let mut rows = rows_of(new, kept, branches.len());
        rows.extend(branch_rows(branches, prompt.len()));
        self.on_branches(branches.len(), |session| session.evaluate(rows, is_cancelled, &mut visit))?;
        Ok(count(kept))
    }

    /// Evaluates up to [`MOST_BRANCHES`] continuations of sequence 0 side by side.
    ///
    /// `visit` gets the logits after each token of each branch.
    ///
    /// # Errors
    /// [`EngineFault::Cancelled`] between batches, [`EngineFault::Decode`].
    pub(super) fn branch(
        &mut self,
        branches: &[&[LlamaToken]],
        is_cancelled: IsCancelled<'_>,
        mut visit: impl FnMut(Place, &[f32]),
    ) -> Result<(), EngineFault> {
        let rows = branch_rows(branches, self.evaluated.len()).collect();
        self.on_branches(branches.len(), |session| session.evaluate(rows, is_cancelled, &mut visit))
    }

    /// Evaluates tokens of an answer after those of sequence 0, for the logits after the last one.
    ///
    /// # Errors
    /// [`EngineFault::Cancelled`] between batches, [`EngineFault::Decode`].
    pub(super) fn extend(
        &mut self,
        tokens: &[LlamaToken],
        is_cancelled: IsCancelled<'_>,
    ) -> Result<(), EngineFault> {
        for chunk in rows_of(tokens, self.evaluated.len(), 0).chunks(self.batch_tokens) {
            check(is_cancelled)?;
            self.decode(chunk)?;
        }
        Ok(())
    }

    /// The logits after the last token of sequence 0, over the whole vocabulary.
    pub(super) fn logits(&self) -> &[f32] {
        self.context.get_logits_ith(-1)
    }

    /// Does something with so many branches of sequence 0, which are gone afterwards.
    fn on_branches(
        &mut self,
        branches: usize,
        evaluate: impl FnOnce(&mut Self) -> Result<(), EngineFault>,
    ) -> Result<(), EngineFault> {
        let branches = SEQUENCES.get(1..=branches).unwrap_or_default();
        for &branch in branches {
            self.context.copy_kv_cache_seq(0, branch, None, None).map_err(|error| fault(&error))?;
        }
        let result = evaluate(self);
        for &branch in branches {
            self.drop_sequence(branch);
        }
        result
    }

    /// Evaluates rows in batches that are filled up.
    fn evaluate(
        &mut self,
        rows: Vec<Row>,
        is_cancelled: IsCancelled<'_>,
        visit: &mut impl FnMut(Place, &[f32]),
    ) -> Result<(), EngineFault> {
        for chunk in rows.chunks(self.batch_tokens) {
            check(is_cancelled)?;
            self.decode_filled(chunk)?;
            for (row, place) in (0..).zip(chunk).filter_map(|(at, row)| Some((at, row.wanted?))) {
                visit(place, self.context.get_logits_ith(row));
            }
        }
        Ok(())
    }

    fn decode_filled(&mut self, rows: &[Row]) -> Result<(), EngineFault> {
        let missing = rows.len().next_multiple_of(ROWS) - rows.len();
        let Some(filling) = rows.first().filter(|_| missing > 0 && !self.is_recurrent) else {
            return self.decode(rows);
        };
        self.fill(rows)?;
        for position in 0..missing {
            self.batch
                .add(filling.token, position_of(position)?, &[FILLING], false)
                .map_err(|error| fault(&error))?;
        }
        self.run(rows)?;
        self.drop_sequence(FILLING);
        Ok(())
    }

    fn decode(&mut self, rows: &[Row]) -> Result<(), EngineFault> {
        self.fill(rows)?;
        self.run(rows)
    }

    fn fill(&mut self, rows: &[Row]) -> Result<(), EngineFault> {
        self.batch.clear();
        for row in rows {
            let sequences = SEQUENCES.get(row.sequences.clone()).unwrap_or_default();
            self.batch
                .add(row.token, position_of(row.position)?, sequences, row.wanted.is_some())
                .map_err(|error| fault(&error))?;
        }
        Ok(())
    }

    fn run(&mut self, rows: &[Row]) -> Result<(), EngineFault> {
        if let Err(error) = self.context.decode(&mut self.batch) {
            self.clear();
            return Err(fault(&error));
        }
        let own = rows.iter().filter(|row| row.sequences.start == 0);
        self.evaluated.extend(own.map(|row| row.token));
        Ok(())
    }

    fn drop_sequence(&mut self, sequence: i32) {
        // Removing a whole sequence always succeeds, and the number is none too large.
        _ = self.context.kv_cache_seq_rm(sequence, None, None);
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

fn position_of(index: usize) -> Result<i32, EngineFault> {
    i32::try_from(index).map_err(|error| fault(&error))
}

/// Tokens of sequence 0 and of so many branches, from this position, for the logits after the last one.
fn rows_of(tokens: &[LlamaToken], from: usize, branches: usize) -> Vec<Row> {
    let last = from + tokens.len();
    let row = |(position, &token)| Row {
        token,
        position,
        sequences: 0..branches + 1,
        wanted: (position + 1 == last).then_some(Place::Prompt),
    };
    (from..).zip(tokens).map(row).collect()
}

fn branch_rows<'a>(branches: &'a [&[LlamaToken]], from: usize) -> impl Iterator<Item = Row> + 'a {
    branches.iter().enumerate().flat_map(move |(branch, tokens)| {
        tokens.iter().enumerate().map(move |(index, &token)| Row {
            token,
            position: from + index,
            sequences: branch + 1..branch + 2,
            wanted: Some(Place::Branch { branch, index }),
        })
    })
}

/// The number of leading tokens that two sequences share.
pub(super) fn shared_prefix<'a>(
    one: impl IntoIterator<Item = &'a LlamaToken>,
    other: &[LlamaToken],
) -> usize {
    let pairs = one.into_iter().zip(other);
    pairs.take_while(|(a, b)| a == b).count()
}
