//! How likely the model finds each of some given answers.
//!
//! Prompt, opening and candidate are tokenized together, so the tokens are those the model would really
//! see. The tokens that all candidates share with the opening are evaluated once; each candidate's own
//! tokens then run as a branch of it, all in one batch. A candidate's log-probability is the sum over its
//! own tokens of the log-softmax over the whole vocabulary.

use std::time::Instant;

use llama_cpp_2::token::LlamaToken;

use super::fault::EngineFault;
use super::loaded::Loaded;
use super::reply::{Counts, Timing, Weighed, count, elapsed_ms};
use super::request::Turn;
use super::sampling::LogSoftmax;
use super::session::{IsCancelled, MOST_BRANCHES, shared_prefix};
use super::template::Piece;

/// Weighs candidates as the text after the opening of the assistant's answer.
///
/// # Errors
/// Any [`EngineFault`] of rendering or of evaluation.
pub(super) fn weigh(
    loaded: &mut Loaded<'_>,
    turns: &[Turn],
    opening: &str,
    candidates: &[String],
    is_cancelled: IsCancelled<'_>,
) -> Result<Weighed, EngineFault> {
    let started = Instant::now();
    let spelled = spell(loaded, turns, opening, candidates)?;
    let own: Vec<&[LlamaToken]> = spelled.own();
    let room = own.chunks(MOST_BRANCHES).map(total).max().unwrap_or(0);
    loaded.session.check_room(spelled.trunk.len(), room)?;
    let cached_tokens = loaded.session.start(&spelled.trunk, is_cancelled)?;
    let prompt_ms = elapsed_ms(started);

    let mut log_probabilities = first_tokens(loaded.session.logits(), &own);
    let first_token_ms = elapsed_ms(started);
    for (sums, own) in log_probabilities.chunks_mut(MOST_BRANCHES).zip(own.chunks(MOST_BRANCHES)) {
        // The last token of a candidate is only predicted, never read.
        let read: Vec<&[LlamaToken]> =
            own.iter().map(|tokens| tokens.split_last().map_or(*tokens, |(_, read)| read)).collect();
        loaded.session.branch(&read, is_cancelled, |branch, index, logits| {
            let next = own.get(branch).and_then(|tokens| tokens.get(index + 1));
            if let (Some(sum), Some(&next)) = (sums.get_mut(branch), next) {
                *sum += LogSoftmax::new(logits).of(next);
            }
        })?;
    }
    Ok(Weighed {
        log_probabilities,
        counts: Counts {
            prompt_tokens: count(spelled.trunk.len()),
            cached_tokens,
            completion_tokens: count(total(&own)),
        },
        timing: Timing { prompt_ms, first_token_ms, total_ms: elapsed_ms(started) },
    })
}

/// The tokens that all candidates share, and each candidate in full.
struct Spelled {
    trunk: Vec<LlamaToken>,
    full: Vec<Vec<LlamaToken>>,
}

impl Spelled {
    /// Each candidate's tokens after the trunk.
    fn own(&self) -> Vec<&[LlamaToken]> {
        self.full.iter().map(|tokens| tokens.get(self.trunk.len()..).unwrap_or_default()).collect()
    }
}

fn spell(
    loaded: &Loaded<'_>,
    turns: &[Turn],
    opening: &str,
    candidates: &[String],
) -> Result<Spelled, EngineFault> {
    let mut pieces = loaded.template.render(turns)?;
    pieces.push(Piece::Content(opening.to_owned()));
    let mut trunk = loaded.tokenizer.encode(&pieces);
    let mut full = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        pieces.pop();
        pieces.push(Piece::Content(format!("{opening}{candidate}")));
        full.push(loaded.tokenizer.encode(&pieces));
    }
    let shared = full.iter().map(|tokens| shared_prefix(&trunk, tokens)).min();
    trunk.truncate(shared.unwrap_or(trunk.len()));
    Ok(Spelled { trunk, full })
}

fn total(branches: &[&[LlamaToken]]) -> usize {
    branches.iter().map(|tokens| tokens.len()).sum()
}

/// The log-probability of each candidate's first own token; 0 for one that adds nothing.
fn first_tokens(logits: &[f32], own: &[&[LlamaToken]]) -> Vec<f64> {
    let softmax = LogSoftmax::new(logits);
    own.iter().map(|tokens| tokens.first().map_or(0.0, |&token| softmax.of(token))).collect()
}
