//! From pieces of a prompt to tokens.
//!
//! The model's reference tokenizer first cuts the text at special tokens and then tokenizes each stretch
//! between them as a whole. This does the same, so the tokens are those the model was trained on, but it
//! looks for special tokens in markup only. A stretch may hold both markup and content (`user`, a line
//! feed, and the message), and is tokenized as one.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token_type::LlamaTokenAttr;
use llama_cpp_2::vocab::LlamaVocab;

use super::template::Piece;

/// A special token's text and how it treats the white space beside it.
#[derive(Debug)]
struct Special {
    text: String,
    token: LlamaToken,
    /// llama.cpp finds these in plain text too, so content that spells one is cut in two.
    in_plain_text: bool,
    strips_left: bool,
    strips_right: bool,
}

/// The vocabulary of a model.
#[derive(Debug)]
pub(super) struct Tokenizer<'model> {
    vocab: LlamaVocab<'model>,
    /// By first byte, the longest first.
    specials: BTreeMap<u8, Vec<Special>>,
    bos: Option<LlamaToken>,
    /// Every token that is text, sorted by its bytes; filled at the first need.
    by_bytes: OnceCell<Vec<(Vec<u8>, LlamaToken)>>,
}

impl<'model> Tokenizer<'model> {
    /// Reads the special tokens of the model's vocabulary.
    pub(super) fn new(model: &'model LlamaModel) -> Self {
        let vocab = model.vocab();
        let mut specials: BTreeMap<u8, Vec<Special>> = BTreeMap::new();
        for special in vocab.tokens().filter_map(|token| special(&vocab, token)) {
            if let Some(&first) = special.text.as_bytes().first() {
                specials.entry(first).or_default().push(special);
            }
        }
        for group in specials.values_mut() {
            group.sort_by_key(|special| std::cmp::Reverse(special.text.len()));
        }
        let bos = Some(vocab.bos()).filter(|token| vocab.should_add_bos() && token.0 >= 0);
        Self { vocab, specials, bos, by_bytes: OnceCell::new() }
    }

    /// The tokens of a prompt.
    pub(super) fn encode(&self, pieces: &[Piece]) -> Vec<LlamaToken> {
        let forgeable = self.forgeable(pieces);
        let mut draft = Draft::new(self);
        for piece in pieces {
            match piece {
                Piece::Markup(text) => draft.markup(text),
                Piece::Content(text) => draft.content(text, &forgeable),
            }
        }
        let mut tokens = draft.finish();
        if let Some(bos) = self.bos.filter(|bos| tokens.first() != Some(bos)) {
            tokens.insert(0, bos);
        }
        tokens
    }

    /// The tokens of plain text in the middle of an answer.
    pub(super) fn plain(&self, text: &str) -> Vec<LlamaToken> {
        self.vocab.tokenize(text.as_bytes(), false, false)
    }

    /// The bytes a token stands for in an answer; none for a control token.
    pub(super) fn bytes(&self, token: LlamaToken) -> Vec<u8> {
        self.vocab.token_to_piece(token, false, None)
    }

    /// The tokens whose bytes begin with those of this one, itself included.
    pub(super) fn beginning_with(&self, token: LlamaToken) -> Vec<LlamaToken> {
        let start = self.bytes(token);
        if start.is_empty() {
            return vec![token];
        }
        let sorted = self.by_bytes.get_or_init(|| self.sorted_by_bytes());
        let first = sorted.partition_point(|(bytes, _)| bytes < &start);
        let from = sorted.get(first..).unwrap_or_default();
        from.iter().take_while(|(bytes, _)| bytes.starts_with(&start)).map(|&(_, token)| token).collect()
    }

    /// The tokens that write the same word: in lower or upper case, with or without a space before it; itself included.
    pub(super) fn same_word(&self, token: LlamaToken) -> Vec<LlamaToken> {
        let own = self.bytes(token);
        let word = own.strip_prefix(b" ").unwrap_or(&own);
        if word.is_empty() {
            return vec![token];
        }
        let lower = word.to_ascii_lowercase();
        let mut capital = lower.clone();
        capital.iter_mut().take(1).for_each(u8::make_ascii_uppercase);
        let sorted = self.by_bytes.get_or_init(|| self.sorted_by_bytes());
        let mut tokens = vec![token];
        for written in [word.to_vec(), word.to_ascii_uppercase(), lower, capital] {
            for bytes in [[b" ", written.as_slice()].concat(), written] {
                let first = sorted.partition_point(|(known, _)| *known < bytes);
                let same =
                    sorted.get(first..).unwrap_or_default().iter().take_while(|(known, _)| *known == bytes);
                tokens.extend(same.map(|&(_, token)| token));
            }
        }
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }

