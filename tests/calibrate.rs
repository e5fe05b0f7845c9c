//! `evenhand calibrate`: from the judge's replies to the page, and to a calibration that holds or not.

use evenhand::internal::model::{RecordedTimes, Recorder};
use evenhand::judge::{Judge, JudgeOptions, Reading};
use evenhand::model::{Failure, FailureKind, Model, ModelOptions, Provider, Response, Usage};
use insta::assert_snapshot;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::advice::follow;
use crate::support::mock::Mock;
use crate::support::project::{Project, Ran, json_lines};

/// Record `number` of a set on which the judge has some skill and is too sure of "yes".
fn record(number: usize) -> (Value, f64) {
    let good = number % 5 < 2;
    let says = if good { 55 + number * 7 % 44 } else { 20 + number * 11 % 62 };
    let label = if good { "yes" } else { "no" };
    let share = f64::from(u32::try_from(says).unwrap()) / 100.0;
    (json!({"id": format!("r{number}"), "text": format!("r{number}: a text"), "label": label}), share)
}

/// A project with so many records, judged by a recording of weighted replies.
pub fn weighted(records: usize) -> Project {
    let project = Project::polite("[models.judge]\nmodel = \"replay/replies.jsonl\"\n");
    record_replies(&project, (1..=records).map(record));
    project
}

fn record_replies(project: &Project, records: impl Iterator<Item = (Value, f64)>) {
    let signature = project.read("signatures/polite.toml");
    let spec = evenhand::signature::Spec::parse(&signature, "polite.toml").unwrap();
    let nobody = Provider::from_fn("nobody", |_| async {
        Err::<Response, _>(Failure::new(FailureKind::Unsupported, "nobody is asked"))
    });
    let options = JudgeOptions { reading: Reading::Weighted, ..JudgeOptions::default() };
    let mut spec = spec;
    spec.name = "polite".into();
    let judge = Judge::new(spec, Model::new(nobody, ModelOptions::default()), options).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("replies.jsonl");
    let recorder = Recorder::create(&file, RecordedTimes::Drop).unwrap();
    let mut lines = String::new();
    for (record, share) in records {
        let inputs = json!({"text": record["text"]}).as_object().unwrap().clone();
        let response = Response {
            weights: Some(vec![share.ln(), (1.0 - share).ln()]),
            usage: Usage { prompt_tokens: Some(100), completion_tokens: Some(4), cached_tokens: None },
            ..Response::default()
        };
        for request in judge.requests(&inputs).unwrap() {
            recorder.write("mock", &request, &response).unwrap();
        }
        lines += &format!("{record}\n");
    }
    project.write("replies.jsonl", std::fs::read(&file).unwrap());
    project.write("polite.jsonl", lines);
}

fn calibrate(project: &Project, words: &[&str]) -> Ran {
    let words: Vec<&str> = ["calibrate", "polite"].iter().chain(words).copied().collect();
    project.evenhand(&words)
}

fn page(ran: &Ran) -> Value {
    let lines = json_lines(&ran.stdout);
    assert_eq!(lines[0]["type"], "calibration");
    lines[0]["page"].clone()
}

#[test]
fn a_page_of_weighted_verdicts() {
    assert_snapshot!(calibrate(&weighted(60), &[]));
}

#[test]
fn the_statistics_stand_behind_verbose() {
    assert_snapshot!(calibrate(&weighted(60), &["-v"]).stdout);
}

#[cfg(unix)]
#[test]
fn a_correction_that_helps_is_stored_and_used_by_what_the_page_says_to_do() {
    let project = weighted(300);
    let ran = calibrate(&project, &["--limit", "200"]);
    assert!(ran.stdout.contains("Score correction: isotonic kept: the gain holds on unseen labels"), "{ran}");
    follow(&project, &ran.stdout);
    assert!(project.read("evenhand.toml").contains("calibration = \"calibration/polite.json\"\n"));
    let used = project.evenhand(&["run", "--json"]);
    assert!(used.stderr.contains("left out: 200 records"), "{used}");
    // What is stored and used already can be checked.
    let ran = calibrate(&project, &["--limit", "200", "--write"]);
    assert!(ran.stdout.ends_with("    evenhand calibrate polite --check\n"), "{ran}");
    follow(&project, &ran.stdout);
}

