//! `evenhand check` and `evenhand golden`: lock, check, review, migrate, replay, and every refusal.

use insta::assert_snapshot;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::mock::{Mock, closed_port, fair_answer};
use crate::support::project::{Project, Ran, json_lines};
use crate::support::server::{RecordedRequest, Reply, openai_answer};

/// A judge that is fair as long as it is asked whether the text is polite, and says no to all else.
fn by_prompt(request: &RecordedRequest) -> Reply {
    if request.body.to_string().contains("the text is polite") {
        return openai_answer(&fair_answer(request));
    }
    openai_answer(r#"{"reasoning":"It is not very polite.","verdict":"no"}"#)
}

/// Records of which every second says please.
fn lines(number: usize) -> String {
    let line = |at: usize| {
        let (text, label) = if at.is_multiple_of(2) { ("please wait", "yes") } else { ("wait", "no") };
        format!(
            "{}\n",
            json!({"id": format!("r{at:02}"), "text": format!("r{at:02}: {text}"), "label": label})
        )
    };
    (1..=number).map(line).collect()
}

fn project(server: &Mock, records: usize) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", lines(records));
    project
}

fn break_the_prompt(project: &Project) {
    let signature = project.read("signatures/polite.toml");
    project
        .write("signatures/polite.toml", signature.replace("the text is polite", "the text is very polite"));
}

fn mend_the_prompt(project: &Project) {
    let signature = project.read("signatures/polite.toml");
    project
        .write("signatures/polite.toml", signature.replace("the text is very polite", "the text is polite"));
}

fn locked(server: &Mock, records: usize) -> Project {
    let project = project(server, records);
    let ran = project.evenhand(&["golden", "lock", "polite"]);
    assert_eq!(ran.code, 0, "{ran}");
    project
}

fn golden(project: &Project) -> Value {
    serde_json::from_str(&project.read("golden/polite.json")).unwrap()
}

fn score(project: &Project, id: &str) -> Value {
    let golden = golden(project);
    let records = golden["models"]["openai/mock-1"]["records"].as_array().unwrap();
    records.iter().find(|record| record["id"] == id).unwrap()["score"].clone()
}

fn checked(ran: &Ran) -> Value {
    json_lines(&ran.stdout).remove(0)["check"].clone()
}

#[test]
fn lock_check_break_check_mend_check() {
    let server = Mock::new(by_prompt);
    let project = project(&server, 40);
    assert_snapshot!("walk_lock", project.evenhand(&["golden", "lock", "polite"]));
    assert_snapshot!("walk_pass", project.evenhand(&["check"]));
    assert!(!project.has("golden/polite.json.pending"));
    break_the_prompt(&project);
    assert_snapshot!("walk_regression", project.evenhand(&["check"]));
    assert!(project.has("golden/polite.json.pending"));
    mend_the_prompt(&project);
    assert_eq!(project.evenhand(&["check"]).code, 0);
    assert!(!project.has("golden/polite.json.pending"), "nothing waits any more");
}

#[test]
fn the_golden_file_is_the_same_from_run_to_run_and_holds_no_times() {
    let server = Mock::fair();
    let project = locked(&server, 6);
    let first = project.read("golden/polite.json");
    assert_eq!(project.evenhand(&["golden", "lock", "polite", "--refresh", "--concurrency", "1"]).code, 0);
    assert_eq!(project.read("golden/polite.json"), first);
    assert!(!first.contains("ms\""), "{first}");
    assert_snapshot!(first);
}

#[test]
fn a_check_in_ci_writes_nothing() {
    let server = Mock::new(by_prompt);
    let project = locked(&server, 40);
    let before = project.read("golden/polite.json");
    break_the_prompt(&project);
    let ran = project.evenhand_with(("CI", "true"), &["check"]);
    assert_eq!(ran.code, 1, "{ran}");
    assert!(!project.has("golden/polite.json.pending") && project.read("golden/polite.json") == before);
    assert!(ran.stderr.contains("nothing is written in CI"), "{ran}");
    assert_eq!(project.evenhand_with(("EVENHAND_UPDATE", "no"), &["check"]).code, 1);
    assert!(!project.has("golden/polite.json.pending"));
}

