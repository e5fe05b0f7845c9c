//! Checks and weights that changed since the lock: the locked scores are computed anew from the locked outputs, and the
//! judges' scores are kept.

use std::sync::atomic::{AtomicUsize, Ordering};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::{Project, json_lines};
use crate::support::server::openai_answer;

const PLEASE: &str = "[suites.polite.checks.please]\nkind = \"contains\"\nexpected = [\"please\"]\n";
const NO_DOOR: &str = "[suites.polite.checks.no_door]\nkind = \"regex\"\npattern = \"door\"\nabsent = true\n";

/// The six records with their texts as outputs; a suite without a label, and with this much more.
fn project(server: &Mock) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    let config = project.read("evenhand.toml").replace("label = \"label\"\n", "output = \"text\"\n");
    project.write("plain.toml", config);
    with(&project, "");
    project
}

/// Writes evenhand.toml with these tables behind it.
fn with(project: &Project, tables: &str) {
    project.write("evenhand.toml", project.read("plain.toml") + tables);
}

fn lock(project: &Project) {
    let ran = project.evenhand(&["golden", "lock", "polite"]);
    assert_eq!(ran.code, 0, "{ran}");
}

fn checked(project: &Project) -> Value {
    let ran = project.evenhand(&["check", "--json"]);
    let lines = json_lines(&ran.stdout);
    assert!(!lines.is_empty(), "{ran}");
    lines[0]["check"].clone()
}

/// A change of checks is told, nothing is worse for it, and what is computed anew is what locking anew would lock.
fn holds(project: &Project, tables: &str, told: &str) {
    with(project, tables);
    let check = checked(project);
    assert_eq!(check["diff"]["counts"], json!({"same": 6}), "{told}: {check}");
    assert!(check["notes"][0].as_str().is_some_and(|note| note.contains(told)), "{told}: {check}");
    let ran = project.evenhand(&["golden", "migrate", "polite", "--write"]);
    assert!(ran.code == 0 && ran.stdout.contains("6 can be kept"), "{ran}");
    let recomputed = project.read("golden/polite.json");
    assert!(checked(project).get("notes").is_none(), "it is taken over");
    lock(project);
    assert_eq!(project.read("golden/polite.json"), recomputed, "{told}: what locking anew locks");
}

#[test]
fn what_is_computed_anew_is_what_locking_anew_locks() {
    let server = Mock::fair();
    let project = project(&server);
    lock(&project);
    let asked = server.requests().len();
    holds(&project, PLEASE, "please added");
    holds(&project, &(PLEASE.to_owned() + NO_DOOR), "no_door added");
    let changed = PLEASE.replace("\"please\"", "\"the\"") + NO_DOOR;
    holds(&project, &changed, "please changed: another result on 3 locked outputs");
    holds(&project, &(changed.clone() + "weight = 3\n"), "weights or pass_at: another score on");
    holds(
        &project,
        &(changed + "weight = 3\nrequired = true\n"),
        "weights or pass_at: another score on 1 record",
    );
    assert_eq!(server.requests().len(), asked, "no judge is asked again");
}

#[test]
fn the_report_names_what_changed_and_an_accepted_score_takes_it_over() {
    let server = Mock::fair();
    let project = project(&server);
    with(&project, PLEASE);
    lock(&project);
    with(&project, &(PLEASE.to_owned() + NO_DOOR));
    let signature = project.read("signatures/polite.toml");
    project.write("signatures/polite.toml", signature.replace("yes = 1, no = 0", "yes = 0.5, no = 0"));
    let said = [project.evenhand(&["check"]), project.evenhand(&["golden", "migrate", "polite"])];
    assert_snapshot!(said.map(|ran| ran.to_string()).concat());
    assert_eq!(project.evenhand(&["golden", "accept", "polite", "--record", "r1"]).code, 0);
    let half = checked(&project);
    assert!(half.get("notes").is_none(), "the ruler is today's: {half}");
    assert_eq!(half["diff"]["counts"], json!({"worse": 2, "same": 4}));
    assert_eq!(project.evenhand(&["golden", "accept"]).code, 0);
    let accepted = project.read("golden/polite.json");
    lock(&project);
    assert_eq!(project.read("golden/polite.json"), accepted);
}