    fn sorted_by_bytes(&self) -> Vec<(Vec<u8>, LlamaToken)> {
        let mut sorted: Vec<(Vec<u8>, LlamaToken)> = self
            .vocab
            .tokens()
            .map(|token| (self.bytes(token), token))
            .filter(|(bytes, _)| !bytes.is_empty())
            .collect();
        sorted.sort_unstable();
        sorted
    }

    /// Whether the token ends the model's turn.
    pub(super) fn ends_turn(&self, token: LlamaToken) -> bool {
        self.vocab.is_eog(token)
    }

    /// Every special token and its text.
    #[cfg(test)]
    pub(super) fn specials(&self) -> impl Iterator<Item = (&str, LlamaToken)> {
        let specials = self.specials.values().flatten();
        specials.map(|special| (special.text.as_str(), special.token))
    }

    /// Texts of special tokens that the markup uses and that llama.cpp would find in plain text.
    fn forgeable<'a>(&'a self, pieces: &[Piece]) -> Vec<&'a str> {
        let mut texts = Vec::new();
        for piece in pieces {
            let Piece::Markup(text) = piece else { continue };
            let mut rest = text.as_str();
            while let Some((_, special, after)) = self.next_special(rest) {
                if special.in_plain_text && !special.text.trim().is_empty() {
                    texts.push(special.text.as_str());
                }
                rest = after;
            }
        }
        texts.sort_unstable();
        texts.dedup();
        texts
    }

    /// The text before the next special token, the token, and the text after it.
    fn next_special<'a>(&self, text: &'a str) -> Option<(&'a str, &Special, &'a str)> {
        text.char_indices().find_map(|(at, _)| {
            let (before, rest) = text.split_at_checked(at)?;
            let group = self.specials.get(rest.as_bytes().first()?)?;
            let special = group.iter().find(|special| rest.starts_with(&special.text))?;
            Some((before, special, rest.strip_prefix(&special.text)?))
        })
    }
}

fn special(vocab: &LlamaVocab<'_>, token: LlamaToken) -> Option<Special> {
    let attributes = vocab.attr(token);
    let hidden = LlamaTokenAttr::Control | LlamaTokenAttr::Unknown;
    if !attributes.intersects(hidden | LlamaTokenAttr::UserDefined) {
        return None;
    }
    let text = vocab.text(token)?.to_str().ok()?;
    (!text.is_empty()).then(|| Special {
        text: text.to_owned(),
        token,
        in_plain_text: !attributes.intersects(hidden),
        strips_left: attributes.contains(LlamaTokenAttr::LStrip),
        strips_right: attributes.contains(LlamaTokenAttr::RStrip),
    })
}

/// Tokens so far, and the text since the last special token.
struct Draft<'a> {
    tokenizer: &'a Tokenizer<'a>,
    tokens: Vec<LlamaToken>,
    stretch: String,
    strip_next: bool,
}

impl<'a> Draft<'a> {
    fn new(tokenizer: &'a Tokenizer<'a>) -> Self {
        Self { tokenizer, tokens: Vec::new(), stretch: String::new(), strip_next: false }
    }

    fn markup(&mut self, text: &str) {
        let tokenizer = self.tokenizer;
        let mut rest = text;
        while let Some((before, special, after)) = tokenizer.next_special(rest) {
            self.text(before);
            if special.strips_left {
                self.stretch.truncate(self.stretch.trim_ascii_end().len());
            }
            self.cut();
            self.tokens.push(special.token);
            self.strip_next = special.strips_right;
            rest = after;
        }
        self.text(rest);
    }

    fn content(&mut self, text: &str, forgeable: &[&str]) {
        let mut rest = text;
        while let Some(inside) = first_inside(rest, forgeable) {
            let Some((before, after)) = rest.split_at_checked(inside) else {
                break;
            };
            self.text(before);
            self.cut();
            rest = after;
        }
        self.text(rest);
    }

    fn text(&mut self, text: &str) {
        let text = if self.strip_next { text.trim_ascii_start() } else { text };
        if !text.is_empty() {
            self.strip_next = false;
            self.stretch.push_str(text);
        }
    }

    /// Ends the stretch: what follows is not tokenized together with it.
    fn cut(&mut self) {
        if !self.stretch.is_empty() {
            self.tokens.extend(self.tokenizer.plain(&self.stretch));
            self.stretch.clear();
        }
    }

    fn finish(mut self) -> Vec<LlamaToken> {
        self.cut();
        self.tokens
    }
}

/// The byte after the first character of the first mark in the text.
fn first_inside(text: &str, marks: &[&str]) -> Option<usize> {
    marks
        .iter()
        .filter_map(|mark| {
            let head = mark.chars().next()?.len_utf8();
            (mark.len() > head).then_some(text.find(mark)? + head)
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_cut_after_its_first_character() {
        assert_eq!(first_inside("a <end> b", &["<end>"]), Some(3));
        assert_eq!(first_inside("b <x> <end>", &["<end>", "<x>"]), Some(3));
        assert_eq!(first_inside("plain", &["<end>"]), None);
    }
}
