//! Judges whose truth is known.

use crate::calibration::*;
use crate::number::real;
use crate::stats::{CalibrationMap, Random, logit};

/// Pass and fail.
pub(super) fn two() -> Verdicts {
    Verdicts { labels: vec!["pass".to_owned(), "fail".to_owned()], values: vec![Some(1.0), Some(0.0)] }
}

fn one_to_five() -> Verdicts {
    Verdicts {
        labels: (1..=5).map(|level| level.to_string()).collect(),
        values: (0..5).map(|level| Some(f64::from(level) / 4.0)).collect(),
    }
}

pub(super) fn case(id: usize, pass: f64, truth: bool) -> Case {
    Case {
        id: format!("r{id}"),
        cluster: None,
        shares: vec![pass, 1.0 - pass],
        truth: f64::from(u8::from(truth)),
        weight: 1.0,
    }
}

/// Items whose chance of being good is spread over 0 to 1; the judge knows it, and says it with its
/// log-odds times `slope` plus `shift`.
pub(super) fn judged(random: &mut Random, n: usize, slope: f64, shift: f64) -> Vec<Case> {
    (0..n)
        .map(|id| {
            let chance = random.unit();
            let truth = random.unit() < chance;
            case(id, 1.0 / (1.0 + (-slope * logit(chance) - shift).exp()), truth)
        })
        .collect()
}

fn quick(metric: Metric) -> Options {
    Options { metric, resamples: 100, ..Options::default() }
}

#[test]
fn a_shifted_judge_is_repaired() {
    let cases = judged(&mut Random::new(1), 160, 1.0, 2.5);
    for metric in [Metric::LogLoss, Metric::Brier, Metric::Kappa] {
        let fitted = fit(&two(), &cases, &quick(metric)).unwrap();
        assert_eq!(fitted.decision, MapDecision::Kept, "{metric:?} {fitted:?}");
        assert!(fitted.adjusted.gains.of(metric).is_real());
        assert!(fitted.adjusted.figures.kappa > fitted.plain.kappa);
        assert!(fitted.chosen.is_some());
    }
    let fitted = fit(&two(), &cases, &quick(Metric::LogLoss)).unwrap();
    let error = fitted.adjusted.figures.calibration_error.unwrap();
    assert!(error < fitted.plain.calibration_error.unwrap() / 2.0, "{error}");
}

#[test]
fn an_overconfident_judge_gets_a_temperature() {
    let cases = judged(&mut Random::new(2), 400, 3.0, 0.0);
    let options = Options { kinds: vec![MapKind::Temperature], ..quick(Metric::LogLoss) };
    let fitted = fit(&two(), &cases, &options).unwrap();
    let Some(CalibrationMap::Temperature { t }) = fitted.chosen else { panic!("{fitted:?}") };
    assert!((2.4..3.8).contains(&t), "{t}");
}

#[test]
fn a_content_free_prior_is_taken_out() {
    // The judge adds log-odds of 2 to everything, and to an item without content too.
    let cases = judged(&mut Random::new(3), 300, 1.0, 2.0);
    let pass = 1.0 / (1.0 + (-2.0_f64).exp());
    let options = Options {
        content_free: Some(vec![pass, 1.0 - pass]),
        kinds: vec![MapKind::ContentFree, MapKind::ContentFreeFitted],
        ..quick(Metric::LogLoss)
    };
    let fitted = fit(&two(), &cases, &options).unwrap();
    assert_eq!(fitted.decision, MapDecision::Kept);
    let Some(CalibrationMap::ContentFree { strength, .. }) = fitted.chosen else { panic!("{fitted:?}") };
    assert!((0.7..1.3).contains(&strength), "{strength}");
}