#[test]
fn a_record_that_no_judge_was_asked_about_needs_a_judge() {
    let server = Mock::fair();
    let project = project(&server);
    with(&project, &(NO_DOOR.to_owned() + "required = true\n" + PLEASE));
    lock(&project);
    assert_eq!(server.requests().len(), 5, "r4 broke the required check");
    with(&project, PLEASE);
    let check = checked(&project);
    assert_eq!(check["diff"]["counts"], json!({"new_record": 1, "same": 5}), "{check}");
    assert_eq!(
        check["notes"][0],
        "checks changed since the lock: no_door removed; recomputed on the locked outputs"
    );
    assert!(check["notes"][1].as_str().unwrap().contains("(r4)"), "{check}");
    assert_eq!(server.requests().len(), 6);
    let migrated = project.evenhand(&["golden", "migrate", "polite"]);
    assert!(migrated.stdout.contains("1 must be judged anew: r4"), "{migrated}");
    assert_eq!(project.evenhand(&["golden", "accept"]).code, 0);
    let accepted = project.read("golden/polite.json");
    lock(&project);
    assert_eq!(project.read("golden/polite.json"), accepted);
}

#[test]
fn outputs_that_are_not_held_are_refused_and_kept_ones_are_checked() {
    let server = Mock::fair();
    let project = project(&server);
    project.write("agent.sh", "cat said/$1");
    for (id, text) in [
        ("r1", "please wait"),
        ("r2", "go"),
        ("r3", "please"),
        ("r4", "please, the door"),
        ("r5", "please"),
        ("r6", "move"),
    ] {
        project.write(&format!("said/{id}"), text);
    }
    let produced = "[suites.polite.outputs]\ncommand = [\"sh\", \"agent.sh\", \"{id}\"]\ninto = \"text\"\nwatch = [\"said\"]\n";
    let plain = project.read("plain.toml").replace("output = \"text\"\n", "");
    project.write("plain.toml", plain + produced);
    with(&project, PLEASE);
    lock(&project);
    let both = PLEASE.to_owned() + NO_DOOR;
    with(&project, &both);
    assert_snapshot!(project.evenhand(&["check"]));
    assert_eq!(project.evenhand(&["golden", "migrate", "polite", "--write"]).code, 2);
    let keep = "[suites.polite.golden]\nkeep_outputs = true\n";
    with(&project, &(PLEASE.to_owned() + keep));
    lock(&project);
    holds(&project, &(both.clone() + keep), "no_door added");
    // The locked output is checked, and not the new one.
    let third =
        both + "[suites.polite.checks.no_exit]\nkind = \"regex\"\npattern = \"exit\"\nabsent = true\n";
    project.write("said/r1", "please take the exit");
    with(&project, &(third.clone() + keep));
    let check = checked(&project);
    assert_eq!(check["diff"]["counts"], json!({"worse": 1, "same": 5}), "{check}");
    let record = &check["diff"]["records"][0];
    assert_eq!(
        (&record["was"]["parts"]["no_exit"], &record["now"]["parts"]["no_exit"]),
        (&json!(1.0), &json!(0.0))
    );
    // What an output took is kept too: a check on it is tried on what the locked one took.
    let quick = |max: &str| {
        format!("{third}[suites.polite.checks.quick]\nkind = \"max_latency_ms\"\nmax = {max}\n{keep}")
    };
    assert_eq!(project.evenhand(&["golden", "accept"]).code, 0);
    let measured = project.read("golden/measured/polite.jsonl");
    assert_eq!(measured.lines().count(), 6, "also of the output that was accepted: {measured}");
    holds(&project, &quick("60000"), "quick added");
    holds(&project, &quick("0.001"), "quick changed: another result on 6 locked outputs");
    std::fs::remove_file(project.path("golden/measured/polite.jsonl")).unwrap();
    with(&project, &quick("60000"));
    let refused = project.evenhand(&["check"]);
    assert!(refused.code == 2 && refused.stderr.contains("took or cost is not kept"), "{refused}");
}

/// A judge that says the opposite of every third request.
fn flipping() -> Mock {
    let asked = AtomicUsize::new(0);
    Mock::new(move |request| {
        let fair = fair_answer(request);
        let is_third = asked.fetch_add(1, Ordering::SeqCst) % 3 == 2;
        let (yes, no) = ("\"yes\"", "\"no\"");
        let opposite = || if fair.contains(yes) { fair.replace(yes, no) } else { fair.replace(no, yes) };
        openai_answer(&if is_third { opposite() } else { fair.clone() })
    })
}

