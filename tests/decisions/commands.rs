//! Judges that ask decision models, through the command.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::decision::{decisions, fair, questions, systemone};
use crate::support::mock::{Mock, closed_port};
use crate::support::project::Project;

const RUBRIC: &str = r#"
instruction = "Judge the mail."

[inputs.text]
description = "The mail."

[rubric]
min = 1
max = 5

[[rubric.criteria]]
name = "tone"
description = "How polite it is."
weight = 2
levels = { 1 = "rude", 3 = "neutral", 5 = "warm" }

[[rubric.criteria]]
name = "brevity"
description = "How short it is."
"#;

/// The six records of `polite`, judged by a decision model at this address.
fn project(provider: &str, url: &str) -> Project {
    Project::polite(&role(provider, url))
}

fn role(provider: &str, url: &str) -> String {
    format!(
        "[models.judge]\nmodel = \"{provider}/judge-1\"\nbase_url = \"{url}\"\ntransport_retries = 0\n\
         price = {{ input_per_million = 1.0, output_per_million = 0.0 }}\n"
    )
}

/// The same records, judged by a rubric, criterion by criterion.
fn rubric(server: &Mock, settings: &str) -> Project {
    let project = Project::empty();
    let role = role("decisions", &server.url("/v1"));
    project.write(
        "evenhand.toml",
        format!(
            "default_model = \"judge\"\n\n{role}{settings}\n[suites.mail]\nsignature = \"mail\"\ndataset = \"polite.jsonl\"\naggregation = \"criteria\"\n"
        ),
    );
    project.write("signatures/mail.toml", RUBRIC);
    project.write("polite.jsonl", crate::support::project::records(6));
    project
}

fn verdicts(project: &Project) -> Vec<(String, String)> {
    let line = |line: &Value| {
        let label = line["result"]["scored"]["label"].as_str().unwrap_or("none");
        (line["id"].as_str().unwrap().to_owned(), label.to_owned())
    };
    // A record that was resumed has a later line.
    let verdicts: BTreeMap<String, String> = project.journal().iter().map(line).collect();
    verdicts.into_iter().collect()
}

#[test]
fn a_run_is_resumed_and_its_replies_are_kept() {
    let server = decisions(fair);
    let project = project("decisions", &server.url("/v1"));
    let first = project.evenhand(&["run", "--max-calls", "4"]);
    assert_eq!((first.code, server.requests().len()), (5, 4), "{first}");
    let resumed = project.evenhand(&["run", "--resume"]);
    assert_eq!((resumed.code, server.requests().len()), (0, 6), "{resumed}");
    let said = [("r1", "yes"), ("r2", "no"), ("r3", "yes"), ("r4", "no"), ("r5", "yes"), ("r6", "no")];
    assert_eq!(verdicts(&project), said.map(|(id, label)| (id.to_owned(), label.to_owned())));
    let line = project.journal().into_iter().find(|line| line["id"] == "r2").unwrap();
    let score = &line["result"]["scored"];
    assert_eq!(line["reading"], "weighted");
    let shares = [&score["confidence"], &score["distribution"][1][1], &score["value"]].map(Value::as_f64);
    let near = shares.iter().zip([0.87, 0.87, 0.13]).all(|(one, other)| (one.unwrap() - other).abs() < 1e-12);
    assert!(near, "{score}");
    let response = &line["attempts"][0]["response"];
    assert_eq!(response["decided"], json!([{"probabilities": [0.13, 0.87]}]));
    assert!(response["text"].as_str().unwrap().contains("\"choice\""), "the reply is kept as it came");
    // Another run takes all of it from the cache.
    let again = project.evenhand(&["run", "--json"]);
    assert_eq!((again.code, server.requests().len()), (0, 6), "{again}");
    assert_eq!(project.evenhand(&["run", "--reading", "text"]).code, 2);
    assert_snapshot!(resumed);
}

