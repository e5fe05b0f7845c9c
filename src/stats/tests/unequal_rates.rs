//! How often intervals hold the truth where labels were drawn at unequal rates, in seeded simulations.

use super::coverage::{LEVEL, assert_share, chance, from_bool, share};
use crate::internal::stats::*;

/// A labelled item of a population of which one part, a fifth of it, is hard for the judge and is drawn eight times as
/// often as the other: its weight, whether it is good, and whether the judge says so.
fn unequal(random: &mut Random) -> (f64, (bool, bool)) {
    let is_hard = chance(random, 2.0 / 3.0);
    let (weight, good, right) = if is_hard { (0.3, 0.4, 0.6) } else { (2.4, 0.7, 0.9) };
    let is_good = chance(random, good);
    let is_right = chance(random, right);
    (weight, (is_good, is_good == is_right))
}

/// κ of the whole population, from its shares: the hard fifth and the other four.
fn kappa_of_all() -> f64 {
    let parts = [(0.2, 0.4, 0.6), (0.8, 0.7, 0.9)];
    let total = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        parts.iter().map(|(share, good, right)| share * of(*good, *right)).sum()
    };
    let (same, good) = (total(&|_, right| right), total(&|good, _| good));
    let said = total(&|good, right| good * right + (1.0 - good) * (1.0 - right));
    let by_chance = good * said + (1.0 - good) * (1.0 - said);
    (same - by_chance) / (1.0 - by_chance)
}

#[test]
fn weighted_kappas_interval_covers_where_plain_kappa_does_not() {
    let (trials, truth) = (400, kappa_of_all());
    let bootstrap = Bootstrap { resamples: 200, seed: 5 };
    let mut plain = 0_u32;
    let covered = share(trials, 31, |random| {
        let items: Vec<(f64, (usize, usize))> = (0..150)
            .map(|_| {
                let (weight, (label, verdict)) = unequal(random);
                (weight, (usize::from(label), usize::from(verdict)))
            })
            .collect();
        let interval = |items: &[(f64, (usize, usize))]| {
            let of = |drawn: &[(f64, (usize, usize))]| crate::stats::weighted_kappa(drawn, 2);
            bootstrap.percentile(items, of, LEVEL).unwrap()
        };
        let once: Vec<(f64, (usize, usize))> = items.iter().map(|(_, pair)| (1.0, *pair)).collect();
        plain += u32::from(interval(&once).contains(truth));
        interval(&items).contains(truth)
    });
    assert_share(covered, LEVEL, trials);
    assert!(f64::from(plain) / f64::from(trials) < 0.5, "{plain} of {trials}");
}

#[test]
fn prediction_powered_inference_by_weights_covers_where_plain_does_not() {
    let (trials, truth) = (1000, 0.2 * 0.4 + 0.8 * 0.7);
    let score = |says: bool| if says { 0.85 } else { 0.2 };
    let mut plain = 0_u32;
    let covered = share(trials, 37, |random| {
        let labelled: Vec<(f64, f64, f64)> = (0..150)
            .map(|_| {
                let (weight, (label, verdict)) = unequal(random);
                (weight, from_bool(label), score(verdict))
            })
            .collect();
        let others: Vec<f64> = (0..500)
            .map(|_| {
                let (good, right) = if chance(random, 0.2) { (0.4, 0.6) } else { (0.7, 0.9) };
                let is_good = chance(random, good);
                score(is_good == chance(random, right))
            })
            .collect();
        let powered = crate::stats::WeightedPowered::new(&labelled, &others).unwrap();
        let labels: Vec<f64> = labelled.iter().map(|item| item.1).collect();
        let judged: Vec<f64> = labelled.iter().map(|item| item.2).collect();
        let once = PredictionPowered { labels: &labels, judged: &judged, others: &others };
        plain += u32::from(once.best_mean().unwrap().interval(LEVEL).unwrap().contains(truth));
        let estimate = powered.estimate(powered.best_lambda().unwrap()).unwrap();
        estimate.interval(LEVEL).unwrap().contains(truth)
    });
    assert_share(covered, LEVEL, trials);
    assert!(f64::from(plain) / f64::from(trials) < 0.8, "{plain} of {trials}");
}