#[test]
fn scores_of_several_tries_are_computed_anew_from_each_try() {
    let server = flipping();
    let project = project(&server);
    project.write("plain.toml", project.read("plain.toml").replace("output =", "repeats = 4\noutput ="));
    with(&project, "");
    lock(&project);
    let locked = project.read("golden/polite.json");
    assert!(locked.contains("\"format\": 3") && locked.contains("\"tries\":[{\"score\":"), "{locked}");
    let asked = server.requests().len();
    holds(&project, PLEASE, "please added");
    let changed = PLEASE.replace("\"please\"", "\"the\"");
    holds(&project, &changed, "please changed: another result on 3 locked outputs");
    holds(&project, &(changed.clone() + "weight = 3\n"), "weights or pass_at: another score on");
    assert_eq!(server.requests().len(), asked, "no judge is asked again");
    // Without checks the judge is alone again.
    holds(&project, "", "please removed");
    // An evenhand that kept no tries.
    let mut golden: Value = serde_json::from_str(&project.read("golden/polite.json")).unwrap();
    golden["format"] = json!(1);
    for record in golden["models"]["openai/mock-1"]["records"].as_array_mut().unwrap() {
        record.as_object_mut().unwrap().remove("tries").unwrap();
    }
    project.write("golden/polite.json", golden.to_string());
    assert_eq!(checked(&project)["diff"]["counts"], json!({"same": 6}), "it is compared as before");
    with(&project, PLEASE);
    let refused = project.evenhand(&["check"]);
    assert!(refused.code == 2 && refused.stderr.contains("does not hold each try"), "{refused}");
}

#[test]
fn each_try_has_an_output_of_its_own() {
    let server = Mock::fair();
    let project = project(&server);
    project.write("agent.sh", "cat said/$1.$EVENHAND_REPEAT");
    let said = |id: &str, number: usize| match (id, number) {
        ("r2", 1) => "please, the door",
        ("r2", _) => "go",
        ("r4", 0) => "please",
        ("r4", _) => "please, the door",
        _ => "please wait",
    };
    for (id, number) in
        ["r1", "r2", "r3", "r4", "r5", "r6"].into_iter().flat_map(|id| [(id, 0), (id, 1), (id, 2)])
    {
        project.write(&format!("said/{id}.{number}"), said(id, number));
    }
    let produced = "repeats = 3\n[suites.polite.outputs]\ncommand = [\"sh\", \"agent.sh\", \"{id}\"]\ninto = \"text\"\n\
                    watch = [\"said\"]\n[suites.polite.golden]\nkeep_outputs = true\n";
    project.write("plain.toml", project.read("plain.toml").replace("output = \"text\"\n", produced));
    with(&project, "");
    lock(&project);
    let kept = project.read("golden/outputs/polite.jsonl");
    assert_eq!(
        (kept.lines().count(), kept.matches("door").count()),
        (8, 2),
        "two records have two outputs: {kept}"
    );
    assert_eq!(project.read("golden/measured/polite.jsonl").lines().count(), 18);
    holds(&project, NO_DOOR, "no_door added");
    let required = NO_DOOR.to_owned() + "required = true\n";
    let quick = "[suites.polite.checks.quick]\nkind = \"max_latency_ms\"\nmax = 60000\n";
    holds(&project, &(NO_DOOR.to_owned() + quick), "quick added");
    // Of r4, another of its tries stands for all now.
    holds(&project, &(required + quick), "no_door changed: another result on 1 locked output");
    let of_r4 = |project: &Project| {
        let golden: Value = serde_json::from_str(&project.read("golden/polite.json")).unwrap();
        golden["models"]["openai/mock-1"]["records"][3].clone()
    };
    let tries = of_r4(&project)["tries"].as_array().unwrap().len();
    assert_eq!((tries, of_r4(&project)["score"].as_f64()), (3, Some(0.3333)), "two of three break the rule");
    with(&project, quick);
    let check = checked(&project);
    assert_eq!(check["diff"]["counts"], json!({"new_record": 2, "same": 4}), "no judge was asked: {check}");
    assert!(check["notes"][1].as_str().unwrap().contains("(r2, r4)"), "{check}");
    // A changed output of one try waits, and is kept when its score is accepted.
    assert_eq!(project.evenhand(&["golden", "accept"]).code, 0);
    project.write("said/r1.2", "shut up");
    assert_eq!(checked(&project)["diff"]["counts"], json!({"worse": 1, "same": 5}));
    assert_eq!(project.evenhand(&["golden", "accept"]).code, 0);
    assert!(project.read("golden/outputs/polite.jsonl").contains("shut up"));
    holds(&project, &(NO_DOOR.to_owned() + quick), "no_door added");
}

