//! How often intervals hold the truth, and tests raise a false alarm, in seeded simulations.
//!
//! A tolerance is four standard errors of the simulation itself, √(p(1−p)/trials): wrong by chance
//! once in sixteen thousand, and the seed is fixed anyway.

use crate::internal::stats::*;
use crate::number::real;

pub(super) const LEVEL: f64 = 0.95;

/// The share of `trials` in which `holds`.
pub(super) fn share(trials: u32, seed: u64, mut holds: impl FnMut(&mut Random) -> bool) -> f64 {
    let mut random = Random::new(seed);
    let held = (0..trials).filter(|_| holds(&mut random)).count();
    real(held) / f64::from(trials)
}

pub(super) fn slack(expected: f64, trials: u32) -> f64 {
    4.0 * (expected * (1.0 - expected) / f64::from(trials)).sqrt()
}

#[track_caller]
pub(super) fn assert_share(actual: f64, expected: f64, trials: u32) {
    let slack = slack(expected, trials);
    assert!((actual - expected).abs() <= slack, "{actual} is not {expected} ± {slack}");
}

pub(super) fn chance(random: &mut Random, probability: f64) -> bool {
    random.unit() < probability
}

pub(super) fn count(random: &mut Random, n: u64, probability: f64) -> Proportion {
    let hits = (0..n).filter(|_| chance(random, probability)).count();
    Proportion::new(hits as u64, n)
}

pub(super) fn gaussian(random: &mut Random) -> f64 {
    normal::quantile(random.unit() + f64::EPSILON / 4.0).unwrap()
}

fn gaussians<const N: usize>(random: &mut Random, center: f64) -> [f64; N] {
    std::array::from_fn(|_| center + gaussian(random))
}

pub(super) fn from_bool(flag: bool) -> f64 {
    f64::from(u8::from(flag))
}

/// The exact coverage at a true rate, by adding up over all counts.
pub(super) fn exact_coverage(n: u64, rate: f64, interval: impl Fn(Proportion) -> Interval) -> f64 {
    let mut below = 0.0;
    let mut covered = 0.0;
    for successes in 0..=n {
        let up_to = crate::stats::beta::binomial_cdf(successes, n, rate);
        if interval(Proportion::new(successes, n)).contains(rate) {
            covered += up_to - below;
        }
        below = up_to;
    }
    covered
}

#[test]
fn clopper_pearson_never_covers_less_than_its_level() {
    for n in [5, 20, 60] {
        for rate in (1..40).map(|step| f64::from(step) / 40.0) {
            let covered = exact_coverage(n, rate, |p| p.clopper_pearson(LEVEL).unwrap());
            assert!(covered >= LEVEL - 1e-9, "{n} {rate} {covered}");
        }
    }
}

#[test]
fn wilson_covers_its_level_on_average() {
    for n in [10, 30, 100] {
        let rates = (0..200).map(|step| (f64::from(step) + 0.5) / 200.0);
        let covered: Vec<f64> =
            rates.map(|rate| exact_coverage(n, rate, |p| p.wilson(LEVEL).unwrap())).collect();
        let average = mean(&covered).unwrap();
        assert!((average - LEVEL).abs() < 0.01, "{n} {average}");
    }
}

#[test]
fn newcombe_covers() {
    let trials = 4000;
    let covered = share(trials, 1, |random| {
        let (left, right) = (count(random, 60, 0.8), count(random, 90, 0.65));
        newcombe(left, right, LEVEL).unwrap().contains(0.15)
    });
    assert_share(covered, LEVEL, trials);
}

pub(super) fn paired_outcomes(
    random: &mut Random,
    n: u64,
    only_left: f64,
    only_right: f64,
) -> PairedOutcomes {
    let mut outcomes = PairedOutcomes { n, ..PairedOutcomes::default() };
    for _ in 0..n {
        let draw = random.unit();
        outcomes.only_left += u64::from(draw < only_left);
        outcomes.only_right += u64::from(draw >= only_left && draw < only_left + only_right);
    }
    outcomes
}

