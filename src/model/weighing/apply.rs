//! A reply with log-probabilities as a weighed one.

use super::walk::{Lost, Walked, walk};
use crate::model::{Failure, FailureKind, Finish, Response, Weigh};

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
