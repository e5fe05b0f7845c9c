//! Fits against values computed elsewhere, and what must hold for any.

use super::simulated::{case, judged, two};
use crate::calibration::*;
use crate::stats::{CalibrationMap, Random};

const SCORES: [f64; 24] = [
    0.05, 0.12, 0.18, 0.22, 0.27, 0.31, 0.36, 0.41, 0.44, 0.48, 0.52, 0.55, 0.58, 0.61, 0.66, 0.69, 0.73,
    0.76, 0.81, 0.84, 0.88, 0.91, 0.95, 0.98,
];
const LABELS: [u8; 24] = [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1];

fn cases() -> Vec<Case> {
    SCORES.iter().zip(LABELS).enumerate().map(|(id, (&score, label))| case(id, score, label == 1)).collect()
}

/// The best map of one kind on these cases, kept or not.
fn map_of(kind: MapKind, options: Options) -> CalibrationMap {
    let (verdicts, cases) = (two(), cases());
    let options = Options { kinds: vec![kind], resamples: 10, ..options };
    let problem = crate::calibration::problem::Problem::new(&verdicts, &cases, &options).unwrap();
    let items: Vec<_> = problem.items.iter().collect();
    crate::calibration::select::fit_kind(kind, &problem, &items).unwrap()
}

/// Thirty cases, `others` of which have the rarer label.
fn with_others(others: usize) -> Vec<Case> {
    (0..30).map(|id| case(id, SCORES[id % SCORES.len()], id < others)).collect()
}

#[test]
fn five_labels_that_differ_are_enough_and_four_are_not() {
    let verdicts = two();
    for others in [5, 6, 24, 25] {
        assert!(fit(&verdicts, &with_others(others), &Options::default()).is_ok(), "{others}");
    }
    for others in [0, 4, 26, 30] {
        let few = others.min(30 - others);
        let refused = fit(&verdicts, &with_others(others), &Options::default()).unwrap_err();
        assert_eq!(refused, Refusal::OneLabel { others: few, needed: 5 });
    }
}

/// scikit-learn 1.9.1: `_SigmoidCalibration` on the log-odds, its signs turned around.
const PLATT: (f64, f64) = (0.677_512_340_820_265_3, -0.418_759_701_850_558_8);
/// scikit-learn 1.9.1: `IsotonicRegression(out_of_bounds="clip")`.
const ISOTONIC: [(f64, f64); 10] = [
    (0.0, 0.0),
    (0.15, 0.125),
    (0.2, 0.25),
    (0.33, 0.25),
    (0.5, 0.291_666_666_666_666_63),
    (0.6, 0.444_444_444_444_444_4),
    (0.7, 0.5),
    (0.8, 0.666_666_666_666_666_6),
    (0.86, 0.833_333_333_333_333_3),
    (0.99, 1.0),
];
/// `SciPy` 1.17.1: `minimize_scalar` of the labels' negative log-likelihood.
const TEMPERATURE: f64 = 1.289_328_987_409_460_2;
/// The same for the power of the content-free shares .7 and .3.
const STRENGTH: f64 = 0.648_185_157_295_571_2;
/// scikit-learn 1.9.1: the highest `cohen_kappa_score` over all midpoints.
const KAPPA_THRESHOLD: f64 = 0.595;

#[test]
fn platt_as_scikit_learn() {
    let CalibrationMap::Platt { a, b } = map_of(MapKind::Platt, Options::default()) else { panic!() };
    assert!((a - PLATT.0).abs() < 1e-5 && (b - PLATT.1).abs() < 1e-5, "{a} {b}");
}

#[test]
fn isotonic_as_scikit_learn() {
    let CalibrationMap::Isotonic { map } = map_of(MapKind::Isotonic, Options::default()) else { panic!() };
    for (score, expected) in ISOTONIC {
        assert!((map.map(score) - expected).abs() < 1e-9, "{score} {}", map.map(score));
    }
}

#[test]
fn temperature_and_strength_as_scipy() {
    let CalibrationMap::Temperature { t } = map_of(MapKind::Temperature, Options::default()) else {
        panic!()
    };
    assert!((t - TEMPERATURE).abs() < 1e-5, "{t}");
    let options = Options { content_free: Some(vec![0.7, 0.3]), ..Options::default() };
    let map = map_of(MapKind::ContentFreeFitted, options);
    let CalibrationMap::ContentFree { strength, .. } = map else { panic!() };
    assert!((strength - STRENGTH).abs() < 1e-5, "{strength}");
}

