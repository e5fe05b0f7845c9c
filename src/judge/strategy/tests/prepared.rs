//! Verdicts that other calls prepare: `plan_search`, `prover_verifier`, `commit_first`.

use super::*;
use crate::judge::Reason;
use crate::prompt::Role;

fn roles(request: &Request) -> Vec<Role> {
    request.messages.iter().map(|message| message.role).collect()
}

#[tokio::test]
async fn plan_search_shows_the_observations_before_the_verdict() {
    let says = |_: &Request, number| {
        Ok(if number == 0 { json!({"observations": ["It says \"Good day\"."]}) } else { verdict("yes") })
    };
    let played = played(spec(WORK), options("plan_search"), says);
    let judged = played.judged().await;
    assert_eq!((label(&judged), parts(&judged)), ("yes", vec!["observations", "verdict"]));
    let [first, second] = <[Request; 2]>::try_from(played.sent()).unwrap();
    assert!(last(&first).contains("Do not give the verdict yet"));
    assert_eq!(second.messages[..first.messages.len()], first.messages[..]);
    assert!(second.messages[first.messages.len()].content.contains("It says \\\"Good day\\\"."));
    assert_eq!(roles(&second).last(), Some(&Role::User));
}

#[tokio::test]
async fn advocates_argue_for_the_best_and_the_worst_verdict() {
    let says = |request: &Request, _| {
        let text = last(request);
        if text.contains("Before you judge") {
            assert!(text.contains("For the side that \"verdict\" is \"yes\": \"It greets.\""), "{text}");
            assert!(text.contains("For the side that \"verdict\" is \"no\": \"It is\\ncurt.\""), "{text}");
            return Ok(verdict("no"));
        }
        let is_for = text.ends_with("The side: \"verdict\" is \"yes\".");
        assert!(is_for || text.ends_with("The side: \"verdict\" is \"no\"."), "{text}");
        Ok(json!({"argument": if is_for { "It greets." } else { "It is\ncurt." }}))
    };
    let both = played(spec(WORK), options("prover_verifier"), says);
    let judged = both.judged().await;
    assert_eq!((label(&judged), parts(&judged)), ("no", vec!["argument for", "argument against", "verdict"]));
    let one = played(spec(WORK), options("prover_verifier:sides=for"), |request, _| Ok(fitting(request)));
    assert_eq!(parts(&one.judged().await), ["argument for", "verdict"]);
    let pair = played(spec(PAIR), options("prover_verifier:sides=for"), |request, _| Ok(fitting(request)));
    pair.judged().await.result.unwrap();
    assert!(pair.sent().iter().any(|request| last(request).ends_with("The side: \"verdict\" is \"first\".")));
}

#[tokio::test]
async fn the_own_answer_is_given_without_what_is_judged_and_shown_before_it() {
    let says = |_: &Request, number| {
        Ok(if number == 0 {
            json!({"reasoning": "Easy.", "answer": "Good evening."})
        } else {
            verdict("yes")
        })
    };
    let played = played(spec(WORK), options("commit_first"), says);
    let judged = played.judged().await;
    assert_eq!((label(&judged), parts(&judged)), ("yes", vec!["own answer", "verdict"]));
    let [first, second] = <[Request; 2]>::try_from(played.sent()).unwrap();
    let told: String = first.messages.iter().map(|message| message.content.as_str()).collect();
    assert!(
        told.contains("Greet them.") && told.contains("Decide whether the work does the task."),
        "{told}"
    );
    assert!(!told.contains("Good day.") && !told.contains("artifact"), "{told}");
    assert_eq!(roles(&second), [Role::System, Role::User, Role::Assistant, Role::User]);
    assert!(second.messages[2].content.contains("Good evening."));
    assert!(last(&second).contains("Good day."));
}

#[test]
fn nobody_guesses_which_input_is_judged() {
    let model = || played(spec(WORK), JudgeOptions::default(), |_, _| Ok(json!(null))).judge.model().clone();
    let refused = |text: &str, strategy: &str| {
        let error = Judge::new(spec(text), model(), options(strategy)).unwrap_err();
        format!("{error:#}")
    };
    let unknown = refused(&WORK.replace("artifact", "letter"), "commit_first");
    assert!(unknown.contains("nothing says which input") && unknown.contains("task, letter"), "{unknown}");
    let two = refused(&WORK.replace("[inputs.task]", "[inputs.answer]"), "commit_first");
    assert!(two.contains("nothing says which input"), "{two}");
    assert!(refused(WORK, "commit_first:hide=letter").contains("has no input `letter`"));
    let alone = refused(&WORK.replace("[inputs.task]\n", ""), "commit_first");
    assert!(alone.contains("no input besides what is judged"), "{alone}");
    Judge::new(spec(&WORK.replace("artifact", "letter")), model(), options("commit_first:hide=letter"))
        .unwrap();
    Judge::new(spec(PAIR), model(), options("commit_first")).unwrap();
}

#[tokio::test]
async fn a_stage_without_a_valid_answer_leaves_no_score_and_asks_no_further() {
    for (strategy, stage, empty) in [
        ("plan_search", "observations", json!({"observations": []})),
        ("prover_verifier", "argument for", json!({"argument": ""})),
        ("commit_first", "own answer", json!({"reasoning": "?", "answer": ""})),
    ] {
        let retried = JudgeOptions { retries: 1, ..options(strategy) };
        let played = played(spec(WORK), retried, move |_, _| Ok(empty.clone()));
        let judged = played.judged().await;
        let unscored = judged.result.unwrap_err();
        assert_eq!(unscored.reason, Reason::InvalidAnswer);
        assert!(unscored.detail.starts_with(&format!("{stage}: ")), "{unscored}");
        assert!(parts_of(&judged.attempts).iter().all(|part| *part != "verdict"));
        // Asked again once for each stage.
        assert_eq!(judged.attempts.len() % 2, 0);
    }
}

fn parts_of(attempts: &[crate::judge::Attempt]) -> Vec<&str> {
    attempts.iter().filter_map(|attempt| attempt.part.as_deref()).collect()
}

#[tokio::test]
async fn a_prepared_verdict_can_be_weighted_and_not_sampled() {
    for strategy in ["plan_search", "prover_verifier", "commit_first"] {
        let weighted = JudgeOptions { reading: Reading::Weighted, ..options(strategy) };
        let played = played(spec(WORK), weighted, |request, _| {
            Ok(if request.weigh.is_some() { json!("") } else { fitting(request) })
        });
        let judged = played.judged().await;
        let score = judged.result.unwrap();
        assert_eq!((score.label.as_str(), score.distribution.len()), ("yes", 2), "{strategy}");
        let weighed: Vec<bool> = played.sent().iter().map(|request| request.weigh.is_some()).collect();
        assert!(weighed.last() == Some(&true) && !weighed[0], "{strategy}");
        let sampled = JudgeOptions { reading: Reading::Sampled, ..options(strategy) };
        let error = Judge::new(spec(WORK), played.judge.model().clone(), sampled).unwrap_err();
        assert!(error.to_string().contains("cannot be read sampled"), "{error}");
    }
}