#[test]
fn tango_covers_and_its_margin_test_keeps_its_level() {
    let trials = 4000;
    let mut alarms = 0_u32;
    let covered = share(trials, 2, |random| {
        let outcomes = paired_outcomes(random, 80, 0.08, 0.18);
        alarms += u32::from(outcomes.non_inferiority(0.1).unwrap() <= 0.05);
        outcomes.tango(LEVEL).unwrap().contains(-0.1)
    });
    assert_share(covered, LEVEL, trials);
    assert_share(f64::from(alarms) / f64::from(trials), 0.05, trials);
}

#[test]
fn mcnemar_keeps_its_level() {
    let trials = 4000;
    let alarms = share(trials, 3, |random| paired_outcomes(random, 80, 0.12, 0.12).mcnemar_exact() <= 0.05);
    assert!(alarms <= 0.05 + slack(0.05, trials), "{alarms}");
}

/// Two raters who each give the item's true label 80 times in 100 and guess otherwise: κ is .64.
pub(super) fn rated(random: &mut Random, n: usize) -> Confusion<usize> {
    let mut confusion = Confusion::with_labels(0..3);
    for _ in 0..n {
        let truth = random.below(3);
        let mut rate = || {
            if chance(random, 0.8) { truth } else { random.below(3) }
        };
        confusion.add(rate(), rate());
    }
    confusion
}

#[test]
fn kappa_and_ac1_cover() {
    let trials = 1000;
    for weighting in [Weighting::Identity, Weighting::Linear, Weighting::Quadratic] {
        let covered = share(trials, 4, |random| {
            let kappa = rated(random, 300).kappa(weighting).unwrap();
            kappa.interval(LEVEL).unwrap().contains(0.64)
        });
        assert_share(covered, LEVEL, trials);
    }
    let covered =
        share(trials, 5, |random| rated(random, 300).ac1().unwrap().interval(LEVEL).unwrap().contains(0.64));
    assert_share(covered, LEVEL, trials);
}

#[test]
fn bootstrap_intervals_cover() {
    let trials = 200;
    let bootstrap = Bootstrap { resamples: 300, seed: 1 };
    let covered = share(trials, 6, |random| {
        bootstrap.bca(&gaussians::<40>(random, 0.0), mean, LEVEL).unwrap().contains(0.0)
    });
    assert_share(covered, LEVEL, trials);
    let covered = share(trials, 7, |random| {
        bootstrap.percentile(&gaussians::<40>(random, 0.0), mean, LEVEL).unwrap().contains(0.0)
    });
    assert_share(covered, LEVEL, trials);
}

#[test]
fn weighted_kappa_bootstrap_covers() {
    let trials = 150;
    let bootstrap = Bootstrap { resamples: 200, seed: 1 };
    let covered = share(trials, 8, |random| {
        let interval = rated(random, 80).kappa_interval(Weighting::Quadratic, &bootstrap, LEVEL);
        interval.unwrap().contains(0.64)
    });
    assert_share(covered, LEVEL, trials);
}

#[test]
fn only_the_clustered_error_covers_under_dependence() {
    let trials = 600;
    let mut naive = 0_u32;
    let covered = share(trials, 9, |random| {
        let mut items = Vec::new();
        for cluster in 0..200 {
            let shared = gaussian(random);
            let size = 1 + random.below(6);
            items.extend((0..size).map(|_| (cluster, shared + gaussian(random))));
        }
        let values: Vec<f64> = items.iter().map(|item| item.1).collect();
        let plain = mean_estimate(&values).unwrap().interval(LEVEL).unwrap();
        naive += u32::from(plain.contains(0.0));
        let clustered = clustered_mean(&items, FewClusters::Corrected).unwrap();
        clustered.interval(LEVEL).unwrap().contains(0.0)
    });
    assert_share(covered, LEVEL, trials);
    assert!(f64::from(naive) / f64::from(trials) < 0.88, "{naive}");
}