#[test]
fn thresholds_serve_their_goal() {
    let CalibrationMap::Threshold { at } = map_of(MapKind::Limits, Options::default()) else { panic!() };
    assert!((at - KAPPA_THRESHOLD).abs() < 1e-12, "{at}");
    let cost = ThresholdGoal::Cost { false_pass: 100.0, false_fail: 1.0 };
    let strict = map_of(MapKind::Limits, Options { threshold: cost, ..Options::default() });
    // Above the last bad item.
    assert_eq!(strict, CalibrationMap::Threshold { at: f64::midpoint(0.84, 0.88) });
    let cost = ThresholdGoal::Cost { false_pass: 1.0, false_fail: 100.0 };
    let lenient = map_of(MapKind::Limits, Options { threshold: cost, ..Options::default() });
    assert_eq!(lenient, CalibrationMap::Threshold { at: f64::midpoint(0.12, 0.18) });
}

/// The same cases, standing for 1, 5 and 2 records in turn.
fn weighted() -> Vec<Case> {
    let weights = [1.0, 5.0, 2.0].into_iter().cycle();
    cases().into_iter().zip(weights).map(|(case, weight)| Case { weight, ..case }).collect()
}

fn weighted_map_of(kind: MapKind) -> CalibrationMap {
    let (verdicts, cases) = (two(), weighted());
    let options = Options { kinds: vec![kind], resamples: 10, ..Options::default() };
    let problem = crate::calibration::problem::Problem::new(&verdicts, &cases, &options).unwrap();
    let items: Vec<_> = problem.items.iter().collect();
    crate::calibration::select::fit_kind(kind, &problem, &items).unwrap()
}

/// Plain Python: Newton's method on the weighted log loss, the weights scaled to a mean of 1, the targets drawn in by the
/// weighted counts.
const WEIGHTED_PLATT: (f64, f64) = (0.610_567_683_159_203_5, -0.587_163_307_013_328_8);
/// Plain Python: the lowest weighted log loss on a grid of a millionth in the logarithm.
const WEIGHTED_TEMPERATURE: f64 = 1.602_815_868_151_401_5;
/// Plain Python: pooled neighbours by weights, with the first and the last score of each block.
const WEIGHTED_ISOTONIC: [(f64, f64, f64); 4] =
    [(0.0, 0.05, 0.12), (0.157_894_736_842, 0.18, 0.48), (0.482_758_620_690, 0.52, 0.84), (1.0, 0.88, 0.98)];

#[test]
fn by_weights_as_computed_in_plain_python() {
    let CalibrationMap::Platt { a, b } = weighted_map_of(MapKind::Platt) else { panic!() };
    let (expected_a, expected_b) = WEIGHTED_PLATT;
    assert!((a - expected_a).abs() < 1e-6 && (b - expected_b).abs() < 1e-6, "{a} {b}");
    let CalibrationMap::Temperature { t } = weighted_map_of(MapKind::Temperature) else { panic!() };
    assert!((t - WEIGHTED_TEMPERATURE).abs() < 1e-5, "{t}");
    let CalibrationMap::Isotonic { map } = weighted_map_of(MapKind::Isotonic) else { panic!() };
    for (label, first, last) in WEIGHTED_ISOTONIC {
        for score in [first, last] {
            assert!((map.map(score) - label).abs() < 1e-9, "{score} {}", map.map(score));
        }
    }
    let CalibrationMap::Threshold { at } = weighted_map_of(MapKind::Limits) else { panic!() };
    assert!((at - 0.5).abs() < 1e-12, "the highest weighted κ, 0.456, is at 0.5 and not {at}");
}

#[test]
fn figures_count_by_weights_and_equal_weights_change_nothing() {
    let options = Options { resamples: 50, ..Options::default() };
    let plain = fit(&two(), &cases(), &options).unwrap();
    let equal: Vec<Case> = cases().into_iter().map(|case| Case { weight: 7.0, ..case }).collect();
    assert_eq!(fit(&two(), &equal, &options).unwrap(), plain);
    let by_weights = fit(&two(), &weighted(), &options).unwrap();
    // Plain Python: Σ w·loss / Σ w, and the weighted share of labels that pass.
    assert!((by_weights.plain.log_loss.unwrap() - 0.625_123_573_923_146_7).abs() < 1e-12, "{by_weights:?}");
    assert!((by_weights.base_rate - 0.421_875).abs() < 1e-12);
    assert!((by_weights.plain.kappa.unwrap() - 0.456_090_651_558_073_66).abs() < 1e-12);
    for weight in [0.0, -1.0, f64::NAN] {
        let mut unsound = weighted();
        unsound[3].weight = weight;
        assert!(matches!(fit(&two(), &unsound, &options), Err(Refusal::Unsound { .. })), "{weight}");
    }
}

