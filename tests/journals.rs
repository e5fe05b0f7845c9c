//! Journals in which records stand on several lines: everything that reads one counts the last.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::{Project, Ran, json_lines};

/// What a line of a record says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Line {
    /// There is no score.
    Unscored,
    /// The score that the judge gave.
    Given,
    /// Another score.
    Other,
}

/// Every sequence of one to three lines.
fn sequences() -> Vec<Vec<Line>> {
    let kinds = [Line::Unscored, Line::Given, Line::Other];
    let one: Vec<Vec<Line>> = kinds.iter().map(|kind| vec![*kind]).collect();
    let longer = |shorter: &[Vec<Line>]| -> Vec<Vec<Line>> {
        shorter.iter().flat_map(|lines| kinds.map(|kind| [lines.as_slice(), &[kind]].concat())).collect()
    };
    let two = longer(&one);
    let three = longer(&two);
    [one, two, three].concat()
}

fn records(number: usize) -> String {
    let line = |at: usize| {
        let (text, label) = if at.is_multiple_of(2) { ("please wait", "yes") } else { ("wait", "no") };
        format!(
            "{}\n",
            json!({"id": format!("r{at:02}"), "text": format!("r{at:02}: {text}"), "label": label})
        )
    };
    (0..number).map(line).collect()
}

/// An outcome as a line of this kind.
fn as_line(outcome: &Value, line: Line) -> Value {
    let mut outcome = outcome.clone();
    match line {
        Line::Given => {}
        Line::Other => {
            let score = &mut outcome["result"]["scored"];
            let was_yes = score["label"] == "yes";
            score["label"] = json!(if was_yes { "no" } else { "yes" });
            score["value"] = json!(if was_yes { 0.0 } else { 1.0 });
        }
        Line::Unscored => {
            outcome["result"] =
                json!({"unscored": {"reason": "invalid_answer", "detail": "no verdict in it"}});
            outcome["attempts"][0]["faults"] = json!([{"pointer": "", "problem": "no verdict"}]);
        }
    }
    outcome
}

/// A project with a run whose journal has every sequence of lines, one for each record.
struct Several {
    project: Project,
    server: Mock,
    sequences: BTreeMap<String, Vec<Line>>,
    outcomes: BTreeMap<String, Value>,
}

impl Several {
    fn new() -> Self {
        let server = Mock::fair();
        let project = Project::judged_at(&server.url("/v1"));
        let sequences = sequences();
        project.write("polite.jsonl", records(sequences.len()));
        // The first run is there to be compared with.
        for _ in 0..2 {
            assert_eq!(project.evenhand(&["run"]).code, 0);
        }
        let id = |outcome: &Value| outcome["id"].as_str().unwrap().to_owned();
        let outcomes: BTreeMap<String, Value> =
            project.journal().into_iter().map(|outcome| (id(&outcome), outcome)).collect();
        assert_eq!(outcomes.len(), sequences.len());
        let sequences = outcomes.keys().cloned().zip(sequences).collect();
        Self { project, server, sequences, outcomes }
    }

    /// Writes the journal: of each record all lines, or the last alone.
    fn write(&self, all: bool) {
        let mut text = String::new();
        for place in 0..3 {
            for (id, lines) in &self.sequences {
                let is_last = place + 1 == lines.len();
                if let Some(line) = lines.get(place).filter(|_| all || is_last) {
                    text += &format!("{}\n", as_line(&self.outcomes[id], *line));
                }
            }
        }
        std::fs::write(self.project.last_run().join("journal.jsonl"), text).unwrap();
        for file in ["summary.json", "check.json"] {
            let _ = std::fs::remove_file(self.project.last_run().join(file));
        }
    }

