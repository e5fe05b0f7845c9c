//! The same question with its answers listed in several orders; the mean of the distributions.
//!
//! The mean is taken of the logarithms, as of several experts (Genest and Zidek 1986): what a place in the list adds to
//! an answer's logarithm, each answer gets once, and it cancels out where each answer stands at each place.

use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::kind::{AskOptions, Asker, Planned, Strategy};
use crate::ask::{Attempt, Question, Reason, Unscored};
use crate::judge::score::{Judged, Score};
use crate::judge::verdict;
use crate::number::real;
use crate::prompt::RenderFault;

/// A share is taken as at least this large before its logarithm is: servers round, and tell only the likeliest tokens,
/// so that one order's 0 must not be a veto.
const LEAST_SHARE: f64 = 1e-4;

/// A question that is asked once for each order of its answers.
#[derive(Debug)]
pub(super) struct AveragedOrders {
    each: Vec<Box<dyn Strategy>>,
}

impl AveragedOrders {
    /// The strategies that ask in each order.
    pub(super) fn new(each: Vec<Box<dyn Strategy>>) -> Self {
        Self { each }
    }

    /// Asks in every order. One without a score leaves the record without one: a mean of some orders would prefer a
    /// place again.
    async fn every(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let asks = self.each.iter().map(|one| one.judge(asker, inputs)).collect();
        let judged = asker.each(asks, |judged: &Judged| judged.result.is_err()).await;
        let (mut attempts, mut scores) = (Vec::new(), Vec::new());
        for (order, judged) in judged.into_iter().enumerate() {
            let of_order =
                |attempt: Attempt| Attempt { part: Some(self.part(order, attempt.part)), ..attempt };
            attempts.extend(judged.attempts.into_iter().map(of_order));
            scores.push(judged.result.map_err(|unscored| {
                let detail = format!("{}: {}", self.name(order), unscored.detail);
                Unscored { detail, ..unscored }
            }));
        }
        let scores: Result<Vec<Score>, Unscored> = scores.into_iter().collect();
        Judged::of(scores.and_then(|scores| self.mean(&scores)), attempts)
    }

    fn name(&self, order: usize) -> String {
        format!("order {} of {}", order + 1, self.each.len())
    }

    /// The name of a call, after the criterion's.
    fn part(&self, order: usize, part: Option<String>) -> String {
        let name = self.name(order);
        part.map_or_else(|| name.clone(), |part| format!("{part}, {name}"))
    }

    fn mean(&self, scores: &[Score]) -> Result<Score, Unscored> {
        let questions = self.questions();
        let weighed = questions.first().and_then(|question| question.weighed.as_ref());
        let Some(weighed) = weighed.filter(|_| scores.len() == self.each.len()) else {
            return Err(Unscored::new(Reason::InvalidAnswer, "there is no distribution in every order"));
        };
        let score = verdict::weigh_up(&mean_logs(scores), weighed)?;
        let coverage = scores.iter().filter_map(|score| score.coverage).reduce(f64::min);
        Ok(Score { coverage, ..score })
    }
}

/// The mean over all orders of the logarithm of each answer's share.
fn mean_logs(scores: &[Score]) -> Vec<f64> {
    let mut sums: Vec<f64> = Vec::new();
    for score in scores {
        sums.resize(score.distribution.len(), 0.0);
        for (sum, (_, share)) in sums.iter_mut().zip(&score.distribution) {
            *sum += share.max(LEAST_SHARE).ln();
        }
    }
    sums.into_iter().map(|sum| sum / real(scores.len())).collect()
}

impl Strategy for AveragedOrders {
    fn questions(&self) -> Vec<&Question> {
        self.each.iter().flat_map(|one| one.questions()).collect()
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let mut all = Vec::new();
        for (order, one) in self.each.iter().enumerate() {
            let of_order =
                |planned: Planned| Planned { part: Some(self.part(order, planned.part)), ..planned };
            all.extend(one.requests(asker, inputs)?.into_iter().map(of_order));
        }
        Ok(all)
    }

    fn calls(&self, options: &AskOptions) -> RangeInclusive<u64> {
        let each = self.each.iter().map(|one| one.calls(options));
        let (least, most) = each.fold((0, 0), |(least, most), one| (least + one.start(), most + one.end()));
        least..=most
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.every(asker, inputs).boxed()
    }
}
