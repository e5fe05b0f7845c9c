//! Labels out to files and in from them.

use serde_json::{Value, json};

use super::{file, label_all, project};
use crate::support::project::json_lines;

#[test]
fn labels_go_out_and_come_in_unchanged() {
    let first = project();
    label_all(&first, "ana", |id| if id == "r2" { "no" } else { "yes" });
    for name in ["labels.csv", "labels.jsonl"] {
        let written = first.evenhand(&["label", "polite", "--export", name]);
        assert!(written.code == 0 && written.stderr.contains("6 labels written"), "{written}");
        let second = project();
        second.write(name, first.read(name));
        let taken = second.evenhand(&["label", "polite", "--import", name]);
        assert!(taken.code == 0 && taken.stderr.contains("6 labels taken"), "{taken}");
        assert_eq!(file(&second, "ana"), file(&first, "ana"), "{name}");
        let again = second.evenhand(&["label", "polite", "--import", name]);
        assert!(again.stderr.contains("0 labels taken"), "{again}");
    }
    let lines = json_lines(&first.read("labels.jsonl"));
    assert_eq!(
        (&lines[1]["id"], &lines[1]["by"], &lines[1]["label"], &lines[1]["holds"]),
        (&json!("r2"), &json!("ana"), &json!("no"), &json!("yes"))
    );
}

#[test]
fn a_spreadsheet_of_somebody_is_taken_whole_or_not_at_all() {
    let project = project();
    project.write("ben.csv", "id,label,remark\nr1,yes,\nr2,no,\"rude, short\"\nr3,,\n");
    let nobody = project.evenhand(&["label", "polite", "--import", "ben.csv"]);
    assert!(nobody.code == 2 && nobody.stderr.contains("--as NAME"), "{nobody}");
    let taken = project.evenhand(&["label", "polite", "--import", "ben.csv", "--as", "ben"]);
    assert_eq!(taken.code, 0, "{taken}");
    assert!(taken.stderr.contains("labels = \"labels/polite\""), "{taken}");
    let lines = file(&project, "ben");
    assert_eq!((&lines[1]["remark"], &lines[2]["label"]), (&json!("rude, short"), &Value::Null));
    for (text, words) in [("id,label\nr1,yes\nr9,no\n", "r9"), ("id,label\nr1,maybe\n", "none of the labels")]
    {
        project.write("bad.csv", text);
        let refused = project.evenhand(&["label", "polite", "--import", "bad.csv", "--as", "cho"]);
        assert!(refused.code == 2 && refused.stderr.contains(words), "{refused}");
        assert!(!project.has("labels/polite/cho.jsonl"));
    }
}
