//! Agreement of raters. Two: the square table of counts, Cohen's κ, plain and weighted, and Gwet's AC1.
//! Any number, with missing ratings: Krippendorff's α.

use super::association::dense_ranks;
use super::interval::Estimate;
use crate::number::real;

/// Counts of two raters' labels, `counts[first][second]`, over the same ordered labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    counts: Vec<Vec<u64>>,
}

impl Table {
    /// `None` unless the rows form a square.
    #[must_use]
    pub fn new(counts: Vec<Vec<u64>>) -> Option<Self> {
        let square = counts.iter().all(|row| row.len() == counts.len());
        square.then_some(Self { counts })
    }

    /// Counts pairs of label positions below `size`; pairs beyond it are left out.
    #[must_use]
    pub fn of_pairs(size: usize, pairs: &[(usize, usize)]) -> Self {
        let mut counts = vec![vec![0; size]; size];
        for &(first, second) in pairs {
            if first < size && second < size {
                counts[first][second] += 1;
            }
        }
        Self { counts }
    }

    /// How many labels there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.counts.len()
    }

    /// How many items were counted.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Every item as its pair of label positions, cell by cell.
    #[must_use]
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for (first, row) in self.counts.iter().enumerate() {
            for (second, &count) in row.iter().enumerate() {
                pairs.extend((0..count).map(|_| (first, second)));
            }
        }
        pairs
    }

    /// The table as shares with their marginals; `None` without items.
    pub(super) fn shares(&self) -> Option<Shares> {
        let n = self.n();
        if n == 0 {
            return None;
        }
        let cells: Vec<Vec<f64>> =
            self.counts.iter().map(|row| row.iter().map(|&count| real(count) / real(n)).collect()).collect();
        let size = self.size();
        let sums = |counts: &dyn Fn(usize) -> u64| -> Vec<f64> {
            (0..size).map(|index| real(counts(index)) / real(n)).collect()
        };
        Some(Shares {
            rows: sums(&|index| self.counts[index].iter().sum()),
            columns: sums(&|index| self.counts.iter().map(|row| row[index]).sum()),
            cells,
            n: real(n),
        })
    }
}

/// A table divided by its n.
pub(super) struct Shares {
    pub(super) cells: Vec<Vec<f64>>,
    /// The first rater's shares.
    pub(super) rows: Vec<f64>,
    /// The second rater's shares.
    pub(super) columns: Vec<f64>,
    pub(super) n: f64,
}

impl Shares {
    /// Σ share · `value(first, second)` over all cells.
    pub(super) fn expect(&self, value: impl Fn(usize, usize) -> f64) -> f64 {
        let mut total = 0.0;
        for (first, row) in self.cells.iter().enumerate() {
            for (second, share) in row.iter().enumerate() {
                total += share * value(first, second);
            }
        }
        total
    }
}

/// How much credit a near miss gets, by the distance of the labels' positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// None: plain κ, for labels without an order.
    Identity,
    /// 1 − distance/(labels − 1).
    Linear,
    /// 1 − (distance/(labels − 1))².
    Quadratic,
}

impl Weighting {
    fn credit(self, size: usize, first: usize, second: usize) -> f64 {
        let miss = real(first.abs_diff(second)) / real(size - 1);
        match self {
            Self::Identity if first == second => 1.0,
            Self::Identity => 0.0,
            Self::Linear => 1.0 - miss,
            Self::Quadratic => 1.0 - miss * miss,
        }
    }
}

