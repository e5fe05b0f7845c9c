//! How likely the model finds each of some given answers.
//!
//! Prompt, opening and candidate are tokenized together, so the tokens are those the model would really
//! see. The tokens that all candidates share with the opening are evaluated once; each candidate's own
//! tokens then run as a branch of it, all in one batch. A candidate's log-probability is the sum over its
//! own tokens of the log-softmax over the whole vocabulary.
//!
//! Its last token counts together with every token that begins with the same bytes. Models write the end
//! of `{"verdict":"pass"}` as one token, `"}`, and all but never the lone quote at the end of the candidate
//! `pass"`; the lone quote's tiny and arbitrary probability would drown the verdict's. So what is weighed
//! is that the answer goes on with the candidate's text, whatever follows it.

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

    let ends = ends(loaded, &own);
    let mut log_probabilities = first_tokens(loaded.session.logits(), &own, &ends);
    let first_token_ms = elapsed_ms(started);
    let groups = log_probabilities
        .chunks_mut(MOST_BRANCHES)
        .zip(own.chunks(MOST_BRANCHES))
        .zip(ends.chunks(MOST_BRANCHES));
    for ((sums, own), ends) in groups {
        // The last token of a candidate is only predicted, never read.
        let read: Vec<&[LlamaToken]> =
            own.iter().map(|tokens| tokens.split_last().map_or(*tokens, |(_, read)| read)).collect();
        loaded.session.branch(&read, is_cancelled, |branch, index, logits| {
            let parts = (sums.get_mut(branch), own.get(branch), ends.get(branch));
            if let (Some(sum), Some(own), Some(end)) = parts {
                *sum += token_at(own, end, index + 1, &LogSoftmax::new(logits));
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

/// For each candidate, the tokens that may stand for its last one.
fn ends(loaded: &Loaded<'_>, own: &[&[LlamaToken]]) -> Vec<Vec<LlamaToken>> {
    own.iter()
        .map(|tokens| match tokens.last() {
            Some(&last) => loaded.tokenizer.beginning_with(last),
            None => Vec::new(),
        })
        .collect()
}

/// The log-probability of each candidate's first own token.
fn first_tokens(logits: &[f32], own: &[&[LlamaToken]], ends: &[Vec<LlamaToken>]) -> Vec<f64> {
    let softmax = LogSoftmax::new(logits);
    own.iter().zip(ends).map(|(own, end)| token_at(own, end, 0, &softmax)).collect()
}

/// The log-probability of a candidate's own token at this index; 0 after its end.
fn token_at(own: &[LlamaToken], end: &[LlamaToken], index: usize, softmax: &LogSoftmax<'_>) -> f64 {
    match own.get(index) {
        Some(_) if index + 1 == own.len() => softmax.of_any(end),
        Some(&token) => softmax.of(token),
        None => 0.0,
    }
}
