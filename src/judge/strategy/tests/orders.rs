//! Answers in several orders.

use super::*;
use crate::ask::{AnswerLabels, AnswerOrders, Reason};

const THREE: &str = r#"
instruction = "Sort the work."
[inputs.task]
[inputs.artifact]
[outputs.verdict]
choices = ["good", "fair", "poor"]
[score]
field = "verdict"
labels = { good = 1, fair = 0.5, poor = 0 }
[[demos]]
inputs = { task = "Sing.", artifact = "La." }
outputs = { verdict = "fair" }
"#;

fn weighted(orders: AnswerOrders) -> JudgeOptions {
    JudgeOptions { reading: Reading::Weighted, orders, retries: 0, ..JudgeOptions::default() }
}

/// What the judge thinks of `good`, `fair` and `poor`.
const OWN: [f64; 3] = [0.2, 0.3, 0.5];

/// The list after the record.
fn list(request: &Request) -> &str {
    request.messages.last().unwrap().content.rsplit("\n\n").next().unwrap()
}

/// A judge that prefers what is listed first, whose opinion is `OWN`; a call that fails in place of the numbered one.
fn leaning(spec: Spec, options: JudgeOptions, failing: Option<usize>) -> (Judge, Arc<Mutex<Vec<Request>>>) {
    let sent: Arc<Mutex<Vec<Request>>> = Arc::default();
    let seen = Arc::clone(&sent);
    let provider = Provider::from_fn("custom/leaning", move |request: Request| {
        let mut seen = seen.lock().unwrap();
        let said = list(&request).to_owned();
        let place = |word: &str| said.find(&format!("\"{word}\"")).unwrap_or(usize::MAX);
        let words = ["good", "fair", "poor"];
        let rank = |word: &&str| words.iter().filter(|other| place(other) < place(word)).count();
        let lean = [2.0, 0.5, 0.0];
        let weights = words.iter().zip(OWN).map(|(word, own)| own.ln() + lean[rank(word)] - 3.0).collect();
        let fails = failing == Some(seen.len());
        let explains = request.weigh.is_none();
        seen.push(request);
        async move {
            match (fails, explains) {
                (true, _) => Err(Failure::new(FailureKind::Server, "as the test wants it")),
                (_, true) => {
                    Ok(Response { text: r#"{"reasoning": "It is so."}"#.to_owned(), ..Response::default() })
                }
                _ => Ok(Response { weights: Some(weights), ..Response::default() }),
            }
        }
    });
    let retry = Retry { max_retries: 0, ..Retry::default() };
    let model = Model::new(provider, ModelOptions { retry, concurrency: 1, ..ModelOptions::default() });
    (Judge::new(spec, model, options).unwrap(), sent)
}

#[tokio::test]
async fn what_a_place_adds_cancels_out() {
    for orders in [AnswerOrders::Cyclic, AnswerOrders::All] {
        let (judge, _) = leaning(spec(THREE), weighted(orders), None);
        let score = judge.judge(&inputs_of(judge.spec())).await.result.unwrap();
        for ((label, share), own) in score.distribution.iter().zip(OWN) {
            assert!((share - own).abs() < 1e-9, "{orders:?}, {label}: {share} is not {own}");
        }
        assert_eq!(score.label, "poor");
    }
    let (judge, _) = leaning(spec(THREE), weighted(AnswerOrders::Own), None);
    assert_eq!(judge.judge(&inputs_of(judge.spec())).await.result.unwrap().label, "poor", "no list, no lean");
    let (judge, _) = leaning(spec(THREE), weighted(AnswerOrders::Reversed), None);
    assert_eq!(judge.judge(&inputs_of(judge.spec())).await.attempts.len(), 2);
}

#[tokio::test]
async fn all_orders_share_what_stands_before_the_list() {
    let (judge, sent) = leaning(spec(THREE), weighted(AnswerOrders::Cyclic), None);
    let planned = judge.plan(&inputs_of(judge.spec())).unwrap();
    assert_eq!((judge.calls(), judge.requests_each(), planned.len()), (3..=3, 3, 3));
    let judged = judge.judge(&inputs_of(judge.spec())).await;
    let parts: Vec<_> = judged.attempts.iter().map(|attempt| attempt.part.as_deref().unwrap()).collect();
    assert_eq!(parts, ["order 1 of 3", "order 2 of 3", "order 3 of 3"]);
    let sent = sent.lock().unwrap();
    let lists: Vec<&str> = sent.iter().map(list).collect();
    assert_eq!(lists[1], r#""verdict" is one of: "fair", "poor", "good"."#);
    let shared = |request: &Request| {
        let (last, before) = request.messages.split_last().unwrap();
        (before.to_vec(), last.content.strip_suffix(list(request)).unwrap().to_owned())
    };
    assert!(sent.iter().all(|request| shared(request) == shared(&sent[0])));
    let system = &sent[0].messages[0].content;
    assert!(system.contains("(one of the answers listed after the record)") && !system.contains("\"poor\""));
    let schema = sent[1].format.as_ref().unwrap().schema.to_string();
    assert!(schema.contains(r#"["fair","poor","good"]"#), "{schema}");
}

#[tokio::test]
async fn a_failed_order_leaves_the_record_without_a_score() {
    for failing in 0..3 {
        let (judge, _) = leaning(spec(THREE), weighted(AnswerOrders::Cyclic), Some(failing));
        let judged = judge.judge(&inputs_of(judge.spec())).await;
        let unscored = judged.result.unwrap_err();
        assert_eq!((unscored.reason, judged.attempts.len()), (Reason::Transport, failing + 1));
        assert!(unscored.detail.starts_with(&format!("order {} of 3: ", failing + 1)), "{unscored}");
    }
}

#[tokio::test]
async fn reasons_are_asked_for_once() {
    let (judge, sent) = leaning(spec(THREE), weighted(AnswerOrders::Cyclic), None);
    let mut judged = judge.judge(&inputs_of(judge.spec())).await;
    judge.explain(&inputs_of(judge.spec()), &mut judged).await;
    assert_eq!(judged.result.unwrap().reasoning.as_deref(), Some("It is so."));
    assert_eq!(sent.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_pair_is_asked_about_in_each_order_of_its_answers_too() {
    let played = played(spec(PAIR), weighted(AnswerOrders::All), |request, _| Ok(fitting(request)));
    assert_eq!((played.judge.calls(), played.judge.requests_each()), (4..=4, 4));
    let judged = played.judged().await;
    assert!(judged.result.is_ok() && judged.attempts.len() == 4, "{judged:?}");
}

#[test]
fn another_order_is_another_judge_and_without_it_nothing_changes() {
    let fingerprint = |options| leaning(spec(THREE), options, None).0.fingerprint();
    let letters = JudgeOptions { answer_labels: AnswerLabels::Letters, ..weighted(AnswerOrders::Own) };
    let all = [
        fingerprint(weighted(AnswerOrders::Own)),
        fingerprint(weighted(AnswerOrders::Reversed)),
        fingerprint(weighted(AnswerOrders::Cyclic)),
        fingerprint(letters),
    ];
    let different: std::collections::HashSet<&String> = all.iter().collect();
    assert_eq!(different.len(), all.len());
    let (judge, _) = leaning(spec(THREE), weighted(AnswerOrders::Own), None);
    let request = &judge.requests(&inputs_of(judge.spec())).unwrap()[0];
    assert!(request.messages[0].content.contains(r#""verdict" ("good", "fair" or "poor")"#));
}

#[test]
fn letters_stand_for_the_verdicts_in_prompt_demos_and_answer() {
    let letters = JudgeOptions { answer_labels: AnswerLabels::Letters, ..weighted(AnswerOrders::Reversed) };
    let (judge, _) = leaning(spec(THREE), letters, None);
    let request = &judge.requests(&inputs_of(judge.spec())).unwrap()[1];
    assert_eq!(list(request), r#""verdict" is one of: "C" for "poor", "B" for "fair", "A" for "good"."#);
    assert_eq!(request.messages[2].content, r#"{"verdict":"B"}"#);
    assert_eq!(request.weigh.as_ref().unwrap().candidates, ["A\"", "B\"", "C\""]);
}

#[test]
fn what_has_no_distribution_of_one_call_is_refused() {
    let refused = |options: JudgeOptions| {
        let provider = Provider::from_fn("custom/none", |_| async { Ok(Response::default()) });
        let model = Model::new(provider, ModelOptions::default());
        Judge::new(spec(THREE), model, options).unwrap_err().to_string()
    };
    let text = JudgeOptions { orders: AnswerOrders::Cyclic, ..JudgeOptions::default() };
    assert!(
        refused(text)
            .ends_with("orders = \"cyclic\" is for a weighted reading, and the verdicts are read text")
    );
    let strategy = JudgeOptions { strategy: "re_read".parse().unwrap(), ..weighted(AnswerOrders::All) };
    assert!(refused(strategy).contains("this is `re_read`"));
    let labels = JudgeOptions { answer_labels: AnswerLabels::Digits, ..JudgeOptions::default() };
    assert!(refused(labels).contains("answer_labels = \"digits\" is for a weighted reading"));
}