#[test]
fn every_writing_of_golden_files_is_refused_in_ci_unless_it_is_allowed() {
    let server = Mock::new(by_prompt);
    let project = locked(&server, 6);
    break_the_prompt(&project);
    project.evenhand(&["check"]);
    let files = || (project.read("golden/polite.json"), project.read("golden/polite.json.pending"));
    let (before, asked) = (files(), server.requests().len());
    let writing: [&[&str]; 8] = [
        &["golden", "lock", "polite"],
        &["golden", "replies", "polite"],
        &["golden", "accept", "polite"],
        &["golden", "reject"],
        &["golden", "review"],
        &["golden", "migrate", "polite", "--write"],
        &["golden", "status", "--unreferenced", "delete"],
        &["run", "--lock"],
    ];
    for words in writing {
        let ran = project.evenhand_with(("CI", "true"), words);
        assert!(ran.code == 2 && ran.stderr.contains("--allow-ci"), "{words:?}: {ran}");
    }
    assert_snapshot!("ci_refused", project.evenhand_with(("CI", "true"), &["golden", "accept", "polite"]));
    let always = project.evenhand_among(&[("CI", "true"), ("EVENHAND_UPDATE", "always")], &["check"]);
    assert!(always.code == 2 && always.stderr.contains("EVENHAND_UPDATE=always writes"), "{always}");
    assert_eq!(
        (files(), server.requests().len()),
        (before, asked),
        "nothing is written, and nobody is asked"
    );
    for reading in [&["golden", "migrate", "polite"][..], &["golden", "status"], &["run"]] {
        assert_ne!(
            project.evenhand_with(("CI", "true"), reading).code,
            2,
            "{reading:?} writes no golden file"
        );
    }
    let allowed = project.evenhand_with(("CI", "true"), &["golden", "accept", "polite", "--allow-ci"]);
    assert!(allowed.code == 0 && !project.has("golden/polite.json.pending"), "{allowed}");
}

#[test]
fn replies_are_recorded_alone_and_the_locked_scores_stay() {
    let server = Mock::new(by_prompt);
    let project = locked(&server, 6);
    let before = project.read("golden/polite.json");
    break_the_prompt(&project);
    let ran = project.evenhand(&["golden", "replies", "polite"]);
    assert!(ran.code == 0 && project.read("golden/polite.json") == before, "{ran}");
    assert_eq!(project.read("golden/replies/polite.jsonl").lines().count(), 6);
    let replayed = checked(&project.evenhand(&["check", "--replay", "--json"]));
    assert_eq!(replayed["diff"]["counts"], json!({"worse": 3, "same": 3}), "the new prompt, replayed");
    assert!(replayed.get("notes").is_none(), "the outputs are the dataset's: {replayed}");
}

#[test]
fn what_is_always_updated_is_locked_at_once() {
    let server = Mock::new(by_prompt);
    let project = locked(&server, 40);
    break_the_prompt(&project);
    assert_eq!(
        project.evenhand_with(("INSTA_UPDATE", "always"), &["check"]).code,
        1,
        "it is a regression still"
    );
    assert_eq!(score(&project, "r02"), 0.0);
    let ran = project.evenhand(&["check"]);
    assert_eq!(ran.code, 0, "{ran}");
    let unknown = project.evenhand_with(("EVENHAND_UPDATE", "sometimes"), &["check"]);
    assert_snapshot!(unknown);
}

#[test]
fn changed_scores_are_reviewed_one_by_one() {
    let server = Mock::new(by_prompt);
    let project = locked(&server, 6);
    break_the_prompt(&project);
    assert_eq!(project.evenhand(&["check"]).code, 0, "three of six might be chance");
    assert_snapshot!("review", project.evenhand_typing("x\na\nr\ns\n", &["golden", "review"]));
    assert_eq!([score(&project, "r02"), score(&project, "r04")], [json!(0.0), json!(1.0)]);
    assert_snapshot!("review_end", project.evenhand_typing("", &["golden", "review", "polite"]));
    assert_eq!(project.evenhand_typing("A\n", &["golden", "review"]).code, 0);
    assert_eq!(score(&project, "r06"), 0.0);
    assert!(!project.has("golden/polite.json.pending"));
    assert_snapshot!("review_nothing", project.evenhand(&["golden", "review"]));
}

