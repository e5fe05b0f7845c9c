//! `evenhand bench` against servers of known speed and known quality.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::support::mock::{Mock, fair_answer, is_again, record, schema};
use crate::support::ollama::{OllamaModel, TOKENS, ollama};
use crate::support::project::{Project, Ran, json_lines};
use crate::support::server::{RecordedRequest, Reply, openai_answer};

/// Judges as the labels say.
pub fn sharp(request: &RecordedRequest) -> String {
    if request.body["format"].is_null() { "one, two, three".to_owned() } else { fair_answer(request) }
}

/// Says yes to everything.
fn blunt(request: &RecordedRequest) -> String {
    if request.body["format"].is_null() {
        return "one, two, three".to_owned();
    }
    let yes = schema(&request.body)["properties"]["verdict"]["enum"][0].clone();
    serde_json::json!({"reasoning": "Yes.", "verdict": yes}).to_string()
}

pub const SHARP: OllamaModel = OllamaModel {
    name: "sharp:4b",
    load: Duration::from_millis(300),
    call: Duration::from_millis(60),
    memory: (5_000_000_000, 5_000_000_000),
    quantization: "Q4_K_M",
    answer: sharp,
};

pub const BLUNT: OllamaModel = OllamaModel {
    name: "blunt:1b",
    load: Duration::from_millis(150),
    call: Duration::from_millis(20),
    memory: (1_000_000_000, 0),
    quantization: "Q8_0",
    answer: blunt,
};

/// The usual project with these models, none of them its default.
pub fn polite(models: &str) -> Project {
    let project = Project::polite(models);
    project.write("evenhand.toml", project.read("evenhand.toml").replace("default_model = \"judge\"\n", ""));
    project
}

/// A project with two models and so many records, half of them polite.
fn project(url: &str, records: usize) -> Project {
    let price = Some([2.5, 10.0]);
    let project = polite(&(role("sharp", "sharp:4b", url, price) + &role("blunt", "blunt:1b", url, price)));
    write_records(&project, records);
    project
}

/// The same, with its server.
pub fn two_models(records: usize) -> (Mock, Project) {
    let server = ollama(vec![SHARP, BLUNT]);
    let project = project(&server.url(""), records);
    (server, project)
}

/// A role of a server of Ollama's, with its price.
pub fn role(role: &str, model: &str, url: &str, price: Option<[f64; 2]>) -> String {
    let price = price.map_or_else(String::new, |[input, output]| {
        format!("price = {{ input_per_million = {input:?}, output_per_million = {output:?} }}\n")
    });
    format!("[models.{role}]\nmodel = \"ollama/{model}\"\nbase_url = \"{url}\"\n{price}")
}

/// So many records, half of them polite.
pub fn write_records(project: &Project, records: usize) {
    let line = |number: usize| {
        let (text, label) = if number.is_multiple_of(2) { ("please wait", "yes") } else { ("go away", "no") };
        serde_json::json!({"id": format!("r{number}"), "text": format!("r{number}: {text}"), "label": label})
            .to_string()
            + "\n"
    };
    project.write("polite.jsonl", (1..=records).map(line).collect::<String>());
}

pub fn bench(project: &Project, more: &[&str]) -> Ran {
    project.evenhand(&[&["bench", "polite", "--models", "sharp,blunt", "--repeats", "2"], more].concat())
}

/// What it printed, in one line.
pub fn flat(ran: &Ran) -> String {
    ran.stdout.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// The lines of the last bench.
pub fn calls(project: &Project) -> Vec<Value> {
    let folder =
        fs::read_dir(project.path(".evenhand/benches")).unwrap().map(|entry| entry.unwrap().path()).max();
    json_lines(&fs::read_to_string(folder.unwrap().join("calls.jsonl")).unwrap())
}

pub fn cell<'v>(json: &'v Value, name: &str) -> &'v Value {
    json["cells"].as_array().unwrap().iter().find(|cell| cell["name"] == name).unwrap()
}

pub fn near(value: &Value, expected: f64, by: f64) {
    let value = value.as_f64().unwrap();
    assert!((expected..expected + by).contains(&value), "{value} is not {expected} to {}", expected + by);
}

