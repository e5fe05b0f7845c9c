//! `evenhand label`: people's labels, from the page to the commands that use them.

mod changed;
mod exchange;
mod page;
mod planned;
mod session;

use serde_json::{Value, json};

use crate::support::client::{Answer, get, post, post_with};
use crate::support::mock::{Mock, closed_port};
use crate::support::project::{Project, Running, json_lines};

/// The six records of `polite`; their judge is not asked.
pub fn project() -> Project {
    Project::judged_at(&closed_port("/v1"))
}

/// The page of a person, and where it is.
pub fn open(project: &Project, words: &[&str]) -> (Running, String) {
    let mut running = project.start(&[&["label", "polite", "--port", "0"], words].concat());
    let address = running.address();
    (running, address)
}

pub fn give(address: &str, id: &str, label: Value) -> Answer {
    post(address, "/label", &json!({"id": id, "label": label, "remark": ""}))
}

/// Labels what is asked for by this rule until nothing is left. Gives the ids in their order.
pub fn label_all(project: &Project, name: &str, rule: impl Fn(&str) -> &'static str) -> Vec<String> {
    let (_running, address) = open(project, &["--as", name]);
    let mut shown = get(&address, "/next").json();
    let mut ids = Vec::new();
    while let Some(id) = shown["record"]["id"].as_str().map(str::to_owned) {
        let answer = give(&address, &id, rule(&id).into());
        assert_eq!(answer.status, 200, "{answer:?}");
        shown = answer.json();
        ids.push(id);
    }
    ids
}

pub fn file(project: &Project, name: &str) -> Vec<Value> {
    json_lines(&project.read(&format!("labels/polite/{name}.jsonl")))
}

#[test]
fn a_label_is_on_disk_before_the_next_record_shows_and_a_sudden_end_loses_none() {
    let project = project();
    let (running, address) = open(&project, &["--as", "ana"]);
    let first = get(&address, "/next").json();
    assert_eq!(first["record"]["id"], "r1");
    assert_eq!(first["record"]["inputs"], json!([{"name": "text", "value": "r1: please wait here"}]));
    assert_eq!((&first["done"], &first["asked"], &first["undo"]), (&json!(0), &json!(6), &json!(false)));
    for (id, label) in [("r1", json!("yes")), ("r2", Value::Null), ("r3", json!("no"))] {
        let next = give(&address, id, label.clone());
        assert_eq!(next.status, 200, "{next:?}");
        assert_eq!(file(&project, "ana").last().unwrap()["label"], label, "before the answer is read");
    }
    running.kill();
    let lines = file(&project, "ana");
    assert_eq!(lines.len(), 3);
    for key in ["id", "record", "rubric", "by", "at"] {
        assert!(lines[0][key].as_str().is_some_and(|value| !value.is_empty()), "{key}: {}", lines[0]);
    }
    // What was cut off in the middle of a line was never confirmed.
    project.add("labels/polite/ana.jsonl", "{\"id\": \"r4\", \"rec");
    let (_running, address) = open(&project, &["--as", "ana"]);
    assert_eq!(get(&address, "/next").json()["record"]["id"], "r4");
    assert_eq!(give(&address, "r4", json!("yes")).status, 200);
    assert_eq!(file(&project, "ana").len(), 4);
    let status = project.evenhand(&["label", "polite", "--status"]);
    assert!(status.stdout.contains("ana: 4 of 6; 1 cannot tell"), "{status}");
}

#[test]
fn the_last_label_can_be_taken_back_and_given_anew() {
    let project = project();
    let (_running, address) = open(&project, &["--as", "ana"]);
    give(&address, "r1", json!("yes"));
    give(&address, "r2", json!("yes"));
    let back = post(&address, "/undo", &json!({})).json();
    assert_eq!((&back["record"]["id"], &back["done"]), (&json!("r2"), &json!(1)));
    assert_eq!(give(&address, "r2", json!("no")).json()["record"]["id"], "r3");
    let labels: Vec<Value> = file(&project, "ana")
        .into_iter()
        .map(|line| json!([line["id"], line["label"], line["undone"]]))
        .collect();
    let expected = [
        json!(["r1", "yes", null]),
        json!(["r2", "yes", null]),
        json!(["r2", "yes", true]),
        json!(["r2", "no", null]),
    ];
    assert_eq!(labels, expected, "nothing is removed from the file");
}