/// A judge whose scores are nearly right, but who calls what is as likely good as bad "no": of 10 records 6 are surely bad,
/// 3 are about as likely good, and 1 is surely good.
fn hesitant(number: usize) -> (Value, f64) {
    let (says, good) = match number % 10 {
        0 => (86 + number % 7, number % 100 != 10),
        1..=3 => (44, number * 37 % 100 < 58),
        _ => (3 + number % 7, number % 40 == 4),
    };
    let label = if good { "yes" } else { "no" };
    let share = f64::from(u32::try_from(says).unwrap()) / 100.0;
    (json!({"id": format!("r{number}"), "text": format!("r{number}: a text"), "label": label}), share)
}

#[cfg(unix)]
#[test]
fn where_no_correction_is_kept_a_threshold_may_be() {
    let project = weighted(1);
    record_replies(&project, (1..=200).map(hesitant));
    let ran = calibrate(&project, &["--metric", "log-loss"]);
    assert_snapshot!(ran);
    follow(&project, &ran.stdout);
    let stored: Value = serde_json::from_str(&project.read("calibration/polite.json")).unwrap();
    assert_eq!(stored["fitted"]["chosen"]["kind"], "threshold");
    // It can be asked for at once.
    let page = page(&calibrate(&project, &["--threshold", "--json"]));
    assert_eq!(
        (&page["maps"]["value"]["chosen"], &page["threshold"]),
        (&stored["fitted"]["chosen"], &Value::Null)
    );
}

#[cfg(unix)]
#[test]
fn a_judge_that_is_not_to_be_relied_on_asks_for_labels_or_for_another_prompt() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let ran = calibrate(&project, &[]);
    assert!(
        ran.stdout
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("Do not rely on this judge's verdicts yet: by these 6 labels it may be guessing."),
        "{ran}"
    );
    assert!(follow(&project, &ran.stdout)[0].stdout.contains("labels to collect"));
    assert_eq!(server.requests().len(), 6, "no model is asked for a plan");
    // One label.
    let ran = calibrate(&project, &["--limit", "1"]);
    assert!(ran.stdout.starts_with("\npolite: These labels cannot tell how good the judge is"), "{ran}");
    follow(&project, &ran.stdout);
    // The judge says the opposite.
    let swapped = twelve_the_other_way_round();
    project.write("polite.jsonl", swapped);
    let ran = calibrate(&project, &[]);
    assert!(ran.stdout.starts_with("\npolite: The judge is worse than chance: 0 of 12 verdicts"), "{ran}");
    assert!(follow(&project, &ran.stdout)[0].stdout.contains("Decide whether the text is polite."));
    // A model's labels.
    let ran = calibrate(&project, &["--labels-by", "model"]);
    assert!(ran.stdout.contains("\nKeep what you have: a model's labels are no calibration.\n"), "{ran}");
    follow(&project, &ran.stdout);
}

fn twelve_the_other_way_round() -> String {
    let line = |number: usize| {
        let (text, label) = if number.is_multiple_of(2) { ("please", "no") } else { ("go", "yes") };
        format!(
            "{}\n",
            json!({"id": format!("r{number}"), "text": format!("r{number}: {text}"), "label": label})
        )
    };
    (1..=12).map(line).collect()
}

/// The reports of a judge with some skill: the page, and the Markdown.
pub fn reports() -> [String; 2] {
    let project = weighted(60);
    let ran = calibrate(&project, &["--html", "c.html", "--markdown", "c.md"]);
    assert_eq!(ran.code, 0, "{ran}");
    ["c.html", "c.md"].map(|file| project.read(file))
}

#[test]
fn a_report_has_the_verdict_first_and_lists_disagreements() {
    let [page, markdown] = reports();
    assert_snapshot!(markdown);
    let data: Value = serde_json::from_str(crate::report::script(&page, "report")).unwrap();
    let list = data["records"]["list"].as_array().unwrap();
    assert!(list.iter().all(|one| one["label"] != one["sides"][0]["verdict"]), "{list:?}");
    let apart = |one: &Value| {
        let label = if one["label"] == "yes" { 1.0 } else { 0.0 };
        (one["sides"][0]["score"].as_f64().unwrap() - label).abs()
    };
    assert!(list.len() > 5 && list.is_sorted_by(|a, b| apart(a) >= apart(b)), "{list:?}");
    // What is not a page of the judge has no report.
    let plan = weighted(6).evenhand(&["calibrate", "polite", "--plan", "--markdown", "c.md"]);
    assert_eq!(plan.code, 2, "{plan}");
}