/// κ = (observed − chance agreement) / (1 − chance agreement) (Cohen 1960, 1968) with the
/// large-sample standard error of Fleiss, Cohen & Everitt (1969).
///
/// `None` without items, or where both raters always use the same one label, for then chance
/// agreement is 1. The standard error is 0 under perfect agreement, and too small for a few dozen
/// items: prefer a bootstrap there.
#[must_use]
pub fn cohen_kappa(table: &Table, weighting: Weighting) -> Option<Estimate> {
    let shares = table.shares()?;
    let size = table.size();
    if size < 2 {
        return None;
    }
    let credit = |first, second| weighting.credit(size, first, second);
    let row_credit: Vec<f64> =
        (0..size).map(|row| weighted(&shares.columns, |column| credit(row, column))).collect();
    let column_credit: Vec<f64> =
        (0..size).map(|column| weighted(&shares.rows, |row| credit(row, column))).collect();
    let observed = shares.expect(credit);
    let chance = weighted(&shares.rows, |row| row_credit[row]);
    if 1.0 - chance <= f64::EPSILON {
        return None;
    }
    let kappa = (observed - chance) / (1.0 - chance);
    // The paper's E[u²] − (E u)², as E[(u − E u)²] so that nothing cancels.
    let center = kappa - chance * (1.0 - kappa);
    let spread = shares.expect(|row, column| {
        let expected = row_credit[row] + column_credit[column];
        (credit(row, column) - expected * (1.0 - kappa) - center).powi(2)
    });
    Some(Estimate { value: kappa, standard_error: Some((spread / shares.n).sqrt() / (1.0 - chance)) })
}

/// Σ share · `value(position)`.
fn weighted(shares: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    shares.iter().enumerate().map(|(position, share)| share * value(position)).sum()
}

/// AC1 with its standard error for a sample of items (Gwet 2008, *Computing inter-rater
/// reliability and its variance in the presence of high agreement*).
///
/// Chance agreement is Σ π(1−π)/(q−1) over the q labels' mean shares π. `None` without items or
/// with fewer than two labels; the standard error needs two items.
#[must_use]
pub fn gwet_ac1(table: &Table) -> Option<Estimate> {
    let shares = table.shares()?;
    let size = table.size();
    if size < 2 {
        return None;
    }
    let rarity: Vec<f64> =
        (0..size).map(|label| 1.0 - f64::midpoint(shares.rows[label], shares.columns[label])).collect();
    let others = real(size - 1);
    let observed = shares.expect(|first, second| f64::from(u8::from(first == second)));
    let chance = rarity.iter().map(|rare| rare * (1.0 - rare)).sum::<f64>() / others;
    let ac1 = (observed - chance) / (1.0 - chance);
    // Each item's share in the estimate, with chance agreement linearised.
    let variance = shares.expect(|first, second| {
        let agrees = f64::from(u8::from(first == second));
        let item_chance = f64::midpoint(rarity[first], rarity[second]) / others;
        let item =
            (agrees - chance) / (1.0 - chance) - 2.0 * (1.0 - ac1) * (item_chance - chance) / (1.0 - chance);
        (item - ac1).powi(2)
    });
    let standard_error = (shares.n > 1.0).then(|| (variance / (shares.n - 1.0)).sqrt());
    Some(Estimate { value: ac1, standard_error })
}

/// What the distance between two ratings means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measurement {
    /// Same or different.
    Nominal,
    /// Order only: distance by how many ratings lie between.
    Ordinal,
    /// Squared differences.
    Interval,
    /// Squared relative differences, of ratings that are not negative.
    Ratio,
}

/// α = 1 − observed/expected disagreement (Krippendorff 2004, *Content Analysis*, chapter 11).
///
/// Each unit lists its raters' ratings, `None` for a missing one; units with fewer than two are
/// left out. 1 is full agreement, 0 is chance. `None` when nothing can be paired, for values that
/// are not finite, or for negative values on a ratio scale. When all ratings are the same there is
/// no disagreement to expect; by convention that is 1.
#[must_use]
pub fn krippendorff_alpha(units: &[Vec<Option<f64>>], measurement: Measurement) -> Option<f64> {
    let units: Vec<Vec<f64>> = units
        .iter()
        .map(|unit| unit.iter().flatten().copied().collect())
        .filter(|unit: &Vec<f64>| unit.len() > 1)
        .collect();
    let values = units.concat();
    let negative = values.iter().any(|&value| value < 0.0);
    if values.is_empty()
        || !values.iter().all(|value| value.is_finite())
        || (negative && measurement == Measurement::Ratio)
    {
        return None;
    }
    let scale = Scale::new(&values, measurement);
    let mut ranks = scale.ranks.iter().copied();
    let mut observed = 0.0;
    for unit in &units {
        let counts = count_ranks(ranks.by_ref().take(unit.len()));
        observed += scale.disagreement(&counts) / real(unit.len() - 1);
    }
    let all = count_ranks(scale.ranks.iter().copied());
    let expected = scale.disagreement(&all) / (real(values.len()) - 1.0);
    if !expected.is_finite() {
        return None;
    }
    Some(if expected > 0.0 { 1.0 - observed / expected } else { 1.0 })
}