#[test]
fn two_people_and_two_windows_never_overwrite_each_other() {
    let project = project();
    let (_ana, ana) = open(&project, &["--as", "ana"]);
    let (_again, again) = open(&project, &["--as", "ana"]);
    let (_ben, ben) = open(&project, &["--as", "ben"]);
    assert_eq!(give(&ana, "r1", json!("yes")).status, 200);
    // Another window of the same person still shows r1.
    let late = give(&again, "r1", json!("no"));
    assert_eq!((late.status, &late.json()["record"]["id"]), (409, &json!("r2")));
    assert!(late.json()["error"].as_str().unwrap().contains("another window"));
    // Ben sees nothing of it.
    let next = get(&ben, "/next");
    assert_eq!(next.json()["record"]["id"], "r1");
    assert!(!next.text.contains("ana") && !next.text.contains("yes"), "{next:?}");
    std::thread::scope(|scope| {
        for (address, label) in [(&ana, "yes"), (&again, "yes"), (&ben, "no")] {
            scope.spawn(move || {
                for id in ["r2", "r3", "r4", "r5", "r6"] {
                    let answer = give(address, id, json!(label));
                    assert!([200, 409].contains(&answer.status), "{answer:?}");
                }
            });
        }
    });
    assert_eq!((file(&project, "ana").len(), file(&project, "ben").len()), (6, 5));
}

#[test]
fn only_this_machine_and_no_other_sites_page_is_answered() {
    let project = project();
    let (_running, address) = open(&project, &["--as", "ana"]);
    let body = json!({"id": "r1", "label": "yes"}).to_string();
    assert_eq!(post_with(&address, "/label", "Host: evil.example\r\n", &body).status, 403);
    assert_eq!(post_with(&address, "/label", "Content-Type: text/plain\r\n", &body).status, 415);
    assert_eq!(give(&address, "r1", json!("maybe")).status, 422);
    assert_eq!(give(&address, "r9", json!("yes")).status, 422);
    assert_eq!(post(&address, "/label", &json!({"id": "r1"})).status, 400, "no word about the label");
    assert!(!project.has("labels/polite/ana.jsonl"));
    for name in ["../ben", "adjudicated", ""] {
        assert_eq!(project.evenhand(&["label", "polite", "--as", name]).code, 2, "{name}");
    }
    assert_eq!(project.evenhand(&["label", "polite"]).code, 2);
}

#[test]
fn a_changed_rubric_or_record_is_asked_for_again_first() {
    let project = project();
    label_all(&project, "ana", |id| if id == "r2" { "no" } else { "yes" });
    let signature = project.read("signatures/polite.toml");
    project.write("signatures/polite.toml", signature.replace("is polite.\"", "is very polite.\""));
    let status = project.evenhand(&["label", "polite", "--status"]);
    assert!(status.stdout.contains("ana: 0 of 6; 6 by another rubric, asked for again first"), "{status}");
    let (running, address) = open(&project, &["--as", "ana"]);
    let next = get(&address, "/next").json();
    assert_eq!((&next["record"]["id"], &next["record"]["again"]), (&json!("r1"), &json!("rubric")));
    drop(running);
    project.write("signatures/polite.toml", &signature);
    // The labels of the old rubric hold again; one record becomes another.
    project.write("polite.jsonl", project.read("polite.jsonl").replace("r3: please", "r3: kindly"));
    let (_running, address) = open(&project, &["--as", "ana"]);
    let next = get(&address, "/next").json();
    assert_eq!((&next["record"]["id"], &next["record"]["again"]), (&json!("r3"), &json!("record")));
    assert_eq!(give(&address, "r3", json!("no")).json()["record"], Value::Null);
}