#[test]
fn decoded_verdicts_have_no_distribution_and_the_page_says_so() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_snapshot!(calibrate(&project, &[]));
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn an_earlier_run_is_enough_and_costs_no_call() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_eq!(project.evenhand(&["run"]).code, 0);
    let ran = calibrate(&project, &["--from", "last", "--json"]);
    assert_eq!((ran.code, server.requests().len()), (0, 6));
    let judged = calibrate(&project, &["--json"]);
    assert_eq!(page(&ran)["verdicts"], page(&judged)["verdicts"]);
    let again = project.last_run().file_name().unwrap().to_str().unwrap().to_owned();
    let ran = calibrate(&project, &["--from", "last", "--again", &again, "--json"]);
    assert_eq!(page(&ran)["repeat_flips"]["value"]["count"], 0);
}

#[test]
fn records_without_a_label_are_judged_only_where_that_is_wished() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    project.add("polite.jsonl", "{\"id\": \"r7\", \"text\": \"r7: please\"}\n{\"id\": \"r8\", \"text\": \"r8: no\", \"label\": null}\n");
    let counts = &page(&calibrate(&project, &["--json"]))["counts"];
    assert_eq!((&counts["labelled"], &counts["unlabelled_not_judged"]), (&json!(6), &json!(2)));
    assert_eq!(server.requests().len(), 6);
    let page = page(&calibrate(&project, &["--unlabelled", "--json"]));
    assert_eq!(page["counts"]["unlabelled"], 2);
    assert_eq!(page["rate"]["value"]["part"], "unlabelled");
    assert_eq!(server.requests().len(), 8, "the others are in the cache");
}

#[test]
fn a_budget_ends_the_judging_and_the_rest_can_be_had() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let ran = calibrate(&project, &["--max-calls", "4"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""));
    assert!(ran.stderr.contains("go on with: evenhand calibrate polite --max-calls 4 --resume"), "{ran}");
    let ran = calibrate(&project, &["--max-calls", "4", "--resume", "--json"]);
    assert_eq!((ran.code, server.requests().len()), (0, 6));
    assert_eq!(page(&ran)["counts"]["labelled"], 6);
}

#[test]
fn a_calibration_is_stored_and_void_after_a_change() {
    let project = weighted(60);
    let ran = calibrate(&project, &["--write"]);
    assert_eq!(ran.code, 0, "{ran}");
    let file: Value = serde_json::from_str(&project.read("calibration/polite.json")).unwrap();
    assert_eq!(file["origin"]["labels_by"], "human");
    assert_eq!(file["fingerprints"]["reading"], "weighted");
    let holds = calibrate(&project, &["--check"]);
    assert_eq!(holds.code, 0, "{holds}");
    let signature = project.read("signatures/polite.toml");
    project.write("signatures/polite.toml", signature.replace("is polite.\"", "is very polite.\""));
    let changed = calibrate(&project, &["--check"]);
    assert_snapshot!(format!("{holds}\n{changed}"));
    let stale = calibrate(&project, &["--from", "last", "--write"]);
    assert_eq!(stale.code, 2);
    assert!(stale.stderr.contains("judged by another prompt"), "{stale}");
}

#[test]
fn a_models_labels_make_no_calibration() {
    let ran = calibrate(&weighted(60), &["--labels-by", "model", "--write", "by-model.json"]);
    assert!(ran.stdout.contains("agreement with a model is no calibration"), "{ran}");
    assert!(!ran.stdout.contains("are calibrated"), "{ran}");
}

#[test]
fn several_peoples_labels() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let lines: String = (1..=12)
        .map(|number| {
            let (text, label) = if number % 2 == 0 { ("please", "yes") } else { ("go", "no") };
            let odd = if number % 6 == 0 { "no" } else { label };
            let record = json!({"id": format!("r{number}"), "text": format!("r{number}: {text}"),
                "ann": label, "ben": odd, "all": [label, odd, label], "tied": ["yes", "no"]});
            format!("{record}\n")
        })
        .collect();
    project.write("polite.jsonl", lines);
    let people = page(&calibrate(&project, &["--labels", "all", "--json"]))["people"]["value"].clone();
    assert_eq!((&people["people"], &people["items"]), (&json!(3), &json!(12)));
    assert!(people["test"]["value"]["passed"].is_boolean());
    let page = page(&calibrate(&project, &["--labels", "ann,ben", "--json"]));
    assert_eq!((&page["counts"]["ties"], &page["label_field"]), (&json!(2), &json!("ann, ben")));
    assert_snapshot!("people agree on nothing", calibrate(&project, &["--labels", "tied"]));
}

