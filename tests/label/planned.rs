//! Which records people are asked for.

use serde_json::{Value, json};

use super::{label_all, project};
use crate::support::decision::decisions;
use crate::support::mock::Mock;
use crate::support::project::Project;

fn plan(project: &Project) -> Value {
    serde_json::from_str(&project.read("labels/polite/plan.json")).unwrap()
}

#[test]
fn a_plan_shares_records_out_and_no_model_is_asked() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let told = project.evenhand(&[
        "label",
        "polite",
        "--plan",
        "--random",
        "5",
        "--people",
        "ana,ben",
        "--overlap",
        "2",
    ]);
    assert_eq!(told.code, 0, "{told}");
    insta::assert_snapshot!(told);
    let ana = label_all(&project, "ana", |_| "yes");
    let ben = label_all(&project, "ben", |_| "yes");
    let shared = ana.iter().filter(|id| ben.contains(id)).count();
    assert_eq!((ana.len() + ben.len(), shared), (7, 2), "{ana:?} {ben:?}");
    let status = project.evenhand(&["label", "polite", "--status"]);
    assert!(
        status.stdout.contains("ana: 4 of 4, done") || status.stdout.contains("ana: 3 of 3, done"),
        "{status}"
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn what_a_judge_was_unsure_of_stands_for_itself_and_shares_hold_for_all_records() {
    let server = decisions(|shown, _| {
        if shown.contains("r4") {
            0.52
        } else if shown.contains("please") {
            0.9
        } else {
            0.1
        }
    });
    let project = Project::polite(&format!(
        "[models.judge]\nmodel = \"decisions/judge-1\"\nbase_url = \"{}\"\n",
        server.url("/v1")
    ));
    let early = project.evenhand(&["label", "polite", "--plan", "--uncertain", "1"]);
    assert!(early.code != 0 && early.stderr.contains("evenhand run"), "{early}");
    assert_eq!(project.evenhand(&["run"]).code, 0);
    let told = project.evenhand(&["label", "polite", "--plan", "--uncertain", "1", "--random", "3"]);
    assert_eq!(told.code, 0, "{told}");
    let plan = plan(&project);
    assert_eq!(plan["records"]["r4"]["part"], "uncertain", "{plan}");
    let weights: f64 =
        plan["records"].as_object().unwrap().values().map(|one| one["weight"].as_f64().unwrap()).sum();
    assert!((weights - 6.0).abs() < 1e-12, "{plan}");
    // r4 is yes for certain, and all of the others no: 1 in 6.
    label_all(&project, "ana", |id| if id == "r4" { "yes" } else { "no" });
    let status = project.evenhand(&["label", "polite", "--status", "--json"]);
    let told: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(told["shares"][0]["label"], json!("yes"));
    assert!((told["shares"][0]["share"].as_f64().unwrap() - 1.0 / 6.0).abs() < 1e-12, "{told}");
    // The same in a comparison with the labels: r4 counts once, each of the three others for 5 / 3 records.
    let config = project.read("evenhand.toml").replace("label = \"label\"", "labels = \"labels/polite\"");
    project.write("evenhand.toml", config);
    assert_eq!(project.evenhand(&["run"]).code, 0);
    let said: Vec<(String, bool)> = project
        .journal()
        .iter()
        .filter(|line| !line["expected"].is_null())
        .map(|line| {
            let is_same = line["expected"]["label"] == line["result"]["scored"]["label"];
            (line["id"].as_str().unwrap().to_owned(), is_same)
        })
        .collect();
    assert_eq!(said.len(), 4);
    let weight = |id: &str| if id == "r4" { 1.0 } else { 5.0 / 3.0 };
    let right: f64 = said.iter().filter(|(_, is_same)| *is_same).map(|(id, _)| weight(id)).sum();
    let calibrated = project.evenhand(&["calibrate", "polite", "--from", "last", "--json"]);
    let page: Value = serde_json::from_str(calibrated.stdout.lines().last().unwrap()).unwrap();
    let planned = &page["page"]["planned"];
    assert_eq!((&planned["n"], &planned["unplanned"]), (&json!(4), &json!(0)), "{page}");
    assert!((planned["same"]["rate"].as_f64().unwrap() - right / 6.0).abs() < 1e-12, "{planned} {said:?}");
    assert!((planned["base_rate"]["rate"].as_f64().unwrap() - 1.0 / 6.0).abs() < 1e-12, "{planned}");
    // Of the two records without a label each of the three stands for 2 / 3, and r4 for none: all three are no.
    let rate = &page["page"]["rate"]["value"]["planned"]["value"];
    assert_eq!((&rate["labels"], &rate["mean"]["value"]), (&json!(3), &json!(0.0)), "{page}");
    assert!((rate["effective_n"].as_f64().unwrap() - 3.0).abs() < 1e-9, "{rate}");
    let told = project.evenhand(&["calibrate", "polite", "--from", "last"]);
    let told = told.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("drawn at unequal rates: a label stands for 1.0 to 1.7 records"), "{told}");
    let corrected = "corrected by the plan's weights (PPI++, mean label) 0.0 %";
    assert!(
        told.contains(corrected) && told.contains("its 3 labels are worth 3 drawn at one rate"),
        "{told}"
    );
}

#[test]
fn every_value_of_a_field_is_drawn() {
    let project = project();
    let told = project.evenhand(&["label", "polite", "--plan", "--strata", "label", "--random", "2"]);
    assert_eq!(told.code, 0, "{told}");
    let plan = plan(&project);
    assert_eq!(plan["parts"], json!({"random: no": 2, "random: yes": 4}));
    assert_eq!(plan["records"].as_object().unwrap().len(), 2, "{plan}");
}
