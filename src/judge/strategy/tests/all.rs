//! What holds for every strategy.

use std::collections::HashSet;

use super::*;
use crate::judge::{Reason, StrategyName};

fn around(strategy: &str) -> [(Spec, JudgeOptions); 3] {
    let criteria = JudgeOptions { aggregation: Aggregation::Criteria, ..options(strategy) };
    [(spec(WORK), options(strategy)), (spec(PAIR), options(strategy)), (spec(RUBRIC), criteria)]
}

fn names() -> impl Iterator<Item = &'static str> {
    StrategyName::all().map(|(name, _)| name.as_str())
}

#[tokio::test]
async fn the_calls_are_those_that_were_told_before() {
    let all = names().flat_map(around).flat_map(|each| [(1, each.clone()), (8, each)]);
    for (concurrency, (spec, options)) in all {
        let strategy = options.strategy.clone();
        let played = played_at(concurrency, spec, options, |request, _| Ok(fitting(request)));
        let planned = played.judge.plan(&inputs_of(played.judge.spec())).unwrap();
        let calls = played.judge.calls();
        let most: u64 = planned.iter().map(|planned| 1 + u64::from(planned.follow_ups)).sum();
        assert_eq!(most, *calls.end(), "{strategy:?}");
        let judged = played.judged().await;
        assert!(judged.result.is_ok(), "{strategy:?}: {:?}", judged.result);
        assert!(calls.contains(&(judged.attempts.len() as u64)), "{strategy:?}: {calls:?}");
        let sent: HashSet<String> = played.sent().iter().map(|request| request.key().0).collect();
        assert!(planned.iter().all(|planned| sent.contains(&planned.request.key().0)), "{strategy:?}");
    }
}

#[tokio::test]
async fn a_call_without_a_reply_is_never_a_score() {
    for (spec, options) in names().flat_map(around) {
        let strategy = options.strategy.clone();
        let calls = *played(spec.clone(), options.clone(), |_, _| Ok(json!(null))).judge.calls().start();
        for failing in 0..usize::try_from(calls).unwrap() {
            let played = played(spec.clone(), options.clone(), move |request, number| {
                if number == failing { Err(FailureKind::Server) } else { Ok(fitting(request)) }
            });
            let unscored = played.judged().await.result.unwrap_err();
            assert_eq!(unscored.reason, Reason::Transport, "{strategy:?}, call {failing}");
        }
    }
}

#[tokio::test]
async fn asked_in_turn_nothing_follows_a_call_that_the_budget_stopped() {
    for (spec, options) in names().flat_map(around) {
        let strategy = options.strategy.clone();
        let judged = played_at(1, spec, options, |_, _| Err(FailureKind::Budget)).judged().await;
        assert_eq!(judged.result.unwrap_err().reason, Reason::Budget, "{strategy:?}");
        assert_eq!(judged.attempts.len(), 1, "{strategy:?}");
    }
}

#[tokio::test]
async fn nonsense_is_never_a_score() {
    for (spec, options) in names().flat_map(around) {
        let strategy = options.strategy.clone();
        let played = played(spec, options, |_, _| Ok(json!("I would rather not say.")));
        let judged = played.judged().await;
        assert_eq!(judged.result.unwrap_err().reason, Reason::InvalidAnswer, "{strategy:?}");
        assert!(judged.attempts.len() as u64 <= *played.judge.calls().end(), "{strategy:?}");
    }
}

#[tokio::test]
async fn no_two_requests_of_a_record_or_of_its_repeats_are_the_same() {
    for strategy in names() {
        let played = played(spec(WORK), options(strategy), |request, _| Ok(fitting(request)));
        for repeat in 0..3 {
            let judged = played.judge.repeat(repeat).judge(&inputs_of(played.judge.spec())).await;
            assert!(judged.result.is_ok(), "{strategy}");
        }
        let keys: Vec<String> = played.sent().iter().map(|request| request.key().0).collect();
        let different: HashSet<&String> = keys.iter().collect();
        assert_eq!(different.len(), keys.len(), "{strategy}");
    }
}

#[test]
fn every_strategy_has_a_fingerprint_of_its_own() {
    let fingerprint =
        |strategy: &str| played(spec(WORK), options(strategy), |_, _| Ok(json!(null))).judge.fingerprint();
    let all: HashSet<String> = names().map(fingerprint).collect();
    assert_eq!(all.len(), names().count());
    assert_eq!(fingerprint("best_of_n"), fingerprint("best_of_n:n=3,temperature=0.7"));
    assert_ne!(fingerprint("best_of_n"), fingerprint("best_of_n:n=4"));
}