#[test]
fn corrected_judge_rates_cover_and_raw_ones_do_not() {
    let trials = 2000;
    let (truth, specificity, sensitivity) = (0.5, 0.75, 0.9);
    let passing = truth * sensitivity + (1.0 - truth) * (1.0 - specificity);
    let mut raw = 0_u32;
    let covered = share(trials, 10, |random| {
        let passed = count(random, 600, passing);
        raw += u32::from(passed.wilson(LEVEL).unwrap().contains(truth));
        let bad = count(random, 120, specificity);
        let good = count(random, 120, sensitivity);
        let judged = JudgedRate::new(passed, bad, good).unwrap();
        judged.interval(LEVEL).unwrap().contains(truth)
    });
    assert_share(covered, LEVEL, trials);
    assert!(f64::from(raw) / f64::from(trials) < 0.5, "{raw}");
}

#[test]
fn prediction_powered_means_cover_and_are_shorter() {
    let trials = 600;
    let item = |random: &mut Random| {
        let label = chance(random, 0.6);
        let judged = if chance(random, 0.9) { label } else { chance(random, 0.8) };
        (from_bool(label), from_bool(judged))
    };
    let mut shorter = 0_u32;
    let covered = share(trials, 11, |random| {
        let (labels, judged): (Vec<f64>, Vec<f64>) = (0..150).map(|_| item(random)).unzip();
        let others: Vec<f64> = (0..1500).map(|_| item(random).1).collect();
        let powered = PredictionPowered { labels: &labels, judged: &judged, others: &others };
        let best = powered.best_mean().unwrap();
        let alone = powered.mean(0.0).unwrap();
        shorter += u32::from(best.standard_error < alone.standard_error);
        best.interval(LEVEL).unwrap().contains(0.6)
    });
    assert_share(covered, LEVEL, trials);
    assert_eq!(shorter, trials);
}

#[test]
fn the_required_n_has_the_power_it_was_computed_for() {
    let trials = 1000;
    let plan = Comparison { alpha: 0.05, power: 0.8, between_items: 1.0, left_noise: 0.5, right_noise: 0.5 };
    let n = plan.required_n(0.2).unwrap();
    let found = share(trials, 12, |random| {
        let differences: Moments = (0..n).map(|_| 0.2 + 2.0_f64.sqrt() * gaussian(random)).collect();
        let interval = differences.estimate().unwrap().interval(0.95).unwrap();
        interval.low > 0.0
    });
    assert_share(found, 0.8, trials);
}

#[test]
fn permutation_keeps_its_level() {
    let trials = 1000;
    for (seed, exact) in [(13, true), (14, false)] {
        let alarms = share(trials, seed, |random| {
            let test = if exact {
                paired_permutation(&gaussians::<10>(random, 0.0), &[0.0; 10], 0, 0)
            } else {
                paired_permutation(&gaussians::<40>(random, 0.0), &[0.0; 40], 199, 5)
            };
            test.unwrap().p_value <= 0.05
        });
        assert_share(alarms, 0.05, trials);
    }
}

#[test]
fn holm_bounds_the_chance_of_any_false_alarm() {
    let trials = 4000;
    let alarms = share(trials, 15, |random| {
        let p_values: Vec<f64> = (0..8).map(|_| random.unit()).collect();
        holm(&p_values).unwrap().iter().any(|&p_value| p_value <= 0.05)
    });
    assert!(alarms <= 0.05 + slack(0.05, trials), "{alarms}");
}

#[test]
fn means_and_their_differences_cover() {
    let trials = 600;
    let skewed = |random: &mut Random| -(1.0 - random.unit()).ln();
    let mut independent = 0_u32;
    let mut paired = 0_u32;
    let covered = share(trials, 16, |random| {
        let left: Vec<f64> = (0..300).map(|_| skewed(random)).collect();
        let right: Vec<f64> = left.iter().map(|value| 0.5 * value + skewed(random)).collect();
        let other: Vec<f64> = (0..300).map(|_| skewed(random)).collect();
        let holds = |estimate: Option<Estimate>, truth: f64| {
            u32::from(estimate.unwrap().interval(LEVEL).unwrap().contains(truth))
        };
        paired += holds(paired_difference(&right, &left), 0.5);
        independent += holds(independent_difference(&left, &other), 0.0);
        holds(mean_estimate(&left), 1.0) == 1
    });
    for held in [covered, f64::from(paired) / f64::from(trials), f64::from(independent) / f64::from(trials)] {
        assert_share(held, LEVEL, trials);
    }
}

