//! A correction by what a judge says to many records, without labels: shares divided by their mean.
//!
//! Batch calibration (Zhou et al. 2024, arXiv 2309.17249). The mean is fitted once and stored, so that no score depends
//! on the records beside it or on their order.

use serde::{Deserialize, Serialize};

use super::file::Fingerprints;
use super::problem::Verdicts;
use crate::number::real;
use crate::stats::{CalibrationMap, Distribution};

/// The version of the stored form.
const FORMAT: u32 = 1;

/// The fewest records of which a mean says something.
const LEAST_RECORDS: usize = 10;

/// A record's distribution, and its label where it has one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BatchCase {
    pub(crate) id: String,
    /// In the verdicts' order.
    pub(crate) shares: Vec<f64>,
    pub(crate) label: Option<String>,
}

/// A stored batch calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchFile {
    /// The version of this form, 1.
    pub(crate) format: u32,
    /// What it holds for.
    pub(crate) fingerprints: Fingerprints,
    /// The suite whose records it is of.
    pub(crate) suite: String,
    /// The BLAKE3 hash of the dataset's bytes, in hex.
    pub(crate) dataset: String,
    /// The verdicts, in the order of the shares.
    pub(crate) verdicts: Verdicts,
    /// The mean share of each verdict.
    pub(crate) batch_mean: Vec<f64>,
    /// Of how many records.
    pub(crate) records: usize,
}

/// What a batch calibration does to the records that it is of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct BatchPage {
    /// The suite.
    pub(crate) suite: String,
    /// How many records have a distribution.
    pub(crate) records: usize,
    /// Each verdict with its mean share, and how many records have it as they are and corrected.
    pub(crate) verdicts: Vec<BatchVerdict>,
    /// Verdicts held against labels, which had no part in the fit; none without labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) labels: Option<BatchLabels>,
}

/// What becomes of one verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct BatchVerdict {
    pub(crate) label: String,
    pub(crate) mean: f64,
    pub(crate) before: usize,
    pub(crate) after: usize,
}

/// How many verdicts are the label's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct BatchLabels {
    pub(crate) labelled: usize,
    pub(crate) right_before: usize,
    pub(crate) right_after: usize,
    /// Verdicts that are right only as they are.
    pub(crate) lost: usize,
    /// Verdicts that are right only corrected.
    pub(crate) won: usize,
}

/// The mean share of each verdict. The records are taken in the order of their ids, so that every order of them gives
/// the same bits.
///
/// # Errors
/// There are too few, or one has other verdicts.
pub(crate) fn batch_mean(verdicts: &Verdicts, cases: &[BatchCase]) -> Result<Vec<f64>, String> {
    if cases.len() < LEAST_RECORDS {
        return Err(format!("{} records have a distribution, and {LEAST_RECORDS} are needed", cases.len()));
    }
    let mut sorted: Vec<&BatchCase> = cases.iter().collect();
    sorted.sort_by(|left, right| left.id.cmp(&right.id));
    let mut sums = vec![0.0; verdicts.labels.len()];
    for case in sorted {
        if case.shares.len() != sums.len() {
            return Err(format!("record `{}` has a distribution over other verdicts", case.id));
        }
        sums.iter_mut().zip(&case.shares).for_each(|(sum, share)| *sum += share);
    }
    Ok(sums.into_iter().map(|sum| sum / real(cases.len())).collect())
}

impl BatchFile {
    /// Puts together what is stored.
    pub(crate) fn new(
        fingerprints: Fingerprints,
        (suite, dataset): (String, String),
        verdicts: Verdicts,
        batch_mean: Vec<f64>,
        records: usize,
    ) -> Self {
        Self { format: FORMAT, fingerprints, suite, dataset, verdicts, batch_mean, records }
    }

    /// The map to apply.
    pub(crate) fn map(&self) -> CalibrationMap {
        CalibrationMap::Batch { mean: self.batch_mean.clone() }
    }

    /// What it is, in words.
    pub(crate) fn in_words(&self) -> String {
        format!("batch, by the mean of {} records, without labels", self.records)
    }

    /// What changed since it was fitted; it holds where this is empty.
    pub(crate) fn changes(&self, now: &Fingerprints) -> Vec<String> {
        let mut changed = Vec::new();
        if self.format != FORMAT {
            changed.push(format!("its form is version {}, and this is version {FORMAT}", self.format));
        }
        changed.extend(self.fingerprints.changes(now));
        changed
    }
}