#[test]
fn a_dry_run_asks_nothing_and_counts_the_calls_that_are_made() {
    let (server, project) = two_models(6);
    let more = ["--at-once", "1,3", "--warm-up", "2"];
    let dry = bench(&project, &[&more[..], &["--dry-run"]].concat());
    assert_eq!((dry.code, server.requests().len()), (0, 0), "{dry}");
    let told = flat(&dry);
    // 6 records, twice one at a time and twice more at once, by each of two.
    assert!(told.starts_with("polite: 48 calls, at most $"), "{dry}");
    assert!(told.contains("sharp: 24 calls, at most $"), "{dry}");
    let json = bench(&project, &[&more[..], &["--dry-run", "--json"]].concat());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["records"], &json["cells"][1]["calls"]), (&6.into(), &24.into()));
    assert!(
        json["cells"][0]["most_cost_usd"].as_f64().unwrap()
            > json["cells"][1]["calls"].as_f64().unwrap() * 1e-5
    );
    assert!(!project.path(".evenhand/benches").exists());
    let ran = bench(&project, &more);
    assert_eq!(ran.code, 0, "{ran}");
    let lines = calls(&project);
    let made = |phases: &[&str]| {
        let own = lines.iter().filter(|line| phases.contains(&line["phase"].as_str().unwrap()));
        own.map(|line| line["calls"].as_array().map_or(0, Vec::len) as u64).sum::<u64>()
    };
    assert_eq!(made(&["measured", "parallel"]), 48);
    assert_eq!(made(&["cold", "warm_up", "fixed"]), json["beside"].as_u64().unwrap());
}

