//! What a check's metric says over all records.

use serde::{Deserialize, Serialize};

use super::counts::LEVEL;
use crate::check::{Measured, Metric};
use crate::stats::{Interval, Moments, jackknife_estimate};

/// A metric over all records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MetricSummary {
    /// The metric.
    pub metric: Metric,
    /// Records with a value.
    pub n: u64,
    /// The mean of the records' values, in `0..=1`.
    pub mean: Option<f64>,
    /// Its normal interval over records.
    pub interval: Option<Interval>,
    /// The value of all outputs together, as tables of BLEU and chrF give it; none for metrics that are only averaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<f64>,
    /// Its interval by leaving out each record in turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together_interval: Option<Interval>,
}

/// Takes what a metric found, record by record.
#[derive(Clone, Debug)]
pub(super) struct MetricTally {
    metric: Metric,
    values: Moments,
    /// The counts of each record; with repeats, those of all its outputs.
    counts: Vec<Vec<u64>>,
}

impl MetricTally {
    pub(super) fn of(metric: Metric) -> Self {
        Self { metric, values: Moments::default(), counts: Vec::new() }
    }

    /// What was found for a record: once, or once a repeat.
    pub(super) fn add<'a>(&mut self, found: impl Iterator<Item = &'a Measured>) {
        let (mut values, mut counts) = (Moments::default(), Vec::new());
        for measured in found {
            values.add(measured.value);
            add_up(&mut counts, &measured.counts);
        }
        if let Some(mean) = values.mean() {
            self.values.add(mean);
        }
        if !counts.is_empty() {
            self.counts.push(counts);
        }
    }

    pub(super) fn summary(&self) -> MetricSummary {
        let within = |interval: Interval| interval.within(0.0, 1.0);
        let together = self.together();
        MetricSummary {
            metric: self.metric,
            n: self.values.n(),
            mean: self.values.mean(),
            interval: self.values.estimate().and_then(|mean| mean.interval(LEVEL)).map(within),
            together: together.map(|(value, _)| value),
            together_interval: together.and_then(|(_, interval)| interval).map(within),
        }
    }

    fn together(&self) -> Option<(f64, Option<Interval>)> {
        let mut sums = Vec::new();
        self.counts.iter().for_each(|counts| add_up(&mut sums, counts));
        let value = self.metric.of_all(&sums)?;
        let without = |counts: &Vec<u64>| {
            let rest: Vec<u64> = sums.iter().zip(counts).map(|(sum, own)| sum.saturating_sub(*own)).collect();
            self.metric.of_all(&rest)
        };
        let left_out: Option<Vec<f64>> = self.counts.iter().map(without).collect();
        Some((value, left_out.and_then(|values| jackknife_estimate(value, &values)?.interval(LEVEL))))
    }
}

fn add_up(sums: &mut Vec<u64>, counts: &[u64]) {
    sums.resize(sums.len().max(counts.len()), 0);
    sums.iter_mut().zip(counts).for_each(|(sum, own)| *sum += own);
}