/// The distinct ratings, and how far they lie apart.
struct Scale {
    /// Of every rating, its position among the distinct ones.
    ranks: Vec<usize>,
    /// For each distinct rating: its value, or its mid-rank on an ordinal scale.
    places: Vec<f64>,
    measurement: Measurement,
}

impl Scale {
    fn new(values: &[f64], measurement: Measurement) -> Self {
        let (ranks, distinct) = dense_ranks(values);
        let mut places = vec![0.0; distinct];
        for (&rank, &value) in ranks.iter().zip(values) {
            places[rank] = value;
        }
        if measurement == Measurement::Ordinal {
            // Ratings up to half of the own ones: the differences are Krippendorff's sums.
            let mut before = 0.0;
            for (rank, count) in count_ranks(ranks.iter().copied()) {
                places[rank] = before + count / 2.0;
                before += count;
            }
        }
        Self { ranks, places, measurement }
    }

    /// Σ of the distances over all ordered pairs of the counted ratings.
    fn disagreement(&self, counts: &[(usize, f64)]) -> f64 {
        let mut total = 0.0;
        for (index, &(left, left_count)) in counts.iter().enumerate() {
            for &(right, right_count) in &counts[..index] {
                total += 2.0 * left_count * right_count * self.distance(left, right);
            }
        }
        total
    }

    fn distance(&self, left: usize, right: usize) -> f64 {
        let (left, right) = (self.places[left], self.places[right]);
        match self.measurement {
            Measurement::Nominal => 1.0,
            Measurement::Ordinal | Measurement::Interval => (left - right).powi(2),
            Measurement::Ratio => ((left - right) / (left + right)).powi(2),
        }
    }
}

