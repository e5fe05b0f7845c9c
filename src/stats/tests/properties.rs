//! What must hold for any input.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::internal::stats::*;
use crate::number::{real, to_usize};

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |value| value.is_finite())
}

fn ordinary() -> impl Strategy<Value = f64> {
    -1e9..1e9
}

/// Few distinct values, so that ties are common.
fn coarse() -> impl Strategy<Value = f64> {
    (0_u8..5).prop_map(f64::from)
}

fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let mut items = items.to_vec();
    Random::new(seed).shuffle(&mut items);
    items
}

fn is_number(value: Option<f64>) -> bool {
    value.is_none_or(f64::is_finite)
}

fn close(left: Option<f64>, right: Option<f64>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => (left - right).abs() < 1e-9,
        (left, right) => left == right,
    }
}

fn proportion() -> impl Strategy<Value = Proportion> {
    (1_u64..500).prop_flat_map(|n| (0..=n).prop_map(move |successes| Proportion::new(successes, n)))
}

fn ratings() -> impl Strategy<Value = Vec<(u8, u8)>> {
    vec((0_u8..4, 0_u8..4), 2..60)
}

proptest! {
    #[test]
    fn order_never_shows_in_sums(values in vec(finite(), 0..40), seed: u64) {
        let other = shuffled(&values, seed);
        prop_assert_eq!(sum(&values), sum(&other));
        prop_assert_eq!(mean(&values), mean(&other));
        prop_assert_eq!(variance(&values), variance(&other));
    }

    #[test]
    fn any_tree_of_merges_gives_the_same_moments(
        values in vec(-1e100..1e100, 1..60),
        cut in 0_usize..60,
    ) {
        let (left, right) = values.split_at(cut.min(values.len()));
        let mut merged: Moments = right.iter().copied().collect();
        merged.merge(&left.iter().copied().collect());
        prop_assert_eq!(merged.n(), values.len() as u64);
        prop_assert_eq!(merged.mean(), mean(&values));
        prop_assert_eq!(merged.variance(), variance(&values));
    }

    #[test]
    fn no_finite_input_gives_a_number_that_is_not(
        pairs in vec((finite(), finite()), 0..12),
        probability in 0.0..=1.0_f64,
    ) {
        let (left, right): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        for value in [
            sum(&left),
            mean(&left),
            variance(&left),
            quantile(&left, probability),
            median_absolute_deviation(&left),
            mean_absolute_error(&left, &right),
            root_mean_squared_error(&left, &right),
            normalized_mean_squared_error(&left, &right),
            pearson(&left, &right),
            spearman(&left, &right),
            kendall_tau_b(&left, &right),
            paired_permutation(&left, &right, 9, 0).map(|test| test.p_value),
            mean_below(&left, 0.0).map(|test| test.p_value),
            Bootstrap { resamples: 20, seed: 0 }.bca(&left, mean, 0.9).map(|ends| ends.width()),
            clustered_mean(&[(0, 1.0), (1, 2.0)], FewClusters::Corrected).map(|mean| mean.value),
            Isotonic::fit(&left, &right).map(|map| map.map(0.5)),
            ndcg_at_k(&left, 3, Gain::Exponential),
            PredictionPowered { labels: &left, judged: &right, others: &left }
                .best_mean()
                .map(|mean| mean.value),
        ] {
            prop_assert!(is_number(value), "{value:?}");
        }
        let scores = modified_z_scores(&left).unwrap_or_default();
        prop_assert!(scores.iter().all(|score| score.is_finite()));
        let units: Vec<Vec<Option<f64>>> =
            left.iter().zip(&right).map(|(&left, &right)| vec![Some(left), Some(right)]).collect();
        for measurement in [
            Measurement::Nominal,
            Measurement::Ordinal,
            Measurement::Interval,
            Measurement::Ratio,
        ] {
            prop_assert!(is_number(krippendorff_alpha(&units, measurement)));
        }
        let mut sketch = QuantileSketch::new(0.01).unwrap();
        for &value in &left {
            sketch.add(value);
        }
        prop_assert!(is_number(sketch.quantile(probability)));
    }

    #[test]
    fn proportion_intervals_hold_the_rate(rate in proportion(), level in 0.01..0.999) {
        let value = rate.rate().unwrap();
        for interval in [rate.wilson(level).unwrap(), rate.clopper_pearson(level).unwrap()] {
            prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
            prop_assert!(interval.low <= value + 1e-12 && value <= interval.high + 1e-12);
        }
        let mirror = Proportion::new(rate.n - rate.successes, rate.n);
        let (here, there) = (rate.wilson(level).unwrap(), mirror.wilson(level).unwrap());
        prop_assert!((here.low + there.high - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_exact_bound_is_where_the_tail_reaches_delta(rate in proportion(), delta in 0.001..0.5) {
        let bound = rate.upper_bound(delta).unwrap();
        if rate.successes < rate.n {
            let tail = crate::stats::beta::binomial_cdf(rate.successes, rate.n, bound);
            prop_assert!((tail - delta).abs() < 1e-9);
        }
    }

    #[test]
    fn newcombe_mirrors(left in proportion(), right in proportion()) {
        let here = newcombe(left, right, 0.95).unwrap();
        let there = newcombe(right, left, 0.95).unwrap();
        prop_assert!((here.low + there.high).abs() < 1e-12);
        prop_assert!(here.contains(left.rate().unwrap() - right.rate().unwrap()));
        prop_assert!(here.low >= -1.0 - 1e-12 && here.high <= 1.0 + 1e-12);
    }

    #[test]
    fn tango_holds_the_difference(left in 0_u64..40, right in 0_u64..40, same in 1_u64..100) {
        let outcomes = PairedOutcomes { only_left: left, only_right: right, n: left + right + same };
        let interval = outcomes.tango(0.95).unwrap();
        prop_assert!(interval.contains(outcomes.difference().unwrap()));
        prop_assert!(interval.low > -1.0 && interval.high < 1.0);
        prop_assert!(interval.width() > 0.0);
    }

    #[test]
    fn agreement_does_not_ask_who_is_first(items in ratings()) {
        let here: Confusion<u8> = items.iter().copied().collect();
        let there: Confusion<u8> = items.iter().map(|&(left, right)| (right, left)).collect();
        for weighting in [Weighting::Identity, Weighting::Linear, Weighting::Quadratic] {
            let (here, there) = (here.kappa(weighting), there.kappa(weighting));
            prop_assert!(close(here.map(|k| k.value), there.map(|k| k.value)));
            prop_assert!(here.is_none_or(|kappa| (-1.0 - 1e-9..=1.0 + 1e-9).contains(&kappa.value)));
            let error = here.and_then(|kappa| kappa.standard_error);
            prop_assert!(close(error, there.and_then(|kappa| kappa.standard_error)));
        }
        prop_assert!(close(here.ac1().map(|ac1| ac1.value), there.ac1().map(|ac1| ac1.value)));
        prop_assert!(here.ac1().is_none_or(|ac1| (-1.0 - 1e-9..=1.0 + 1e-9).contains(&ac1.value)));
        prop_assert_eq!(here.macro_f1().is_some(), true);
    }

    #[test]
    fn names_do_not_matter_to_plain_agreement(items in ratings(), seed: u64) {
        let names = shuffled(&[10_u8, 20, 30, 40], seed);
        let here: Confusion<u8> = items.iter().copied().collect();
        let there: Confusion<u8> = items
            .iter()
            .map(|&(left, right)| (names[usize::from(left)], names[usize::from(right)]))
            .collect();
        let kappa = |confusion: &Confusion<u8>| Some(confusion.kappa(Weighting::Identity)?.value);
        prop_assert!(close(kappa(&here), kappa(&there)));
        prop_assert_eq!(here.accuracy(), there.accuracy());
    }

    #[test]
    fn concordance_is_what_comparing_all_pairs_finds(
        items in vec((coarse(), coarse()), 1..40),
        seed: u64,
    ) {
        let (labels, scores): (Vec<f64>, Vec<f64>) = items.iter().copied().unzip();
        let found = concordance(&labels, &scores).unwrap();
        let mut expected = Concordance::default();
        for (index, left) in items.iter().enumerate() {
            for right in &items[..index] {
                let label = left.0 - right.0;
                let score = left.1 - right.1;
                expected.concordant += u64::from(label * score > 0.0);
                expected.discordant += u64::from(label * score < 0.0);
                expected.tied_score += u64::from(label != 0.0 && score == 0.0);
                expected.tied_label += u64::from(label == 0.0);
                expected.tied_both += u64::from(label == 0.0 && score == 0.0);
            }
        }
        prop_assert_eq!(found, expected);
        let (labels, scores): (Vec<f64>, Vec<f64>) = shuffled(&items, seed).into_iter().unzip();
        prop_assert_eq!(concordance(&labels, &scores), Some(found));
    }

    #[test]
    fn correlations_are_bounded_symmetric_and_turn_around(items in vec((coarse(), coarse()), 2..30)) {
        let (left, right): (Vec<f64>, Vec<f64>) = items.into_iter().unzip();
        let turned: Vec<f64> = right.iter().map(|value| 7.0 - value).collect();
        for correlation in [pearson, spearman, kendall_tau_b] {
            let value = correlation(&left, &right);
            prop_assert!(value.is_none_or(|value| (-1.0..=1.0).contains(&value)));
            prop_assert!(close(value, correlation(&right, &left)));
            prop_assert!(close(value, correlation(&left, &turned).map(|value| -value)));
        }
    }

    #[test]
    fn ranks_only_ask_for_order(items in vec((ordinary(), ordinary()), 2..30)) {
        let (left, right): (Vec<f64>, Vec<f64>) = items.into_iter().unzip();
        let stretched: Vec<f64> = right.iter().map(|value| value * 8.0).collect();
        prop_assert_eq!(spearman(&left, &right), spearman(&left, &stretched));
        prop_assert_eq!(kendall_tau_b(&left, &right), kendall_tau_b(&left, &stretched));
    }

    #[test]
    fn quantiles_rise_within_the_values(values in vec(ordinary(), 1..40), a in 0.0..1.0, b in 0.0..1.0) {
        let (low, high) = (f64::min(a, b), f64::max(a, b));
        let (low, high) = (quantile(&values, low).unwrap(), quantile(&values, high).unwrap());
        prop_assert!(low <= high);
        prop_assert!(quantile(&values, 0.0).unwrap() <= low && high <= quantile(&values, 1.0).unwrap());
    }

    #[test]
    fn sketches_keep_their_error_and_merge_without_loss(
        values in vec(prop_oneof![ordinary(), finite(), Just(0.0)], 1..80),
        cut in 0_usize..80,
        probability in 0.0..=1.0_f64,
    ) {
        let fill = |values: &[f64]| {
            let mut sketch = QuantileSketch::new(0.02).unwrap();
            for &value in values {
                sketch.add(value);
            }
            sketch
        };
        let (left, right) = values.split_at(cut.min(values.len()));
        let whole = fill(&values);
        prop_assert_eq!(fill(right).merged(&fill(left)), Some(whole.clone()));
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let exact = sorted[to_usize((probability * real(sorted.len() - 1)).floor())];
        let value = whole.quantile(probability).unwrap();
        prop_assert!((value - exact).abs() <= 0.020_001 * exact.abs() + f64::MIN_POSITIVE);
    }

    #[test]
    fn isotonic_maps_rise_and_keep_the_mean(items in vec((coarse(), ordinary()), 1..40), seed: u64) {
        let (scores, labels): (Vec<f64>, Vec<f64>) = items.iter().copied().unzip();
        let map = Isotonic::fit(&scores, &labels).unwrap();
        prop_assert!(map.knots().windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1));
        let mapped: Vec<f64> = scores.iter().map(|&score| map.map(score)).collect();
        prop_assert!((mean(&mapped).unwrap() - mean(&labels).unwrap()).abs() < 1e-4);
        let (scores, labels): (Vec<f64>, Vec<f64>) = shuffled(&items, seed).into_iter().unzip();
        let again = Isotonic::fit(&scores, &labels).unwrap();
        prop_assert!((again.map(2.5) - map.map(2.5)).abs() < 1e-4);
    }

    #[test]
    fn adjusted_p_values_grow_in_step(p_values in vec(0.0..=1.0_f64, 1..12)) {
        let (holm, bh, by) = (
            holm(&p_values).unwrap(),
            benjamini_hochberg(&p_values).unwrap(),
            benjamini_yekutieli(&p_values).unwrap(),
        );
        for (index, &p_value) in p_values.iter().enumerate() {
            prop_assert!(p_value <= bh[index] + 1e-12 && bh[index] <= holm[index] + 1e-12);
            prop_assert!(bh[index] <= by[index] + 1e-12 && by[index] <= 1.0);
            prop_assert!(holm[index] <= 1.0);
        }
    }

    #[test]
    fn repeats_bracket_the_rate(rate in proportion(), k in 1_u64..20) {
        prop_assume!(k <= rate.n);
        let (n, passed) = (rate.n, rate.successes);
        let (any, all) = (pass_at_k(n, passed, k).unwrap(), pass_hat_k(n, passed, k).unwrap());
        let value = rate.rate().unwrap();
        prop_assert!(0.0 <= all && all <= value + 1e-12 && value <= any + 1e-12 && any <= 1.0);
    }

    #[test]
    fn p_values_are_probabilities_and_symmetric(items in vec((coarse(), coarse()), 1..26), seed: u64) {
        let (left, right): (Vec<f64>, Vec<f64>) = items.iter().copied().unzip();
        let here = paired_permutation(&left, &right, 99, seed).unwrap();
        let there = paired_permutation(&right, &left, 99, seed).unwrap();
        prop_assert!(here.p_value > 0.0 && here.p_value <= 1.0);
        prop_assert_eq!(here.p_value, there.p_value);
        let (here, there) = (sign_test(&left, &right).unwrap(), sign_test(&right, &left).unwrap());
        prop_assert!(here.p_value > 0.0 && here.p_value <= 1.0);
        prop_assert!((here.p_value - there.p_value).abs() < 1e-12);
    }

    #[test]
    fn alpha_asks_neither_for_order_nor_for_names(
        units in vec(vec(proptest::option::of(coarse()), 0..5), 0..15),
        seed: u64,
    ) {
        let other: Vec<Vec<Option<f64>>> =
            shuffled(&units, seed).iter().map(|unit| shuffled(unit, seed)).collect();
        for measurement in [Measurement::Nominal, Measurement::Ordinal, Measurement::Interval, Measurement::Ratio] {
            let alpha = krippendorff_alpha(&units, measurement);
            prop_assert!(close(alpha, krippendorff_alpha(&other, measurement)));
            prop_assert!(alpha.is_none_or(|alpha| alpha <= 1.0));
        }
    }

    #[test]
    fn calibration_errors_stay_in_range(items in vec((0.0..=1.0_f64, any::<bool>()), 1..40), bins in 1_usize..20) {
        let (probabilities, outcomes): (Vec<f64>, Vec<bool>) = items.into_iter().unzip();
        let sorted = reliability_bins(&probabilities, &outcomes, bins).unwrap();
        prop_assert_eq!(sorted.iter().map(|bin| bin.happened.n).sum::<u64>(), outcomes.len() as u64);
        prop_assert!(sorted.iter().all(|bin| bin.stated.is_none_or(|stated| bin.low <= stated + 1e-12 && stated <= bin.high + 1e-12)));
        let error = expected_calibration_error(&probabilities, &outcomes, bins).unwrap();
        prop_assert!((0.0..=1.0 + 1e-12).contains(&error));
        prop_assert!((0.0..=1.0).contains(&brier(&probabilities, &outcomes).unwrap()));
    }

    #[test]
    fn correcting_a_perfect_judge_changes_nothing(passed in 0.0..=1.0_f64, n in 1_u64..2000) {
        let judged = JudgedRate {
            passed,
            n,
            specificity: 1.0,
            bad_labelled: 50,
            sensitivity: 1.0,
            good_labelled: 50,
        };
        prop_assert!((judged.corrected().unwrap() - passed).abs() < 1e-12);
        let interval = judged.interval(0.95).unwrap();
        prop_assert!(0.0 <= interval.low && interval.low <= interval.high && interval.high <= 1.0);
    }

    #[test]
    fn signed_ranks_are_probabilities_that_mirror(values in vec(coarse(), 1..30), seed: u64) {
        let here = signed_rank_below(&values, 2.0);
        let turned: Vec<f64> = values.iter().map(|value| 4.0 - value).collect();
        let there = signed_rank_below(&turned, 2.0);
        prop_assert_eq!(here, signed_rank_below(&shuffled(&values, seed), 2.0));
        if let (Some(here), Some(there)) = (here, there) {
            prop_assert!(here.p_value > 0.0 && here.p_value <= 1.0);
            // P(≤) of one side and P(≤) of the other overlap in what was seen.
            prop_assert!(here.p_value + there.p_value >= 1.0 - 1e-12);
        }
    }

    #[test]
    fn merged_near_ties_stay_near_and_in_order(values in vec(ordinary(), 1..30), seed: u64) {
        let merged = merge_near_ties(&values, 1.0);
        for (old, new) in values.iter().zip(&merged) {
            prop_assert!(new <= old);
            for (other, other_new) in values.iter().zip(&merged) {
                prop_assert!(old > other || new <= other_new);
                prop_assert!((old - other).abs() > 1.0 || new.total_cmp(other_new).is_eq());
            }
        }
        prop_assert_eq!(merge_near_ties(&shuffled(&values, seed), 1.0), shuffled(&merged, seed));
    }

    #[test]
    fn the_annotator_test_asks_neither_for_order_nor_for_who_is_who(
        rows in vec((coarse(), vec(proptest::option::of(coarse()), 3)), 2..40),
        seed: u64,
    ) {
        let items: Vec<AnnotatedItem> =
            rows.into_iter().map(|(judge, people)| AnnotatedItem { judge, people }).collect();
        for alignment in [Alignment::Same, Alignment::Distance] {
            let options = AlternativeOptions { alignment, ..AlternativeOptions::default() };
            let test = alternative_annotator_test(&items, options);
            let turned: Vec<AnnotatedItem> = shuffled(&items, seed)
                .into_iter()
                .map(|item| AnnotatedItem { people: item.people.into_iter().rev().collect(), ..item })
                .collect();
            let other = alternative_annotator_test(&turned, options);
            prop_assert!(close(test.as_ref().map(|test| test.advantage), other.as_ref().map(|test| test.advantage)));
            prop_assert!(close(test.as_ref().map(|test| test.winning_rate), other.map(|test| test.winning_rate)));
            if let Some(test) = test {
                prop_assert!((0.0..=1.0).contains(&test.winning_rate) && (0.0..=1.0).contains(&test.advantage));
                prop_assert!(test.people.iter().all(|one| one.p_value <= one.adjusted_p_value && one.adjusted_p_value <= 1.0));
            }
        }
    }

    #[test]
    fn sequences_are_stored_and_mirror(values in vec(-1.0..=1.0_f64, 1..60)) {
        let run = |values: &[f64]| {
            let mut sequence = ConfidenceSequence::with_cells(-1.0, 1.0, 0.9, 100).unwrap();
            for &value in values {
                sequence.add(value);
            }
            sequence
        };
        let sequence = run(&values);
        let stored = serde_json::to_string(&sequence).unwrap();
        prop_assert_eq!(&serde_json::from_str::<ConfidenceSequence>(&stored).unwrap(), &sequence);
        let turned = run(&values.iter().map(|value| -value).collect::<Vec<_>>());
        if let (Some(here), Some(there)) = (sequence.interval(), turned.interval()) {
            prop_assert!((here.low + there.high).abs() < 1e-9 && (here.high + there.low).abs() < 1e-9);
            prop_assert!(-1.0 <= here.low && here.low <= here.high && here.high <= 1.0);
        }
    }

    #[test]
    fn maps_of_shares_and_scores_stay_in_range(
        shares in vec(0.001..1.0_f64, 4),
        t in 0.05..20.0_f64,
        strength in 0.0..2.0_f64,
        slope in 0.0..5.0_f64,
        shift in -5.0..5.0_f64,
    ) {
        let labels: Vec<String> = (0..4).map(|level| level.to_string()).collect();
        let values: Vec<Option<f64>> = even_levels(4).into_iter().map(Some).collect();
        let distribution = Distribution { labels: &labels, values: &values, shares: &shares };
        let plain = distribution.read().unwrap();
        for map in [
            CalibrationMap::Temperature { t },
            CalibrationMap::ContentFree { prior: vec![0.4, 0.3, 0.2, 0.1], strength },
            CalibrationMap::Platt { a: slope, b: shift },
        ] {
            let mapped = map.decide(&distribution).unwrap();
            prop_assert!((0.0..=1.0).contains(&mapped.value), "{map:?} {mapped:?}");
            if !mapped.shares.is_empty() {
                prop_assert!((mapped.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            }
        }
        // A temperature never changes the verdict.
        let mapped = CalibrationMap::Temperature { t }.decide(&distribution).unwrap();
        prop_assert_eq!(mapped.position, plain.position);
    }
}