#[test]
fn changed_scores_are_accepted_and_rejected_by_name() {
    let server = Mock::new(by_prompt);
    let project = locked(&server, 6);
    break_the_prompt(&project);
    project.evenhand(&["check"]);
    let said = [
        project.evenhand(&["golden", "status"]),
        project.evenhand(&["golden", "accept", "polite", "--record", "r02"]),
        project.evenhand(&["golden", "accept", "polite", "--record", "r03"]),
        project.evenhand(&["golden", "reject", "polite", "--record", "r04"]),
        project.evenhand(&["golden", "accept"]),
        project.evenhand(&["golden", "accept"]),
    ];
    assert_snapshot!(said.map(|ran| ran.to_string()).concat());
    assert_eq!(
        [score(&project, "r02"), score(&project, "r04"), score(&project, "r06")],
        [0.0, 1.0, 0.0].map(|s| json!(s))
    );
    let again = project.evenhand(&["check", "--json"]);
    assert_eq!(checked(&again)["diff"]["counts"], json!({"worse": 1, "same": 5}), "{again}");
}

#[test]
fn a_changed_ruler_is_refused_and_can_be_migrated() {
    let server = Mock::fair();
    let project = locked(&server, 6);
    let asked = server.requests().len();
    let changed = project.read("polite.jsonl").replace("r02: please wait", "r02: please go");
    let changed = changed.replace(
        "\"id\":\"r03\",\"text\":\"r03: wait\",\"label\":\"no\"",
        "\"id\":\"r03\",\"text\":\"r03: wait\",\"label\":\"yes\"",
    );
    let changed = changed.replace("\"id\":\"r05\"", "\"id\":\"r07\"");
    project.write("polite.jsonl", changed);
    let said = [
        project.evenhand(&["check"]),
        project.evenhand(&["golden", "migrate", "polite"]),
        project.evenhand(&["golden", "migrate", "polite", "--write"]),
    ];
    assert_snapshot!(said.map(|ran| ran.to_string()).concat());
    assert_eq!(server.requests().len(), asked, "nothing was asked");
    let after = project.evenhand(&["check", "--json"]);
    assert_eq!(after.code, 0, "{after}");
    assert_eq!(checked(&after)["diff"]["counts"], json!({"new_record": 2, "same": 4}));
    assert_eq!(project.evenhand(&["golden", "accept"]).code, 0);
    let after = project.evenhand(&["check", "--json"]);
    assert_eq!(checked(&after)["diff"]["counts"], json!({"same": 6}));
}

#[test]
fn another_scale_keeps_nothing() {
    let server = Mock::fair();
    let project = locked(&server, 6);
    let signature = project.read("signatures/polite.toml").replace("yes = 1, no = 0", "yes = 1, no = 0.2");
    project.write("signatures/polite.toml", signature);
    let said = [project.evenhand(&["check"]), project.evenhand(&["golden", "migrate", "polite", "--write"])];
    assert_snapshot!(said.map(|ran| ran.to_string()).concat());
}

#[test]
fn a_suite_with_outputs_watches_them_and_its_judge_must_stay() {
    let server = Mock::new(by_prompt);
    let project = Project::judged_at(&server.url("/v1"));
    let records: String = (1..=40).map(|at| format!("{}\n", json!({"id": format!("r{at:02}")}))).collect();
    let outputs = |word: &str| -> String {
        let line = |at: usize| json!({"id": format!("r{at:02}"), "output": format!("r{at:02}: {word}")});
        (1..=40).map(|at| format!("{}\n", line(at))).collect()
    };
    project.write("polite.jsonl", records);
    project.write("outputs.jsonl", outputs("please wait"));
    let config = project.read("evenhand.toml").replace("label = \"label\"\n", "");
    project.write("evenhand.toml", config + "outputs = { file = \"outputs.jsonl\", into = \"text\" }\n");
    assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
    assert_eq!(golden(&project)["watch"], "subject");
    project.write("outputs.jsonl", outputs("wait"));
    let worse = project.evenhand(&["check", "--json"]);
    assert_eq!(worse.code, 1, "{worse}");
    assert_eq!(checked(&worse)["diff"]["subject"], json!(["the outputs of 40 records"]));
    break_the_prompt(&project);
    assert_snapshot!(project.evenhand(&["check"]));
    mend_the_prompt(&project);
    assert_snapshot!("another_judge", project.evenhand(&["check", "--model", "openai/mock-2"]));
}

