//! Verdicts of known tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::golden::{
    Breach, BrokenRule, Change, Diff, Input, Locked, Policy, Rule, Verdict, compare, hold_strictly,
};
use crate::judge::Reason;
use crate::number::real;
use crate::stats::PairedMethod;

fn locked(id: usize, score: f64) -> Locked {
    let label = if score >= 0.5 { "pass" } else { "fail" };
    Locked { id: format!("r{id:04}"), score: Some(score), label: Some(label.into()), ..Locked::default() }
}

fn scores(values: impl IntoIterator<Item = f64>) -> Vec<Locked> {
    values.into_iter().enumerate().map(|(id, score)| locked(id, score)).collect()
}

fn against(golden: &[Locked], new: &[Locked], rule: Rule) -> Diff {
    let input =
        Input { suite: "polite".into(), golden_model: "a".into(), model: "b".into(), golden, new, rule };
    compare(&[input]).remove(0)
}

/// It is to be proved that nothing is worse by 0.05.
fn proving() -> Rule {
    Rule { prove: Some(0.05), ..Rule::default() }
}

/// `drops` of the passes become fails and `gains` of the fails passes.
fn flipped(n: usize, drops: usize, gains: usize) -> (Vec<Locked>, Vec<Locked>) {
    let golden = (0..n).map(|at| if at < n - gains { 1.0 } else { 0.0 });
    let new = (0..n).map(|at| if at < drops { 0.0 } else { 1.0 });
    (scores(golden), scores(new))
}

#[test]
fn the_same_scores_pass_at_any_number() {
    for n in [1, 6, 30_u32] {
        let same = scores((0..n).map(|at| f64::from(at % 3 == 0)));
        let diff = against(&same, &same, Rule::default());
        assert_eq!((diff.verdict, diff.whole.method), (Verdict::Pass, PairedMethod::Unchanged));
        assert!(diff.is_same() && diff.count(Change::Same) == u64::from(n));
    }
}

#[test]
fn pass_and_fail_are_tangos_table() {
    let (golden, new) = flipped(100, 20, 2);
    let whole = against(&golden, &new, proving()).whole;
    let table = crate::stats::PairedOutcomes { only_left: 2, only_right: 20, n: 100 };
    assert_eq!(whole.method, PairedMethod::Tango);
    assert_eq!(whole.interval, table.tango(0.95));
    assert_eq!(whole.p_no_difference, Some(table.mcnemar_exact()));
    assert!((whole.p_value.unwrap() - 2.0 * table.regression(0.05).unwrap()).abs() < 1e-12);
    assert_eq!((whole.lower, whole.higher, whole.verdict), (20, 2, Verdict::Regression));
}

#[test]
fn few_records_conclude_nothing_and_say_how_many_it_takes() {
    let (golden, new) = flipped(30, 2, 1);
    let whole = against(&golden, &new, proving()).whole;
    assert_eq!(whole.verdict, Verdict::Inconclusive);
    assert!(whole.n_needed.unwrap() > 300, "{whole:?}");
    assert!(whole.smallest_effect.unwrap() > 0.15, "{whole:?}");
}

#[test]
fn better_is_an_improvement() {
    let (golden, new) = flipped(200, 0, 25);
    assert_eq!(against(&golden, &new, Rule::default()).verdict, Verdict::Improvement);
}

#[test]
fn scores_between_are_permuted_and_resampled() {
    let golden = scores((0..60_u32).map(|at| 0.5 + f64::from(at % 7) / 20.0));
    let new = scores((0..60_u32).map(|at| 0.5 + f64::from(at % 7) / 20.0 - f64::from(at % 5) / 15.0));
    let diff = against(&golden, &new, Rule::default());
    assert_eq!((diff.whole.method, diff.verdict), (PairedMethod::Permutation, Verdict::Regression));
    let interval = diff.whole.interval.unwrap();
    assert!(interval.low < -0.13 && interval.high > -0.133 && interval.high < -0.05, "{interval:?}");
}

