//! A whole labelling: 60 records, two people, one of them in a real browser, a sudden end, an adjudication, a changed
//! rubric; then the judge is calibrated and tuned by these labels.

use serde_json::{Value, json};

use super::page::{before, noted};
use super::{file, give, label_all, open};
use crate::report_page::browser_or_skip;
use crate::support::client::get;
use crate::support::project::Project;
use crate::tune::{needs_demos, project as tuned_project, tune};

/// Labels all that is asked for by what the record says, with the keys.
const LABELS_ALL: &str = r##"<script type="module">
const until = async (holds) => { for (let tries = 0; tries < 1000 && !holds(); tries += 1) await new Promise((done) => setTimeout(done, 10)); };
const title = () => document.querySelector("#record h1")?.textContent ?? "";
const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
await until(() => title() !== "");
while (!title().startsWith("All done")) {
  const before = title();
  press(document.querySelector("#record .label-text").textContent.includes("please") ? "1" : "2");
  await until(() => title() !== before);
  if (title() === before) break;
}
parent.postMessage(`${title()}|${document.querySelector("#progress").textContent}`, "*");
</script></body>"##;

fn without_labels(project: &Project) {
    let labelled = project.read("polite.jsonl");
    let bare = labelled.lines().map(|line| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record.as_object_mut().unwrap().remove("label");
        format!("{record}\n")
    });
    project.write("polite.jsonl", bare.collect::<String>());
    let config = project.read("evenhand.toml").replace("label = \"label\"", "labels = \"labels/polite\"");
    project.write("evenhand.toml", config);
}

fn status(project: &Project) -> Value {
    let told = project.evenhand(&["label", "polite", "--status", "--json"]);
    serde_json::from_str(&told.stdout).unwrap()
}

#[test]
fn from_the_first_label_to_a_tuned_judge() {
    let Some(browser) = browser_or_skip() else { return };
    let server = needs_demos();
    let project = tuned_project(&server);
    without_labels(&project);
    // Ana begins, and her computer goes out.
    let (running, address) = open(&project, &["--as", "ana"]);
    for id in ["r1", "r2", "r3"] {
        assert_eq!(give(&address, id, json!(if id == "r2" { "yes" } else { "no" })).status, 200);
    }
    running.kill();
    let (running, address) = open(&project, &["--as", "ana"]);
    let told = noted(&browser, &format!("http://{}/frame", before(address, 1280, LABELS_ALL)));
    assert_eq!(told, ["All done. Thank you.", "60 of 60"]);
    drop(running);
    assert_eq!(file(&project, "ana").len(), 60, "no label was lost or given twice");
    // Ben sees it otherwise twice.
    let polite = |id: &str| id[1..].parse::<u32>().unwrap().is_multiple_of(2);
    let ben = |id: &str| if polite(id) == ["r4", "r5"].contains(&id) { "no" } else { "yes" };
    assert_eq!(label_all(&project, "ben", ben).len(), 60);
    assert_eq!(
        (status(&project)["disputed"].clone(), status(&project)["settled"].clone()),
        (json!(2), json!(58))
    );
    let (running, address) = open(&project, &["--adjudicate", "--as", "ana"]);
    give(&address, "r4", json!("yes"));
    assert_eq!(give(&address, "r5", json!("no")).json()["record"], Value::Null);
    drop(running);
    assert_eq!(status(&project)["settled"], 60);
    // The rubric becomes clearer: everything is asked for again, what was labelled before first.
    let signature = project.read("signatures/polite.toml");
    project.write("signatures/polite.toml", signature.replace("is polite.\"", "is polite to a stranger.\""));
    assert_eq!(
        (status(&project)["settled"].clone(), status(&project)["people"][0]["other_rubric"].clone()),
        (json!(0), json!(60))
    );
    let (running, address) = open(&project, &["--as", "ana"]);
    assert_eq!(get(&address, "/next").json()["record"]["again"], "rubric");
    drop(running);
    assert_eq!(label_all(&project, "ana", |id| if polite(id) { "yes" } else { "no" }).len(), 60);
    // Calibration and tuning go by the labels.
    let calibrated = project.evenhand(&["calibrate", "polite", "--json"]);
    let page: Value = serde_json::from_str(calibrated.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(page["page"]["counts"]["labelled"], 60, "{calibrated}");
    let tuned = tune(&project, &["--write", "signatures/better.toml"]);
    assert_eq!(tuned.code, 0, "{tuned}");
    // The tuned judge is another prompt; people were asked what they were asked.
    let config = project.read("evenhand.toml");
    let config =
        config.replace("signature = \"polite\"", "signature = \"better\"\nlabel_signature = \"polite\"");
    project.write("evenhand.toml", config);
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    let accuracy = &summary["summary"]["agreement"]["labels"]["accuracy"];
    assert!(accuracy["n"].as_u64().unwrap() > 40 && accuracy["rate"] == 1.0, "{accuracy}");
}
