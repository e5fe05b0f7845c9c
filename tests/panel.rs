//! Suites of several parts: checks beside a judge, checks alone, two judges.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::Project;
use crate::support::server::{Reply, openai_answer};

/// The six polite records with what a text must say.
fn with_words(server: &Mock, suite: &str) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    let lines: String = [
        ("r1", "please wait here", "yes", json!("wait")),
        ("r2", "go away", "no", json!("go")),
        ("r3", "please come in", "yes", json!("enter")),
        ("r4", "shut the door", "yes", json!("door")),
        ("r5", "please mind the step", "yes", json!(null)),
        ("r6", "move", "no", json!("move")),
    ]
    .into_iter()
    .map(|(id, text, label, word)| {
        format!("{}\n", json!({"id": id, "text": text, "label": label, "word": word}))
    })
    .collect();
    project.write("polite.jsonl", lines);
    project.add(
        "evenhand.toml",
        &format!("output = \"text\"\nlabel_values = {{ yes = \"pass\", no = \"fail\" }}\n{suite}"),
    );
    project
}

const WORD: &str = "[suites.polite.checks.word]\nkind = \"contains\"\nexpected_field = \"word\"\n";

fn outcome<'a>(journal: &'a [Value], id: &str) -> &'a Value {
    journal.iter().find(|line| line["id"] == id).unwrap()
}

#[test]
fn a_judge_and_checks_make_one_score() {
    let server = Mock::fair();
    let suite = format!(
        "{WORD}if_missing = \"skip\"\n\n[suites.polite.checks.short]\nkind = \"regex\"\npattern = \"^.{{0,16}}$\"\nweight = 2\n"
    );
    let project = with_words(&server, &suite);
    let ran = project.evenhand(&["run"]);
    let journal = project.journal();
    let value = |id: &str| outcome(&journal, id)["result"]["scored"]["value"].as_f64().unwrap();
    // Judge 1, word 1, short 2: of four, of r5 (which names no word) of three.
    assert!((value("r1") - 1.0).abs() < 1e-12);
    assert!((value("r3") - 0.75).abs() < 1e-12);
    assert!((value("r4") - 0.75).abs() < 1e-12);
    assert!((value("r5") - 1.0 / 3.0).abs() < 1e-12);
    assert_snapshot!(ran);
}

#[test]
fn a_failed_required_check_settles_the_record_before_the_judge_is_asked() {
    let server = Mock::fair();
    let project = with_words(&server, &format!("{WORD}if_missing = \"skip\"\nrequired = true\n"));
    let would = project.evenhand(&["run", "--dry-run"]);
    assert!(would.stdout.starts_with("polite by openai/mock-1: 6 records, 5 calls\n"), "{would}");
    let ran = project.evenhand(&["run"]);
    assert_eq!(server.requests().len(), 5, "r3 lacks its word\n{ran}");
    let journal = project.journal();
    let third = outcome(&journal, "r3");
    assert_eq!(third["result"]["scored"]["value"], 0.0);
    assert_eq!(third["result"]["scored"]["label"], "fail");
    assert!(third["attempts"].as_array().unwrap().is_empty());
}

#[test]
fn a_judge_is_held_against_the_labels_by_what_it_was_asked() {
    let server = Mock::fair();
    let project = with_words(&server, &format!("{WORD}if_missing = \"skip\"\nrequired = true\n"));
    assert_snapshot!(project.evenhand(&["run"]));
    let ran = project.evenhand(&["run", "--json"]);
    let summary = &crate::support::project::json_lines(&ran.stdout).pop().unwrap()["summary"];
    let judge = &summary["judges"][0];
    assert_eq!((&judge["judge"], &judge["asked"]["count"]), (&json!("polite"), &json!(5)));
    let accuracy = &judge["agreement"]["accuracy"];
    assert_eq!(
        (&accuracy["count"], &accuracy["n"]),
        (&json!(4), &json!(5)),
        "the judge errs on r4 alone: {judge}"
    );
}