#[test]
fn a_regressed_part_is_a_regression_of_the_suite() {
    let with_part = |part: f64| -> Vec<Locked> {
        let mut records = scores((0..100_u32).map(|at| f64::from(at % 2)));
        for (at, record) in records.iter_mut().enumerate() {
            record.parts.insert("tone".into(), if at < 40 { part } else { 1.0 });
            record.parts.insert("facts".into(), 1.0);
        }
        records
    };
    let diff = against(&with_part(1.0), &with_part(0.0), Rule::default());
    assert_eq!((diff.whole.verdict, diff.verdict), (Verdict::Pass, Verdict::Regression));
    let parts: Vec<_> = diff.parts.iter().map(|part| (part.part.as_deref(), part.verdict)).collect();
    assert_eq!(parts, [(Some("facts"), Verdict::Pass), (Some("tone"), Verdict::Regression)]);
}

#[test]
fn holm_goes_over_all_suites() {
    let (golden, new) = flipped(100, 16, 1);
    let input = || Input {
        suite: "polite".into(),
        golden_model: "a".into(),
        model: "b".into(),
        golden: &golden,
        new: &new,
        rule: proving(),
    };
    let alone = compare(&[input()]).remove(0).whole;
    let together = compare(&vec![input(); 10]).remove(0).whole;
    assert_eq!(together.p_value, alone.p_value);
    assert!(together.adjusted_p.unwrap() > 9.0 * alone.adjusted_p.unwrap());
    assert!((together.interval.unwrap().level - 0.995).abs() < 1e-9);
    assert_eq!([alone.verdict, together.verdict], [Verdict::Regression, Verdict::Inconclusive]);
}

#[test]
fn records_of_one_source_count_as_one() {
    // Ten sources of ten records; one of them fails as a whole.
    let golden = scores((0..100).map(|_| 1.0));
    let new = scores((0..100).map(|at| if at < 20 { 0.0 } else { 1.0 }));
    let clusters = golden.iter().enumerate().map(|(at, record)| (record.id.clone(), (at / 10).to_string()));
    let clusters: std::collections::BTreeMap<_, _> = clusters.collect();
    for (prove, together_is) in [(Some(0.05), Verdict::Inconclusive), (None, Verdict::Pass)] {
        let alone = against(&golden, &new, Rule { prove, ..Rule::default() });
        let together = against(&golden, &new, Rule { prove, clusters: clusters.clone(), ..Rule::default() });
        assert_eq!(alone.verdict, Verdict::Regression);
        assert_eq!((together.verdict, together.whole.method), (together_is, PairedMethod::Clusters));
        assert_eq!(together.whole.clusters, Some(10));
    }
}

#[test]
fn one_source_alone_says_nothing() {
    let (golden, new) = flipped(10, 5, 0);
    let clusters: std::collections::BTreeMap<_, _> =
        golden.iter().map(|record| (record.id.clone(), "one".to_owned())).collect();
    let proved = against(&golden, &new, Rule { clusters: clusters.clone(), ..proving() }).whole;
    assert_eq!((proved.method, proved.verdict), (PairedMethod::None, Verdict::Inconclusive));
    let asked = against(&golden, &new, Rule { clusters, ..Rule::default() }).whole;
    assert_eq!(
        (asked.method, asked.verdict, asked.smallest_effect),
        (PairedMethod::None, Verdict::Pass, None)
    );
}

#[test]
fn what_has_no_score_is_counted_and_not_a_zero() {
    let golden = scores([1.0, 1.0, 0.0]);
    let mut new = golden.clone();
    new[0] = Locked { id: "r0000".into(), unscored: Some(Reason::Timeout), ..Locked::default() };
    new[1] = Locked { id: "r0001".into(), unscored: Some(Reason::NotRecorded), ..Locked::default() };
    let diff = against(&golden, &new, Rule::default());
    assert_eq!(diff.whole.n, 1);
    assert_eq!([diff.count(Change::NewlyUnscored), diff.count(Change::NotRecorded)], [1, 1]);
    assert_eq!(diff.count(Change::Worse), 0);
}

