//! The tokens that may stand at one place, and which answer gets the probability of which token.
//!
//! A token that was not decoded is credited to the one answer that it begins; one that begins none, to the one
//! that it begins in another case or after a space: what a model finds likely as `Pass` it means as `pass`. The decoded token is too,
//! unless it begins several: then the next token decides, and what stood beside it. A token that begins
//! several answers and was not the decoded one cannot be shared out between them, for nothing is known
//! about what would have followed it.

use super::candidate::{Fit, PossibleAnswer};
use crate::model::{TokenLogprob, Weigh};

/// A token that may stand at a place.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// What it makes of the text since the place.
    pub(super) text: Vec<u8>,
    /// The token as the server wrote it.
    pub(super) token: String,
    /// Its probability there, in `0..=1`.
    pub(super) probability: f64,
}

/// The decoded token, and the others that were told. Empty ones, which end the
/// answer, are no text.
pub(super) fn choices(token: &TokenLogprob) -> (Choice, Vec<Choice>) {
    let decoded = choice(&token.token, token.logprob);
    // The decoded token stands among the likeliest too, once.
    let again = token.top.iter().position(|(text, _)| *text == token.token);
    let others =
        token.top.iter().enumerate().filter(|(index, (text, _))| Some(*index) != again && !text.is_empty());
    (decoded, others.map(|(_, (text, logprob))| choice(text, *logprob)).collect())
}

fn choice(token: &str, logprob: f64) -> Choice {
    let probability = logprob.exp();
    let probability = if probability.is_nan() { 0.0 } else { probability.min(1.0) };
    Choice { text: bytes(token), token: token.to_owned(), probability }
}

/// A token's bytes. One that is no whole text is written `bytes:\xe2\x9c`, as OpenAI writes it.
pub(super) fn bytes(token: &str) -> Vec<u8> {
    let byte = |digits: &str| u8::from_str_radix(digits, 16).ok();
    let escaped = token.strip_prefix("bytes:\\x");
    let decoded: Option<Vec<u8>> = escaped.and_then(|rest| rest.split("\\x").map(byte).collect());
    decoded.unwrap_or_else(|| token.as_bytes().to_owned())
}

/// The probability of each answer, as far as the walk has come.
#[derive(Debug)]
pub(super) struct AnswerProbabilities<'a> {
    candidates: Vec<PossibleAnswer<'a>>,
    /// The same answers in lower case.
    lowered: &'a [String],
    pub(super) probabilities: Vec<f64>,
    /// What belongs to one of several answers.
    pub(super) shared: f64,
    /// The token with the largest part of it.
    pub(super) shared_token: Option<(String, f64)>,
    /// The probability of what was decoded since the place.
    path: f64,
}

/// How the walk goes on.
#[derive(Debug)]
pub(super) enum Next {
    /// The decoded token still goes with several answers, and the text since the place is this.
    On(Vec<u8>),
    /// It goes with one answer, or with none.
    Decided,
    /// No other token is told at the place.
    Alone,
}

impl<'a> AnswerProbabilities<'a> {
    /// `lowered` are the answers in lower case.
    pub(super) fn new(weigh: &'a Weigh, lowered: &'a [String]) -> Self {
        let candidates: Vec<_> = weigh.candidates.iter().map(|text| PossibleAnswer::new(text)).collect();
        let probabilities = vec![0.0; candidates.len()];
        Self { candidates, lowered, probabilities, shared: 0.0, shared_token: None, path: 1.0 }
    }

