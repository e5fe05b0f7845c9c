//! The probability of each verdict, as the judge's calibration has it.

use super::judging::Judge;
use super::score::Score;
use crate::ask::Reading;
use crate::error::{Error, ErrorKind, Result};
use crate::number::real;
use crate::signature::Scale;
use crate::stats::Distribution;

impl Judge {
    /// The probability of each possible verdict, through the calibration where there is one. `None` where the score has
    /// no distribution, the judge did not decide, or the map does not fit.
    pub(crate) fn probabilities(&self, score: &Score) -> Option<Vec<(String, f64)>> {
        let told = &score.distribution;
        if told.is_empty() || self.undecided().is_some_and(|undecided| score.label == undecided) {
            return None;
        }
        let Some(calibration) = self.calibration().filter(|_| self.members().is_empty()) else {
            let total: f64 = told.iter().map(|(_, share)| share).sum();
            return (total > 0.0)
                .then(|| told.iter().map(|(label, share)| (label.clone(), share / total)).collect());
        };
        let labels: Vec<String> = told.iter().map(|(label, _)| label.clone()).collect();
        let shares: Vec<f64> = told.iter().map(|(_, share)| *share).collect();
        let candidates = self.spec().scale.as_ref()?.candidates()?;
        let worth = |label: &String| candidates.iter().find(|one| one.label == *label)?.value;
        let values: Vec<Option<f64>> = labels.iter().map(worth).collect();
        let mapped =
            calibration.map.apply(&Distribution { labels: &labels, values: &values, shares: &shares })?;
        (mapped.shares.len() == labels.len()).then(|| labels.into_iter().zip(mapped.shares).collect())
    }

    /// Whether its scores come with probabilities.
    ///
    /// # Errors
    /// They do not: why, and what to do.
    pub(crate) fn check_probabilities(&self) -> Result<()> {
        let refuse = |detail: String, help: &str| Err(Error::new(ErrorKind::Config, detail).help(help));
        let name = &self.spec().name;
        if self.options().asks_by_criterion(self.spec()) {
            let detail =
                format!("`{name}` is asked criterion by criterion, and the whole has no probabilities");
            return refuse(detail, "set aggregation = \"holistic\", or name a judge with one verdict");
        }
        let Some(candidates) = self.spec().scale.as_ref().and_then(Scale::candidates) else {
            let detail = format!(
                "`{name}` has no verdict of a few answers, so there is nothing to give probabilities of"
            );
            return refuse(detail, "name a judge with `choices`, a boolean, or whole numbers as its verdict");
        };
        if !self.members().is_empty() {
            if self.calibration().is_some() {
                let detail = format!("`{name}` is made of several judges, and a calibration holds for one");
                return refuse(detail, "serve it with --no-calibration");
            }
            return Ok(());
        }
        if self.options().reading == Reading::Text {
            let detail = format!("`{name}` is read as text, and a text has no probabilities");
            return refuse(
                detail,
                "set reading = \"weighted\" or \"sampled\" for the suite, or add --reading",
            );
        }
        let even = 1.0 / real(candidates.len());
        let distribution = candidates.into_iter().map(|one| (one.label, even)).collect();
        let score = Score { distribution, ..Score::default() };
        if self.probabilities(&score).is_some() {
            return Ok(());
        }
        let map = self.calibration().map_or_else(String::new, |calibration| calibration.name.clone());
        let detail = format!(
            "`{name}`: the calibration {map} corrects the score alone, and gives no probability of each verdict"
        );
        refuse(detail, "serve it with --no-calibration")
    }
}