#[test]
fn another_model_is_compared_where_the_judge_is_watched() {
    let server = Mock::new(|request| match request.body["model"].as_str() {
        Some("mock-2") => openai_answer(r#"{"reasoning":"No.","verdict":"no"}"#),
        _ => openai_answer(&fair_answer(request)),
    });
    let project = project(&server, 40);
    let second =
        format!("\n[models.second]\nmodel = \"openai/mock-2\"\nbase_url = \"{}\"\n", server.url("/v1"));
    project.add("evenhand.toml", &second);
    project.evenhand(&["golden", "lock", "polite"]);
    let ran = project.evenhand(&["check", "--model", "second", "--json"]);
    assert_eq!(ran.code, 1, "{ran}");
    assert_eq!(checked(&ran)["diff"]["subject"][0], "judge model (openai/mock-2, was openai/mock-1)");
    // Accepted, they are an entry of their own.
    project.evenhand(&["golden", "accept"]);
    assert_eq!(project.evenhand(&["check", "--model", "second"]).code, 0);
    assert_eq!(project.evenhand(&["check"]).code, 0);
    let across = project.evenhand(&["check", "--model", "second", "--against", "openai/mock-1"]);
    assert_eq!(across.code, 1, "{across}");
    assert_snapshot!(project.evenhand(&["check", "--against", "openai/mock-3"]));
}

#[test]
fn recorded_replies_answer_in_ci_and_a_changed_prompt_is_not_recorded() {
    let server = Mock::fair();
    let project = project(&server, 6);
    assert_snapshot!("replay_nothing", {
        project.evenhand(&["golden", "lock", "polite"]);
        project.evenhand(&["check", "--replay"])
    });
    assert_eq!(project.evenhand(&["golden", "lock", "polite", "--replies"]).code, 0);
    let replies = project.read("golden/replies/polite.jsonl");
    assert_eq!(replies.lines().count(), 6);
    assert!(replies.lines().is_sorted());
    let asked = server.requests().len();
    let replayed = project.evenhand(&["check", "--replay", "--json"]);
    assert_eq!(replayed.code, 0, "{replayed}");
    assert_eq!(checked(&replayed)["diff"]["counts"], json!({"same": 6}));
    break_the_prompt(&project);
    assert_snapshot!("replay_not_recorded", project.evenhand_with(("CI", "1"), &["check", "--replay"]));
    assert_eq!(server.requests().len(), asked, "the model was not asked");
    assert_eq!(project.evenhand(&["golden", "lock", "polite", "--replies"]).code, 0);
    assert_eq!(project.evenhand(&["check", "--replay"]).code, 0);
}

#[test]
fn a_run_is_locked_with_its_flag_or_later() {
    let server = Mock::fair();
    let project = project(&server, 6);
    let ran = project.evenhand(&["run", "--lock"]);
    assert!(ran.stdout.contains("golden/polite.json: 6 records by openai/mock-1 locked"), "{ran}");
    let first = project.read("golden/polite.json");
    let lines = project.evenhand(&["run", "--lock", "--json"]);
    assert_eq!(lines.json().0.len(), 6, "the standard output holds JSON lines alone\n{lines}");
    std::fs::remove_file(project.path("golden/polite.json")).unwrap();
    let asked = server.requests().len();
    assert_eq!(project.evenhand(&["golden", "lock", "polite", "--from", "last"]).code, 0);
    assert_eq!(project.read("golden/polite.json"), first);
    assert_eq!(project.evenhand(&["check", "--from", "last"]).code, 0);
    assert_eq!(server.requests().len(), asked);
    break_the_prompt(&project);
    assert_snapshot!(project.evenhand(&["check", "--from", "last"]));
    assert_eq!(project.evenhand(&["run", "--lock", "--limit", "2"]).code, 2);
}

#[test]
fn gates_hold_fail_or_cannot_be_told() {
    let server = Mock::fair();
    let project = project(&server, 40);
    project
        .add("evenhand.toml", "[suites.polite.gates]\nmin_score = 0.3\nmax_unscored = 0\nmin_kappa = 0.8\n");
    let holds = project.evenhand(&["run"]);
    let config = project.read("evenhand.toml");
    project.write("evenhand.toml", config.replace("min_score = 0.3", "min_score = 0.5"));
    assert_eq!(project.evenhand(&["check"]).code, 0, "the figure is the bound");
    project.write("evenhand.toml", config.replace("min_score = 0.3", "min_score = 0.5\nby = \"bound\""));
    let open = project.evenhand(&["check"]);
    project.write("evenhand.toml", config.replace("min_score = 0.3", "min_score = 0.9\nmax_cost_usd = 1"));
    let fails = project.evenhand(&["run"]);
    let fails_in_check = project.evenhand(&["check"]);
    assert_eq!([&holds, &open, &fails, &fails_in_check].map(|ran| ran.code), [0, 4, 1, 1]);
    assert_snapshot!("gates_hold", holds);
    assert_snapshot!("gates_open", open);
    assert_snapshot!("gates_fail", fails_in_check);
    let line = project.evenhand(&["run", "--json"]).json().1;
    assert_eq!(line["gates"][0]["verdict"], "fails");
}

#[test]
fn a_slow_judge_is_seen_by_its_latency() {
    let server = Mock::fair();
    let project = project(&server, 6);
    project.add("evenhand.toml", "[suites.polite.gates]\nmax_p95_latency_ms = 60000\nby = \"bound\"\n");
    let few = project.evenhand(&["check", "--json"]);
    assert_eq!(few.code, 4, "six records tell nothing about one in twenty\n{few}");
    assert!(checked(&few)["gates"][0]["why"].as_str().unwrap().starts_with("0 of 6 records took longer"));
    project.write("polite.jsonl", lines(80));
    assert_eq!(project.evenhand(&["check", "--refresh"]).code, 0);
    let config = project.read("evenhand.toml").replace("60000", "0");
    project.write("evenhand.toml", config);
    assert_eq!(project.evenhand(&["check", "--refresh"]).code, 1);
}

#[test]
fn an_improvement_is_told_as_loudly() {
    let server = Mock::new(by_prompt);
    let project = project(&server, 40);
    break_the_prompt(&project);
    project.evenhand(&["golden", "lock", "polite"]);
    mend_the_prompt(&project);
    let ran = project.evenhand(&["check"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout.starts_with(
            "\npolite: PASS, and better. 0 of 40 worse, 20 better; the score went from 0.00 to 0.50\n"
        ),
        "{ran}"
    );
}

#[test]
fn what_cannot_be_told_fails_unless_the_suite_lets_it_pass() {
    let server = Mock::new(by_prompt);
    let project = locked(&server, 6);
    project.add("evenhand.toml", "golden = { prove = 0.05 }\n");
    break_the_prompt(&project);
    let ran = project.evenhand(&["check"]);
    assert_eq!(ran.code, 4);
    assert_snapshot!(ran);
    let config = project.read("evenhand.toml");
    let config = config.replace("prove = 0.05", "prove = 0.05, inconclusive = \"pass\"");
    project.write("evenhand.toml", config);
    assert_eq!(project.evenhand(&["check"]).code, 0);
}

#[test]
fn records_without_a_score_are_no_regression() {
    let server = Mock::new(|request| {
        let broken = request.body.to_string().contains("r03: broken");
        if broken { openai_answer("I will not say.") } else { openai_answer(&fair_answer(request)) }
    });
    let project = project(&server, 40);
    project.evenhand(&["golden", "lock", "polite"]);
    // The text is an input: it is watched only where it is the subject.
    project.write("polite.jsonl", lines(40).replace("r03: wait", "r03: broken"));
    assert_eq!(project.evenhand(&["check"]).code, 2);
    project.add("evenhand.toml", "output = \"text\"\nretries = 0\ngolden = { watch = \"subject\" }\n");
    project.write("polite.jsonl", lines(40));
    project.evenhand(&["golden", "lock", "polite"]);
    project.write("polite.jsonl", lines(40).replace("r03: wait", "r03: broken"));
    let one = project.evenhand(&["check", "--json"]);
    assert_eq!(checked(&one)["diff"]["counts"], json!({"newly_unscored": 1, "same": 39}), "{one}");
    assert_eq!(one.code, 0, "{one}");
    project.add("evenhand.toml", "max_unscored = 0.01\n");
    assert_eq!(project.evenhand(&["check"]).code, 3);
}

#[test]
fn criteria_are_compared_one_by_one() {
    let server = Mock::fair();
    let project = project(&server, 40);
    let check = |pattern: &str| {
        format!(
            "output = \"text\"\n[suites.polite.checks.short]\nkind = \"regex\"\npattern = \"{pattern}\"\n[suites.polite.golden]\nwatch = \"subject\"\n"
        )
    };
    project.write("evenhand.toml", project.read("evenhand.toml").replace("label = \"label\"\n", ""));
    let config = project.read("evenhand.toml");
    project.write("evenhand.toml", config.clone() + &check("wait"));
    project.evenhand(&["golden", "lock", "polite"]);
    project.write("polite.jsonl", lines(40).replace("wait", "go"));
    assert_snapshot!(project.evenhand(&["check"]));
    project.write("evenhand.toml", config + &check("go"));
    assert_snapshot!("other_checks", project.evenhand(&["check"]));
}

#[test]
fn a_part_of_the_records_can_be_checked() {
    let server = Mock::fair();
    let project = locked(&server, 6);
    let ran = project.evenhand(&["check", "--filter", "label=yes", "--limit", "2", "--json"]);
    assert_eq!(checked(&ran)["diff"]["counts"], json!({"same": 2}), "{ran}");
    assert_eq!(ran.code, 0);
}

#[test]
fn another_prompt_with_the_same_scores_passes_and_can_be_accepted() {
    let server = Mock::fair();
    let project = locked(&server, 6);
    break_the_prompt(&project);
    assert_snapshot!(project.evenhand(&["check"]));
    assert_eq!(project.evenhand_typing("a\n", &["golden", "review"]).code, 0);
    let after = project.evenhand(&["check"]);
    assert!(!after.stdout.contains("judge prompt") && !project.has("golden/polite.json.pending"), "{after}");
}

#[test]
fn records_of_one_source_count_together() {
    let server = Mock::new(by_prompt);
    let project = project(&server, 40);
    let lines: String = (1..=40)
        .map(|at| {
            let text = if at % 20 == 0 { "wait" } else { "please wait" };
            format!(
                "{}\n",
                json!({"id": format!("r{at:02}"), "text": format!("r{at:02}: {text}"), "talk": at / 20})
            )
        })
        .collect();
    project.write("polite.jsonl", lines);
    project.add("evenhand.toml", "golden = { cluster = \"talk\" }\n");
    project.evenhand(&["golden", "lock", "polite"]);
    break_the_prompt(&project);
    let ran = project.evenhand(&["check", "--json"]);
    let whole = &checked(&ran)["diff"]["whole"];
    assert_eq!((&whole["clusters"], &whole["method"]), (&json!(3), &json!("clusters")), "{ran}");
    assert_eq!(ran.code, 0, "three talks might be chance");
}

#[test]
fn a_run_without_scores_is_not_locked() {
    let server = Mock::new(|_| openai_answer("I will not say."));
    let project = project(&server, 6);
    let ran = project.evenhand(&["golden", "lock", "polite", "--replies"]);
    assert_eq!(ran.code, 3, "{ran}");
    assert!(ran.stderr.contains("polite is not locked: too many records are unscored"), "{ran}");
    assert!(!project.has("golden/polite.json") && !project.has("golden/replies/polite.jsonl"));
    let ran = project.evenhand(&["run", "--lock", "--json"]);
    assert_eq!(ran.json().0.len(), 6);
}

#[test]
fn a_server_that_is_gone_is_no_regression() {
    let server = Mock::fair();
    let project = locked(&server, 20);
    let gone = project.read("evenhand.toml").replace(&server.url("/v1"), &closed_port("/v1"));
    project.write("evenhand.toml", gone.replace("[models.judge]", "[models.judge]\ntransport_retries = 0"));
    let ran = project.evenhand(&["check", "--refresh", "--json"]);
    assert_eq!(ran.code, 3, "{ran}");
    assert_eq!(checked(&ran)["conclusion"], "unscored");
    assert!(!project.has("golden/polite.json.pending"));
}

#[test]
fn golden_files_of_no_suite() {
    let server = Mock::fair();
    let project = locked(&server, 6);
    let config = project.read("evenhand.toml").replace("[suites.polite]", "[suites.kind]");
    project.write("evenhand.toml", config);
    let said = [
        project.evenhand(&["golden", "status"]),
        project.evenhand(&["golden", "status", "--unreferenced"]),
        project.evenhand(&["golden", "status", "--unreferenced", "delete"]),
        project.evenhand(&["golden", "status", "--unreferenced"]),
    ];
    assert_snapshot!(said.map(|ran| ran.to_string()).concat());
    assert!(!project.has("golden/polite.json"));
}

/// A Rust test's golden file belongs to no suite of evenhand.toml, and must outlive a clean-up.
#[test]
fn golden_files_of_tests_are_nobodys_orphans() {
    let server = Mock::fair();
    let project = locked(&server, 6);
    let golden = project.read("golden/polite.json");
    let held = golden.replace("\"models\": {", "\"held_by\": \"test\",\n  \"models\": {");
    project.write("golden/tickets.json", held.replace("\"suite\": \"polite\"", "\"suite\": \"tickets\""));
    project.write("golden/left.json", golden.replace("\"suite\": \"polite\"", "\"suite\": \"left\""));
    let ran = project.evenhand(&["golden", "status", "--unreferenced", "delete"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(project.has("golden/tickets.json") && project.has("golden/polite.json"));
    assert!(!project.has("golden/left.json"));
}

#[test]
fn refusals() {
    let server = Mock::fair();
    let project = project(&server, 6);
    let mut said = vec![
        project.evenhand(&["check"]),
        project.evenhand(&["check", "polite"]),
        project.evenhand(&["check", "polit"]),
        project.evenhand(&["golden", "migrate", "polite"]),
        project.evenhand(&["golden", "accept", "polite"]),
        project.evenhand(&["golden", "lock", "polite", "--from", "last"]),
    ];
    project.evenhand(&["golden", "lock", "polite"]);
    project.add("evenhand.toml", "golden = { watch = \"subject\" }\n");
    said.push(project.evenhand(&["check"]));
    project.write("golden/polite.json", "{}");
    said.push(project.evenhand(&["check"]));
    project.write("evenhand.toml", project.read("evenhand.toml").replace("label = \"label\"\n", ""));
    project.add("evenhand.toml", "gates = { min_kappa = 0.5 }\n");
    said.push(project.evenhand(&["check"]));
    assert!(said.iter().filter(|ran| ran.code != 2).count() == 1, "accepting nothing is no fault");
    let said: Vec<String> = said.iter().map(ToString::to_string).collect();
    assert_snapshot!(said.concat());
}

/// A judge that says no at its first word on a record and yes from then on: what is locked by one draw is chance.
fn flips_once(said: &Mutex<HashSet<String>>, request: &RecordedRequest) -> Reply {
    let text = request.body.to_string();
    let record = (1..=40).map(|at| format!("r{at:02}")).find(|id| text.contains(id)).unwrap_or_default();
    if said.lock().unwrap().insert(record) {
        return openai_answer(r#"{"reasoning":"It is rude.","verdict":"no"}"#);
    }
    openai_answer(r#"{"reasoning":"It is polite.","verdict":"yes"}"#)
}

#[test]
fn a_strict_suite_is_locked_by_repeats_and_fails_only_what_is_confirmed() {
    let said = Arc::new(Mutex::new((1..=40).map(|at| format!("r{at:02}")).collect::<HashSet<String>>()));
    let asked = Arc::clone(&said);
    let server = Mock::new(move |request| flips_once(&asked, request));
    let project = project(&server, 6);
    project.add("evenhand.toml", "[suites.polite.golden]\npolicy = \"strict\"\n");
    let unknown = project.evenhand(&["golden", "lock", "polite"]);
    assert_eq!(unknown.code, 2, "{unknown}");
    assert!(unknown.stderr.contains("`golden.flip_rate` is not set"), "{unknown}");
    project.add("evenhand.toml", "flip_rate = 0.136\n");
    assert_snapshot!("strict_needs_repeats", project.evenhand(&["golden", "lock", "polite"]));
    assert!(server.requests().is_empty(), "what cannot be locked is not paid for");
    let locked = project.evenhand(&["golden", "lock", "polite", "--repeats", "7", "--replies"]);
    assert_eq!(locked.code, 0, "{locked}");
    // Every record flips once, and is not confirmed.
    said.lock().unwrap().clear();
    let flaky = project.evenhand(&["check", "--refresh"]);
    assert_eq!(flaky.code, 0, "{flaky}");
    assert!(flaky.stdout.contains("6 flaky"), "{flaky}");
    // From recorded replies the suite is judged as it was locked, and nothing is new.
    let replayed = project.evenhand(&["check", "--replay"]);
    assert_eq!(replayed.code, 0, "{replayed}");
    assert!(replayed.stdout.contains("6 the same"), "{replayed}");
}

#[test]
fn a_strict_suite_fails_on_one_record_that_its_checks_part() {
    let project = Project::empty();
    project.write(
        "evenhand.toml",
        "[suites.s]\ndataset = \"s.jsonl\"\n[suites.s.golden]\npolicy = \"strict\"\nwatch = \"subject\"\n\
         [suites.s.checks.kind]\nkind = \"regex\"\npattern = \"please\"\n",
    );
    let lines = |rude: usize| -> String {
        let text = |at: usize| if at == rude { "now" } else { "please" };
        (1..=12).map(|at| format!("{}\n", json!({"id": format!("r{at:02}"), "artifact": text(at)}))).collect()
    };
    project.write("s.jsonl", lines(0));
    assert_snapshot!("strict_lock", project.evenhand(&["golden", "lock", "s"]));
    project.write("s.jsonl", lines(7));
    assert_snapshot!("strict_fails", project.evenhand(&["check"]));
}

#[test]
fn one_broken_required_check_fails_the_build_and_names_the_record() {
    let project = Project::empty();
    let config = "[suites.support]\ndataset = \"s.jsonl\"\ngolden = { watch = \"subject\" }\n\
         [suites.support.checks.no_refund]\nkind = \"regex\"\npattern = \"refund\"\nabsent = true\nrequired = true\n";
    project.write("evenhand.toml", config);
    let lines = |refunds: usize| -> String {
        let text = |at: usize| if at == refunds { "I will refund $80." } else { "I have passed it on." };
        (1..=12).map(|at| format!("{}\n", json!({"id": format!("c{at:02}"), "artifact": text(at)}))).collect()
    };
    project.write("s.jsonl", lines(0));
    assert_eq!(project.evenhand(&["golden", "lock", "support"]).code, 0);
    project.write("s.jsonl", lines(7));
    assert_snapshot!("required_check_broken", project.evenhand(&["check"]));
    // A limit of its own takes the place of the rule.
    project.write(
        "evenhand.toml",
        format!("{config}[suites.support.gates.checks.no_refund]\nmax_failures = 1\n"),
    );
    assert_eq!(project.evenhand(&["check"]).code, 0);
    project.write(
        "evenhand.toml",
        format!("{config}[suites.support.gates.checks.no_refund]\nmax_failures = 0.05\n"),
    );
    assert_snapshot!("a_check_above_its_limit", project.evenhand(&["check"]));
    project
        .write("evenhand.toml", format!("{config}[suites.support.gates.checks.refund]\nmax_failures = 1\n"));
    assert_snapshot!("a_gate_of_no_check", project.evenhand(&["check"]));
    project
        .write("evenhand.toml", config.replace("watch = \"subject\"", "watch = \"subject\", margin = 0.1"));
    assert_snapshot!("margin_is_called_prove", project.evenhand(&["check"]));
}
