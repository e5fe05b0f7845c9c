//! The majority of draws: `self_consistency` and `diverse_sampling`.

use super::*;
use crate::judge::Reason;

#[tokio::test]
async fn self_consistency_gives_the_verdict_of_most_draws() {
    let says = |_: &Request, number| Ok(verdict(if number % 2 == 0 { "no" } else { "yes" }));
    let played = played(spec(WORK), options("self_consistency"), says);
    let judged = played.judged().await;
    assert_eq!(parts(&judged), ["draw 1", "draw 2", "draw 3", "draw 4", "draw 5"]);
    let score = judged.result.unwrap();
    assert_eq!((score.label.as_str(), score.confidence), ("no", Some(0.6)));
    assert_eq!(score.distribution, [("yes".to_owned(), 0.4), ("no".to_owned(), 0.6)]);
    assert!((score.value.unwrap() - 0.4).abs() < 1e-12);
    let sent = played.sent();
    assert!(sent.iter().all(|request| request.parameters.temperature == Some(0.7)));
    assert_eq!(sent.iter().map(|request| request.repeat).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn diverse_sampling_asks_once_at_each_temperature() {
    let says = |request: &Request, _| {
        Ok(verdict(if request.parameters.temperature < Some(0.6) { "yes" } else { "no" }))
    };
    let played = played(spec(WORK), options("diverse_sampling"), says);
    let judged = played.judged().await;
    assert_eq!(parts(&judged), ["temperature 0.1", "temperature 0.5", "temperature 0.9"]);
    assert_eq!(label(&judged), "yes");
    let temperatures: Vec<f64> =
        played.sent().iter().filter_map(|request| request.parameters.temperature).collect();
    assert_eq!(temperatures, [0.1, 0.5, 0.9]);
}

#[tokio::test]
async fn of_a_tie_the_earlier_on_the_scale_wins() {
    let says = |_: &Request, number| Ok(verdict(if number == 0 { "no" } else { "yes" }));
    let played = played(spec(WORK), options("diverse_sampling:temperatures=[0.2,0.2]"), says);
    let score = played.judged().await.result.unwrap();
    assert_eq!((score.label.as_str(), score.confidence, score.value), ("yes", Some(0.5), Some(0.5)));
    // Two draws at one temperature are two requests.
    let [one, other] = <[Request; 2]>::try_from(played.sent()).unwrap();
    assert_ne!(one.key(), other.key());
}

#[tokio::test]
async fn a_minority_of_invalid_draws_is_left_out_and_a_majority_leaves_no_score() {
    for (valid, expected) in [(2, Ok("yes")), (1, Err(Reason::InvalidAnswer))] {
        let says = move |_: &Request, number| Ok(if number < valid { verdict("yes") } else { json!("") });
        let played = played(spec(WORK), options("diverse_sampling"), says);
        let result = played.judged().await.result;
        assert_eq!(
            result.as_ref().map(|score| score.label.as_str()).map_err(|unscored| unscored.reason),
            expected
        );
    }
}

#[test]
fn draws_of_whole_answers_are_read_as_text() {
    for reading in [Reading::Weighted, Reading::Sampled] {
        let options = JudgeOptions { reading, ..options("self_consistency") };
        let model = played(spec(WORK), JudgeOptions::default(), |_, _| Ok(json!(null))).judge.model().clone();
        let error = Judge::new(spec(WORK), model, options).unwrap_err().to_string();
        let told = format!(
            "strategy `self_consistency` draws whole answers: its verdicts cannot be read {}",
            reading.name()
        );
        assert!(error.contains(&told), "{error}");
    }
}
