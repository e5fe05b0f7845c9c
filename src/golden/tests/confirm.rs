use Draw::{NotWorse, Unscored, Worse};

use crate::golden::{
    Change, Confirm, Confirmation, ConfirmationVotes, Confirmed, Draw, Input, Locked, Rule, WRONGLY_WORSE,
    compare, confirm, draw, strict_repeats, strict_share,
};
use crate::stats::{Random, majority_error};

/// The flip rate of pairwise judges on average (Coin-Flip Judge, arXiv 2606.13685).
const FLIP_RATE: f64 = 0.136;

fn near(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-6, "{actual} is not {expected}");
}

#[test]
fn three_draws_are_enough_for_a_judge_that_flips_in_13_6_percent() {
    let three = Confirm::for_flip_rate(FLIP_RATE, WRONGLY_WORSE).unwrap();
    assert_eq!(three.most(), 3);
    near(three.wrongly_worse(FLIP_RATE).unwrap(), FLIP_RATE * majority_error(FLIP_RATE, 3).unwrap());
    // Two draws settle it unless they differ: 2 + 2p(1 − p).
    near(
        three.expected_calls(FLIP_RATE).unwrap(),
        1.0 + FLIP_RATE * (2.0 + 2.0 * FLIP_RATE * (1.0 - FLIP_RATE)),
    );
    assert!(three.expected_calls(FLIP_RATE).unwrap() <= 1.35);
}

#[test]
fn a_steady_judge_needs_one_draw_and_a_coin_has_no_number() {
    let most = |rate| Confirm::for_flip_rate(rate, WRONGLY_WORSE).map(Confirm::most);
    assert_eq!([0.0, 0.05, 0.09].map(most), [Some(1), Some(1), Some(1)]);
    assert_eq!([0.2, 0.3].map(most), [Some(7), Some(19)]);
    assert_eq!(most(0.5), None);
    assert_eq!((Confirm::new(4), Confirm::new(0)), (None, None));
}

#[test]
fn drawing_ends_as_soon_as_it_is_settled() {
    let five = Confirm::new(5).unwrap();
    let drawn = |draws: &[Draw]| {
        let votes = confirm(five, |number| draws[number as usize]);
        (votes.draws(), votes.confirmed())
    };
    assert_eq!(drawn(&[Worse, Worse, Worse]), (3, Confirmed::Upheld));
    assert_eq!(drawn(&[NotWorse, Worse, NotWorse, NotWorse]), (4, Confirmed::Flaky));
    assert_eq!(drawn(&[Unscored, Worse, Unscored, Worse, Worse]), (5, Confirmed::Upheld));
    // Two votes can no longer become a majority.
    assert_eq!(drawn(&[Unscored, Unscored, Unscored]), (3, Confirmed::Open));
    assert_eq!(drawn(&[Worse, NotWorse, Unscored, Unscored]), (4, Confirmed::Open));
}

/// What came of a seeded run over unchanged records: the share reported worse, and calls by record.
fn unchanged(records: u32, flip_rate: f64, locked_wrong: f64, passing: f64, seed: u64) -> (f64, f64) {
    let mut random = Random::new(seed);
    let most = Confirm::for_flip_rate(flip_rate, WRONGLY_WORSE).unwrap();
    let (mut worse, mut calls) = (0_u32, 0_u32);
    for _ in 0..records {
        let usual = random.unit() < passing;
        let locked = usual != (random.unit() < locked_wrong);
        let mut verdict = || usual != (random.unit() < flip_rate);
        let is_worse = |verdict: bool| locked && !verdict;
        calls += 1;
        if !is_worse(verdict()) {
            continue;
        }
        let votes = confirm(most, |_| if is_worse(verdict()) { Draw::Worse } else { Draw::NotWorse });
        calls += votes.draws();
        worse += u32::from(votes.confirmed() == Confirmed::Upheld);
    }
    (f64::from(worse) / f64::from(records), f64::from(calls) / f64::from(records))
}

/// The worst case: every record passes, so that every flip looks worse.
#[test]
fn at_most_one_unchanged_record_in_a_hundred_is_reported_worse_at_1_35_times_the_calls() {
    let (worse, calls) = unchanged(40_000, FLIP_RATE, 0.0, 1.0, 1);
    assert!(worse <= 0.01, "{worse}");
    assert!(calls <= 1.35, "{calls}");
    let most = Confirm::for_flip_rate(FLIP_RATE, WRONGLY_WORSE).unwrap();
    assert!((worse - most.wrongly_worse(FLIP_RATE).unwrap()).abs() < 0.0015, "{worse}");
    assert!((calls - most.expected_calls(FLIP_RATE).unwrap()).abs() < 0.02, "{calls}");
}

