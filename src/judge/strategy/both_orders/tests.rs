//! Judges of pairs that see a place, an answer, or nothing.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::judge::{Calibration, Judge, JudgeOptions, Judged, Purpose, Reading, Reason};
use crate::model::{Model, ModelOptions, Parameters, Provider, Request, Response};
use crate::signature::Spec;
use crate::stats::CalibrationMap;

const BETTER: &str = r#"
instruction = "Decide which answer follows the instruction better."
[inputs.instruction]
[inputs.first]
[inputs.second]
[outputs.reasoning]
[outputs.verdict]
choices = ["first", "second", "tie"]
[outputs.confidence]
type = "number"
min = 0
max = 1
[score]
field = "verdict"
labels = { first = 1, second = 0, tie = 0.5 }
[pair]
inputs = ["first", "second"]
verdicts = ["first", "second"]
"#;

fn spec(undecided: &str) -> Spec {
    Spec::parse(&format!("{BETTER}{undecided}"), "better.toml").unwrap()
}

/// The judge's answer and its log-probabilities, by whether the good answer is shown first.
type Says = fn(bool) -> (&'static str, f64, [f64; 3]);

fn judge(spec: Spec, reading: Reading, says: Says) -> Judge {
    let provider = Provider::from_fn("custom/pairs", move |request: Request| async move {
        let texts = request.messages.iter().rev().map(|message| message.content.as_str());
        let record = texts.into_iter().find(|text| text.contains("bad")).unwrap_or_default();
        let good_first = record.find("good") < record.find("bad");
        let (verdict, confidence, shares) = says(good_first);
        let reasoning = format!("It is {verdict}.");
        let answer = json!({"reasoning": reasoning, "verdict": verdict, "confidence": confidence});
        let weights = request.weigh.map(|_| shares.map(f64::ln).to_vec());
        Ok(Response { text: answer.to_string(), weights, ..Response::default() })
    });
    Judge::new(spec, Model::new(provider, ModelOptions::default()), options(reading)).unwrap()
}

fn options(reading: Reading) -> JudgeOptions {
    let parameters = Parameters { temperature: None, ..Parameters::default() };
    JudgeOptions { reading, retries: 0, samples: 3, parameters, ..JudgeOptions::default() }
}

fn inputs(first: &str, second: &str) -> Map<String, Value> {
    json!({"instruction": "Be nice.", "first": first, "second": second}).as_object().unwrap().clone()
}

async fn judged(undecided: &str, reading: Reading, says: Says) -> [Judged; 2] {
    let judge = judge(spec(undecided), reading, says);
    [judge.judge(&inputs("good", "bad")).await, judge.judge(&inputs("bad", "good")).await]
}

fn labels(judged: &Judged) -> Vec<&str> {
    judged.orders.iter().map(|order| order.label.as_deref().unwrap_or("-")).collect()
}

fn fair(good_first: bool) -> (&'static str, f64, [f64; 3]) {
    if good_first { ("first", 0.9, [0.6, 0.1, 0.1]) } else { ("second", 0.7, [0.3, 0.5, 0.2]) }
}

fn always_first(_good_first: bool) -> (&'static str, f64, [f64; 3]) {
    ("first", 0.9, [0.8, 0.1, 0.1])
}

#[tokio::test]
async fn a_judge_that_is_right_whatever_the_order_gives_the_label() {
    let [own, other] = judged("", Reading::Text, fair).await;
    for (judged, label, value) in [(&own, "first", 1.0), (&other, "second", 0.0)] {
        let score = judged.result.as_ref().unwrap();
        assert_eq!((score.label.as_str(), score.value), (label, Some(value)));
        assert_eq!(labels(judged), [label, label]);
        assert!((score.confidence.unwrap() - 0.8).abs() < 1e-12);
        assert_eq!(score.reasoning, Some(format!("It is {label}.")));
        let orders: Vec<&str> = judged.attempts.iter().filter_map(|one| one.order.as_deref()).collect();
        assert_eq!(orders, ["own", "exchanged"]);
        assert_eq!(judged.orders.iter().map(|order| order.swapped).collect::<Vec<_>>(), [false, true]);
    }
}

#[tokio::test]
async fn a_judge_that_sees_only_the_place_decides_nothing() {
    let [own, _] = judged("", Reading::Text, always_first).await;
    let score = own.result.as_ref().unwrap();
    assert_eq!((score.label.as_str(), score.value), ("undecided", None));
    assert_eq!(labels(&own), ["first", "second"]);
    let reasons = "Own order, first: It is first. \
                   Exchanged order (each in the other's place), second: It is first.";
    assert_eq!(score.reasoning.as_deref(), Some(reasons));
    let [own, _] = judged("undecided = \"tie\"", Reading::Text, always_first).await;
    let score = own.result.unwrap();
    assert_eq!((score.label.as_str(), score.value), ("tie", Some(0.5)));
}

#[tokio::test]
async fn distributions_are_turned_around_and_their_mean_is_taken() {
    let [own, other] = judged("", Reading::Weighted, fair).await;
    let score = own.result.as_ref().unwrap();
    // Shares: .75, .125, .125 in its own order; .3, .5, .2 exchanged, which is .5, .3, .2 turned around.
    let expected = [("first", 0.625), ("second", 0.2125), ("tie", 0.1625)];
    for ((label, share), (expected_label, expected)) in score.distribution.iter().zip(expected) {
        assert_eq!(label, expected_label);
        assert!((share - expected).abs() < 1e-12, "{score:?}");
    }
    assert_eq!((score.label.as_str(), score.confidence), ("first", Some(score.distribution[0].1)));
    assert!((score.value.unwrap() - (0.625 + 0.5 * 0.1625)).abs() < 1e-12);
    assert!((score.coverage.unwrap() - 0.8).abs() < 1e-12);
    // The same two answers the other way round are worth the rest.
    let turned = other.result.unwrap();
    assert_eq!(turned.label, "second");
    assert!((turned.value.unwrap() - (1.0 - score.value.unwrap())).abs() < 1e-12);
}

#[tokio::test]
async fn a_preference_for_a_place_cancels() {
    for (undecided, label, value) in [("", "undecided", None), ("undecided = \"tie\"", "tie", Some(0.5))] {
        let [own, _] = judged(undecided, Reading::Weighted, always_first).await;
        assert_eq!(labels(&own), ["first", "second"]);
        let score = own.result.unwrap();
        assert_eq!((score.label.as_str(), score.distribution[0].1), (label, score.distribution[1].1));
        assert_eq!(score.value.is_some(), value.is_some());
        assert!((score.value.unwrap_or(0.5) - 0.5).abs() < 1e-12);
    }
}

#[tokio::test]
async fn a_calibration_goes_over_what_both_orders_say_together() {
    for reading in [Reading::Weighted, Reading::Sampled] {
        let map = CalibrationMap::Platt { a: 1.0, b: 2.0 };
        let calibration = Some(Arc::new(Calibration { name: "platt".into(), map }));
        let model = judge(spec(""), reading, always_first).model().clone();
        let options = JudgeOptions { calibration, ..options(reading) };
        let judge = Judge::new(spec(""), model, options).unwrap();
        let judged = judge.judge(&inputs("good", "bad")).await;
        let score = judged.result.as_ref().unwrap();
        // Both together are worth 0.5, whose odds are those of the shift then: 1/(1 + e⁻²).
        assert_eq!(score.label, "first");
        assert!((score.value.unwrap() - 0.880_797_077_977_882_3).abs() < 1e-12, "{score:?}");
        assert_eq!(labels(&judged), ["first", "second"]);
    }
}

#[tokio::test]
async fn an_order_without_a_verdict_leaves_the_pair_without_one() {
    let mute = |good_first| if good_first { fair(true) } else { ("neither", 0.5, [f64::NAN; 3]) };
    let [own, other] = judged("", Reading::Text, mute).await;
    let unscored = own.result.as_ref().unwrap_err();
    assert_eq!(unscored.reason, Reason::InvalidAnswer);
    assert!(unscored.detail.starts_with("order exchanged: "), "{unscored}");
    assert_eq!(labels(&own), ["first", "-"]);
    // The other order is asked all the same: how often each fails is counted.
    assert!(other.result.as_ref().unwrap_err().detail.starts_with("order own: "));
    assert_eq!((labels(&other), other.attempts.len()), (vec!["-", "second"], 2));
}

#[tokio::test]
async fn reasons_after_the_fact_are_asked_in_the_own_order() {
    for (says, start) in [(fair as Says, "It is first."), (always_first, "Own order, first: It is first.")] {
        let judge = judge(spec(""), Reading::Weighted, says);
        let inputs = inputs("good", "bad");
        let mut judged = judge.judge(&inputs).await;
        judge.explain(&inputs, &mut judged).await;
        let last = judged.attempts.last().unwrap();
        assert_eq!((last.purpose, last.order.as_deref()), (Purpose::Reasons, Some("own")));
        let score = judged.result.unwrap();
        assert_eq!((score.reasoning.as_deref(), score.post_hoc), (Some(start), true));
    }
}

#[test]
fn both_requests_differ_in_the_two_texts_alone() {
    let judge = judge(spec(""), Reading::Text, fair);
    let [own, exchanged] = judge.requests(&inputs("good", "bad")).unwrap().try_into().unwrap();
    assert_eq!((judge.requests_each(), own.stable), (2, exchanged.stable));
    let texts = |request: &Request| request.messages.last().unwrap().content.clone();
    let turned = texts(&exchanged).replace("good", "?").replace("bad", "good").replace('?', "bad");
    // The fence's mark is of the record, and so another one.
    let unmarked = |text: &str| text.split("</record").next().unwrap().to_owned();
    assert_eq!(unmarked(&texts(&own)), unmarked(&turned));
    assert_eq!(own.messages[..own.stable], exchanged.messages[..own.stable]);
    let draws = Judge::new(spec(""), judge.model().clone(), options(Reading::Sampled));
    assert_eq!(draws.unwrap().plan(&inputs("good", "bad")).unwrap().len(), 6);
}

#[test]
fn a_pair_that_does_not_fit_is_refused() {
    let mut spec = spec("");
    spec.pair.as_mut().unwrap().inputs[1] = "secund".into();
    let model = judge(self::spec(""), Reading::Text, fair).model().clone();
    let error = Judge::new(spec, model, JudgeOptions::default()).unwrap_err();
    assert!(error.to_string().contains("its pair: there is no input `secund`"), "{error}");
}