#[test]
fn what_is_sent_can_be_looked_at_in_both_forms() {
    let openai = project("decisions", &closed_port("/v1")).evenhand(&["prompt", "polite"]);
    assert_eq!(openai.code, 0, "{openai}");
    assert_snapshot!("prompt_decisions", openai);
    let typesafe = project("systemone", &closed_port("")).evenhand(&["prompt", "polite"]);
    assert_snapshot!("prompt_systemone", typesafe);
    let server = decisions(fair);
    let project = rubric(&server, "");
    assert_snapshot!("prompt_rubric", project.evenhand(&["prompt", "mail"]));
    assert!(project.evenhand(&["run", "--dry-run"]).stdout.contains("6 records, 6 calls"));
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn what_is_sent_is_what_was_shown() {
    let server = systemone(fair);
    let project = project("systemone", &server.url(""));
    let shown = project.evenhand(&["prompt", "polite", "--json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let ran = project.evenhand(&["run", "--limit", "1"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(server.requests()[0].body, shown["body"]);
    let body = &server.requests()[0].body;
    let labels = body["questions"]["verdict"]["criteria"].as_object().unwrap().keys();
    assert_eq!(labels.collect::<Vec<_>>(), ["yes", "no"], "in the signature's order");
}

#[test]
fn a_recording_stands_for_the_model() {
    let server = systemone(fair);
    let live = project("systemone", &server.url(""));
    let ran = live.evenhand(&["run", "--record", "replies.jsonl", "--json"]);
    assert_eq!((ran.code, server.requests().len()), (0, 6), "{ran}");
    let alone = live.evenhand(&["run", "--model", "replay/replies.jsonl", "--json"]);
    assert_eq!((alone.code, server.requests().len()), (0, 6), "{alone}");
    assert_eq!(alone.timeless_summary()["agreement"], ran.timeless_summary()["agreement"]);
    // Another question is not among the recorded ones.
    live.write(
        "signatures/polite.toml",
        live.read("signatures/polite.toml").replace("is polite.\"", "is kind.\""),
    );
    let missed = live.evenhand(&["run", "--model", "replay/replies.jsonl"]);
    assert_ne!(missed.code, 0, "{missed}");
    assert!(missed.stdout.contains("typed questions"), "{missed}");
}

#[test]
fn scores_are_locked_and_a_judge_of_another_mind_fails_the_check() {
    let kind = decisions(|shown, question| {
        if question["instructions"].as_str().unwrap().contains("very polite") {
            0.1
        } else {
            fair(shown, question)
        }
    });
    let project = project("decisions", &kind.url("/v1"));
    let records: String = (1..=24)
        .map(|at| {
            let text = if at % 2 == 0 { "please wait" } else { "wait" };
            format!(
                "{}\n",
                json!({"id": format!("r{at:02}"), "text": format!("r{at:02}: {text}"), "label": "yes"})
            )
        })
        .collect();
    project.write("polite.jsonl", records);
    let locked = project.evenhand(&["golden", "lock", "polite"]);
    assert_eq!(locked.code, 0, "{locked}");
    assert_eq!(project.evenhand(&["golden", "replies", "polite"]).code, 0);
    let same = project.evenhand(&["check", "polite", "--replay"]);
    assert_eq!((same.code, kind.requests().len()), (0, 24), "{same}");
    project.write(
        "signatures/polite.toml",
        project.read("signatures/polite.toml").replace("is polite.\"", "is very polite.\""),
    );
    let changed = project.evenhand(&["check", "polite"]);
    assert_eq!((changed.code, kind.requests().len()), (1, 48), "{changed}");
}

#[test]
fn probabilities_are_calibrated_against_labels() {
    // Too sure of yes: of the texts without a please, half are told to be polite.
    let server = systemone(|state, _| {
        if state.contains("please") {
            0.95
        } else if state.contains("odd") {
            0.7
        } else {
            0.45
        }
    });
    let project = project("systemone", &server.url(""));
    let records: String = (0..120)
        .map(|at| {
            let (text, label) = match at % 3 {
                0 => ("please wait", "yes"),
                1 => ("odd words", "no"),
                _ => ("wait", "no"),
            };
            format!(
                "{}\n",
                json!({"id": format!("r{at:03}"), "text": format!("r{at:03}: {text}"), "label": label})
            )
        })
        .collect();
    project.write("polite.jsonl", records);
    let ran = project.evenhand(&["calibrate", "polite", "--write"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_snapshot!(ran);
    // The records that it was fitted on are left out of a run.
    project.add("polite.jsonl", "{\"id\": \"new\", \"text\": \"odd words\"}\n");
    project.add("evenhand.toml", "calibration = \"calibration/polite.json\"\n");
    let judged = project.evenhand(&["run", "--json"]);
    assert_eq!(judged.code, 0, "{judged}");
    let odd = project
        .journal()
        .into_iter()
        .find(|line| line["attempts"][0]["response"]["decided"][0]["probabilities"][0] == 0.7);
    let corrected = odd.unwrap()["result"]["scored"]["value"].as_f64().unwrap();
    assert!(corrected < 0.1, "what was told at 0.7 was never polite: {corrected}");
}

#[test]
fn a_rubric_is_one_call_with_a_question_for_each_criterion() {
    let server =
        decisions(|shown, question| if question["name"] == "tone" { fair(shown, question) } else { 0.6 });
    let project = rubric(&server, "");
    let ran = project.evenhand(&["run"]);
    assert_eq!((ran.code, server.requests().len()), (0, 6), "{ran}");
    let asked = questions(&server.requests()[0]);
    let names: Vec<&str> = asked.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["tone", "brevity"]);
    assert_eq!(asked[0].1["levels"][2], json!({"label": "3", "description": "neutral"}));
    let line = project.journal().into_iter().find(|line| line["id"] == "r1").unwrap();
    let parts = line["result"]["scored"]["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 2);
    // Level 5 has 0.87, the others 0.03 each: rounded, and 0.99 together.
    let tone = (0.03 * (0.0 + 0.25 + 0.5 + 0.75) + 0.87) / 0.99;
    assert!((parts[0]["value"].as_f64().unwrap() - tone).abs() < 1e-9, "{parts:?}");
    let notes = line["attempts"][0]["response"]["notes"].to_string();
    assert!(notes.contains("`tone` add up to 0.99"), "{notes}");
    assert_snapshot!(ran);
}

#[test]
fn questions_that_are_too_many_for_a_call_are_asked_in_several() {
    let server = decisions(fair);
    let project = rubric(&server, "limits = { questions = 1 }\n");
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!((ran.code, server.requests().len()), (0, 12), "{ran}");
    assert!(server.requests().iter().all(|request| questions(request).len() == 1));
    // A scale that is too long for a score is asked as a choice.
    let longer = rubric(&server, "limits = { levels = 4 }\n");
    let shown = longer.evenhand(&["prompt", "mail", "--json"]);
    assert!(shown.stdout.contains("\"type\": \"choice\""), "{shown}");
}

#[test]
fn a_refused_question_leaves_its_criterion_without_a_score() {
    let server = decisions(|shown, question| {
        let refuses = question["name"] == "tone" && shown.contains("r2:");
        if refuses { f64::NAN } else { fair(shown, question) }
    });
    let project = rubric(&server, "");
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 3, "{ran}");
    let line = project.journal().into_iter().find(|line| line["id"] == "r2").unwrap();
    let unscored = &line["result"]["unscored"];
    assert_eq!(
        (unscored["reason"].as_str(), unscored["detail"].as_str()),
        (Some("refused"), Some("tone: the model refused to answer"))
    );
    // The other answer is in the journal; a refusal is asked again.
    assert_eq!(line["attempts"][0]["response"]["decided"][0], "refused");
    project.evenhand(&["run"]);
    assert_eq!(server.requests().len(), 7);
}

#[test]
fn what_a_decision_model_cannot_do_is_said_before_any_call() {
    let server = decisions(fair);
    let project = project("decisions", &server.url("/v1"));
    let text = project.evenhand(&["run", "--reading", "text"]);
    let strategy = project.evenhand(&["run", "--strategy", "re_read"]);
    let many: Vec<String> = (0..300).map(|at| format!("\"c{at}\"")).collect();
    let labels: Vec<String> = (0..300).map(|at| format!("c{at} = 1")).collect();
    project.write(
        "signatures/polite.toml",
        format!(
            "instruction = \"Sort it.\"\n[inputs.text]\n[outputs.verdict]\nchoices = [{}]\n[score]\nfield = \"verdict\"\nlabels = {{ {} }}\n",
            many.join(", "),
            labels.join(", ")
        ),
    );
    project.write("polite.jsonl", "{\"id\": \"r1\", \"text\": \"please\"}\n");
    let choices = project.evenhand(&["run"]);
    assert_eq!((text.code, strategy.code, choices.code), (2, 2, 2));
    project.write(
        "evenhand.toml",
        "[models.judge]\nmodel = \"openai/m\"\nform = \"systemone\"\n\n[suites.own]\nsignature = \"polite\"\n\
         dataset = \"polite.jsonl\"\noutputs = { model = \"decisions/m\", signature = \"polite\", into = \"text\" }\n",
    );
    let key = project.evenhand(&["run"]);
    assert_eq!(key.code, 2);
    assert_eq!(server.requests().len(), 0);
    assert_snapshot!([text, strategy, choices, key].map(|ran| ran.to_string()).join("\n"));
}

#[test]
fn a_jury_and_a_cascade_take_a_decision_model_beside_a_chat_model() {
    let (sure, chat) = (decisions(fair), Mock::fair());
    for table in ["jury.members", "cascade.stages"] {
        let project = Project::empty();
        let threshold = if table == "cascade.stages" { "threshold = 0.9\n" } else { "" };
        project.write(
            "evenhand.toml",
            format!(
                "{}[models.chat]\nmodel = \"openai/m\"\nbase_url = \"{}\"\n\n\
                 [suites.polite]\nsignature = \"polite\"\ndataset = \"polite.jsonl\"\nlabel = \"label\"\n\n\
                 [[suites.polite.{table}]]\nname = \"first\"\nmodel = \"judge\"\n{threshold}\
                 [[suites.polite.{table}]]\nname = \"second\"\nmodel = \"chat\"\n",
                role("decisions", &sure.url("/v1")),
                chat.url("/v1")
            ),
        );
        project.write("signatures/polite.toml", crate::support::requests::POLITE);
        project.write("polite.jsonl", crate::support::project::records(6));
        let ran = project.evenhand(&["run", "--json"]);
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(verdicts(&project)[1], ("r2".to_owned(), "no".to_owned()), "{ran}");
    }
    // 0.87 is below the threshold: the second stage is asked about every record, as the jury's member was.
    assert_eq!((sure.requests().len(), chat.requests().len()), (12, 12));
}

#[test]
fn a_choice_is_asked_in_every_order_of_its_answers() {
    for (provider, form) in [("decisions", "array"), ("systemone", "map")] {
        let server = if provider == "decisions" { decisions(fair) } else { systemone(fair) };
        let project = project(provider, &server.url("/v1"));
        let ran = project.evenhand(&["run", "--orders", "reversed", "--json"]);
        assert_eq!(ran.code, 0, "{form}: {ran}");
        let requests = server.requests();
        assert_eq!(requests.len(), 12, "{form}");
        let shown: Vec<String> =
            requests.iter().map(|request| request.body["questions"].to_string()).collect();
        let place = |text: &str, label: &str| text.find(&format!("\"{label}\"")).unwrap();
        let yes_first = shown.iter().filter(|text| place(text, "yes") < place(text, "no")).count();
        assert_eq!(yes_first, 6, "{form}: {shown:?}");
        let dry = project.evenhand(&["run", "--orders", "reversed", "--dry-run", "--json"]);
        assert!(dry.stdout.contains("12"), "{dry}");
    }
}