/// A golden file of single draws has flips of its own, and no confirmation can know them.
#[test]
fn what_was_locked_must_be_the_usual_verdict() {
    let (single, _) = unchanged(20_000, FLIP_RATE, FLIP_RATE, 0.5, 2);
    let (seven, _) = unchanged(20_000, FLIP_RATE, majority_error(FLIP_RATE, 7).unwrap(), 0.5, 3);
    assert!(single > 0.05 && seven <= 0.01, "{single} {seven}");
}

fn locked(id: &str, score: f64) -> Locked {
    let label = if score >= 0.5 { "pass" } else { "fail" };
    Locked { id: id.into(), score: Some(score), label: Some(label.into()), ..Locked::default() }
}

#[test]
fn flaky_is_a_state_of_its_own_and_the_verdict_stays() {
    let golden: Vec<Locked> = ["a", "b", "c"].map(|id| locked(id, 1.0)).into();
    let new = vec![locked("a", 0.0), locked("b", 0.0), locked("c", 1.0)];
    let input = Input {
        suite: "s".into(),
        golden_model: "m".into(),
        model: "m".into(),
        golden: &golden,
        new: &new,
        rule: Rule::default(),
    };
    let mut diff = compare(&[input]).remove(0);
    let (verdict, whole) = (diff.verdict, diff.whole.clone());
    let mut confirmation = Confirmation::of(&diff, Confirm::new(3).unwrap());
    assert_eq!(confirmation.open().collect::<Vec<_>>(), ["a", "b"]);
    for (id, scores) in [("a", [0.0, 0.0]), ("b", [1.0, 1.0])] {
        for score in scores {
            confirmation.take(id, draw(&golden[0], &locked(id, score), 0.005));
        }
    }
    assert_eq!(confirmation.open().count(), 0);
    confirmation.apply(&mut diff);
    assert_eq!((diff.count(Change::Worse), diff.count(Change::Flaky), diff.count(Change::Same)), (1, 1, 1));
    assert_eq!((confirmation.count(Confirmed::Upheld), confirmation.draws()), (1, 4));
    assert_eq!((diff.verdict, diff.whole), (verdict, whole));
}

#[test]
fn an_unscored_draw_has_no_vote() {
    let none = Locked { unscored: Some(crate::judge::Reason::Refused), ..Locked::default() };
    assert_eq!(draw(&locked("a", 1.0), &none, 0.0), Draw::Unscored);
    assert_eq!(draw(&locked("a", 1.0), &locked("a", 1.0), 0.0), Draw::NotWorse);
    assert_eq!(ConfirmationVotes::new(Confirm::new(1).unwrap()).needs(), 1);
}

/// At most 5 % of unchanged suites of 100 records fail, for a judge that flips 13.6 %: by simulation.
#[test]
fn a_strict_suite_of_100_records_rarely_fails_by_chance() {
    let (flip_rate, records) = (0.136, 100);
    let repeats = strict_repeats(flip_rate, records).unwrap();
    let draws = Confirm::for_flip_rate(flip_rate, strict_share(records)).unwrap();
    assert_eq!((repeats, draws.most()), (15, 9));
    let mut random = Random::new(9);
    let suites = 1000;
    let mut red = 0_u32;
    for _ in 0..suites {
        let mut failed = false;
        for record in 0..records {
            // Two records of three usually pass.
            let usual = record % 3 != 0;
            let mut passes = || usual != (random.unit() < flip_rate);
            let locked = (0..repeats).filter(|_| passes()).count() * 2 > repeats as usize;
            if locked && !passes() {
                let votes = confirm(draws, |_| if passes() { Draw::NotWorse } else { Draw::Worse });
                failed |= votes.confirmed() == Confirmed::Upheld;
            }
        }
        red += u32::from(failed);
    }
    assert!(red <= suites / 20, "{red} of {suites}");
    // One draw locks too little to hold it.
    assert_eq!(strict_repeats(0.0, records), Some(1));
    assert_eq!(strict_repeats(0.45, records), None);
}
