//! A verdict from several draws: the sampled reading.
//!
//! Without probabilities, the share of each verdict among n answers drawn at a temperature takes the
//! place of its probability (G-Eval, Liu et al. 2023, section 2.2, which draws 20 at temperature 1).

use std::cell::Cell;
use std::cmp::Ordering;
use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::kind::{AskOptions, Asker, Planned, Strategy, unrendered};
use crate::ask::{Question, Reason, Unscored};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::score::{Judged, Score};
use crate::model::Request;
use crate::number::real;
use crate::prompt::RenderFault;
use crate::signature::Scale;

/// How many draws are taken where nobody says: as many as in G-Eval.
pub(in crate::judge) const DEFAULT: u32 = 20;

/// The question as often as draws are taken.
#[derive(Debug)]
pub(super) struct Sampled {
    question: Question,
}

impl Sampled {
    /// # Errors
    /// The draws would all be the same, or there would be none.
    pub(super) fn new(question: Question, options: &AskOptions) -> Result<Self> {
        check(options)?;
        Ok(Self { question })
    }

    /// Draws answers, each a request of its own. A draw that is no valid answer is not asked for again, which
    /// would be another question. A draw without a reply leaves the record without a score: the rest would be
    /// another sample.
    async fn draw(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let mut attempts = Vec::new();
        let samples = asker.options.samples;
        let request = match asker.request(&self.question, inputs, samples) {
            Ok(request) => request,
            Err(fault) => return unrendered(&fault),
        };
        let mut scores = Vec::new();
        let mut invalid = Vec::new();
        // A model that gives no valid answer to more than half the draws is asked no further.
        let enough = samples / 2 + 1;
        let numbers = asker.numbers(samples);
        let first = numbers.start..numbers.start.saturating_add(enough).min(numbers.end);
        for wave in [first.clone(), first.end..numbers.end] {
            let draws = wave.map(|repeat| {
                let request = Request { repeat, ..request.clone() };
                asker.put(&self.question, request, inputs, 0).boxed()
            });
            let unusable = Cell::new(invalid.len());
            let ends = move |drawn: &Judged| match &drawn.result {
                Ok(_) => false,
                Err(unscored) if unscored.reason == Reason::InvalidAnswer => {
                    unusable.set(unusable.get() + 1);
                    2 * unusable.get() > samples as usize
                }
                Err(_) => true,
            };
            let mut failed = None;
            for drawn in asker.each(draws.collect(), ends).await {
                attempts.extend(drawn.attempts);
                match drawn.result {
                    Ok(score) => scores.push(score),
                    Err(unscored) if unscored.reason == Reason::InvalidAnswer => invalid.push(unscored),
                    Err(unscored) => failed = failed.or(Some(unscored)),
                }
            }
            if let Some(unscored) = failed {
                return Judged::of(Err(unscored), attempts);
            }
            if 2 * invalid.len() > samples as usize {
                break;
            }
        }
        let result = match invalid.last() {
            Some(last) if 2 * invalid.len() > samples as usize => {
                Err(too_few(scores.len(), invalid.len(), samples, last))
            }
            _ => combine(&scores, self.question.compiled().spec().scale.as_ref()),
        };
        Judged::of(result, attempts)
    }
}

impl Strategy for Sampled {
    fn questions(&self) -> Vec<&Question> {
        vec![&self.question]
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let samples = asker.options.samples;
        let request = asker.request(&self.question, inputs, samples)?;
        let drawn = |(draw, repeat)| Planned { draw, ..Planned::new(Request { repeat, ..request.clone() }) };
        Ok((0..).zip(asker.numbers(samples)).map(drawn).collect())
    }

    /// Draws that are no valid answers end it when they are more than half.
    fn calls(&self, options: &AskOptions) -> RangeInclusive<u64> {
        let draws = u64::from(options.samples);
        draws..=draws
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.draw(asker, inputs).boxed()
    }
}

/// Refuses to take draws that would all be the same, or none.
fn check(options: &AskOptions) -> Result<()> {
    if options.temperature.is_some_and(|temperature| temperature <= 0.0) {
        let detail = "a sampled reading needs a temperature above 0: at 0 every draw is the same";
        return Err(Error::new(ErrorKind::Config, detail)
            .help("leave out the model's `temperature`, which is then 1, or set it above 0"));
    }
    if options.samples == 0 {
        let detail = "a sampled reading needs at least one draw";
        return Err(Error::new(ErrorKind::Config, detail).help("set `samples`; 20 is the default"));
    }
    Ok(())
}

fn too_few(valid: usize, invalid: usize, samples: u32, last: &Unscored) -> Unscored {
    let detail = format!(
        "{invalid} of {} draws were no valid answer, and at least half of {samples} must be; the last: {}",
        valid + invalid,
        last.detail
    );
    Unscored::new(Reason::InvalidAnswer, detail)
}