    /// The token that ends the opening; `rest` is what a token brings to the
    /// place. It is given that the opening is written: a token that leads
    /// elsewhere has no part in what follows.
    pub(super) fn enter(&mut self, token: &TokenLogprob, rest: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Next {
        let (decoded, others) = choices(token);
        let placed = |choice: Choice| Some(Choice { text: rest(&choice.text)?, ..choice });
        let others: Vec<Choice> = others.into_iter().filter_map(placed).collect();
        let Some(decoded) = placed(decoded) else {
            return Next::Decided;
        };
        if !self.is_before(&decoded.text) {
            if token.top.len() < 2 {
                return Next::Alone;
            }
            self.path = inverse(decoded.probability + total(&others));
            return self.settle(decoded, &others);
        }
        // Of two ways to write the opening alone, the decoded one is followed.
        let is_ahead = |choice: &Choice| !self.is_before(&choice.text) && !self.fits(&choice.text).is_empty();
        let ahead: Vec<Choice> = others.into_iter().filter(is_ahead).collect();
        if !ahead.is_empty() {
            self.path = inverse(decoded.probability + total(&ahead));
            self.credit(&ahead, None);
            self.path *= decoded.probability;
        }
        Next::On(decoded.text)
    }

    /// A token after the text that was decoded since the place.
    pub(super) fn step(&mut self, token: &TokenLogprob, before: &[u8]) -> Next {
        if token.token.is_empty() {
            return Next::On(before.to_owned());
        }
        let (decoded, others) = choices(token);
        if others.is_empty() {
            return Next::Alone;
        }
        let after = |choice: Choice| Choice { text: [before, &choice.text].concat(), ..choice };
        let others: Vec<Choice> = others.into_iter().map(after).collect();
        self.settle(after(decoded), &others)
    }

    /// Credits every token at a place.
    fn settle(&mut self, decoded: Choice, others: &[Choice]) -> Next {
        self.credit(others, Some(&decoded));
        match self.fits(&decoded.text).as_slice() {
            [] => {
                self.credit_meant(&decoded);
                Next::Decided
            }
            [(index, _)] => {
                self.add(*index, self.path * decoded.probability);
                Next::Decided
            }
            _ => {
                self.path *= decoded.probability;
                Next::On(decoded.text)
            }
        }
    }

    /// Credits tokens that were not decoded, beside the one that was, if it is at the place.
    fn credit(&mut self, others: &[Choice], decoded: Option<&Choice>) {
        for choice in others {
            let probability = self.path * choice.probability;
            match self.fits(&choice.text).as_slice() {
                [] => self.credit_meant(choice),
                [(index, _)] => self.add(*index, probability),
                _ if self.is_blank(&choice.text) => {}
                several => match self.in_full(several, others, decoded) {
                    Some(index) => self.add(index, probability),
                    None => self.share(choice, probability),
                },
            }
        }
    }

    /// Credits a token that begins no answer as it is written to the only one that it begins in lower case and without
    /// the space before it.
    fn credit_meant(&mut self, choice: &Choice) {
        let blank = choice.text.iter().take_while(|byte| **byte == b' ').count();
        let word = choice.text.get(blank..).unwrap_or_default().to_ascii_lowercase();
        let lowered = self.lowered.iter().map(|text| PossibleAnswer::new(text));
        let mut meant =
            lowered.enumerate().filter(|(_, one)| !one.is_before(&word) && one.fit(&word) != Fit::Off);
        if let (Some((index, _)), None) = (meant.next(), meant.next()) {
            self.add(index, self.path * choice.probability);
        }
    }

    /// The answer that a token is in full, though others begin with it, if these
    /// others stand beside it in one piece: beside a token `10` the token `1` is a 1.
    fn in_full(
        &self,
        several: &[(usize, Fit)],
        others: &[Choice],
        decoded: Option<&Choice>,
    ) -> Option<usize> {
        let mut full = several.iter().filter(|(_, fit)| *fit == Fit::Open);
        let (Some((index, _)), None) = (full.next(), full.next()) else {
            return None;
        };
        let is_beside = |other: usize| {
            let candidate = self.candidates.get(other);
            let mut fits =
                others.iter().chain(decoded).filter_map(|choice| Some(candidate?.fit(&choice.text)));
            fits.any(|fit| matches!(fit, Fit::Open | Fit::Whole))
        };
        several.iter().all(|(other, _)| other == index || is_beside(*other)).then_some(*index)
    }

    fn add(&mut self, index: usize, probability: f64) {
        if let Some(sum) = self.probabilities.get_mut(index) {
            *sum += probability;
        }
    }

    fn share(&mut self, choice: &Choice, probability: f64) {
        self.shared += probability;
        if self.shared_token.as_ref().is_none_or(|(_, most)| probability > *most) {
            self.shared_token = Some((choice.token.clone(), probability));
        }
    }

    fn fits(&self, text: &[u8]) -> Vec<(usize, Fit)> {
        let fits = self.candidates.iter().map(|candidate| candidate.fit(text)).enumerate();
        fits.filter(|(_, fit)| *fit != Fit::Off).collect()
    }

    /// Whether a text says nothing about any answer yet.
    fn is_before(&self, text: &[u8]) -> bool {
        self.candidates.iter().all(|candidate| candidate.is_before(text))
    }

    /// Whether a text is white space before a number, which the same numbers would follow.
    fn is_blank(&self, text: &[u8]) -> bool {
        self.is_before(text) && self.candidates.iter().all(PossibleAnswer::may_follow_blank)
    }
}

fn total(choices: &[Choice]) -> f64 {
    choices.iter().map(|choice| choice.probability).sum()
}

/// What makes probabilities of this sum add up to 1.
fn inverse(sum: f64) -> f64 {
    if sum > 0.0 { 1.0 / sum } else { 1.0 }
}