/// Texts beside a reference: a metric with `min = 0` passes whatever the output, and its value is locked and tested.
#[test]
fn the_value_of_a_metric_is_locked_and_a_fall_is_a_regression() {
    let project = Project::empty();
    project.write(
        "evenhand.toml",
        "[suites.answers]\ndataset = \"answers.jsonl\"\n[suites.answers.outputs]\nfile = \"outputs.jsonl\"\n[suites.answers.checks.near]\nkind = \"chrf\"\n\
         expected_field = \"right\"\nmin = 0\n",
    );
    let write = |said: &str| {
        let id = |at: usize| format!("r{at:02}");
        let right = |at| json!({"id": id(at), "right": format!("Order {at} was shipped on Monday.")});
        let output = |at: usize| json!({"id": id(at), "output": said.replace('#', &at.to_string())});
        project.write("answers.jsonl", (0..12).map(|at| format!("{}\n", right(at))).collect::<String>());
        project.write("outputs.jsonl", (0..12).map(|at| format!("{}\n", output(at))).collect::<String>());
    };
    write("Order # was shipped on Monday.");
    let locked = project.evenhand(&["golden", "lock", "answers"]);
    assert_eq!(locked.code, 0, "{locked}");
    let path = "golden/answers.json";
    let with_values = project.read(path);
    assert!(with_values.contains(r#""parts":{"near":1.0,"near (chrF)":1.0}"#), "{with_values}");
    let checked = |project: &Project| {
        let ran = project.evenhand(&["check", "--json"]);
        let lines = json_lines(&ran.stdout);
        assert!(!lines.is_empty(), "{ran}");
        (ran.code, lines[0]["check"].clone())
    };
    let value = |check: &Value| {
        let parts = check["diff"]["parts"].as_array().unwrap();
        parts.iter().find(|part| part["part"] == "near (chrF)").cloned().unwrap_or_default()
    };
    let (code, check) = checked(&project);
    assert_eq!((code, &value(&check)["verdict"]), (0, &json!("pass")), "{check}");
    // A file from before has no values. They are computed on the locked outputs, and `migrate` takes them over.
    project.write(path, with_values.replace(r#","near (chrF)":1.0"#, ""));
    let (code, check) = checked(&project);
    let note = check["notes"][0].as_str().unwrap();
    assert!(note.starts_with("the golden file is older: the values of near were not locked"), "{note}");
    assert_eq!((code, &value(&check)["verdict"]), (0, &json!("pass")), "{check}");
    let migrated = project.evenhand(&["golden", "migrate", "answers", "--write"]);
    assert_eq!(migrated.code, 0, "{migrated}");
    assert_eq!(project.read(path), with_values);
    // All outputs are further from their references: each still passes, and the check's value fell.
    write("Parcel # left the house early in the week.");
    let (code, check) = checked(&project);
    let fell = value(&check);
    assert_eq!((code, &fell["verdict"]), (1, &json!("regression")), "{check}");
    assert_eq!((&fell["lower"], &fell["method"]), (&json!(12), &json!("permutation")));
    let ran = project.evenhand(&["check"]);
    assert!(ran.stdout.contains("near (chrF) fell: 12 of 12 worse, 0 better; it went from 1.00 to"), "{ran}");
    // Nothing is worse within the tolerance.
    project.add("evenhand.toml", "[suites.answers.golden]\ntolerance = 1.0\n");
    assert_eq!(checked(&project).0, 0);
    // Without the locked outputs an old file is read as before.
    project.write(path, with_values.replace(r#","near (chrF)":1.0"#, ""));
    let (code, check) = checked(&project);
    assert_eq!((code, value(&check)), (0, Value::Null), "{check}");
}