#[test]
fn nothing_in_common_is_inconclusive() {
    let diff = against(&scores([1.0]), &[], Rule::default());
    assert_eq!((diff.whole.method, diff.verdict), (PairedMethod::None, Verdict::Inconclusive));
    assert_eq!(diff.whole.difference, None);
    assert_eq!(diff.count(Change::MissingRecord), 1);
}

/// The p-value of a clustered test is that of the clusters' sums, each moved by the margin for every record in it:
/// by hand over all patterns of signs.
#[test]
fn a_clustered_p_value_at_a_margin_is_of_sums_moved_by_the_margin_of_each_record() {
    let sizes = [1, 2, 3, 4, 5, 6, 2, 3];
    let cluster_of = |at: usize| {
        sizes
            .iter()
            .scan(0, |end, size| {
                Some({
                    *end += size;
                    *end
                })
            })
            .position(|end| at < end)
    };
    let drop = |at: usize| [0.1, 0.02, 0.3, 0.0, 0.07][at % 5];
    let n: usize = sizes.iter().sum();
    let golden = scores((0..n).map(|_| 0.9));
    let new = scores((0..n).map(|at| 0.9 - drop(at)));
    let clusters = golden
        .iter()
        .enumerate()
        .map(|(at, one)| (one.id.clone(), format!("{:?}", cluster_of(at))))
        .collect();
    for margin in [0.0, 0.03, 0.1, 0.2] {
        let rule = Rule {
            clusters: std::collections::BTreeMap::clone(&clusters),
            prove: Some(margin),
            ..Rule::default()
        };
        let whole = against(&golden, &new, rule).whole;
        assert_eq!(whole.method, PairedMethod::Clusters);
        let sums: Vec<f64> = (0..sizes.len())
            .map(|cluster| {
                let members = (0..n).filter(|at| cluster_of(*at) == Some(cluster));
                members.map(|at| margin - drop(at)).sum()
            })
            .collect();
        let observed = sums.iter().sum::<f64>().abs() - 1e-9;
        let extreme = (0..1_u32 << sums.len())
            .filter(|signs| {
                let signed =
                    sums.iter().enumerate().map(|(at, sum)| if signs >> at & 1 == 1 { -sum } else { *sum });
                signed.sum::<f64>().abs() >= observed
            })
            .count();
        let expected = real(extreme) / f64::from(1_u32 << sums.len());
        assert!(
            (whole.p_value.unwrap() - expected).abs() < 1e-12,
            "{margin}: {:?} {expected}",
            whole.p_value
        );
    }
}

/// Whether anything is worse: of 22 that changed, 20 fell, which is P(X ≤ 1) + ½ P(X = 2) of a binomial of 22.
#[test]
fn by_default_the_question_is_whether_anything_is_worse() {
    let (golden, new) = flipped(100, 20, 2);
    let diff = against(&golden, &new, Rule::default());
    let p = (1.0 + 22.0 + 231.0 / 2.0) / 2_f64.powi(22);
    assert!((diff.whole.p_value.unwrap() - p).abs() < 1e-12, "{:?}", diff.whole);
    assert_eq!((diff.verdict, diff.whole.prove), (Verdict::Regression, None));
    let (golden, new) = flipped(100, 4, 2);
    assert_eq!(against(&golden, &new, Rule::default()).verdict, Verdict::Pass);
}

#[test]
fn a_pass_says_how_small_a_loss_would_have_shown() {
    let (golden, new) = flipped(100, 2, 2);
    let whole = against(&golden, &new, Rule::default()).whole;
    // (1.645 + 0.842) · √(0.0404/100).
    assert!((whole.smallest_effect.unwrap() - 0.049_977).abs() < 2e-4, "{whole:?}");
}

/// One check is the whole: the two are one test, and Holm does not halve its α.
#[test]
fn a_part_that_is_the_whole_is_not_a_second_test() {
    let with_part = |records: Vec<Locked>| -> Vec<Locked> {
        let part = |mut record: Locked| {
            record.parts.insert("only".into(), record.score.unwrap());
            record
        };
        records.into_iter().map(part).collect()
    };
    // ½ · 2⁻⁴: below 0.05, and above the half of it.
    let (golden, new) = flipped(30, 4, 0);
    let diff = against(&with_part(golden), &with_part(new), Rule::default());
    assert!((diff.whole.adjusted_p.unwrap() - 0.031_25).abs() < 1e-12, "{diff:?}");
    assert_eq!(diff.verdict, Verdict::Regression);
    assert_eq!(diff.parts[0].verdict, Verdict::Regression);
}