#[test]
fn the_order_of_cases_does_not_matter_and_the_seed_does_not_change() {
    let mut cases = judged(&mut Random::new(8), 60, 1.0, 1.5);
    let options = Options { resamples: 50, ..Options::default() };
    let fitted = fit(&two(), &cases, &options).unwrap();
    Random::new(9).shuffle(&mut cases);
    assert_eq!(fit(&two(), &cases, &options).unwrap(), fitted);
}

#[test]
fn clusters_are_never_parted_and_count_as_one() {
    let mut cases = Vec::new();
    for (cluster, one) in judged(&mut Random::new(10), 40, 1.0, 2.5).into_iter().enumerate() {
        for copy in 0..6 {
            let id = format!("{}-{copy}", one.id);
            cases.push(Case { id, cluster: Some(format!("c{cluster}")), ..one.clone() });
        }
    }
    let options = Options { resamples: 200, ..Options::default() };
    let clustered = fit(&two(), &cases, &options).unwrap();
    assert_eq!((clustered.n, clustered.clusters), (240, 40));
    let alone: Vec<Case> = cases.iter().map(|case| Case { cluster: None, ..case.clone() }).collect();
    let alone = fit(&two(), &alone, &options).unwrap();
    let width = |fitted: &Fitted| fitted.table[0].gains.log_loss.interval.unwrap().width();
    assert!(width(&clustered) > 1.7 * width(&alone));
}

#[test]
fn what_cannot_carry_a_calibration_is_refused() {
    let refusal = |cases: &[Case]| fit(&two(), cases, &Options::default()).unwrap_err();
    let some = judged(&mut Random::new(11), 19, 1.0, 0.0);
    assert_eq!(refusal(&some), Refusal::TooFew { n: 19, needed: 20 });
    assert_eq!(refusal(&[]), Refusal::TooFew { n: 0, needed: 20 });
    let alike: Vec<Case> = (0..40).map(|id| case(id, 0.5, id > 2)).collect();
    assert_eq!(refusal(&alike), Refusal::OneLabel { others: 3, needed: 5 });
    let together: Vec<Case> =
        cases().into_iter().map(|case| Case { cluster: Some("one".to_owned()), ..case }).collect();
    assert_eq!(refusal(&together), Refusal::TooFewClusters { clusters: 1, needed: 10 });
    let mut wrong = cases();
    wrong[3].truth = 2.0;
    assert!(refusal(&wrong).to_string().contains("record `r3`"));
    wrong[3].truth = 1.0;
    wrong[3].shares = vec![1.0];
    assert!(refusal(&wrong).to_string().contains("no distribution"));
    let options = Options { content_free: Some(vec![1.0]), ..Options::default() };
    assert!(fit(&two(), &cases(), &options).is_err());
    let options = Options { folds: 1, ..Options::default() };
    assert!(fit(&two(), &cases(), &options).is_err());
}

#[test]
fn verdicts_that_decide_nothing_are_put_aside_and_counted() {
    let mut verdicts = two();
    verdicts.labels.push("unsure".to_owned());
    verdicts.values.push(None);
    let with_unsure = |case: &Case| {
        let mut case = case.clone();
        case.shares = case.shares.iter().map(|share| share * 0.4).collect();
        case.shares.push(0.6);
        case
    };
    let cases = judged(&mut Random::new(12), 100, 1.0, 2.0);
    let unsure: Vec<Case> = cases.iter().map(with_unsure).collect();
    let options = Options { resamples: 50, ..Options::default() };
    let (plain, fitted) =
        (fit(&two(), &cases, &options).unwrap(), fit(&verdicts, &unsure, &options).unwrap());
    assert_eq!((plain.undecided, fitted.undecided), (0, 100));
    assert!((plain.plain.log_loss.unwrap() - fitted.plain.log_loss.unwrap()).abs() < 1e-9);
    assert_eq!(plain.decision, fitted.decision);
}
