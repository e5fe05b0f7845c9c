//! How likely the model finds each of some given answers.
//!
//! Prompt, opening and candidate are tokenized together, so the tokens are those the model would really
//! see. The tokens that all candidates share with the opening are evaluated once; each candidate's own
//! tokens run as a branch of it, in the same batch as its end. A candidate's log-probability is the sum over its
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
use super::session::{IsCancelled, MOST_BRANCHES, Place, shared_prefix};
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
    let ends = ends(loaded, &own);
    let mut log_probabilities = vec![0.0; own.len()];
    let mut groups = reads(&own).into_iter();
    let mut prompt_ms = 0.0;
    let mut first_token_ms = 0.0;
    let first = groups.next().unwrap_or_default();
    let cached_tokens =
        loaded.session.start_with_branches(&spelled.trunk, &first, is_cancelled, |place, logits| {
            let softmax = LogSoftmax::new(logits);
            match place {
                Place::Prompt => {
                    prompt_ms = elapsed_ms(started);
                    add_first(&mut log_probabilities, &own, &ends, &softmax);
                    first_token_ms = elapsed_ms(started);
                }
                Place::Branch { branch, index } => {
                    add(&mut log_probabilities, &own, &ends, branch, index + 1, &softmax);
                }
            }
        })?;
    for (group, read) in groups.enumerate() {
        let before = (group + 1) * MOST_BRANCHES;
        loaded.session.branch(&read, is_cancelled, |place, logits| {
            if let Place::Branch { branch, index } = place {
                let softmax = LogSoftmax::new(logits);
                add(&mut log_probabilities, &own, &ends, before + branch, index + 1, &softmax);
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

/// What is read of each candidate, in groups of branches: its last token is only predicted.
fn reads<'a>(own: &[&'a [LlamaToken]]) -> Vec<Vec<&'a [LlamaToken]>> {
    let read = |tokens: &&'a [LlamaToken]| tokens.split_last().map_or(*tokens, |(_, read)| read);
    own.chunks(MOST_BRANCHES).map(|group| group.iter().map(read).collect()).collect()
}

/// Adds the log-probability of each candidate's first own token.
fn add_first(sums: &mut [f64], own: &[&[LlamaToken]], ends: &[Vec<LlamaToken>], softmax: &LogSoftmax<'_>) {
    for candidate in 0..own.len() {
        add(sums, own, ends, candidate, 0, softmax);
    }
}

/// Adds the log-probability of a candidate's own token at this index.
fn add(
    sums: &mut [f64],
    own: &[&[LlamaToken]],
    ends: &[Vec<LlamaToken>],
    candidate: usize,
    index: usize,
    softmax: &LogSoftmax<'_>,
) {
    if let (Some(sum), Some(own), Some(end)) =
        (sums.get_mut(candidate), own.get(candidate), ends.get(candidate))
    {
        *sum += token_at(own, end, index, softmax);
    }
}

/// The log-probability of a candidate's own token at this index; 0 after its end.
fn token_at(own: &[LlamaToken], end: &[LlamaToken], index: usize, softmax: &LogSoftmax<'_>) -> f64 {
    match own.get(index) {
        Some(_) if index + 1 == own.len() => softmax.of_any(end),
        Some(&token) => softmax.of(token),
        None => 0.0,
    }
}