#[test]
fn people_decide_where_they_disagree() {
    let project = project();
    label_all(&project, "ana", |id| if id == "r2" { "no" } else { "yes" });
    label_all(&project, "ben", |id| if id == "r4" { "no" } else { "yes" });
    let status = project.evenhand(&["label", "polite", "--status", "--json"]);
    let told: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!((&told["disputed"], &told["settled"]), (&json!(2), &json!(4)), "{told}");
    // By hand: they agree on 4 of 6, and each says no once: κ = (4/6 - 26/36) / (1 - 26/36) = -0.2.
    let kappa = told["agreement"]["pairwise"][0]["kappa"].as_f64().unwrap();
    assert!((kappa + 0.2).abs() < 1e-12, "{told}");
    let (_running, address) = open(&project, &["--adjudicate", "--as", "cho"]);
    let next = get(&address, "/next").json();
    let said =
        json!([{"by": "ana", "label": "no", "remark": null}, {"by": "ben", "label": "yes", "remark": null}]);
    assert_eq!((&next["record"]["id"], &next["record"]["said"]), (&json!("r2"), &said));
    assert_eq!(give(&address, "r2", json!("no")).json()["record"]["id"], "r4");
    assert_eq!(give(&address, "r4", json!("no")).json()["record"], Value::Null);
    assert_eq!(file(&project, "adjudicated")[0]["by"], "cho");
    let status = project.evenhand(&["label", "polite", "--status"]);
    assert!(status.stdout.contains("people disagree on 0 records; 2 more are decided"), "{status}");
}

#[test]
fn the_labels_are_what_runs_calibration_and_golden_files_go_by() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    // The dataset has no labels of its own.
    let labelled = project.read("polite.jsonl");
    let bare = labelled.lines().map(|line| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record.as_object_mut().unwrap().remove("label");
        format!("{record}\n")
    });
    project.write("polite.jsonl", bare.collect::<String>());
    project.write(
        "evenhand.toml",
        project.read("evenhand.toml").replace("label = \"label\"", "labels = \"labels/polite\""),
    );
    label_all(&project, "ana", |id| if ["r2", "r6"].contains(&id) { "no" } else { "yes" });
    label_all(&project, "ben", |id| if ["r2", "r5", "r6"].contains(&id) { "no" } else { "yes" });
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    let expected = |id: &str| {
        let journal = project.journal();
        journal.iter().find(|line| line["id"] == id).unwrap()["expected"]["label"].clone()
    };
    assert_eq!((expected("r1"), expected("r2")), (json!("yes"), json!("no")));
    assert_eq!(expected("r5"), Value::Null, "people disagree, so there is no label");
    let calibrated = project.evenhand(&["calibrate", "polite", "--from", "last", "--json"]);
    assert_eq!(calibrated.code, 0, "{calibrated}");
    let page: Value = serde_json::from_str(calibrated.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(page["page"]["counts"]["labelled"], 5, "{page}");
    // A golden file and a comparison go by them too.
    let locked = project.evenhand(&["golden", "lock", "polite", "--from", "last"]);
    assert_eq!(locked.code, 0, "{locked}");
    project.add("evenhand.toml", "\n[suites.polite.gates]\nmin_kappa = 0.5\n");
    let checked = project.evenhand(&["check", "polite"]);
    assert!(checked.stdout.contains("min_kappa"), "{checked}");
    let compared = project.evenhand(&["compare", "last~1", "last", "--json"]);
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    assert_eq!(compared["comparison"]["verdict"]["difference"]["n"], 5, "{compared}");
    // Labels by another rubric are left out.
    let signature = project.read("signatures/polite.toml");
    project.write("signatures/polite.toml", signature.replace("is polite.\"", "is very polite.\""));
    let again = project.evenhand(&["run"]);
    assert!(again.stderr.contains("6 of 6 records have none"), "{again}");
}
