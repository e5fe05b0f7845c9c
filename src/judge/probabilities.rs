//! The probability of each verdict, as the judge's calibration has it; of a judge that gives none, the shares of its
//! votes.

use super::judging::Judge;
use super::score::Score;
use crate::ask::Reading;
use crate::error::{Error, ErrorKind, Result};
use crate::number::real;
use crate::signature::Scale;
use crate::stats::Distribution;

/// What the probabilities of a judge's verdicts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The model's own, or the shares of several draws, through a calibration where there is one.
    Probabilities,
    /// The shares of the votes of several judges.
    Votes,
    /// One verdict of one text: all or nothing.
    Vote,
}

/// The strategies that give the shares of several answers.
const DRAWING: [&str; 3] = ["self_consistency", "diverse_sampling", "self_aggregation"];

impl Judge {
    /// What the probabilities of its verdicts are.
    pub(crate) fn told(&self) -> Told {
        let members = self.members();
        if self.rule().is_some() {
            return Told::Votes;
        }
        if !members.is_empty() {
            let is_vote = members.iter().any(|member| member.judge.told() != Told::Probabilities);
            return if is_vote { Told::Vote } else { Told::Probabilities };
        }
        let draws = DRAWING.contains(&self.options().strategy.name().as_str());
        if self.options().reading == Reading::Text && !draws { Told::Vote } else { Told::Probabilities }
    }

    /// The probability of each possible verdict, through the calibration where there is one. A score without a
    /// distribution is a vote, or several. `None` where the judge did not decide, or the map does not fit.
    pub(crate) fn probabilities(&self, score: &Score) -> Option<Vec<(String, f64)>> {
        if self.undecided().is_some_and(|undecided| score.label == undecided) {
            return None;
        }
        let scale = self.spec().scale.as_ref()?;
        let told = &score.distribution;
        let Some(calibration) = self.calibration().filter(|_| self.members().is_empty()) else {
            return if self.rule().is_some() && told.is_empty() {
                let votes = score.parts.iter().filter(|part| part.is_member).map(|part| part.label.as_str());
                shares(scale, votes)
            } else {
                shares_of(score, scale)
            };
        };
        let labels: Vec<String> = told.iter().map(|(label, _)| label.clone()).collect();
        let shares: Vec<f64> = told.iter().map(|(_, share)| *share).collect();
        let candidates = scale.candidates()?;
        let worth = |label: &String| candidates.iter().find(|one| one.label == *label)?.value;
        let values: Vec<Option<f64>> = labels.iter().map(worth).collect();
        let mapped =
            calibration.map.apply(&Distribution { labels: &labels, values: &values, shares: &shares })?;
        (mapped.shares.len() == labels.len()).then(|| labels.into_iter().zip(mapped.shares).collect())
    }

    /// Whether its verdicts can be told as probabilities.
    ///
    /// # Errors
    /// They cannot: why, and what to do.
    pub(crate) fn check_probabilities(&self) -> Result<()> {
        let refuse = |detail: String, help: &str| Err(Error::new(ErrorKind::Config, detail).help(help));
        let name = &self.spec().name;
        let Some(candidates) = self.spec().scale.as_ref().and_then(Scale::candidates) else {
            let detail = format!(
                "`{name}` has no verdict of a few answers, so there is nothing to give probabilities of"
            );
            return refuse(detail, "name a judge with `choices`, a boolean, or whole numbers as its verdict");
        };
        let Some(calibration) = self.calibration() else { return Ok(()) };
        if !self.members().is_empty() {
            let detail = format!("`{name}` is made of several judges, and a calibration holds for one");
            return refuse(detail, "serve it with --no-calibration");
        }
        let even = 1.0 / real(candidates.len());
        let distribution = candidates.into_iter().map(|one| (one.label, even)).collect();
        let score = Score { distribution, ..Score::default() };
        if self.probabilities(&score).is_some() {
            return Ok(());
        }
        let detail = format!(
            "`{name}`: the calibration {} corrects the score alone, and gives no probability of each verdict",
            calibration.name
        );
        refuse(detail, "serve it with --no-calibration")
    }
}

/// The shares that a score gives each verdict of its scale; all to its own verdict where it has no distribution.
/// `None` where that verdict is none of the scale's.
pub(crate) fn shares_of(score: &Score, scale: &Scale) -> Option<Vec<(String, f64)>> {
    let told = &score.distribution;
    if told.is_empty() {
        return shares(scale, std::iter::once(score.label.as_str()));
    }
    let total: f64 = told.iter().map(|(_, share)| share).sum();
    (total > 0.0).then(|| told.iter().map(|(label, share)| (label.clone(), share / total)).collect())
}

/// The share of the votes for each verdict of a scale. Votes for none of them are left out.
fn shares<'a>(scale: &Scale, votes: impl Iterator<Item = &'a str>) -> Option<Vec<(String, f64)>> {
    let candidates = scale.candidates()?;
    let votes: Vec<&str> = votes.filter(|vote| candidates.iter().any(|one| one.label == *vote)).collect();
    let share = |label: &str| real(votes.iter().filter(|vote| **vote == label).count()) / real(votes.len());
    (!votes.is_empty()).then(|| candidates.iter().map(|one| (one.label.clone(), share(&one.label))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::ScaleKind;

    #[test]
    fn votes_are_counted_and_those_for_nothing_left_out() {
        let kind = ScaleKind::Numeric { min: 1.0, max: 3.0, whole: true };
        let scale = Scale { field: "level".into(), kind };
        let of = |votes: &[&str]| shares(&scale, votes.iter().copied());
        let told = |one, two, three| Some(vec![("1".into(), one), ("2".into(), two), ("3".into(), three)]);
        assert_eq!(of(&["2"]), told(0.0, 1.0, 0.0));
        assert_eq!(of(&["1", "3", "no claims", "3", "3"]), told(0.25, 0.0, 0.75));
        assert_eq!((of(&["no claims"]), of(&[])), (None, None));
    }
}
