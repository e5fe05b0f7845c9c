//! Judges of pairs: every record asked about in both orders.

use std::collections::BTreeSet;

use evenhand::signature::{Label, Pair, Scale, ScaleKind, Signature, Spec};
use insta::assert_snapshot;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::mock::{Mock, record};
use crate::support::project::{Project, json_lines, openai};
use crate::support::server::{Gate, RecordedRequest, Reply, openai_answer};
use crate::weighing::openai_weighed;

const BETTER: &str = r#"
instruction = "Decide which answer follows the instruction better."

[inputs.instruction]
description = "What was asked for."

[inputs.first]
description = "The first answer."

[inputs.second]
description = "The second answer."

[outputs.reasoning]
max_length = 300

[outputs.verdict]
choices = ["first", "second", "tie"]

[score]
field = "verdict"
labels = { first = 1, second = 0, tie = 0.5 }

[pair]
inputs = ["first", "second"]
verdicts = ["first", "second"]
"#;

/// Pairs of a polite answer and another, the polite one first in every other. In the first so many nobody can miss it.
fn pairs(number: usize, plain: usize) -> String {
    let pair = |index: usize| {
        let polite = if index <= plain { "PLEASE wait" } else { "please wait" };
        let label = if index.is_multiple_of(2) { "second" } else { "first" };
        let (first, second) = if label == "first" { (polite, "go away") } else { ("go away", polite) };
        json!({"id": format!("r{index}"), "instruction": format!("r{index}: be polite"),
            "first": format!("{first} ({index})"), "second": format!("{second} ({})", index + 100), "label": label})
    };
    (1..=number).map(|index| format!("{}\n", pair(index))).collect()
}

fn project(server: &Mock, toml: &str) -> Project {
    let project = Project::empty();
    let suite = "[suites.better]\nsignature = \"better\"\ndataset = \"pairs.jsonl\"\nlabel = \"label\"\n";
    let models = openai(&server.url("/v1"));
    project.write("evenhand.toml", format!("default_model = \"judge\"\n\n{models}\n{suite}{toml}"));
    project.write("signatures/better.toml", BETTER);
    project.write("pairs.jsonl", pairs(8, 3));
    project
}

