//! A fitted map that a judge's distributions go through.

use super::score::Score;
use crate::ask::Weighed;
use crate::stats::{CalibrationMap, Distribution};

/// A map with the name under which outcomes tell of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The map's kind and a hash of what it was fitted on: `platt+threshold:1f3a9c0b`.
    pub name: String,
    /// The map.
    pub map: CalibrationMap,
}

impl Calibration {
    /// The score through the map; its distribution stays the judge's own.
    /// `None` where the map does not fit the judge's verdicts.
    pub(super) fn apply(&self, score: &Score, weighed: &Weighed) -> Option<Score> {
        let labels: Vec<String> =
            weighed.candidates.iter().map(|candidate| candidate.label.clone()).collect();
        let values: Vec<Option<f64>> = weighed.candidates.iter().map(|candidate| candidate.value).collect();
        let shares: Vec<f64> = score.distribution.iter().map(|(_, share)| *share).collect();
        let distribution = Distribution { labels: &labels, values: &values, shares: &shares };
        let mapped = self.map.apply(&distribution)?;
        let position = labels.iter().position(|label| *label == mapped.label);
        let confidence = position.and_then(|position| mapped.shares.get(position).copied());
        Some(Score { value: mapped.value, label: mapped.label, confidence, ..score.clone() })
    }
}
