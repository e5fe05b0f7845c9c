//! What each sequence of the model's memory holds, and how much room is left.
//!
//! Sequences that begin alike share their cells. Each cell has a number here, so that it is counted once.

use std::collections::BTreeSet;

use llama_cpp_2::token::LlamaToken;

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