/// Distinct ranks in rising order with their counts.
fn count_ranks(ranks: impl Iterator<Item = usize>) -> Vec<(usize, f64)> {
    let mut sorted: Vec<usize> = ranks.collect();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(PartialEq::eq);
    runs.map(|run| (run[0], real(run.len()))).collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by construction")]
mod tests {
    use super::*;

    fn kappa(rows: &[&[u64]], weighting: Weighting) -> Option<Estimate> {
        let table = Table::new(rows.iter().map(|row| row.to_vec()).collect()).unwrap();
        cohen_kappa(&table, weighting)
    }

    #[test]
    fn reference_values() {
        let plain = kappa(&[&[20, 5], &[10, 15]], Weighting::Identity).unwrap();
        assert!((plain.value - 0.4).abs() < 1e-12);
        let rows: &[&[u64]] = &[&[11, 3, 1], &[2, 8, 3], &[0, 2, 10]];
        for (weighting, expected) in [
            (Weighting::Identity, 0.588_015),
            (Weighting::Linear, 0.665_272),
            (Weighting::Quadratic, 0.741_459),
        ] {
            let value = kappa(rows, weighting).unwrap().value;
            assert!((value - expected).abs() < 1e-6, "{value}");
        }
    }

    #[test]
    fn undefined_when_chance_explains_all() {
        assert_eq!(kappa(&[&[7, 0], &[0, 0]], Weighting::Identity), None);
        assert_eq!(kappa(&[&[0, 0], &[0, 0]], Weighting::Identity), None);
        assert_eq!(kappa(&[&[3]], Weighting::Linear), None);
    }

    /// κ is −2/7 and its variance exactly 0 in fractions.
    #[test]
    fn an_error_of_zero_is_not_lost_to_cancellation() {
        let rows: &[&[u64]] = &[&[0, 0, 0, 1], &[0, 1, 0, 0], &[0, 0, 1, 0], &[0; 4]];
        let estimate = kappa(rows, Weighting::Quadratic).unwrap();
        assert!((estimate.value + 2.0 / 7.0).abs() < 1e-12);
        assert!(estimate.standard_error.unwrap() < 1e-12);
    }

    #[test]
    fn perfect_agreement_is_one() {
        let estimate = kappa(&[&[4, 0], &[0, 6]], Weighting::Quadratic).unwrap();
        assert!((estimate.value - 1.0).abs() < 1e-12);
        assert!(estimate.standard_error.unwrap() < 1e-12);
    }

    #[test]
    fn two_labels_by_hand() {
        // Shares of the first label .5 and .6, so π = .55; chance = 2·.55·.45 = .495.
        let table = Table::new(vec![vec![20, 5], vec![10, 15]]).unwrap();
        let value = gwet_ac1(&table).unwrap().value;
        assert!((value - (0.7 - 0.495) / 0.505).abs() < 1e-12);
    }

    #[test]
    fn one_dominant_label_is_high_agreement() {
        let table = Table::new(vec![vec![118, 5], vec![2, 0]]).unwrap();
        assert!(gwet_ac1(&table).unwrap().value > 0.9);
        let same = Table::new(vec![vec![9, 0], vec![0, 0]]).unwrap();
        assert_eq!(gwet_ac1(&same).unwrap().value, 1.0);
    }

    #[test]
    fn undefined_without_items_or_choice() {
        assert_eq!(gwet_ac1(&Table::of_pairs(2, &[])), None);
        assert_eq!(gwet_ac1(&Table::of_pairs(1, &[(0, 0)])), None);
    }

    fn alpha(units: &[&[f64]], measurement: Measurement) -> Option<f64> {
        let units: Vec<Vec<Option<f64>>> =
            units.iter().map(|unit| unit.iter().copied().map(Some).collect()).collect();
        krippendorff_alpha(&units, measurement)
    }

    #[test]
    fn reference_values_krippendorff() {
        let nominal = |units: &[&[f64]]| alpha(units, Measurement::Nominal).unwrap();
        let three_raters: &[&[f64]] = &[&[1., 1., 1.], &[0., 0., 0.], &[1., 1., 1.], &[0., 0., 1.]];
        assert!((nominal(three_raters) - (1.0 - 132.0 / 420.0)).abs() < 1e-12);
        assert!((nominal(&[&[0., 1.], &[0., 1.], &[1., 0.], &[1., 0.]]) + 0.75).abs() < 1e-12);
        assert!((nominal(&[&[1., 1., 0.], &[0., 0.]]) - 1.0 / 3.0).abs() < 1e-12);
        let interval = alpha(&[&[1., 2.], &[3., 4.], &[1., 1.]], Measurement::Interval).unwrap();
        assert!((interval - 19.0 / 24.0).abs() < 1e-12);
        assert_eq!(alpha(&[&[2., 2.], &[2., 2.]], Measurement::Ordinal), Some(1.0));
        assert_eq!(alpha(&[], Measurement::Nominal), None);
    }

    #[test]
    fn what_cannot_be_paired_is_left_out() {
        let units =
            [vec![Some(1.0), None, Some(1.0)], vec![None, Some(5.0), None], vec![Some(2.0), Some(2.0), None]];
        assert_eq!(krippendorff_alpha(&units, Measurement::Nominal), Some(1.0));
        assert_eq!(krippendorff_alpha(&units[1..2], Measurement::Nominal), None);
    }

    #[test]
    fn ratio_scales_have_no_negative_values() {
        assert_eq!(alpha(&[&[-1.0, 1.0]], Measurement::Ratio), None);
        assert_eq!(alpha(&[&[0.0, 0.0], &[0.0, 0.0]], Measurement::Ratio), Some(1.0));
        assert_eq!(alpha(&[&[1.0, f64::NAN]], Measurement::Interval), None);
    }
}