fn record_text(request: &RecordedRequest) -> &str {
    request.body["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap()
}

/// Which of the two is shown first: the polite one?
fn is_polite_first(request: &RecordedRequest) -> bool {
    let text = record_text(request).to_lowercase();
    text.find("please").unwrap() < text.find("go away").unwrap()
}

fn is_plain(request: &RecordedRequest) -> bool {
    record_text(request).contains("PLEASE")
}

fn said(verdict: &str) -> String {
    json!({"reasoning": format!("The {verdict} answer says more."), "verdict": verdict}).to_string()
}

fn fair(request: &RecordedRequest) -> String {
    said(if is_polite_first(request) { "first" } else { "second" })
}

/// Right where nobody can miss it; takes the answer shown first elsewhere.
fn leaning(request: &RecordedRequest) -> String {
    if is_plain(request) { fair(request) } else { said("first") }
}

fn leaning_judge() -> Mock {
    Mock::new(|request| openai_answer(&leaning(request)))
}

/// The outcomes in the order of the dataset.
fn outcomes(project: &Project) -> Vec<Value> {
    let mut outcomes = project.journal();
    outcomes.sort_by_key(|outcome| outcome["index"].as_u64());
    outcomes
}

#[test]
fn a_judge_that_goes_by_the_place_is_told_as_such() {
    let server = leaning_judge();
    let project = project(&server, "");
    let estimate = project.evenhand(&["run", "--dry-run", "--json"]);
    let estimate: Value = serde_json::from_str(&estimate.stdout).unwrap();
    assert_eq!(estimate["calls"], 16);
    assert_snapshot!(project.evenhand(&["run"]));
    assert_eq!(server.requests().len(), 16);
    let outcomes = outcomes(&project);
    let orders = json!([{"order": "own", "label": "first"}, {"order": "exchanged", "swapped": true, "label": "second"}]);
    assert_eq!(outcomes[4]["orders"], orders);
    assert_eq!(outcomes[4]["result"]["scored"]["label"], "undecided");
    let called: Vec<&Value> =
        outcomes[4]["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["order"]).collect();
    assert_eq!(called, ["own", "exchanged"]);
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    let pairs = &summary["summary"]["pairs"];
    assert_eq!((&pairs["consistent"]["count"], &pairs["consistent"]["n"]), (&json!(3), &json!(8)));
    assert_eq!((&pairs["first_shown"]["count"], &pairs["first_shown"]["n"]), (&json!(13), &json!(16)));
    // Both orders come from the cache.
    assert_eq!(server.requests().len(), 16);
}

#[test]
fn the_pages_figures_are_those_of_pairs() {
    let server = leaning_judge();
    let project = project(&server, "");
    assert_eq!(project.evenhand(&["run"]).code, 0);
    assert_eq!(project.evenhand(&["report", "--html", "report.html"]).code, 0);
    let report: Value = serde_json::from_str(&project.evenhand(&["report", "--json", "-"]).stdout).unwrap();
    let suite = &report["suites"][0];
    let figures: Vec<String> = suite["figures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|figure| format!("{}: {}", figure["title"].as_str().unwrap(), figure["value"]))
        .collect();
    assert_snapshot!(figures.join("\n"));
    assert_eq!(suite["confusion"]["labels"], json!(["first", "second", "tie", "undecided"]));
    assert_eq!(suite["records"][4]["calls"][1]["order"], "exchanged");
    let page = project.read("report.html");
    assert!(page.contains("\"part\":\"order own\"") && page.contains("\"part\":\"order exchanged\""));
}

#[test]
fn one_verdict_of_your_own_for_orders_that_disagree() {
    let server = leaning_judge();
    let project = project(&server, "");
    project.add("signatures/better.toml", "undecided = \"tie\"\n");
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    assert_eq!(summary["summary"]["verdicts"], json!({"first": 2, "second": 1, "tie": 5}));
    assert_eq!(summary["summary"]["score"]["mean"], 4.5 / 8.0);
}

/// Leans by so much to the first place where the polite answer is not plain.
fn weighing(request: &RecordedRequest) -> Reply {
    let answer = leaning(request);
    let (decoded, other) =
        if answer.contains("\"first\"") { ("first", "second") } else { ("second", "first") };
    // Where it leans it leans a little less when the polite answer stands second.
    let most = if is_plain(request) || is_polite_first(request) { 0.75 } else { 0.625 };
    let verdict: &[(&str, f64)] = &[(decoded, most), (other, 0.875 - most), ("tie", 0.125)];
    let places: [&[(&str, f64)]; 4] =
        [&[("{\"verdict", 0.9), ("{", 0.1)], &[("\":\"", 0.9), ("\":", 0.1)], verdict, &[("\"}", 1.0)]];
    openai_weighed(&json!({"verdict": decoded}).to_string(), &places)
}

#[test]
fn in_a_distribution_the_preference_for_a_place_cancels() {
    let server = Mock::new(weighing);
    let project = project(&server, "reading = \"weighted\"\n");
    let ran = project.evenhand(&["run"]);
    assert_snapshot!(ran);
    let outcomes = outcomes(&project);
    // Orders differ, and what is left of both tells the polite one.
    let score = &outcomes[4]["result"]["scored"];
    assert_eq!(score["label"], "first");
    let shares: Vec<f64> =
        score["distribution"].as_array().unwrap().iter().map(|share| share[1].as_f64().unwrap()).collect();
    for (share, expected) in shares.iter().zip([0.5, 0.375, 0.125]) {
        assert!((share - expected).abs() < 1e-9, "{shares:?}");
    }
    assert!((score["value"].as_f64().unwrap() - 0.5625).abs() < 1e-9);
}

#[test]
fn a_prompt_shows_both_orders() {
    let server = leaning_judge();
    let project = project(&server, "");
    let shown = project.evenhand(&["prompt", "better", "--record", "r1"]).stdout;
    let (own, exchanged) = shown.split_once("=== order exchanged ===").unwrap();
    assert!(own.starts_with("=== order own ===") && own.contains("<first>\nPLEASE wait (1)"), "{shown}");
    assert!(exchanged.contains("<first>\ngo away (101)\n</first>\n<second>\nPLEASE wait (1)"), "{shown}");
    let signature = project.evenhand(&["signature", "show", "better"]).stdout;
    assert!(signature.contains("first and second change places"), "{signature}");
    project.evenhand(&["run"]);
    let why = project.evenhand(&["cache", "why", "r1"]).stdout;
    for order in ["own", "exchanged"] {
        assert!(why.contains(&format!("better, order {order}: in the cache since")), "{why}");
    }
}

#[test]
fn repeats_take_the_orders_of_the_verdict_of_most_and_a_golden_file_stays() {
    let server = leaning_judge();
    let project = project(&server, "repeats = 2\n");
    let config = project.read("evenhand.toml").replace("[suites", "temperature = 0.5\n[suites");
    project.write("evenhand.toml", config);
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    assert_eq!(server.requests().len(), 32);
    assert_eq!(summary["summary"]["pairs"]["consistent"]["count"], 3);
    let outcome = &outcomes(&project)[7];
    assert_eq!(outcome["orders"], outcome["repeats"][0]["orders"]);
    assert_eq!(project.evenhand(&["golden", "lock", "better"]).code, 0);
    let checked = project.evenhand(&["check", "better"]);
    assert_eq!(checked.code, 0, "{checked}");
    let runs = std::fs::read_dir(project.path(".evenhand/runs")).unwrap();
    let runs: BTreeSet<String> =
        runs.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    let (first, last) = (runs.first().unwrap(), runs.last().unwrap());
    let compared = project.evenhand(&["compare", first, last]);
    assert_eq!(compared.code, 0, "{compared}");
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_same_summary() {
    let undisturbed = project(&leaning_judge(), "").evenhand(&["run", "--json"]).timeless_summary();
    let gate = Gate::shut();
    let waits = gate.clone();
    let server = Mock::new(move |request| {
        let reply = openai_answer(&leaning(request));
        // One order of the sixth pair is answered.
        let last = matches!(record(request).as_str(), "r7" | "r8");
        let second = record(request) == "r6" && is_polite_first(request);
        if last || second { reply.behind(&waits) } else { reply }
    });
    let project = project(&server, "");
    let running = project.start(&["run", "--concurrency", "3"]);
    project.wait_for_outcomes(5);
    server.wait_for_requests(14);
    running.kill();
    gate.open();
    let ran = project.evenhand(&["run", "--resume", "--json", "--no-cache"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.timeless_summary(), undisturbed);
}

#[test]
fn bad_pairs_are_told_with_their_place() {
    let project = Project::empty();
    let change = |name: &str, changes: &[(&str, &str)]| {
        let mut text = BETTER.to_owned();
        for (before, after) in changes {
            assert!(text.contains(before), "{before}");
            text = text.replace(before, after);
        }
        project.write(name, text);
    };
    change(
        "names.toml",
        &[
            ("inputs = [\"first\", \"second\"]", "inputs = [\"first\", \"secnd\"]"),
            ("verdicts = [\"first\", \"second\"]", "verdicts = [\"first\", \"frist\"]\nundecided = \"draw\""),
        ],
    );
    change(
        "kinds.toml",
        &[
            ("[inputs.second]", "[inputs.second]\ntype = \"integer\""),
            ("[inputs.first]", "[inputs.first]\nmax_length = 9"),
            ("second = 0, tie = 0.5", "second = 0.2, tie = 0.7"),
            ("[pair]", "[pair]\nundecided = \"first\""),
        ],
    );
    change(
        "twice.toml",
        &[
            ("inputs = [\"first\", \"second\"]", "inputs = [\"first\", \"first\"]"),
            ("verdicts = [\"first\", \"second\"]", "verdicts = [\"first\"]"),
        ],
    );
    change(
        "optional.toml",
        &[("[inputs.second]", "[inputs.second]\noptional = true"), ("[pair]", "[pair]\nundecied = \"tie\"")],
    );
    let rubric = BETTER.split("[outputs.reasoning]").next().unwrap().to_owned()
        + "[rubric]\ncriteria = [{ name = \"tone\" }]\n\n[pair]"
        + BETTER.split("[pair]").nth(1).unwrap();
    project.write("rubric.toml", rubric);
    change(
        "number.toml",
        &[
            ("choices = [\"first\", \"second\", \"tie\"]", "type = \"integer\"\nmin = 0\nmax = 2"),
            ("labels = { first = 1, second = 0, tie = 0.5 }\n", ""),
        ],
    );
    let files =
        ["names", "kinds", "twice", "optional", "rubric", "number"].map(|name| format!("{name}.toml"));
    let words: Vec<&str> =
        ["signature", "check"].into_iter().chain(files.iter().map(String::as_str)).collect();
    assert_snapshot!(project.evenhand(&words));
}

/// Decide which answer follows the instruction better.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Better {
    /// What was asked for.
    instruction: String,
    /// The first answer.
    first: String,
    /// The second answer.
    second: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Judgment {
    #[schemars(length(max = 300))]
    reasoning: String,
    verdict: Verdict,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    First,
    Second,
    Tie,
}

impl Signature for Better {
    type Output = Judgment;

    fn scale() -> Option<Scale> {
        let label = |name: &str, value| Label { name: name.into(), value: Some(value) };
        let labels = vec![label("first", 1.0), label("second", 0.0), label("tie", 0.5)];
        Some(Scale { field: "verdict".into(), kind: ScaleKind::Labels(labels) })
    }

    fn pair() -> Option<Pair> {
        let both = || ["first".into(), "second".into()];
        Some(Pair { inputs: both(), verdicts: both(), undecided: None })
    }
}

#[test]
fn a_struct_and_a_file_say_the_same() {
    let (typed, read) = (Spec::of::<Better>().unwrap(), Spec::parse(BETTER, "better.toml").unwrap());
    assert_eq!(typed, read);
    assert_eq!(typed.fingerprint(), read.fingerprint());
    let alone = Spec::parse(BETTER.split("[pair]").next().unwrap(), "better.toml").unwrap();
    assert_ne!(alone.fingerprint(), read.fingerprint());
}

#[test]
fn a_tuning_judges_both_orders_and_shows_demos_in_their_own() {
    let server = Mock::new(|request| {
        let demos = request.body["messages"].as_array().unwrap().len() > 2;
        openai_answer(&if demos { fair(request) } else { leaning(request) })
    });
    let project = project(&server, "");
    project.write("pairs.jsonl", pairs(60, 30));
    let ran = project.evenhand(&["tune", "better", "--candidates", "2", "--write", "signatures/best.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    let file = project.read("signatures/best.toml");
    assert!(file.contains("[pair]\n") && file.contains("[[demos]]"), "{file}");
    let spec = Spec::parse(&file, "best.toml").unwrap();
    let records = json_lines(&pairs(60, 30));
    for demo in &spec.demos {
        let record =
            records.iter().find(|record| record["instruction"] == demo.inputs["instruction"]).unwrap();
        assert_eq!((&record["first"], &record["label"]), (&demo.inputs["first"], &demo.outputs["verdict"]));
    }
    let tunes = std::fs::read_dir(project.path(".evenhand/tunes")).unwrap();
    let folder = tunes.map(|entry| entry.unwrap().path()).max().unwrap();
    let evaluations = json_lines(&std::fs::read_to_string(folder.join("evaluations.jsonl")).unwrap());
    assert!(
        !evaluations.is_empty() && evaluations.iter().all(|line| line["calls"] == 2),
        "{}",
        evaluations[0]
    );
    // The winner is what a run asks.
    let config = project.read("evenhand.toml").replace("signature = \"better\"", "signature = \"best\"");
    project.write("evenhand.toml", config);
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    assert_eq!(summary["summary"]["agreement"]["labels"]["accuracy"]["rate"], 1.0);
    assert_eq!(summary["summary"]["pairs"]["consistent"]["rate"], 1.0);
}