#[test]
fn what_cannot_be_done_is_refused_with_its_reason() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_snapshot!("no such label", calibrate(&project, &["--labels", "humans"]));
    assert_snapshot!("no calibration yet", calibrate(&project, &["--check"]));
    let unwritten = calibrate(&project, &["--write"]);
    let why = "there is no calibration to write: this reading gives no probabilities";
    assert!(unwritten.code == 2 && unwritten.stderr.contains(why), "{unwritten}");
    assert!(!project.has("calibration/polite.json"));
    assert_snapshot!("no such run", calibrate(&project, &["--from", "nowhere"]));
    let asked = server.requests().len();
    let one = "{\"id\": \"r1\", \"text\": \"r1: please\", \"label\": \"yes\"}\n";
    project.write("polite.jsonl", one);
    assert_snapshot!("one label", calibrate(&project, &[]));
    assert_eq!((asked, server.requests().len()), (6, 7));
}

#[test]
fn labels_are_planned_by_guesses_or_by_those_there_are() {
    let project = weighted(60);
    let guesses =
        ["--plan", "--sensitivity", "0.9", "--specificity", "0.7", "--rate", "0.1667", "--half-width", "0.2"];
    assert_snapshot!("a plan by guesses", calibrate(&project, &guesses));
    assert_snapshot!("a plan by labels", calibrate(&project, &["--plan", "--budget", "120"]));
    assert_eq!(calibrate(&project, &["--plan", "--sensitivity", "0.9"]).code, 2);
}

