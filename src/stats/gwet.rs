//! Gwet's AC1: agreement that stays sensible when one label dominates.

use super::estimate::Estimate;
use super::real::length;
use super::table::Table;

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
    let others = length(size - 1);
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

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by construction")]
mod tests {
    use super::*;

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
}
