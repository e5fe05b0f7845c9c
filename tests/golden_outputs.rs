//! Outputs that are kept beside golden files: what changed is shown, and a secret is never kept.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::{Project, json_lines};

/// A suite whose outputs come from a command that says what `said` holds.
fn project(server: &Mock) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    let lines = ["r1", "r2", "r3"].map(|id| format!("{}\n", json!({"id": id})));
    project.write("polite.jsonl", lines.concat());
    project.write("agent.sh", "cat said/$1");
    project.add(
        "evenhand.toml",
        "[suites.polite.outputs]\ncommand = [\"sh\", \"agent.sh\", \"{id}\"]\ninto = \"text\"\nwatch = [\"said\"]\n\
         [suites.polite.golden]\nkeep_outputs = true\n",
    );
    let config = project.read("evenhand.toml");
    project.write("evenhand.toml", config.replace("label = \"label\"\n", ""));
    for id in ["r1", "r2", "r3"] {
        project.write(&format!("said/{id}"), format!("Hello.\nplease wait\n{id} is next"));
    }
    project
}

fn checked(project: &Project) -> Value {
    json_lines(&project.evenhand(&["check", "--json"]).stdout).remove(0)["check"].clone()
}

#[test]
fn what_changed_of_an_output_is_shown_and_accepted_with_its_score() {
    let server = Mock::fair();
    let project = project(&server);
    assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
    let kept = "golden/outputs/polite.jsonl";
    assert_snapshot!("kept_outputs", project.read(kept));
    assert_eq!(checked(&project)["diff"].get("outputs"), None, "nothing changed");
    project.write("said/r1", "Hello.\nwait\nr1 is next");
    project.write("said/r2", "Hello!\nplease wait\nr2 is next");
    assert_snapshot!("changed_outputs", project.evenhand(&["check"]));
    let diff = &checked(&project)["diff"];
    assert_eq!(diff["outputs"]["r1"]["was"], "Hello.\nplease wait\nr1 is next");
    let lines =
        json!([{"same": "Hello."}, {"removed": "please wait"}, {"added": "wait"}, {"same": "r1 is next"}]);
    assert_eq!(diff["outputs"]["r1"]["lines"], lines);
    assert_snapshot!("reviewed_output", project.evenhand_typing("a\n", &["golden", "review"]));
    let after = project.read(kept);
    assert!(
        after.contains("Hello.\\nwait") && after.contains("Hello!") && after.lines().count() == 3,
        "{after}"
    );
    assert_eq!(checked(&project)["diff"]["counts"], json!({"same": 3}));
}

#[test]
fn an_output_with_a_secret_is_refused_with_its_place_and_nothing_is_written() {
    let server = Mock::fair();
    let project = project(&server);
    let secret = ["please use sk-", "live9Qz81LkTw0aaVbX2"].concat();
    project.write("said/r2", &secret);
    let refused = project.evenhand(&["golden", "lock", "polite"]);
    assert_snapshot!("secret_refused", refused);
    assert!(!project.has("golden/polite.json") && !project.has("golden/outputs/polite.jsonl"));
    project.write("said/r2", "please wait");
    assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
    let before = project.read("golden/polite.json");
    project.write("said/r2", secret.replace("please ", ""));
    assert_eq!(project.evenhand(&["check"]).code, 0, "one record of three may be chance");
    let accepted = project.evenhand(&["golden", "accept", "polite"]);
    assert!(accepted.code == 2 && accepted.stderr.contains("record r2"), "{accepted}");
    assert_eq!(project.read("golden/polite.json"), before);
}
