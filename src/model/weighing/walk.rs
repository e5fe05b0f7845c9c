//! The walk over the tokens to the place and through it.

use std::ops::Range;

use super::answers::{AnswerProbabilities, Next};
use super::choice::bytes;
use super::opening::{Reach, last_opening, reach};
use crate::model::{TokenLogprob, Weigh};

/// What the tokens tell about the answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Walked {
    /// The probability of each answer at the place, in the order of the candidates.
    pub(super) probabilities: Vec<f64>,
    /// Probability that belongs to one of several answers, and cannot be said to which.
    pub(super) shared: f64,
    /// The likeliest token that carries such probability.
    pub(super) shared_token: Option<String>,
    /// The tokens that were read.
    pub(super) places: Range<usize>,
}

/// Why the tokens tell nothing about the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The opening does not stand in the answer, or the answer ends before its verdict does.
    NotReached,
    /// At the place only the decoded token is told, and none of the others.
    Alone,
}

/// Walks to the place and through it: as long as several answers go through the decoded tokens.
pub(super) fn walk(tokens: &[TokenLogprob], weigh: &Weigh) -> Result<Walked, Lost> {
    let spelled: Vec<Vec<u8>> = tokens.iter().map(|token| bytes(&token.token)).collect();
    let text = spelled.concat();
    let (start, place) = last_opening(&text, weigh.opening.as_bytes()).ok_or(Lost::NotReached)?;
    let (first, begins) = token_at(&spelled, place).ok_or(Lost::NotReached)?;
    let scene = Scene {
        opening: weigh.opening.as_bytes(),
        before: text.get(start..begins).unwrap_or_default(),
        junk: text.get(begins..start).unwrap_or_default(),
    };
    let mut answers = AnswerProbabilities::new(weigh);
    let mut places = first..first;
    let mut after: Option<Vec<u8>> = None;
    for token in tokens.iter().skip(first) {
        places.end += 1;
        let next = match &after {
            None => answers.enter(token, |text| scene.rest(text)),
            Some(before) => answers.step(token, before),
        };
        match next {
            Next::On(decoded) => after = Some(decoded),
            Next::Alone => return Err(Lost::Alone),
            Next::Decided => {
                let AnswerProbabilities { probabilities, shared, shared_token, .. } = answers;
                return Ok(Walked { probabilities, shared, shared_token: shared_token.map(|t| t.0), places });
            }
        }
    }
    Err(Lost::NotReached)
}

/// The token through which the place is reached, and where it begins.
fn token_at(spelled: &[Vec<u8>], place: usize) -> Option<(usize, usize)> {
    let mut begins = 0;
    for (index, token) in spelled.iter().enumerate() {
        if place <= begins + token.len() {
            return Some((index, begins));
        }
        begins += token.len();
    }
    None
}

/// How the opening was written before the token that ends it.
struct Scene<'a> {
    opening: &'a [u8],
    before: &'a [u8],
    /// What that token holds before the opening, if all of the opening is in it.
    junk: &'a [u8],
}

impl Scene<'_> {
    /// What a token brings to the place: the text after the opening, empty while
    /// it is within the opening. `None` if it leads elsewhere.
    fn rest(&self, token: &[u8]) -> Option<Vec<u8>> {
        let text = [self.before, token.strip_prefix(self.junk)?].concat();
        match reach(&text, self.opening) {
            Reach::Past(length) => text.get(length..).map(<[u8]>::to_owned),
            Reach::Inside => Some(Vec::new()),
            Reach::Off => None,
        }
    }
}