#[test]
fn speed_quality_and_cost_are_those_of_the_server() {
    let server = ollama(vec![SHARP, BLUNT]);
    let project = project(&server.url(""), 12);
    let ran = bench(&project, &["--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let (sharp, blunt) = (cell(&json, "sharp"), cell(&json, "blunt"));
    // Latency: what the server takes, and a little more.
    near(&sharp["speed"]["record"]["p50"]["ms"], 60.0, 40.0);
    near(&blunt["speed"]["record"]["p50"]["ms"], 20.0, 30.0);
    near(&sharp["speed"]["cold"]["p50"]["ms"], 360.0, 80.0);
    near(&sharp["speed"]["load"]["p50"]["ms"], 300.0, 1.0);
    near(&sharp["speed"]["fixed"]["p50"]["ms"], 60.0, 40.0);
    assert_eq!(sharp["speed"]["record"]["n"], 24);
    // Tokens a second: by the server's own durations exactly, by the clock less.
    near(&sharp["speed"]["output_rate"]["a_second"], 20.0 / 0.054 - 0.1, 0.2);
    near(&sharp["speed"]["prompt_rate"]["a_second"], 100.0 / 0.006 - 0.1, 0.2);
    assert!(sharp["speed"]["clock_rate"]["a_second"].as_f64().unwrap() < 20.0 / 0.060);
    // Memory, and what the model is.
    assert_eq!(
        (&sharp["speed"]["bytes"], &blunt["speed"]["gpu_bytes"]),
        (&5_000_000_000_u64.into(), &0.into())
    );
    assert_eq!((&sharp["quantization"], &blunt["quantization"]), (&"Q4_K_M".into(), &"Q8_0".into()));
    // Quality.
    assert_eq!(
        (sharp["quality"]["kappa"]["value"].as_f64(), sharp["quality"]["accuracy"]["count"].as_u64()),
        (Some(1.0), Some(12))
    );
    assert_eq!(
        (blunt["quality"]["kappa"]["value"].as_f64(), blunt["quality"]["accuracy"]["count"].as_u64()),
        (Some(0.0), Some(6))
    );
    assert_eq!(sharp["quality"]["flips"]["n"], 12);
    // Cost: 100 and 20 tokens a record.
    assert_eq!(TOKENS, (100, 20));
    near(&sharp["cost"]["a_batch"]["total"], 45.0 - 1e-9, 1e-6);
    // Six of twelve records differ, all one way: McNemar's exact p.
    let pair = &json["pairs"][0];
    assert_eq!((&pair["better"], &pair["is_told_apart"]), (&"sharp".into(), &true.into()));
    near(&pair["p_adjusted"], 2.0 / 64.0 - 1e-9, 1e-6);
    assert_eq!(json["choice"]["roles"][0]["cell"], "sharp");
    assert_eq!(json["choice"]["front_by_latency"], serde_json::json!(["blunt", "sharp"]));
}

#[test]
fn the_report_begins_with_the_answer_and_fits_80_columns() {
    let server = ollama(vec![SHARP, BLUNT]);
    let project = project(&server.url(""), 12);
    let ran = bench(
        &project,
        &["--at-once", "1,4", "--markdown", "bench.md", "--csv", "bench.csv", "--html", "bench.html"],
    );
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.trim_start().starts_with("use sharp: κ 1.00, "), "{}", ran.stdout);
    let wide: Vec<&str> = ran.stdout.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    for text in
        ["sharp is better than blunt", "[[routes.bench.rules]]", "at 1,000 records a day", "order, seed 1"]
    {
        assert!(ran.stdout.contains(text), "{text} is not in\n{}", ran.stdout);
    }
    // What is to be pasted is valid.
    let (_, toml) = ran.stdout.split_once("for evenhand.toml\n").unwrap();
    project.add(
        "evenhand.toml",
        &toml.lines().map(|line| format!("{}\n", line.trim_start())).collect::<String>(),
    );
    assert_eq!(project.evenhand(&["models", "list"]).code, 0);
    assert!(project.read("bench.md").starts_with("**use sharp: κ 1.00, "));
    let csv = project.read("bench.csv");
    let columns: Vec<usize> = csv.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(columns, [columns[0]; 3], "{csv}");
    // Four at a time take less than one after the other, since this server takes all at the same time.
    let lines = calls(&project);
    let most = |at_once: u64| {
        let own = lines
            .iter()
            .filter(|line| line["phase"] == "parallel" && line["at_once"].as_u64().unwrap_or(1) == at_once);
        own.filter(|line| line["cell"] == "sharp")
            .map(|line| line["started_ms"].as_f64().unwrap() + line["elapsed_ms"].as_f64().unwrap())
            .fold(0.0, f64::max)
    };
    assert!(most(4) > 0.0 && most(1) > 0.0);
    let again = project.evenhand(&["bench", "--from", "last"]);
    assert_eq!(again.stdout.lines().count(), ran.stdout.lines().count(), "{again}");
}

#[test]
fn blocks_are_whole_and_a_model_is_loaded_once_a_round() {
    let server = ollama(vec![SHARP, BLUNT]);
    let project = project(&server.url(""), 6);
    assert_eq!(bench(&project, &["--vary", "temperature=0,0.5"]).code, 0);
    let lines = calls(&project);
    let cold: Vec<&Value> = lines.iter().filter(|line| line["phase"] == "cold").collect();
    assert_eq!(cold.len(), 8, "each of four cells is of a model of its own in each of two rounds");
    let measured: Vec<&Value> = lines.iter().filter(|line| line["phase"] == "measured").collect();
    assert_eq!(measured.len(), 4 * 2 * 6);
    let blocks: Vec<u64> = measured.iter().map(|line| line["block"].as_u64().unwrap()).collect();
    assert!(blocks.is_sorted(), "no block is cut by another");
    let order = |round: u64| {
        let mut cells: Vec<&str> = Vec::new();
        for line in measured.iter().filter(|line| line["round"] == round) {
            if cells.last() != line["cell"].as_str().as_ref() {
                cells.push(line["cell"].as_str().unwrap());
            }
        }
        cells
    };
    assert_eq!((order(0).len(), order(1).len()), (4, 4));
    assert_ne!(order(0), order(1), "the seed gives each round an order of its own");
    let temperatures = server.requests().into_iter().filter(|request| request.body["format"].is_object());
    let half = temperatures.filter(|request| request.body["options"]["temperature"] == 0.5).count();
    assert!(half >= 2 * 2 * 6, "{half}");
}

#[test]
fn limits_decide_the_exit_code() {
    let server = ollama(vec![SHARP, BLUNT]);
    let project = project(&server.url(""), 12);
    let kept = bench(&project, &["--min-kappa", "0.6", "--max-p95", "2s", "--max-cost-per-100k", "50"]);
    assert_eq!(kept.code, 0, "{kept}");
    assert!(flat(&kept).contains("1 of 2 keep the limits."), "{kept}");
    let again = |limits: &[&str]| project.evenhand(&[&["bench", "--from", "last"], limits].concat());
    let missed = again(&["--min-kappa", "0.6", "--max-cost-per-100k", "5"]);
    assert_eq!(missed.code, 1, "{missed}");
    let answer = "no model keeps the limits: 1 of 2 misses --min-kappa, 2 of 2 miss --max-cost-per-100k ";
    assert!(flat(&missed).starts_with(answer), "{missed}");
    assert_eq!(again(&["--max-p95", "1ms"]).code, 1);
}

#[test]
fn what_a_budget_left_is_gone_on_with_and_nothing_is_asked_twice() {
    let server = ollama(vec![SHARP, BLUNT]);
    let project = project(&server.url(""), 6);
    let stopped = bench(&project, &["--max-calls", "14", "--short-answers", "0", "--warm-up", "0"]);
    assert_eq!(stopped.code, 5, "{stopped}");
    assert!(stopped.stderr.contains("--resume"), "{stopped}");
    let before = calls(&project);
    let count = |lines: &[Value]| lines.iter().filter(|line| line["phase"] == "measured").count();
    assert!((1..24).contains(&count(&before)), "{}", count(&before));
    let ended = bench(&project, &["--short-answers", "0", "--warm-up", "0", "--resume"]);
    assert_eq!(ended.code, 0, "{ended}");
    let after = calls(&project);
    assert_eq!(count(&after), 24);
    assert_eq!(after[..before.len()], before);
    let changed = bench(&project, &["--seed", "2", "--resume"]);
    assert_eq!(changed.code, 2, "{changed}");
    assert!(changed.stderr.contains("seed"), "{changed}");
}

#[test]
fn invalid_answers_and_dead_models_are_told() {
    let server = Mock::new(|request| {
        let name = request.body["model"].as_str().unwrap_or_default().to_owned();
        let has_schema = request.body["response_format"].is_object();
        match name.as_str() {
            "gone" => Reply::error(404, serde_json::json!({"error": {"message": "no such model"}})),
            _ if !has_schema => openai_answer("one, two, three"),
            "sloppy" if is_again(request) => openai_answer(&fair_answer(request)),
            "sloppy" if record(request) == "r1" => openai_answer("I think it is fine."),
            _ => openai_answer(&format!("Sure: {}", fair_answer(request))),
        }
    });
    let role = |role: &str| {
        format!("[models.{role}]\nmodel = \"openai/{role}\"\nbase_url = \"{}\"\n", server.url("/v1"))
    };
    let project = polite(&(role("sloppy") + &role("gone")));
    let ran = project.evenhand(&["bench", "polite", "--models", "sloppy,gone", "--repeats", "1", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("gone: given up, since every call fails the same way"), "{ran}");
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let sloppy = cell(&json, "sloppy");
    let counted =
        |name: &str| (sloppy["quality"][name]["count"].as_u64(), sloppy["quality"][name]["n"].as_u64());
    assert_eq!(counted("asked_again"), (Some(1), Some(6)));
    assert_eq!(counted("valid"), (Some(6), Some(7)));
    assert!(counted("valid_raw").0 < counted("valid").0);
    assert_eq!(sloppy["cost"], Value::Null, "it has no price");
    assert!(cell(&json, "gone")["failure"].as_str().unwrap().contains("no such model"));
    assert_eq!(project.evenhand(&["bench", "polite", "--models", "gone"]).code, 3);
}

#[test]
fn an_upgrade_is_compared_record_by_record() {
    let server = ollama(vec![SHARP, BLUNT]);
    let project = project(&server.url(""), 12);
    let flags = ["--short-answers", "0", "--warm-up", "0"];
    assert_eq!(bench(&project, &flags).code, 0);
    // The new model of the role is three times as fast, and says yes to everything.
    project
        .write("evenhand.toml", project.read("evenhand.toml").replace("ollama/sharp:4b", "ollama/blunt:1b"));
    assert_eq!(bench(&project, &flags).code, 0);
    let ran = project.evenhand(&["bench", "compare", "last~1", "last"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.lines().nth(1).unwrap().contains("faster: sharp"), "{ran}");
    assert!(
        flat(&ran).contains("verdicts: -50.0 points") && flat(&ran).contains("other files than before"),
        "{ran}"
    );
    let json = project.evenhand(&["bench", "compare", "last~1", "last", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let (sharp, blunt) = (&json["cells"][0], &json["cells"][1]);
    near(&sharp["times_as_long"]["value"], 0.25, 0.3);
    assert_eq!(blunt["rightness"]["value"], 0.0);
    assert_eq!(blunt["rightness"]["is_real"], false);
}

#[test]
fn models_in_a_servers_memory_are_listed_kept_and_let_go() {
    let server = ollama(vec![SHARP, BLUNT]);
    let project = project(&server.url(""), 6);
    let ps = || project.evenhand(&["models", "ps"]).stdout;
    assert!(ps().contains("ollama/sharp:4b: not loaded"), "{}", ps());
    let kept = project.evenhand(&["models", "keep", "sharp", "--every", "1s", "--times", "2"]);
    assert!(kept.code == 0 && kept.stdout.contains("by 2 calls"), "{kept}");
    let line = ps().lines().find(|line| line.contains("sharp")).unwrap().to_owned();
    for told in ["5.0 GB in memory", "100 % of it on a graphics processor", "Q4_K_M", "until 2025"] {
        assert!(line.contains(told), "{line}");
    }
    assert_eq!(project.evenhand(&["models", "stop", "sharp"]).code, 0);
    assert!(!ps().contains("loaded, "), "{}", ps());
    let refused = project.evenhand(&["models", "stop", "openai/any"]);
    assert!(refused.code == 2 && refused.stderr.contains("ollama/"), "{refused}");
}

/// A page whose models have hostile names.
pub fn hostile_page() -> String {
    let server = ollama(vec![SHARP, BLUNT]);
    let project = project(&server.url(""), 12);
    let role = "</script><script>alert(1)</script>";
    project.write(
        "evenhand.toml",
        project.read("evenhand.toml").replace("[models.blunt]", &format!("[models.\"{role}\"]")),
    );
    let words = [
        "bench",
        "polite",
        "--models",
        &format!("sharp,{role}"),
        "--repeats",
        "1",
        "--at-once",
        "1,4",
        "--html",
        "page.html",
    ];
    let ran = project.evenhand(&words);
    assert_eq!(ran.code, 0, "{ran}");
    project.read("page.html")
}
