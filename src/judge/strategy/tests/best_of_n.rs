//! The best of several answers.

use super::*;
use crate::judge::Reason;

/// The same question with the judge's own confidence.
fn sure() -> Spec {
    let confidence = "[outputs.confidence]\ntype = \"number\"\nmin = 0\nmax = 1\n[score]";
    spec(&WORK.replace("[score]", confidence))
}

fn surely(label: &str, confidence: f64) -> Value {
    json!({"reasoning": format!("It is {label}."), "verdict": label, "confidence": confidence})
}

fn is_choice(request: &Request) -> bool {
    last(request).contains("Which of them does the record support best")
}

#[tokio::test]
async fn the_answer_that_is_surest_of_itself_is_taken() {
    let says = |_: &Request, number: usize| {
        Ok([surely("no", 0.6), surely("yes", 0.9), surely("no", 0.9)][number].clone())
    };
    let played = played(sure(), options("best_of_n"), says);
    let judged = played.judged().await;
    assert_eq!((played.judge.calls(), parts(&judged)), (3..=3, vec!["answer 1", "answer 2", "answer 3"]));
    let score = judged.result.unwrap();
    assert_eq!((score.label.as_str(), score.confidence), ("yes", Some(0.9)));
}

#[tokio::test]
async fn an_empty_or_invalid_answer_is_never_taken() {
    for broken in [json!(""), json!({}), surely("perhaps", 1.0), json!("{\"verdict\": \"no\"}")] {
        let says =
            move |_: &Request, number| Ok(if number == 1 { surely("yes", 0.1) } else { broken.clone() });
        let judged = played(sure(), options("best_of_n"), says).judged().await;
        assert_eq!((label(&judged), judged.attempts.len()), ("yes", 3));
    }
    let judged = played(sure(), options("best_of_n"), |_, _| Ok(json!(""))).judged().await;
    let unscored = judged.result.unwrap_err();
    assert_eq!(unscored.reason, Reason::InvalidAnswer);
    assert!(unscored.detail.contains("3 of 3 draws were no valid answer, and one must be"), "{unscored}");
}

#[tokio::test]
async fn without_a_confidence_a_further_call_chooses_among_the_valid() {
    let says = |request: &Request, number: usize| {
        if is_choice(request) {
            let text = last(request);
            assert!(text.contains("\n1. {\"reasoning\":\"It is no.\"") && text.contains("\n2. {"), "{text}");
            assert!(!text.contains("\n3. "), "the invalid answer is not shown: {text}");
            assert_eq!(request.parameters.temperature, Some(0.0));
            return Ok(json!({"reason": "It greets.", "best": 2}));
        }
        Ok([verdict("no"), json!(""), verdict("yes")][number].clone())
    };
    let played = played(spec(WORK), options("best_of_n"), says);
    assert_eq!(played.judge.calls(), 3..=4);
    let judged = played.judged().await;
    assert_eq!((label(&judged), *parts(&judged).last().unwrap()), ("yes", "choice"));
}

#[tokio::test]
async fn answers_that_agree_are_not_chosen_among() {
    let played = played(spec(WORK), options("best_of_n"), |_, _| Ok(verdict("no")));
    let judged = played.judged().await;
    assert_eq!((label(&judged), judged.attempts.len()), ("no", 3));
}

#[tokio::test]
async fn a_choice_that_is_none_leaves_no_score() {
    for choice in [Ok(json!({"reason": "?", "best": 4})), Ok(json!("")), Err(FailureKind::Server)] {
        let says = move |request: &Request, number| match is_choice(request) {
            true => choice.clone(),
            false => Ok(verdict(if number == 0 { "yes" } else { "no" })),
        };
        let judged = played(spec(WORK), options("best_of_n"), says).judged().await;
        let unscored = judged.result.unwrap_err();
        assert!(unscored.detail.starts_with("choice: "), "{unscored}");
        assert_eq!(judged.attempts.len(), 4);
    }
}

#[tokio::test]
async fn the_scorer_can_be_set() {
    let says = |request: &Request, number| {
        if is_choice(request) {
            return Ok(json!({"reason": "It greets.", "best": 1}));
        }
        Ok(if number == 0 { surely("yes", 0.1) } else { surely("no", 0.9) })
    };
    let called = played(sure(), options("best_of_n:n=2,scorer=call"), says).judged().await;
    assert_eq!((label(&called), called.attempts.len()), ("yes", 3));
    let model = played(spec(WORK), JudgeOptions::default(), |_, _| Ok(json!(null))).judge.model().clone();
    let error = Judge::new(spec(WORK), model, options("best_of_n:scorer=confidence")).unwrap_err();
    assert!(error.to_string().contains("has no output `confidence`"), "{error}");
}