#[test]
fn a_calibrated_judge_and_a_perfect_one_are_left_alone() {
    let calibrated = judged(&mut Random::new(4), 120, 1.0, 0.0);
    let perfect: Vec<Case> =
        (0..80).map(|id| case(id, if id % 2 == 0 { 0.999 } else { 0.001 }, id % 2 == 0)).collect();
    for cases in [calibrated, perfect] {
        for metric in [Metric::LogLoss, Metric::Kappa] {
            let fitted = fit(&two(), &cases, &quick(metric)).unwrap();
            assert_eq!(fitted.chosen, None, "{metric:?} {fitted:?}");
            assert_ne!(fitted.decision, MapDecision::Kept);
        }
    }
}

/// Scores that have nothing to do with the labels. A map to the mean label lowers their log loss,
/// which must not count as a calibration.
fn random_judge(random: &mut Random, n: usize) -> Vec<Case> {
    (0..n).map(|id| case(id, random.unit(), random.unit() < 0.6)).collect()
}

fn kept(runs: u32, metric: Metric, kinds: &[MapKind], judge: impl Fn(&mut Random) -> Vec<Case>) -> u32 {
    let mut random = Random::new(5);
    let keeps = (0..runs).filter(|_| {
        let options = Options { kinds: kinds.to_vec(), ..quick(metric) };
        fit(&two(), &judge(&mut random), &options).is_ok_and(|fitted| fitted.chosen.is_some())
    });
    u32::try_from(keeps.count()).unwrap()
}

#[test]
fn a_random_judge_is_left_alone() {
    let kinds = [MapKind::Platt, MapKind::Limits, MapKind::Isotonic];
    for metric in [Metric::LogLoss, Metric::Kappa] {
        let kept = kept(10, metric, &kinds, |random| random_judge(random, 60));
        assert_eq!(kept, 0, "{metric:?}");
    }
    let fitted = fit(&two(), &random_judge(&mut Random::new(6), 300), &quick(Metric::LogLoss)).unwrap();
    assert_eq!(fitted.decision, MapDecision::NoSkill);
}

/// The long form of the tests above, for `docs/measured/calibration.md`.
#[test]
#[ignore = "takes minutes; prints the rates that docs/measured/calibration.md reports"]
fn how_often_a_map_is_kept() {
    for metric in [Metric::LogLoss, Metric::Brier, Metric::Kappa] {
        for n in [60, 200] {
            for (name, slope, shift) in [
                ("calibrated", 1.0, 0.0),
                ("shifted by 1", 1.0, 1.0),
                ("shifted by 2", 1.0, 2.0),
                ("three times too sure", 3.0, 0.0),
            ] {
                let kept = kept(100, metric, &MapKind::ALL, |random| judged(random, n, slope, shift));
                println!("{metric:?} n={n} {name}: {kept} of 100");
            }
            let kept = kept(400, metric, &MapKind::ALL, |random| random_judge(random, n));
            println!("{metric:?} n={n} random: {kept} of 400");
        }
    }
}

/// A judge that crowds a five-level scale's scores between 3 and 4.5.
#[test]
fn crowded_scores_on_a_scale_are_spread() {
    let mut random = Random::new(7);
    let cases: Vec<Case> = (0..150)
        .map(|id| {
            let truth = random.below(5);
            let center = 2.0 + 0.35 * real(truth) + 0.5 * (random.unit() - 0.5);
            let odds: Vec<f64> =
                (0..5).map(|level| (-(f64::from(level) - center).powi(2) / 0.5).exp()).collect();
            let total: f64 = odds.iter().sum();
            Case {
                id: format!("r{id}"),
                cluster: None,
                shares: odds.into_iter().map(|odds| odds / total).collect(),
                truth: real(truth) / 4.0,
                weight: 1.0,
            }
        })
        .collect();
    for metric in [Metric::LogLoss, Metric::Kappa] {
        let fitted = fit(&one_to_five(), &cases, &quick(metric)).unwrap();
        assert_eq!(fitted.decision, MapDecision::Kept, "{fitted:?}");
        assert!(fitted.adjusted.gains.of(metric).is_real());
    }
    let fitted = fit(&one_to_five(), &cases, &quick(Metric::Kappa)).unwrap();
    assert!(fitted.adjusted.figures.kappa.unwrap() > fitted.plain.kappa.unwrap() + 0.2, "{fitted:?}");
}