#[test]
fn a_suite_whose_judge_has_no_say_is_told() {
    let server = Mock::fair();
    let pattern =
        "[suites.polite.checks.short]\nkind = \"regex\"\npattern = \"^.{0,30}$\"\nrequired = true\n";
    let project = with_words(&server, pattern);
    let ran = project.evenhand(&["run", "--dry-run"]);
    assert_snapshot!(ran.stderr);
    let config =
        project.read("evenhand.toml").replace("output = \"text\"\n", "output = \"text\"\npass_at = 0.6\n");
    project.write("evenhand.toml", config);
    let ran = project.evenhand(&["run", "--dry-run"]);
    assert!(!ran.stderr.contains("no judge can change"), "{ran}");
}

#[test]
fn a_check_that_cannot_be_examined_is_neither_pass_nor_fail() {
    let server = Mock::fair();
    let project =
        with_words(&server, &format!("{WORD}max_unscored = 0.5\n").replace("max_unscored = 0.5\n", ""));
    let ran = project.evenhand(&["run"]);
    let journal = project.journal();
    assert_eq!(outcome(&journal, "r5")["result"]["unscored"]["reason"], "check");
    assert_eq!(ran.code, 3, "one of six is more than a tenth\n{ran}");
}

#[test]
fn checks_alone_need_no_model() {
    let project = Project::empty();
    project.write(
        "answers.jsonl",
        "{\"id\":\"a\",\"artifact\":\"7 km\"}\n{\"id\":\"b\",\"artifact\":\"about 9\"}\n",
    );
    let config = "[suites.answers]\ndataset = \"answers.jsonl\"\n\
                  [suites.answers.checks.seven]\nkind = \"number\"\nexpected = 7\ntolerance = 1\n";
    project.write("evenhand.toml", config);
    assert_eq!(
        project.evenhand(&["run", "--dry-run"]).stdout,
        "answers by checks alone: 2 records, 0 calls\n"
    );
    let ran = project.evenhand(&["run"]);
    assert_snapshot!(ran);
    assert!(!project.has(".evenhand/cache.sqlite"));
}