    /// What a command says and leaves in these files, with the whole journal and with the last lines alone.
    fn same(&self, words: &[&str], files: &[&str]) -> Ran {
        let [mut all, mut last] = [true, false].map(|all| {
            self.write(all);
            if words.contains(&"lock") {
                let _ = std::fs::remove_file(self.project.path("golden/polite.json"));
            }
            let ran = self.project.evenhand(words);
            let files: Vec<String> = files.iter().map(|file| self.project.read(file)).collect();
            (ran, files)
        });
        let without_times = |text: &str| {
            let times = regex::Regex::new(r#""(wall_s|elapsed_ms|rate)":[0-9.e-]+"#).unwrap();
            times.replace_all(text, "\"$1\":0").into_owned()
        };
        for ran in [&mut all.0, &mut last.0] {
            ran.stdout = without_times(&ran.stdout);
        }
        assert_eq!(all.0.to_string(), last.0.to_string(), "{words:?}");
        assert_eq!(all.1, last.1, "{words:?}");
        last.0
    }

    fn last_is(&self, kind: Line) -> Vec<&str> {
        let last = |lines: &[Line]| lines.last() == Some(&kind);
        self.sequences.iter().filter(|(_, lines)| last(lines)).map(|(id, _)| id.as_str()).collect()
    }
}

#[test]
fn whatever_reads_a_journal_counts_the_last_line_of_a_record() {
    let several = Several::new();
    let report =
        several.same(&["report", "polite", "--csv", "r.csv", "--markdown", "r.md"], &["r.csv", "r.md"]);
    assert!(report.code < 4, "{report}");
    assert_eq!(several.project.read("r.csv").lines().count(), 1 + several.sequences.len());
    let compared = several.same(&["compare", "last~1", "last", "--json"], &[]);
    let told: Value = serde_json::from_str(&compared.stdout).unwrap();
    assert_eq!(told["comparison"]["new"]["scored"]["n"], 39, "{compared}");
    let page = several.same(&["calibrate", "polite", "--from", "last", "--json"], &[]);
    let page = &json_lines(&page.stdout)[0]["page"]["counts"];
    assert_eq!((&page["labelled"], &page["labelled_unscored"]), (&json!(26), &json!(13)));
    let locked = several.same(&["golden", "lock", "polite", "--from", "last"], &["golden/polite.json"]);
    assert_eq!(locked.code, 0, "{locked}");
    let golden: Value = serde_json::from_str(&several.project.read("golden/polite.json")).unwrap();
    let entry = golden["models"].as_object().unwrap().values().next().unwrap();
    assert_eq!(entry["records"].as_array().unwrap().len(), 39);
    several.same(&["check", "polite", "--from", "last", "--json"], &[]);
    several.same(&["run", "--dry-run"], &[]);
    assert_eq!(several.server.requests().len(), 39);
}

#[test]
fn a_resumed_run_counts_the_last_line_of_a_record() {
    let several = Several::new();
    let told = [true, false].map(|all| {
        several.write(all);
        several.project.evenhand(&["run", "--resume", "--json"]).timeless_summary()
    });
    assert_eq!(told[0], told[1]);
    assert_eq!((&told[0]["records"], &told[0]["scored"]), (&told[1]["records"], &told[1]["scored"]));
    assert_eq!(several.server.requests().len(), 39);
}

#[test]
fn retrying_twice_counts_each_record_once_and_asks_for_what_is_open_alone() {
    let several = Several::new();
    several.write(true);
    let retry = ["run", "--resume", "--retry", "unscored", "--json", "--no-cache", "--record", "kept.jsonl"];
    let first = several.project.evenhand(&retry);
    assert_eq!(first.code, 0, "{first}");
    let mut asked = several.server.asked().split_off(39);
    asked.sort();
    assert_eq!(asked, several.last_is(Line::Unscored));
    let again = several.project.evenhand(&retry);
    assert_eq!(again.code, 0, "{again}");
    assert_eq!(again.timeless_summary(), first.timeless_summary());
    assert_eq!((first.json().0.len(), again.json().0.len()), (39, 39));
    assert_eq!(several.server.requests().len(), 39 + asked.len());
    // Nothing is missing from a recording, even where a reply was once invalid.
    assert!(Path::new(&several.project.path("kept.jsonl")).exists());
    let replayed = several.project.evenhand(&["run", "--model", "replay/kept.jsonl", "--no-cache"]);
    assert_eq!(replayed.code, 0, "{replayed}");
}
