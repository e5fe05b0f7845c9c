//! Values that other libraries gave for the same input.

use crate::internal::stats::*;

const HUMAN: [f64; 12] = [1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 3.0, 1.0, 2.0, 4.0];
const SCORE: [f64; 12] = [0.1, 0.3, 0.2, 0.5, 0.4, 0.9, 0.8, 0.8, 0.5, 0.3, 0.35, 0.6];

#[track_caller]
fn assert_near(actual: Option<f64>, expected: f64, tolerance: f64) {
    let actual = actual.unwrap();
    assert!((actual - expected).abs() <= tolerance, "{actual} {expected}");
}

#[track_caller]
fn assert_close(actual: Option<f64>, expected: f64) {
    assert_near(actual, expected, 1e-9);
}

#[track_caller]
fn assert_ends(actual: Option<Interval>, low: f64, high: f64) {
    assert_close(actual.map(|interval| interval.low), low);
    assert_close(actual.map(|interval| interval.high), high);
}

/// `SciPy` 1.17.1: kendalltau, spearmanr, pearsonr, (somersd + 1)/2.
#[test]
fn association_as_scipy() {
    assert_close(kendall_tau_b(&HUMAN, &SCORE), 0.767_626_800_626_696_7);
    assert_close(spearman(&HUMAN, &SCORE), 0.887_187_958_382_119_4);
    assert_close(pearson(&HUMAN, &SCORE), 0.874_598_008_379_782_5);
    let found = concordance(&HUMAN, &SCORE).unwrap();
    assert_close(found.share(), 0.903_508_771_929_824_5);
    assert_eq!(found.pairs(), 57);
}

/// scikit-learn 1.9.1: `roc_auc_score`, `ndcg_score`, `IsotonicRegression(out_of_bounds="clip`").
#[test]
fn ranking_and_isotonic_as_scikit_learn() {
    let good = HUMAN.map(|label| label >= 4.0);
    assert_close(roc_auc(&good, &SCORE), 0.942_857_142_857_142_7);
    let grades = [3.0, 2.0, 3.0, 0.0, 1.0, 2.0];
    assert_close(ndcg_at_k(&grades, 5, Gain::Linear), 0.861_044_176_037_502_6);
    assert_close(ndcg_at_k(&grades, 6, Gain::Linear), 0.960_808_194_336_061_6);
    let tied = [0.9, 0.5, 0.5, 0.5, 0.1, 0.1];
    assert_close(ndcg_of_scores(&grades, &tied, 3, Gain::Linear), 0.828_959_378_402_564_7);
    assert_close(ndcg_of_scores(&grades, &tied, 6, Gain::Linear), 0.940_662_611_361_113_4);
    assert_close(ndcg_of_scores(&grades, &[1.0; 6], 4, Gain::Linear), 0.695_318_217_469_684_6);
    let map = Isotonic::fit(&SCORE, &HUMAN).unwrap();
    for (score, label) in [
        (0.0, 1.0),
        (0.25, 5.0 / 3.0),
        (0.45, 10.0 / 3.0),
        (0.7, 13.0 / 3.0),
        (0.85, 14.0 / 3.0),
        (2.0, 14.0 / 3.0),
    ] {
        assert_close(Some(map.map(score)), label);
    }
}

/// statsmodels 0.15.0: `inter_rater.cohens_kappa`, kappa and `std_kappa`.
#[test]
fn kappa_errors_as_statsmodels() {
    let table = Table::new(vec![vec![11, 3, 1], vec![2, 8, 3], vec![0, 2, 10]]).unwrap();
    for (weighting, kappa, error) in [
        (Weighting::Identity, 0.588_014_981_273_408_2, 0.105_168_570_225_444_75),
        (Weighting::Linear, 0.665_271_966_527_196_7, 0.092_578_070_344_164_36),
        (Weighting::Quadratic, 0.741_458_910_433_979_7, 0.088_188_673_965_413_01),
    ] {
        let estimate = cohen_kappa(&table, weighting).unwrap();
        assert_close(Some(estimate.value), kappa);
        assert_close(estimate.standard_error, error);
    }
}

/// irrCAC 0.4.4: `CAC(...).gwet()`.
#[test]
fn ac1_as_irrcac() {
    for (rows, ac1, error) in [
        (vec![vec![11, 3, 1], vec![2, 8, 3], vec![0, 2, 10]], 0.587_628_865_979, 0.107_338_922_374),
        (vec![vec![118, 5], vec![2, 0]], 0.940_776_337_609, 0.023_056_964_302),
    ] {
        let estimate = gwet_ac1(&Table::new(rows).unwrap()).unwrap();
        assert_close(Some(estimate.value), ac1);
        assert_close(estimate.standard_error, error);
    }
}

/// statsmodels 0.15.0: `proportion_confint`, methods beta and wilson.
#[test]
fn proportions_as_statsmodels() {
    let exact = |successes, n| Proportion::new(successes, n).clopper_pearson(0.95);
    assert_ends(exact(9, 9), 0.663_732_883_120_057_2, 1.0);
    assert_ends(exact(45, 50), 0.781_864_633_565_797_7, 0.966_724_906_410_977_5);
    assert_ends(exact(0, 20), 0.0, 0.168_433_470_983_085_34);
    assert_ends(exact(1, 3), 0.008_403_758_659_612_636, 0.905_700_675_949_753_9);
    let score = Proportion::new(1, 3).wilson(0.9);
    assert_ends(score, 0.078_265_726_333_728_36, 0.746_466_131_718_776);
}