#[test]
fn a_suite_of_nothing() {
    let project = Project::empty();
    project.write("answers.jsonl", "{\"id\":\"a\"}\n");
    project.write("evenhand.toml", "[suites.answers]\ndataset = \"answers.jsonl\"\n");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn two_judges_and_one_that_fails() {
    let server = Mock::new(|request| {
        let brief = request.body.to_string().contains("Decide whether the text is brief");
        match brief {
            true if request.body.to_string().contains("mind the step") => Reply::status(400),
            true => openai_answer(r#"{"verdict":"yes"}"#),
            false => openai_answer(&fair_answer(request)),
        }
    });
    let project = with_words(
        &server,
        "max_unscored = 0.5\n\n[suites.polite.judges.brief]\nsignature = \"brief\"\nweight = 3\n",
    );
    let brief = "instruction = \"Decide whether the text is brief.\"\n[inputs.text]\ndescription = \"What was said.\"\n\
                 [outputs.verdict]\ndescription = \"Whether it is.\"\nchoices = [\"yes\", \"no\"]\n\
                 [score]\nfield = \"verdict\"\nlabels = { yes = 1, no = 0 }\n";
    project.write("signatures/brief.toml", brief);
    let ran = project.evenhand(&["run"]);
    let journal = project.journal();
    assert_eq!(outcome(&journal, "r2")["result"]["scored"]["value"], 0.75);
    let fifth = &outcome(&journal, "r5")["result"]["unscored"];
    assert_eq!(fifth["reason"], "refused", "{ran}");
    assert!(fifth["detail"].as_str().unwrap().starts_with("brief: "));
}

#[test]
fn a_trajectory_is_shown_to_the_judge_and_cut_only_with_a_word_about_it() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let long = "x".repeat(5000);
    let steps =
        json!({"steps": [{"call": "look", "arguments": {"id": 1}, "result": long}], "answer": "please"});
    let odd = json!({"nothing": 1});
    let lines = format!("{}\n{}\n", json!({"id": "a", "did": steps}), json!({"id": "b", "did": odd}));
    project.write("polite.jsonl", lines);
    project.add(
        "evenhand.toml",
        "trajectory = { field = \"did\", max_chars = 2000 }\nfields = { text = \"did\" }\nmax_unscored = 0.5\n\
         [suites.polite.checks.looked]\nkind = \"tool_called\"\ntool = \"look\"\n",
    );
    let ran = project.evenhand(&["run"]);
    let journal = project.journal();
    assert!(outcome(&journal, "a")["cut"]["shortened"].as_u64() >= Some(1), "{ran}");
    let asked = server.requests()[0].last_message().to_owned();
    assert!(asked.contains("look {\"id\":1}") && !asked.contains(&"x".repeat(3000)), "{asked}");
    assert_eq!(outcome(&journal, "b")["result"]["unscored"]["reason"], "subject");
}

#[test]
fn reasons_are_not_spent_on_records_that_no_judge_saw() {
    let server = Mock::new(|request| {
        let text = request.body.to_string();
        if text.contains("Why is ") {
            return openai_answer(r#"{"reasoning":"Asked afterwards."}"#);
        }
        openai_answer(r#"{"verdict":"no"}"#)
    });
    // r3 lacks its word and is labelled a pass: it differs, and no judge can say why. r5 differs by its judge.
    let suite = format!("concurrency = 1\n{WORD}if_missing = \"skip\"\nrequired = true\n");
    let project = with_words(&server, &suite);
    let verdict_only = project.read("signatures/polite.toml");
    let start = verdict_only.find("[outputs.reasoning]").unwrap();
    let end = verdict_only.find("[outputs.verdict]").unwrap();
    project.write("signatures/polite.toml", format!("{}{}", &verdict_only[..start], &verdict_only[end..]));
    project.evenhand(&["run", "--filter", "id=r3", "--filter", "id!=r1", "--explain", "1"]);
    assert!(server.requests().is_empty(), "r3 is settled by its check");
    let ran = project.evenhand(&["run", "--filter", "label=yes", "--filter", "id!=r1", "--explain", "1"]);
    let journal = project.journal();
    let told = |id: &str| outcome(&journal, id)["result"]["scored"]["post_hoc"] == true;
    assert!(!told("r3") && told("r5"), "the one reason is asked of a judge that gave a verdict\n{ran}");
}

#[test]
fn a_metric_is_reported_with_its_mean_and_its_value_for_all_outputs_together() {
    let project = Project::empty();
    project.write(
        "evenhand.toml",
        "[suites.answers]\ndataset = \"answers.jsonl\"\noutput = \"said\"\n\
         [suites.answers.checks.near]\nkind = \"bleu\"\nexpected_field = \"right\"\nmin = 0.3\n\
         [suites.answers.checks.words]\nkind = \"rouge\"\nexpected_field = \"right\"\nmin = 0.5\n",
    );
    let line =
        |id: &str, said: &str, right: Value| json!({"id": id, "said": said, "right": right}).to_string();
    let lines = [
        line("a", "The order was shipped on Monday.", json!("The order was shipped on Monday.")),
        line("b", "It left on Monday.", json!(["The order left on Monday.", "It left Monday."])),
        line("c", "No idea.", json!("The order was shipped on Monday.")),
    ];
    project.write("answers.jsonl", lines.join("\n"));
    let ran = project.evenhand(&["run", "--json-report", "report.json"]);
    assert_snapshot!(ran);
    let report: Value = serde_json::from_str(&project.read("report.json")).unwrap();
    let figures = report["suites"][0]["parts"].as_array().unwrap();
    let names: Vec<&str> = figures.iter().filter_map(|figure| figure["name"].as_str()).collect();
    assert_eq!(names, ["near", "near.mean", "near.together", "words", "words.mean"]);
}
