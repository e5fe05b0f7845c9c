//! The strategy re-read: the judge answers, reads the record once more, and confirms or changes its answer.

use serde_json::json;

use crate::support::mock::Mock;
use crate::support::project::Project;
use crate::support::server::{RecordedRequest, Reply, openai_answer};

fn project(mock: &Mock) -> Project {
    let project = Project::judged_at(&mock.url("/v1"));
    project.add("evenhand.toml", "strategy = \"re_read\"\n");
    project
}

fn messages(request: &RecordedRequest) -> Vec<String> {
    let messages = request.body["messages"].as_array().unwrap();
    messages.iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

/// A judge that says no at once, and yes when it has read the record twice.
fn second_thoughts(request: &RecordedRequest) -> Reply {
    let verdict = if messages(request).len() > 2 { "yes" } else { "no" };
    openai_answer(&json!({"reasoning": format!("it says {verdict}"), "verdict": verdict}).to_string())
}

#[test]
fn the_second_answer_counts_and_the_record_is_shown_twice() {
    let mock = Mock::new(second_thoughts);
    let project = project(&mock);
    let ran = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert_eq!(ran.code, 0, "{ran}");
    let outcomes = project.journal();
    assert_eq!(outcomes[0]["result"]["scored"]["label"], "yes");
    let [first, second] = <[_; 2]>::try_from(mock.requests()).ok().unwrap();
    let (first, second) = (messages(&first), messages(&second));
    assert_eq!(second[..first.len()], first[..]);
    assert!(second[first.len()].contains("it says no"), "its own answer: {second:?}");
    let record = first.last().unwrap();
    assert!(
        second.last().unwrap().starts_with(record.as_str()) && second.last().unwrap().contains("once more")
    );
    let attempts = outcomes[0]["attempts"].as_array().unwrap();
    assert_eq!((attempts.len(), &attempts[1]["part"]), (2, &json!("re-read")));
}

#[test]
fn a_first_answer_that_is_never_valid_is_not_read_again() {
    let mock = Mock::new(|_| openai_answer(&json!({"reasoning": "?", "verdict": "perhaps"}).to_string()));
    let project = project(&mock);
    project.add("evenhand.toml", "retries = 0\n");
    let ran = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert_eq!((ran.code, mock.requests().len()), (3, 1), "{ran}");
    assert_eq!(project.journal()[0]["result"]["unscored"]["reason"], "invalid_answer");
}

#[test]
fn a_second_answer_that_is_never_valid_leaves_the_record_without_a_score() {
    let mock = Mock::new(|request| {
        let verdict = if messages(request).len() > 2 { "perhaps" } else { "no" };
        openai_answer(&json!({"reasoning": "?", "verdict": verdict}).to_string())
    });
    let project = project(&mock);
    project.add("evenhand.toml", "retries = 0\n");
    let ran = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert_eq!((ran.code, mock.requests().len()), (3, 2), "{ran}");
    assert_eq!(project.journal()[0]["result"]["unscored"]["reason"], "invalid_answer");
}

#[test]
fn a_dry_run_counts_both_calls_and_another_reading_is_refused() {
    let mock = Mock::fair();
    let project = project(&mock);
    let ran = project.evenhand(&["run", "polite", "--dry-run"]);
    assert!(ran.stdout.contains("6 records, 12 calls"), "{ran}");
    let ran = project.evenhand(&["run", "polite", "--reading", "sampled"]);
    assert!(ran.code == 2 && ran.stderr.contains("a sampled reading has none"), "{ran}");
    assert!(mock.requests().is_empty());
}

#[test]
fn the_strategy_is_part_of_the_judge() {
    let mock = Mock::new(second_thoughts);
    let project = project(&mock);
    assert_eq!(project.evenhand(&["run", "polite", "--limit", "1"]).code, 0);
    let config = project.read("evenhand.toml").replace("re_read", "direct");
    project.write("evenhand.toml", config);
    let resumed = project.evenhand(&["run", "polite", "--limit", "1", "--resume"]);
    assert!(resumed.code == 2 && resumed.stderr.contains("judge"), "{resumed}");
}