fn guarded(record: &mut Locked, holds: bool) {
    record.parts.insert("no refund".into(), f64::from(holds));
}

#[test]
fn a_required_check_that_breaks_on_one_record_needs_no_test() {
    let mut golden = scores((0..12).map(|_| 1.0));
    for record in &mut golden {
        guarded(record, true);
    }
    let mut new = golden.clone();
    guarded(&mut new[6], false);
    let rule =
        |policy| Rule { policy, required: BTreeSet::from(["no refund".to_owned()]), ..Rule::default() };
    let diff = against(&golden, &new, rule(Policy::Both));
    let broken = BrokenRule {
        record: "r0006".into(),
        check: Some("no refund".into()),
        breach: Breach::Failed,
        reason: None,
    };
    assert_eq!((diff.verdict, diff.broken), (Verdict::Regression, vec![broken]));
    assert_eq!(against(&golden, &new, rule(Policy::Statistical)).verdict, Verdict::Pass);
    // Nor does a proof stand above it.
    let proved = Rule { prove: Some(0.9), ..rule(Policy::Both) };
    assert_eq!(against(&golden, &new, proved).verdict, Verdict::Regression);
    // What failed before is nothing new.
    assert_eq!(against(&new, &new, rule(Policy::Both)).verdict, Verdict::Pass);
    // Nor is a check that holds again.
    assert_eq!(against(&new, &golden, rule(Policy::Both)).verdict, Verdict::Pass);
}

#[test]
fn a_required_check_that_is_not_known_to_hold_is_broken() {
    let mut golden = scores((0..12).map(|_| 1.0));
    for record in &mut golden {
        guarded(record, true);
    }
    let rule = Rule { required: BTreeSet::from(["no refund".to_owned()]), ..Rule::default() };
    let without = |reason, parts| {
        let mut new = golden.clone();
        new[6] = Locked { id: new[6].id.clone(), unscored: Some(reason), parts, ..Locked::default() };
        against(&golden, &new, rule.clone())
    };
    let diff = without(Reason::Subject, BTreeMap::new());
    let breaches: Vec<Breach> = diff.broken.iter().map(|rule| rule.breach).collect();
    assert_eq!((diff.verdict, breaches), (Verdict::Regression, vec![Breach::NotEvaluated]));
    // The judge failed, and the check was evaluated.
    let held = without(Reason::InvalidAnswer, golden[6].parts.clone());
    assert_eq!((held.verdict, held.broken), (Verdict::Pass, Vec::new()));
    // It was not judged at all, which has a conclusion of its own.
    assert_eq!(without(Reason::NotRecorded, BTreeMap::new()).broken, []);
    // What did not hold before is nothing new.
    let mut failed = golden.clone();
    guarded(&mut failed[6], false);
    let mut now = failed.clone();
    now[6] = Locked { id: now[6].id.clone(), unscored: Some(Reason::Subject), ..Locked::default() };
    assert_eq!(against(&failed, &now, rule).broken, []);
}

#[test]
fn a_strict_suite_fails_on_one_record_that_passed() {
    let (golden, new) = flipped(30, 1, 3);
    let rule = Rule { policy: Policy::Strict, ..Rule::default() };
    let mut diff = against(&golden, &new, rule.clone());
    hold_strictly(&mut diff, &rule);
    let broken = BrokenRule { record: "r0000".into(), check: None, breach: Breach::Failed, reason: None };
    assert_eq!((diff.verdict, &diff.broken), (Verdict::Regression, &vec![broken]));
    // A score that falls and still passes breaks nothing.
    let (golden, new) = (scores([0.9, 0.9]), scores([0.6, 0.9]));
    let mut diff = against(&golden, &new, rule.clone());
    hold_strictly(&mut diff, &rule);
    assert_eq!(diff.verdict, Verdict::Pass);
}
