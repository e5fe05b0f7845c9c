//! A reply with log-probabilities as a weighed one: the walk over its tokens to the place and through it.

use std::ops::Range;

use super::answers::{AnswerProbabilities, Next, bytes};
use super::candidate::{Reach, last_opening, reach};
use crate::model::{Failure, FailureKind, Finish, Response, TokenLogprob, Weigh};

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
    let lowered: Vec<String> = weigh.candidates.iter().map(|text| text.to_ascii_lowercase()).collect();
    let mut answers = AnswerProbabilities::new(weigh, &lowered);
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

/// How many of the likeliest tokens are asked for: the most that OpenAI's interface gives.
pub(in crate::model) const MOST_TOP: u8 = 20;

/// How many are asked for where that is too many.
pub(in crate::model) const FEWER_TOP: u8 = 5;

/// The largest share of the answers' probability that may stay without an answer
/// because it belongs to one of several.
const MOST_SHARED: f64 = 0.01;

/// The probability of all answers together below which the reply has a note.
const LEAST_COVERAGE: f64 = 0.05;

/// The logarithm for an answer that is not among the likeliest tokens: of no
/// probability at all, but a number, as JSON has no infinite ones. OpenAI uses the same.
const UNSEEN: f64 = -9999.0;

/// Weighs the answers by the log-probabilities of a reply. Of these only the ones
/// that were read are kept. A reply in which the place is not found says so.
/// `when_silent` is what can be done about a server that tells none.
///
/// # Errors
/// The server gave no log-probabilities, or none from which the answers could be weighed.
pub(in crate::model) fn apply(
    mut response: Response,
    weigh: &Weigh,
    model: &str,
    when_silent: &str,
) -> Result<Response, Failure> {
    if response.finish == Finish::Filtered {
        return Ok(response);
    }
    if response.logprobs.is_empty() && !response.text.trim().is_empty() {
        let detail = format!("{model} gave no log-probabilities with its answer");
        return Err(unsupported(detail).remedy(when_silent));
    }
    match walk(&response.logprobs, weigh) {
        Ok(walked) => {
            refuse_shared(&walked, model)?;
            settle(&mut response, walked);
        }
        Err(Lost::NotReached) => {
            response.unweighed = Some(format!("no verdict stands after `{}` in the answer", weigh.opening));
            response.logprobs.clear();
        }
        Err(Lost::Alone) => {
            let detail = format!("{model} gave the probability of the decoded token alone, not of others");
            return Err(unsupported(detail));
        }
    }
    Ok(response)
}

fn refuse_shared(walked: &Walked, model: &str) -> Result<(), Failure> {
    let known: f64 = walked.probabilities.iter().sum();
    let share = walked.shared / (walked.shared + known);
    if share.is_nan() || share <= MOST_SHARED {
        return Ok(());
    }
    let token = walked.shared_token.as_deref().unwrap_or_default();
    let detail = format!(
        "{model} writes several verdicts with the same first token `{token}`, and {:.1} % of their probability \
         cannot be shared out between them",
        100.0 * share
    );
    let remedy =
        "use verdicts that begin differently, such as single letters or digits, or reading = \"sampled\"";
    Err(unsupported(detail).remedy(remedy))
}

fn settle(response: &mut Response, walked: Walked) {
    let coverage: f64 = walked.probabilities.iter().sum();
    response.logprobs = response.logprobs.drain(walked.places).collect();
    if coverage <= 0.0 {
        let told = response.logprobs.last().map_or(0, |token| token.top.len());
        let problem = format!("no possible verdict is among the {told} likeliest tokens at its place");
        response.unweighed = Some(problem);
        return;
    }
    if coverage < LEAST_COVERAGE {
        let percent = 100.0 * coverage;
        response
            .notes
            .push(format!("the possible verdicts together had a probability of only {percent:.1} %"));
    }
    let logarithm = |probability: &f64| if *probability > 0.0 { probability.min(1.0).ln() } else { UNSEEN };
    response.weights = Some(walked.probabilities.iter().map(logarithm).collect());
}

/// The request was sent, and no other would do better.
fn unsupported(detail: String) -> Failure {
    let failure = Failure::new(FailureKind::Unsupported, detail);
    Failure { tries: 1, ..failure }.remedy(Failure::READ_OTHERWISE)
}