#[test]
fn a_run_applies_what_was_stored_and_reports_on_none_of_the_records_it_was_fitted_on() {
    let project = weighted(300);
    let stored = calibrate(&project, &["--limit", "200", "--write"]);
    assert_eq!(stored.code, 0, "{stored}");
    let kept: Value = serde_json::from_str(&project.read("calibration/polite.json")).unwrap();
    assert_eq!(kept["fitted"]["decision"], "kept", "a judge that is too sure of yes can be mended");
    project.add("evenhand.toml", "calibration = \"calibration/polite.json\"\n");
    let calibrated = project.evenhand(&["run", "--json"]);
    assert!(calibrated.stderr.contains("left out: 200 records"), "{calibrated}");
    let (_, summary) = calibrated.json();
    assert_eq!(summary["summary"]["records"], 100);
    let mapped = project.journal();
    let plain = project.evenhand(&["run", "--json", "--no-calibration"]);
    assert_eq!(plain.json().1["summary"]["records"], 300);
    let unmapped = project.journal();
    let mut moved = 0;
    for line in &mapped {
        assert!(line["calibration"].as_str().is_some_and(|name| name.contains(':')), "{line}");
        let same = unmapped.iter().find(|other| other["id"] == line["id"]).unwrap();
        assert_eq!(line["result"]["scored"]["distribution"], same["result"]["scored"]["distribution"]);
        moved += usize::from(line["result"]["scored"]["value"] != same["result"]["scored"]["value"]);
    }
    assert_eq!(moved, 100, "every score went through the map");
    let accuracy = |ran: &Ran| ran.json().1["summary"]["agreement"]["labels"]["accuracy"]["rate"].as_f64();
    assert!(accuracy(&calibrated) > accuracy(&plain));
    project.write(
        "signatures/polite.toml",
        project.read("signatures/polite.toml").replace("polite.", "very polite."),
    );
    let refused = project.evenhand(&["run"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("the signature changed"), "{refused}");
}

#[test]
fn a_batch_calibration_needs_no_labels_and_holds_for_every_order_of_the_records() {
    let project = weighted(60);
    let config = project.read("evenhand.toml");
    project.write("evenhand.toml", config.replace("label = \"label\"\n", ""));
    let ran = calibrate(&project, &["--batch", "--write"]);
    assert_eq!(ran.code, 0, "{ran}");
    let stored = project.read("calibration/polite.json");
    let holds = calibrate(&project, &["--check"]);
    let lines: Vec<String> =
        project.read("polite.jsonl").lines().rev().map(|line| format!("{line}\n")).collect();
    project.write("polite.jsonl", lines.concat());
    let backwards = calibrate(&project, &["--batch", "--write", "calibration/backwards.json"]);
    assert_eq!(backwards.code, 0, "{backwards}");
    let mean = |text: &str| serde_json::from_str::<Value>(text).unwrap()["batch_mean"].clone();
    assert_eq!(mean(&stored), mean(&project.read("calibration/backwards.json")));

    project.write("evenhand.toml", config + "calibration = \"calibration/polite.json\"\n");
    let applied = project.evenhand(&["run", "--json"]);
    let (outcomes, summary) = applied.json();
    assert_eq!(summary["summary"]["records"], 60, "no label had a part in it, so no record is left out");
    let of_batch =
        |line: &Value| line["outcome"]["calibration"].as_str().is_some_and(|name| name.starts_with("batch:"));
    assert!(outcomes.iter().all(of_batch), "{applied}");
    let accuracy = |ran: &Ran| ran.json().1["summary"]["agreement"]["labels"]["accuracy"]["rate"].as_f64();
    assert!(accuracy(&applied) > accuracy(&project.evenhand(&["run", "--json", "--no-calibration"])));

    let signature = project.read("signatures/polite.toml");
    project.write("signatures/polite.toml", signature.replace("is polite.\"", "is very polite.\""));
    let changed = calibrate(&project, &["--check"]);
    let refused = project.evenhand(&["run"]);
    assert_eq!((holds.code, changed.code, refused.code), (0, 1, 2));
    assert!(
        applied.stderr.contains("calibration: batch, by the mean of 60 records, without labels"),
        "{applied}"
    );
    assert_snapshot!([ran, holds, changed, refused].map(|ran| ran.to_string()).join("\n"));
}

/// A required check that fails decides a record: no judge is asked about it, and none is calibrated on it.
const DECIDED: &str = "output = \"text\"\nlabel_values = { yes = \"pass\", no = \"fail\" }\n\
                       [suites.polite.checks.no_three]\nkind = \"regex\"\npattern = '^r\\d*3:'\nabsent = true\n\
                       required = true\nweight = 0\n";

#[test]
fn a_judge_beside_checks_is_calibrated_on_the_records_that_no_check_decides() {
    let project = weighted(300);
    let plain = project.read("evenhand.toml");
    project.write("evenhand.toml", format!("{plain}{DECIDED}"));
    let ran = calibrate(&project, &["--json", "--write"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("left out: 30 labelled records are decided by a required check"), "{ran}");
    assert_eq!(page(&ran)["counts"]["labelled"], 270);
    // The suite applies it to its only judge, beside the checks, on records it was not fitted on.
    project.write("evenhand.toml", format!("{plain}calibration = \"calibration/polite.json\"\n{DECIDED}"));
    let more = (301..=310).map(|number| format!("{}\n", record(number).0)).collect::<String>();
    let text = project.read("polite.jsonl");
    record_replies(&project, (1..=310).map(record));
    assert_eq!(project.read("polite.jsonl"), format!("{text}{more}"));
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("left out: 270 records"), "{ran}");
    let journal = project.journal();
    assert_eq!(journal.len(), 40, "those that the check decides, and the new ones");
    let judged = journal.iter().find(|line| line["id"] == "r301").unwrap();
    assert!(judged["calibration"].is_string(), "{judged}");
    let check = calibrate(&project, &["--check"]);
    assert_eq!(check.code, 0, "{check}");
    // A run of the whole suite has one score of all parts.
    let from = calibrate(&project, &["--from", "last"]);
    assert_eq!(from.code, 2, "{from}");
    assert!(from.stderr.contains("is not of this judge alone"), "{from}");
}

#[test]
fn of_several_judges_one_is_named_and_its_correction_is_not_stored() {
    let project = weighted(60);
    project.add("evenhand.toml", &format!("{DECIDED}[suites.polite.judges.tone]\nsignature = \"polite\"\n"));
    let ran = calibrate(&project, &[]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(
        ran.stderr.contains("has 2 judges: polite, tone") && ran.stderr.contains("--judge polite"),
        "{ran}"
    );
    let ran = calibrate(&project, &["--judge", "tone"]);
    assert_eq!(ran.code, 0, "{ran}");
    let flat = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("a score correction is for a suite's only judge"), "{ran}");
    let ran = calibrate(&project, &["--judge", "tone", "--write"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("several judges, and a score correction is for an only one"), "{ran}");
}