/// Paired differences of pass/fail outcomes, looked at after every item.
#[test]
fn the_sequence_holds_at_every_look_and_a_fixed_interval_does_not() {
    let trials = 300;
    let mut peeked = 0_u32;
    let ever_wrong = share(trials, 17, |random| {
        let mut sequence = ConfidenceSequence::with_cells(-1.0, 1.0, LEVEL, 40).unwrap();
        let mut moments = Moments::default();
        let mut wrong = false;
        let mut fixed_wrong = false;
        for _ in 0..300 {
            let draw = random.unit();
            let difference = from_bool(draw < 0.15) - from_bool(draw > 0.85);
            sequence.add(difference);
            wrong |= !sequence.interval().unwrap().contains(0.0);
            moments.add(difference);
            if moments.n() >= 20 && moments.n().is_multiple_of(10) {
                let fixed = moments.estimate().unwrap().interval(LEVEL).unwrap();
                fixed_wrong |= !fixed.contains(0.0);
            }
        }
        peeked += u32::from(fixed_wrong);
        wrong
    });
    assert!(ever_wrong <= 0.05 + slack(0.05, trials), "{ever_wrong}");
    assert!(f64::from(peeked) / f64::from(trials) > 0.15, "{peeked}");
}

#[test]
fn signed_ranks_keep_their_level_with_ties() {
    let trials = 2000;
    let alarms = share(trials, 18, |random| {
        let values: Vec<f64> = (0..25)
            .map(|_| {
                let size = real(random.below(4));
                if chance(random, 0.5) { size } else { -size }
            })
            .collect();
        signed_rank_below(&values, 0.0).is_some_and(|test| test.p_value <= 0.05)
    });
    assert!(alarms <= 0.05 + slack(0.05, trials) && alarms > 0.02, "{alarms}");
}

#[test]
fn a_judge_worse_by_more_than_epsilon_is_seldom_called_a_replacement() {
    let trials = 200;
    let label = |random: &mut Random, truth: bool, right: f64| from_bool(chance(random, right) == truth);
    let passed = |random: &mut Random, skill: f64| {
        let items: Vec<AnnotatedItem> = (0..60)
            .map(|_| {
                let truth = chance(random, 0.5);
                let people = (0..3).map(|_| Some(label(random, truth, 0.9))).collect();
                AnnotatedItem { judge: label(random, truth, skill), people }
            })
            .collect();
        alternative_annotator_test(&items, AlternativeOptions::default()).unwrap().passed
    };
    let bad = share(trials, 19, |random| passed(random, 0.6));
    let equal = share(trials, 20, |random| passed(random, 0.9));
    assert!(bad <= 0.05 && equal >= 0.95, "{bad} {equal}");
}

/// A judge whose scores rise with the label but are far off its scale.
#[test]
fn cross_fitted_means_cover_and_raw_scores_do_not() {
    let trials = 200;
    let mut raw = 0_u32;
    let item = |random: &mut Random| {
        let quality = random.unit();
        (0.6 + 0.3 * quality + 0.1 * random.unit(), from_bool(chance(random, quality * quality)))
    };
    let covered = share(trials, 21, |random| {
        let (scores, labels): (Vec<f64>, Vec<f64>) = (0..150).map(|_| item(random)).unzip();
        let others: Vec<f64> = (0..600).map(|_| item(random).0).collect();
        raw += u32::from(mean_estimate(&others).unwrap().interval(LEVEL).unwrap().contains(1.0 / 3.0));
        let fitted = CrossFitted::fit(&scores, &labels, &folds_by_position(150, 5)).unwrap();
        fitted.mean(&others).unwrap().interval(LEVEL).unwrap().contains(1.0 / 3.0)
    });
    assert_share(covered, LEVEL, trials);
    assert_eq!(raw, 0);
}
