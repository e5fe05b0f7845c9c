//! Runs that are over, and recorded judgments, combined into a jury.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::{Project, json_lines};

const SCORES: &str = r#"
[scores.recorded]
replies = "said.jsonl"
judge_fields = ["judge"]
label = "label"
labels = ["yes", "no"]
read = { value = "verdict" }
"#;

/// Judgments of so many records by three judges; `wrong` tells for a judge's number and a record's whether it is.
fn recorded(records: usize, wrong: fn(usize, usize) -> bool) -> Project {
    let project = Project::empty();
    project.write("evenhand.toml", SCORES);
    let mut lines = String::new();
    for (number, judge) in ["ann", "ben", "cem"].into_iter().enumerate() {
        for record in 0..records {
            let (label, other) = if record % 2 == 0 { ("yes", "no") } else { ("no", "yes") };
            let verdict = if wrong(number, record) { other } else { label };
            let line =
                json!({"id": format!("r{record}"), "judge": judge, "verdict": verdict, "label": label});
            lines += &format!("{line}\n");
        }
    }
    project.write("said.jsonl", lines);
    let scored = project.evenhand(&["score"]);
    assert_eq!(scored.code, 0, "{scored}");
    project
}

fn page(project: &Project, words: &[&str]) -> Value {
    let ran = project.evenhand(&[&["jury"][..], words, &["--json"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    let line = json_lines(&ran.stdout)[0].clone();
    assert_eq!(line["type"], "jury");
    line["page"].clone()
}

#[test]
fn judges_that_err_on_different_records_gain_by_a_vote() {
    // Each is wrong on every third record, and no two on the same.
    let project = recorded(60, |judge, record| record % 3 == judge);
    let ran = project.evenhand(&["jury", "recorded"]);
    assert_snapshot!(ran);
    let page = page(&project, &["recorded"]);
    assert_eq!((&page["finding"], &page["jury"]["accuracy"]["count"]), (&json!("gains"), &json!(60)));
    let gain = &page["gain"];
    assert!((gain["difference"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12, "{gain}");
    assert!(gain["interval"]["low"].as_f64().unwrap() > 0.2, "{gain}");
    let written = project.evenhand(&["jury", "recorded", "--html", "jury.html", "--markdown", "jury.md"]);
    assert_eq!(written.code, 0, "{written}");
    assert!(project.read("jury.html").contains("the jury gains 33.3 points over ann, its best member"));
    assert!(project.read("jury.md").contains("| ann | 100.0 % (60 of 60"), "{}", project.read("jury.md"));
}

#[test]
fn a_vote_among_weak_judges_loses_and_weights_find_the_good_one() {
    // ann is nearly always right; the others are wrong on the same half of the records.
    let project = recorded(80, |judge, record| if judge == 0 { record % 20 == 3 } else { record % 4 < 2 });
    let majority = page(&project, &["recorded"]);
    assert_eq!((&majority["finding"], &majority["best"]), (&json!("loses"), &json!("ann")));
    let weighted = page(&project, &["recorded", "--vote", "weighted"]);
    assert_eq!((&weighted["finding"], &weighted["parts"]), (&json!("not_shown"), &json!(5)));
    assert_eq!(weighted["jury"]["accuracy"], weighted["members"][0]["side"]["accuracy"]);
    // Two members of the three; each of them is missing from nobody's records.
    let two = page(&project, &["recorded", "--members", "ann,ben"]);
    assert_eq!(two["members"].as_array().unwrap().len(), 2);
    assert!(two["ties"]["count"].as_u64().unwrap() > 0, "{two}");
}

#[test]
fn runs_of_suites_are_combined_and_what_cannot_be_is_an_error_that_says_why() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let config = project.read("evenhand.toml");
    let (_, suite) = config.split_once("[suites.polite]").unwrap();
    project.write("evenhand.toml", format!("{config}\n[suites.again]{suite}"));
    assert_eq!(project.evenhand(&["run", "polite", "again"]).code, 0);
    let asked = server.requests().len();
    let both = page(&project, &["polite", "again"]);
    assert_eq!(server.requests().len(), asked, "no model is asked");
    let names: Vec<&str> =
        both["members"].as_array().unwrap().iter().map(|member| member["member"].as_str().unwrap()).collect();
    assert_eq!(names, ["polite", "again"], "one model, two suites");
    assert_eq!((&both["ties"]["count"], &both["decided"]["count"]), (&json!(0), &json!(6)));
    let errors = [
        (&["polite"][..], "a jury has two members or more, and 1 run is named"),
        (&["polite", "nowhere"], "`nowhere` is neither a run nor a suite with a run in"),
        (&["polite", "again", "--quorum", "3"], "--quorum is from 1 to 2, the number of members"),
        (&["polite", "again", "--members", "ben"], "none of these runs is by `ben`"),
    ];
    for (words, expected) in errors {
        let ran = project.evenhand(&[&["jury"][..], words].concat());
        assert_eq!(ran.code, 2, "{words:?}: {ran}");
        assert!(ran.stderr.contains(expected), "{words:?}: {ran}");
    }
    // Without labels it is said how far the members agree, and nothing can be weighed.
    let unlabelled = project.read("evenhand.toml").replace("label = \"label\"\n", "");
    project.write("evenhand.toml", unlabelled);
    assert_eq!(project.evenhand(&["run", "polite", "again"]).code, 0);
    assert_eq!(page(&project, &["polite", "again"])["finding"], "no_labels");
    let weighed = project.evenhand(&["jury", "polite", "again", "--vote", "weighted"]);
    assert!(weighed.stderr.contains("votes are weighed by accuracy, and no record has a label"), "{weighed}");
}
