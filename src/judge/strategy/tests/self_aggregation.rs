//! Answers made from answers.

use super::*;
use crate::judge::Reason;

/// Answers name the call that they came of.
fn numbered(label: &str, number: usize) -> Value {
    json!({"reasoning": format!("Answer {number}."), "verdict": label})
}

#[tokio::test]
async fn each_round_is_made_from_some_of_the_answers_before() {
    let says = |_: &Request, number| Ok(numbered(if number < 4 { "no" } else { "yes" }, number));
    let played = played(spec(WORK), options("self_aggregation"), says);
    assert_eq!(played.judge.calls(), 12..=12);
    let judged = played.judged().await;
    assert_eq!((label(&judged), judged.attempts.len()), ("yes", 12));
    assert_eq!((parts(&judged)[0], parts(&judged)[11]), ("round 0, answer 1", "round 2, answer 4"));
    let sent = played.sent();
    assert!(sent[..4].iter().all(|request| !last(request).contains("earlier judgments")));
    for (round, requests) in sent.chunks(4).enumerate().skip(1) {
        for request in requests {
            let text = last(request);
            let of_before = (0..12).filter(|number| text.contains(&format!("Answer {number}.")));
            let of_before: Vec<usize> = of_before.collect();
            assert_eq!(of_before.len(), 2, "{text}");
            assert!(of_before.iter().all(|number| number / 4 == round - 1), "{of_before:?} in round {round}");
        }
    }
    assert!(sent.iter().all(|request| request.parameters.temperature == Some(0.7)));
}

#[tokio::test]
async fn the_same_seed_shows_the_same_answers_and_another_one_others() {
    let mut shown = Vec::new();
    for strategy in ["self_aggregation:seed=1", "self_aggregation:seed=1", "self_aggregation:seed=2"] {
        let played = played(spec(WORK), options(strategy), |_, number| Ok(numbered("yes", number)));
        played.judged().await.result.unwrap();
        shown.push(played.sent().iter().map(|request| last(request).to_owned()).collect::<Vec<_>>());
    }
    assert_eq!(shown[0], shown[1]);
    assert_ne!(shown[0], shown[2]);
}

#[tokio::test]
async fn a_round_of_mostly_invalid_answers_leaves_no_score() {
    let says =
        |_: &Request, number| Ok(if (4..7).contains(&number) { json!("") } else { numbered("yes", number) });
    let played = played(spec(WORK), options("self_aggregation"), says);
    let judged = played.judged().await;
    assert_eq!(judged.result.unwrap_err().reason, Reason::InvalidAnswer);
    assert_eq!(judged.attempts.len(), 7);
}

#[tokio::test]
async fn an_invalid_answer_is_shown_to_nobody() {
    let says =
        |_: &Request, number| Ok(if number == 2 { json!("Answer 2.") } else { numbered("yes", number) });
    let played = played(spec(WORK), options("self_aggregation:rounds=1,subset=3"), says);
    played.judged().await.result.unwrap();
    assert!(played.sent().iter().all(|request| !last(request).contains("Answer 2.")));
}

#[test]
fn no_more_answers_are_shown_than_there_are() {
    let model = played(spec(WORK), JudgeOptions::default(), |_, _| Ok(json!(null))).judge.model().clone();
    let error = Judge::new(spec(WORK), model, options("self_aggregation:subset=5")).unwrap_err();
    assert!(error.to_string().contains("`subset` is 5, and there are only 4 answers"), "{error}");
}