/// The most frequent verdict, the earlier on the scale if several are, with the
/// mean worth of all; everything else is what the first draw with that verdict says.
fn combine(scores: &[Score], scale: Option<&Scale>) -> Result<Score, Unscored> {
    let distribution = distribution(scores, scale);
    let mut most: Option<&(String, f64)> = None;
    for verdict in &distribution {
        if most.is_none_or(|(_, share)| verdict.1 > *share) {
            most = Some(verdict);
        }
    }
    let values: Vec<f64> = scores.iter().filter_map(|score| score.value).collect();
    let first = most.and_then(|(label, share)| {
        Some((*share, scores.iter().find(|score| score.label == *label)?.clone()))
    });
    let Some((share, first)) = first else {
        return Err(Unscored::new(Reason::InvalidAnswer, "there was nothing to draw from"));
    };
    Ok(Score {
        value: first.value.and(mean(&values)),
        confidence: Some(share),
        distribution,
        coverage: None,
        ..first
    })
}

/// The share of each verdict: of every possible one where they can be counted
/// off, or else of those that were given, in the order of their worth.
fn distribution(scores: &[Score], scale: Option<&Scale>) -> Vec<(String, f64)> {
    let candidates = scale.and_then(Scale::candidates);
    let labels: Vec<&str> = match &candidates {
        Some(candidates) => candidates.iter().map(|candidate| candidate.label.as_str()).collect(),
        None => given(scores),
    };
    let share = |label: &str| {
        let number = scores.iter().filter(|score| score.label == label).count();
        fraction(number, scores.len())
    };
    labels.into_iter().map(|label| (label.to_owned(), share(label))).collect()
}

fn given(scores: &[Score]) -> Vec<&str> {
    let mut given: Vec<&Score> = scores.iter().collect();
    given.sort_by(|a, b| a.value.partial_cmp(&b.value).unwrap_or(Ordering::Equal));
    let mut labels: Vec<&str> = given.into_iter().map(|score| score.label.as_str()).collect();
    labels.dedup();
    labels
}

fn mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    (!values.is_empty()).then(|| (sum * fraction(1, values.len())).clamp(0.0, 1.0))
}

fn fraction(number: usize, of: usize) -> f64 {
    real(number) / real(of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Reading;
    use crate::signature::{Label, ScaleKind};

    fn labels() -> Scale {
        let label = |name: &str, value| Label { name: name.into(), value };
        let labels = vec![label("pass", Some(1.0)), label("fail", Some(0.0)), label("unclear", None)];
        Scale { field: "verdict".into(), kind: ScaleKind::Labels(labels) }
    }

    fn drawn(label: &str, value: Option<f64>, reasoning: &str) -> Score {
        let reasoning = Some(reasoning.to_owned());
        Score { label: label.into(), value, reasoning, confidence: Some(0.9), ..Score::default() }
    }

    #[test]
    fn shares_take_the_place_of_probabilities() {
        let scores = vec![
            drawn("fail", Some(0.0), "no"),
            drawn("pass", Some(1.0), "first"),
            drawn("pass", Some(1.0), "second"),
            drawn("unclear", None, "who knows"),
        ];
        let score = combine(&scores, Some(&labels())).unwrap();
        assert_eq!((score.label.as_str(), score.confidence), ("pass", Some(0.5)));
        assert!((score.value.unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(score.reasoning.as_deref(), Some("first"));
        let shares = [("pass".to_owned(), 0.5), ("fail".to_owned(), 0.25), ("unclear".to_owned(), 0.25)];
        assert_eq!(score.distribution, shares);
        assert_eq!(score.coverage, None);
    }

    #[test]
    fn of_equals_the_earlier_on_the_scale_wins_and_undecided_stays_without_a_value() {
        let tied = vec![drawn("fail", Some(0.0), "no"), drawn("pass", Some(1.0), "yes")];
        assert_eq!(combine(&tied, Some(&labels())).unwrap().label, "pass");
        let unsure =
            vec![drawn("unclear", None, "a"), drawn("unclear", None, "b"), drawn("pass", Some(1.0), "yes")];
        let score = combine(&unsure, Some(&labels())).unwrap();
        assert_eq!((score.label.as_str(), score.value), ("unclear", None));
    }

    #[test]
    fn numbers_that_cannot_be_counted_off_are_listed_as_they_came() {
        let kind = ScaleKind::Numeric { min: 0.0, max: 1.0, whole: false };
        let scale = Scale { field: "score".into(), kind };
        let scores = ["0.5", "0.25", "0.5"].map(|label| drawn(label, label.parse().ok(), ""));
        let score = combine(&scores, Some(&scale)).unwrap();
        let labels: Vec<&str> = score.distribution.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["0.25", "0.5"]);
        assert_eq!(score.label, "0.5");
        assert!((score.value.unwrap() - 1.25 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_drawn_at_temperature_zero() {
        let options =
            |temperature, samples| AskOptions { reading: Reading::Sampled, retries: 0, samples, temperature };
        assert!(check(&options(Some(0.0), 3)).unwrap_err().to_string().contains("every draw is the same"));
        assert!(check(&options(Some(0.7), 0)).unwrap_err().to_string().contains("at least one draw"));
        assert!(check(&options(None, 3)).is_ok());
    }
}