/// statsmodels 0.15.0: multipletests, methods holm, `fdr_bh`, `fdr_by`.
#[test]
fn multiplicity_as_statsmodels() {
    let p_values = [0.001, 0.04, 0.03, 0.5, 0.012];
    let rows = [
        (holm(&p_values), [0.005, 0.09, 0.09, 0.5, 0.048]),
        (benjamini_hochberg(&p_values), [0.005, 0.05, 0.05, 0.5, 0.03]),
        (
            benjamini_yekutieli(&p_values),
            [0.011_416_666_666_7, 0.114_166_666_666_7, 0.114_166_666_666_7, 1.0, 0.0685],
        ),
    ];
    for (adjusted, expected) in rows {
        for (adjusted, expected) in adjusted.unwrap().into_iter().zip(expected) {
            assert_close(Some(adjusted), expected);
        }
    }
}

/// krippendorff 0.9.0, on the twelve units of Krippendorff's own example (0 for missing).
#[test]
fn alpha_as_krippendorff() {
    let units: Vec<Vec<Option<f64>>> = [
        [1.0, 1.0, 0.0, 1.0],
        [2.0, 2.0, 3.0, 2.0],
        [3.0, 3.0, 3.0, 3.0],
        [3.0, 3.0, 3.0, 3.0],
        [2.0, 2.0, 2.0, 2.0],
        [1.0, 2.0, 3.0, 4.0],
        [4.0, 4.0, 4.0, 4.0],
        [1.0, 1.0, 2.0, 1.0],
        [2.0, 2.0, 2.0, 2.0],
        [0.0, 5.0, 5.0, 5.0],
        [0.0, 0.0, 1.0, 1.0],
        [0.0, 0.0, 3.0, 0.0],
    ]
    .iter()
    .map(|unit| unit.map(|rating| (rating > 0.0).then_some(rating)).to_vec())
    .collect();
    for (measurement, alpha) in [
        (Measurement::Nominal, 0.743_421_052_631_579),
        (Measurement::Ordinal, 0.815_387_503_754_881_4),
        (Measurement::Interval, 0.849_107_142_857_142_8),
        (Measurement::Ratio, 0.797_402_774_711_612_1),
    ] {
        assert_close(krippendorff_alpha(&units, measurement), alpha);
    }
}

/// `SciPy` 1.17.1: `permutation_test` (samples, all patterns), `ttest_1samp`; `NumPy` 2.4.6: quantile.
#[test]
fn tests_and_quantiles_as_scipy() {
    let values = [1.0, -0.5, 2.0, 0.5, 0.0, 1.5, -1.0, 0.5, 0.25, 3.0];
    let test = paired_permutation(&values, &[0.0; 10], 0, 0).unwrap();
    assert_close(Some(test.p_value), 0.101_562_5);
    let below = mean_below(&values, 1.0).unwrap();
    assert_close(Some(below.t), -0.729_025_904_979_906_4);
    assert_close(Some(below.p_value), 0.242_262_000_231_239_84);
    assert_close(quantile(&values, 0.1), -0.55);
    assert_close(quantile(&values, 0.37), 0.332_5);
    assert_close(median_absolute_deviation(&values), 0.75);
}

/// `SciPy` 1.17.1: binom.cdf, t.cdf, beta.ppf, where counts are large.
#[test]
fn distributions_as_scipy() {
    use crate::stats::beta;
    let binomial = beta::binomial_cdf(500_500, 1_000_000, 0.5);
    assert_near(Some(binomial), 0.841_586_595_848_052_7, 1e-8);
    assert_close(Some(beta::student_cdf(-2.3, 400.0)), 0.010_981_161_532_412_83);
    assert_close(Some(beta::student_cdf(-2.3, 1.0)), 0.130_547_587_088_622_78);
    assert_close(Some(beta::quantile(1e5, 2e5, 0.5)), 0.333_332_962_962_505_7);
}

/// `SciPy` 1.17.1: bootstrap of the mean with 200,000 resamples. Ours draws fewer, and the ends of
/// an interval from 20,000 draws vary by about 0.02.
#[test]
fn bootstrap_as_scipy() {
    let values = [0.2, 0.4, 0.5, 0.9, 1.1, 1.3, 2.2, 3.8, 0.1, 0.3, 0.7, 6.1];
    let bootstrap = Bootstrap { resamples: 20_000, seed: 11 };
    let plain = bootstrap.percentile(&values, mean, 0.95).unwrap();
    assert_near(Some(plain.low), 0.633_3, 0.04);
    assert_near(Some(plain.high), 2.541_7, 0.04);
    let corrected = bootstrap.bca(&values, mean, 0.95).unwrap();
    assert_near(Some(corrected.low), 0.758_3, 0.04);
    assert_near(Some(corrected.high), 2.908_3, 0.08);
}

/// Tango's score test with its nuisance rate maximised numerically by `SciPy` 1.17.1.
#[test]
fn tango_as_maximised_numerically() {
    for ((only_left, only_right, n), low, high) in TANGO {
        let outcomes = PairedOutcomes { only_left, only_right, n };
        let interval = outcomes.tango(0.95).unwrap();
        assert_near(Some(interval.low), low, 1e-6);
        assert_near(Some(interval.high), high, 1e-6);
    }
}

const TANGO: [((u64, u64, u64), f64, f64); 3] = [
    ((12, 2, 50), 0.061_112_407, 0.344_708_748),
    ((5, 9, 200), -0.061_990_982, 0.018_759_233),
    ((1, 8, 30), -0.421_948_360, -0.045_503_999),
];
