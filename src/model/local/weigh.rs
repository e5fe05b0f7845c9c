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
//!
//! Its first token counts together with those that write the same word in another case or after a space: what a model
//! finds likely as `Pass` it means as `pass`. Words that differ in nothing else stay apart.

use llama_cpp_2::token::LlamaToken;

use super::fault::EngineFault;
use super::job::{Turn, count};
use super::loaded::Loaded;
use super::sampling::LogSoftmax;
use super::schedule::Branches;
use super::session::{LogitsAt, MOST_BRANCHES, shared_prefix};
use super::template::Piece;

/// Candidates being weighed.
pub(super) struct Weighing {
    /// Each candidate's tokens after the prompt.
    own: Vec<Vec<LlamaToken>>,
    /// For each candidate, the tokens that may stand for its first one.
    heads: Vec<Vec<LlamaToken>>,
    /// For each candidate, the tokens that may stand for its last one.
    ends: Vec<Vec<LlamaToken>>,
    sums: Vec<f64>,
    /// Groups of candidates that have run as branches.
    groups_done: usize,
}

impl Weighing {
    /// The prompt with the opening, as far as all candidates share it, and the candidates after it.
    ///
    /// # Errors
    /// Any [`EngineFault`] of rendering.
    pub(super) fn new(
        loaded: &Loaded<'_>,
        turns: &[Turn],
        opening: &str,
        candidates: &[String],
    ) -> Result<(Vec<LlamaToken>, Self), EngineFault> {
        let Spelled { trunk, own } = spell(loaded, turns, opening, candidates)?;
        let ends = own.iter().map(|tokens| ends(loaded, tokens)).collect();
        let heads = apart(own.iter().map(|tokens| head(loaded, tokens)).collect(), &own);
        let sums = vec![0.0; own.len()];
        Ok((trunk, Self { own, heads, ends, sums, groups_done: 0 }))
    }

    /// Candidates given as tokens.
    #[cfg(test)]
    pub(super) fn of_tokens(own: Vec<Vec<LlamaToken>>) -> Self {
        let ends = own.iter().map(|tokens| tokens.last().copied().into_iter().collect()).collect();
        let heads = own.iter().map(|tokens| tokens.first().copied().into_iter().collect()).collect();
        let sums = vec![0.0; own.len()];
        Self { own, heads, ends, sums, groups_done: 0 }
    }

    /// The most tokens that lie in the memory beside the prompt.
    pub(super) fn room(&self) -> usize {
        self.own.chunks(MOST_BRANCHES).map(total).max().unwrap_or(0)
    }

    /// Tokens of all candidates.
    pub(super) fn tokens(&self) -> u32 {
        count(total(&self.own))
    }

    /// The branches that come next; `None` when all have run.
    pub(super) fn branches(&self) -> Option<Branches> {
        let group = self.own.chunks(MOST_BRANCHES).nth(self.groups_done)?;
        let read = group.iter().map(|tokens| read(tokens)).filter(|read| !read.is_empty());
        Some(Branches { count: read.clone().count(), rows: read.map(<[LlamaToken]>::len).sum() })
    }

    /// What is read of each candidate of the next group: its last token is only predicted.
    pub(super) fn next_reads(&self) -> impl Iterator<Item = (usize, &[LlamaToken])> {
        let group = self.own.chunks(MOST_BRANCHES).nth(self.groups_done).unwrap_or_default();
        group.iter().map(|tokens| read(tokens)).enumerate().filter(|(_, read)| !read.is_empty())
    }

    /// The next group has run.
    pub(super) fn end_group(&mut self) {
        self.groups_done += 1;
    }

    /// Starts anew: what was evaluated is lost.
    pub(super) fn restart(&mut self) {
        self.groups_done = 0;
        self.sums.fill(0.0);
    }

    /// Takes in logits of the prompt's end or of a branch of the next group.
    pub(super) fn see(&mut self, place: LogitsAt, logits: &[f32]) {
        let softmax = LogSoftmax::new(logits);
        match place {
            LogitsAt::Text => (0..self.own.len()).for_each(|candidate| self.add(candidate, 0, &softmax)),
            LogitsAt::Branch { branch, index } => {
                self.add(self.groups_done * MOST_BRANCHES + branch, index + 1, &softmax);
            }
        }
    }

    /// The log-probabilities, when all is seen.
    pub(super) fn into_sums(self) -> Vec<f64> {
        self.sums
    }

    fn add(&mut self, candidate: usize, index: usize, softmax: &LogSoftmax<'_>) {
        let parts = (self.own.get(candidate), self.heads.get(candidate), self.ends.get(candidate));
        if let (Some(sum), (Some(own), Some(head), Some(end))) = (self.sums.get_mut(candidate), parts) {
            *sum += match own.get(index) {
                Some(_) if index + 1 == own.len() => softmax.of_any(end),
                Some(_) if index == 0 => softmax.of_any(head),
                Some(&token) => softmax.of(token),
                None => 0.0,
            };
        }
    }
}

/// The tokens that all candidates share, and each candidate's after them.
struct Spelled {
    trunk: Vec<LlamaToken>,
    own: Vec<Vec<LlamaToken>>,
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
    let own = full.into_iter().map(|tokens| tokens.get(trunk.len()..).unwrap_or_default().to_vec());
    let own = own.collect();
    Ok(Spelled { trunk, own })
}

fn total(candidates: &[Vec<LlamaToken>]) -> usize {
    candidates.iter().map(Vec::len).sum()
}

/// All of a candidate's tokens but the last.
fn read(tokens: &[LlamaToken]) -> &[LlamaToken] {
    tokens.split_last().map_or(tokens, |(_, read)| read)
}

/// The tokens that may stand for a candidate's last one.
fn ends(loaded: &Loaded<'_>, tokens: &[LlamaToken]) -> Vec<LlamaToken> {
    tokens.last().map(|&last| loaded.tokenizer.beginning_with(last)).unwrap_or_default()
}

/// The tokens that may stand for a candidate's first one.
fn head(loaded: &Loaded<'_>, tokens: &[LlamaToken]) -> Vec<LlamaToken> {
    tokens.first().map(|&first| loaded.tokenizer.same_word(first)).unwrap_or_default()
}

/// The same, but for candidates whose words differ in case alone: each of these keeps its own first token.
fn apart(heads: Vec<Vec<LlamaToken>>, own: &[Vec<LlamaToken>]) -> Vec<Vec<LlamaToken>> {
    let firsts: Vec<Option<LlamaToken>> = own.iter().map(|tokens| tokens.first().copied()).collect();
    let alone = |(head, first): (Vec<LlamaToken>, &Option<LlamaToken>)| {
        let is_others =
            |other: &Option<LlamaToken>| other != first && other.is_some_and(|other| head.contains(&other));
        if firsts.iter().any(is_others) { first.iter().copied().collect() } else { head }
    };
    heads.into_iter().zip(&firsts).map(alone).collect()
}
