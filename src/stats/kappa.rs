//! Cohen's κ, plain and weighted.

use super::estimate::Estimate;
use super::real::length;
use super::table::Table;

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
        let miss = length(first.abs_diff(second)) / length(size - 1);
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

#[cfg(test)]
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
}
