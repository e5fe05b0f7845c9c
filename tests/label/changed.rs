//! People change their minds: what golden files and comparisons then say.

use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::{Project, json_lines};

/// The labels of the dataset, moved from its records to a person's file.
fn by_ana(server: &Mock) -> (Project, Vec<(String, String)>) {
    let project = Project::judged_at(&server.url("/v1"));
    let (mut bare, mut labels) = (String::new(), Vec::new());
    for mut record in json_lines(&project.read("polite.jsonl")) {
        let label = record.as_object_mut().unwrap().remove("label").unwrap();
        labels.push((record["id"].as_str().unwrap().to_owned(), label.as_str().unwrap().to_owned()));
        bare += &format!("{record}\n");
    }
    project.write("polite.jsonl", bare);
    let config = project.read("evenhand.toml").replace("label = \"label\"", "labels = \"labels/polite\"");
    project.write("evenhand.toml", config + "\n[suites.polite.gates]\nmin_kappa = 0.1\n");
    say(&project, "ana", &labels);
    (project, labels)
}

fn say(project: &Project, name: &str, labels: &[(String, String)]) {
    let lines: String = labels.iter().map(|(id, label)| format!("{id},{label}\n")).collect();
    project.write("said.csv", format!("id,label\n{lines}"));
    let taken = project.evenhand(&["label", "polite", "--import", "said.csv", "--as", name]);
    assert_eq!(taken.code, 0, "{taken}");
    let what =
        if labels.len() == 1 { "1 label taken".into() } else { format!("{} labels taken", labels.len()) };
    assert!(taken.stderr.contains(&what), "{taken}");
}

/// Cohen's κ of yes and no, by counting.
fn kappa(labels: &[(String, String)], journal: &[Value]) -> f64 {
    let given = |id: &str| {
        journal.iter().find(|line| line["id"] == id).unwrap()["result"]["scored"]["label"].as_str().unwrap()
    };
    let share = |counts: &dyn Fn(&str, &str) -> bool| {
        let counted = labels.iter().filter(|(id, label)| counts(label, given(id))).count();
        f64::from(u32::try_from(counted).unwrap()) / f64::from(u32::try_from(labels.len()).unwrap())
    };
    let same = share(&|label, given| label == given);
    let chance: f64 = ["yes", "no"]
        .map(|one| share(&|label, _| label == one) * share(&|_, given| given == one))
        .into_iter()
        .sum();
    (same - chance) / (1.0 - chance)
}

#[test]
fn a_changed_label_is_named_by_a_check_kept_by_a_migration_and_left_out_of_a_comparison() {
    let server = Mock::fair();
    let (project, labels) = by_ana(&server);
    let locked = project.evenhand(&["golden", "lock", "polite"]);
    assert_eq!(locked.code, 0, "{locked}");
    let before = project.evenhand(&["check", "polite"]);
    assert_eq!(before.code, 0, "{before}");
    let expected = kappa(&labels, &project.journal());
    assert!(before.stdout.contains(&format!("min_kappa 0.10: passes, {expected:.2}")), "{expected} {before}");

    // Ben contradicts one of them: the record has no label until both decide.
    let (id, label) = labels.first().cloned().unwrap();
    let other = if label == "yes" { "no" } else { "yes" }.to_owned();
    say(&project, "ben", &[(id.clone(), other.clone())]);
    let asked = server.requests().len();
    let changed = project.evenhand(&["check", "polite"]);
    assert!(changed.code == 2 && changed.stderr.contains(&format!("labels of {id}")), "{changed}");
    let migrated = project.evenhand(&["golden", "migrate", "polite", "--write"]);
    assert_eq!(migrated.code, 0, "{migrated}");
    assert_eq!(server.requests().len(), asked, "a label changes no score, so nobody is asked");
    let after = project.evenhand(&["check", "polite"]);
    assert_eq!(after.code, 0, "{after}");
    let expected = kappa(&labels[1..], &project.journal());
    assert!(after.stdout.contains(&format!("min_kappa 0.10: passes, {expected:.2}")), "{expected} {after}");

    // Ana agrees with Ben. The first run has the old label, and this one the new.
    let early = project.evenhand(&["run", "polite"]);
    assert_eq!(early.code, 0, "{early}");
    say(&project, "ana", &[(id, other)]);
    let late = project.evenhand(&["run", "polite"]);
    let compared = project.evenhand(&["compare", "last~1", "last", "--json"]);
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    let sides =
        [&compared["comparison"]["old"], &compared["comparison"]["new"]].map(|side| &side["accuracy"]["n"]);
    assert_eq!(sides, [&json!(labels.len() - 1), &json!(labels.len())], "{late}");
    let first = project.evenhand(&["compare", "last~3", "last", "--json"]);
    let first: Value = serde_json::from_str(&first.stdout).unwrap();
    assert_eq!(first["comparison"]["unpaired"]["relabelled"], 1, "{first}");
    assert_eq!(first["comparison"]["accuracy"]["n"], json!(labels.len() - 1), "{first}");
}