impl BatchPage {
    /// What the mean does to these records.
    pub(crate) fn new(suite: String, verdicts: &Verdicts, mean: &[f64], cases: &[BatchCase]) -> Self {
        let map = CalibrationMap::Batch { mean: mean.to_vec() };
        let place = |shares: &[f64], map: Option<&CalibrationMap>| {
            let distribution = Distribution { labels: &verdicts.labels, values: &verdicts.values, shares };
            let decided = map.map_or_else(|| distribution.read(), |map| map.decide(&distribution))?;
            Some(decided.undecided.unwrap_or(decided.position))
        };
        let both = |case: &BatchCase| (place(&case.shares, None), place(&case.shares, Some(&map)));
        let said: Vec<_> = cases.iter().map(|case| (case, both(case))).collect();
        let verdict = |(at, (label, mean)): (usize, (&String, &f64))| BatchVerdict {
            label: label.clone(),
            mean: *mean,
            before: said.iter().filter(|(_, (before, _))| *before == Some(at)).count(),
            after: said.iter().filter(|(_, (_, after))| *after == Some(at)).count(),
        };
        let mut labels = BatchLabels::default();
        for (case, (before, after)) in &said {
            let truth =
                case.label.as_ref().and_then(|label| verdicts.labels.iter().position(|one| one == label));
            let Some(truth) = truth else { continue };
            let (before, after) = (*before == Some(truth), *after == Some(truth));
            labels.labelled += 1;
            labels.right_before += usize::from(before);
            labels.right_after += usize::from(after);
            labels.lost += usize::from(before && !after);
            labels.won += usize::from(after && !before);
        }
        Self {
            suite,
            records: cases.len(),
            verdicts: verdicts.labels.iter().zip(mean).enumerate().map(verdict).collect(),
            labels: (labels.labelled > 0).then_some(labels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts() -> Verdicts {
        let labels = ["yes", "no", "unclear"].map(str::to_owned).to_vec();
        Verdicts { labels, values: vec![Some(1.0), Some(0.0), None] }
    }

    /// A judge that says yes to everything, and to the good ones a little more.
    fn cases() -> Vec<BatchCase> {
        let case = |number: u32| {
            let is_good = number.is_multiple_of(2);
            let yes = if is_good { 0.9 } else { 0.7 };
            BatchCase {
                id: format!("r{number}"),
                shares: vec![yes, 0.95 - yes, 0.05],
                label: Some(if is_good { "yes" } else { "no" }.to_owned()),
            }
        };
        (0..12).map(case).collect()
    }

    #[test]
    fn a_judge_that_says_yes_to_all_says_no_to_the_lower_half() {
        let mean = batch_mean(&verdicts(), &cases()).unwrap();
        for (found, expected) in mean.iter().zip([0.8, 0.15, 0.05]) {
            assert!((found - expected).abs() < 1e-12, "{mean:?}");
        }
        let page = BatchPage::new("own".to_owned(), &verdicts(), &mean, &cases());
        let counts: Vec<_> = page.verdicts.iter().map(|one| (one.before, one.after)).collect();
        assert_eq!(counts, [(12, 6), (0, 6), (0, 0)]);
        let labels = BatchLabels { labelled: 12, right_before: 6, right_after: 12, lost: 0, won: 6 };
        assert_eq!(page.labels, Some(labels));
    }

    #[test]
    fn the_order_of_the_records_changes_no_bit() {
        let mut cases: Vec<BatchCase> = cases();
        for (number, case) in cases.iter_mut().enumerate() {
            case.shares = vec![0.1 + 1e-17 * real(number), 0.7 / (1.0 + real(number)), 0.2];
        }
        let there = batch_mean(&verdicts(), &cases).unwrap();
        cases.reverse();
        assert_eq!(batch_mean(&verdicts(), &cases).unwrap(), there);
    }

    #[test]
    fn few_records_and_other_verdicts_are_refused() {
        assert!(batch_mean(&verdicts(), &cases()[..9]).unwrap_err().contains("10 are needed"));
        let mut other = cases();
        other[3].shares.pop();
        assert!(batch_mean(&verdicts(), &other).unwrap_err().contains("`r3`"));
    }
}
