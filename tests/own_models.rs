//! Suites whose judges ask different models.

use std::fs;

use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::Project;
use crate::support::server::{Gate, openai_answer};

/// A suite of two judges that ask the same question of two models: `polite` of the suite's, `second` of its own.
fn project(first: &Mock, second: &Mock) -> Project {
    let project = Project::empty();
    let model = |role: &str, url: String, price: &str| {
        format!("[models.{role}]\nmodel = \"openai/{role}\"\nbase_url = \"{url}\"\nprice = {price}\n\n")
    };
    let models = model("cheap", first.url("/v1"), "{ input_per_million = 1.0, output_per_million = 2.0 }")
        + &model("dear", second.url("/v1"), "{ input_per_million = 100.0, output_per_million = 200.0 }");
    project.write(
        "evenhand.toml",
        format!(
            "default_model = \"cheap\"\n\n{models}[suites.polite]\nsignature = \"polite\"\n\
             dataset = \"polite.jsonl\"\n\n[suites.polite.judges.second]\nsignature = \"polite\"\nmodel = \"dear\"\n"
        ),
    );
    project.write("signatures/polite.toml", crate::support::requests::POLITE);
    let lines = ["please wait", "go away", "please come in"];
    let lines = lines
        .iter()
        .enumerate()
        .map(|(n, text)| format!("{}\n", json!({"id": format!("r{n}"), "text": text})));
    project.write("polite.jsonl", lines.collect::<String>());
    project
}

/// A judge that finds nothing polite.
fn stern() -> Mock {
    Mock::new(|_| openai_answer(r#"{"reasoning": "No.", "verdict": "no"}"#))
}

/// Which judge asked which model, as the journal's attempts say.
fn asked(journal: &[Value]) -> Vec<(String, String)> {
    let mut asked = Vec::new();
    for attempt in journal.iter().flat_map(|line| line["attempts"].as_array().unwrap()) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        asked.push((text(&attempt["part"]), text(&attempt["model"])));
    }
    asked.sort();
    asked.dedup();
    asked
}

/// The scores of the parts of each record, by its id.
fn parts(journal: &[Value]) -> Vec<(String, Vec<f64>)> {
    let values = |line: &Value| {
        let parts = line["result"]["scored"]["parts"].as_array().unwrap();
        parts.iter().map(|part| part["value"].as_f64().unwrap()).collect()
    };
    let mut parts: Vec<_> =
        journal.iter().map(|line| (line["id"].as_str().unwrap().to_owned(), values(line))).collect();
    parts.sort_by(|left, right| left.0.cmp(&right.0));
    parts
}

/// What a fair judge and a stern one give: the same request, and each its own answer.
fn fair_and_stern() -> Vec<(String, Vec<f64>)> {
    [("r0", [1.0, 0.0]), ("r1", [0.0, 0.0]), ("r2", [1.0, 0.0])]
        .map(|(id, of)| (id.to_owned(), of.to_vec()))
        .to_vec()
}

#[test]
fn each_judge_asks_its_own_model_and_every_attempt_says_which() {
    let (fair, stern) = (Mock::fair(), stern());
    let project = project(&fair, &stern);
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!((fair.requests().len(), stern.requests().len()), (3, 3));
    let journal = project.journal();
    let each = [("polite", "openai/cheap"), ("second", "openai/dear")];
    assert_eq!(asked(&journal), each.map(|(judge, model)| (judge.to_owned(), model.to_owned())));
    assert_eq!(parts(&journal), fair_and_stern());
    assert_eq!(journal[0]["model"], "openai/cheap + openai/dear");
    let head: Value =
        serde_json::from_str(&fs::read_to_string(project.last_run().join("run.json")).unwrap()).unwrap();
    assert_eq!(head["format"], 2);
    assert_eq!(head["judges"], json!({"polite": "openai/cheap", "second": "openai/dear"}));
    // A reply is 19 tokens of prompt and 10 of answer: of the cheap model 39 millionths of a dollar, of the dear one
    // a hundred times as much.
    let summary = &ran.json().1["summary"];
    let cost = |value: &Value| format!("{:.6}", value["cost_usd"].as_f64().unwrap());
    assert_eq!(cost(summary), "0.011817");
    let models = summary["models"].as_array().unwrap();
    let of = |model: &Value| (model["model"].clone(), model["calls"]["verdicts"].clone(), cost(model));
    assert_eq!(of(&models[0]), (json!("openai/cheap"), json!(3), "0.000117".to_owned()));
    assert_eq!(of(&models[1]), (json!("openai/dear"), json!(3), "0.011700".to_owned()));
    assert_eq!(project.evenhand(&["run", "--no-cache"]).code, 0);
    let compared = project.evenhand(&["compare", "last~1", "last", "--json"]);
    let line: Value = serde_json::from_str(&compared.stdout).unwrap();
    assert_eq!(cost(&line["comparison"]["new"]), "0.011817", "{compared}");
}

#[test]
fn a_run_that_goes_on_gives_each_judge_the_reply_of_its_own_model() {
    let (fair, stern) = (Mock::fair(), stern());
    let project = project(&fair, &stern);
    assert_eq!(project.evenhand(&["run", "--no-cache"]).code, 0);
    // As if it had been killed after the first record's line: the replies are there, the outcomes are not.
    let path = project.last_run().join("journal.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    let resumed = project.evenhand(&["run", "--no-cache", "--resume"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!((fair.requests().len(), stern.requests().len()), (3, 3), "nothing is asked again");
    assert_eq!(parts(&project.journal()), fair_and_stern());
}

#[test]
fn a_recording_of_several_models_answers_for_each() {
    let (fair, stern) = (Mock::fair(), stern());
    let project = project(&fair, &stern);
    let locked = project.evenhand(&["golden", "lock", "polite", "--replies"]);
    assert_eq!(locked.code, 0, "{locked}");
    let golden: Value = serde_json::from_str(&project.read("golden/polite.json")).unwrap();
    assert_eq!(golden["format"], 2);
    let entry = &golden["models"]["openai/cheap + openai/dear"];
    assert_eq!(entry["fingerprints"]["subject"]["judge model"], "polite: openai/cheap; second: openai/dear");
    drop((fair, stern));
    let checked = project.evenhand(&["check", "--replay", "--json"]);
    assert_eq!(checked.code, 0, "{checked}");
    assert_eq!(parts(&project.journal()), fair_and_stern());
    // One of the two becomes another model: its replies are not the recorded ones.
    let other = project.read("evenhand.toml").replace("openai/dear", "openai/other");
    project.write("evenhand.toml", other);
    let checked = project.evenhand(&["check", "--replay", "--json"]);
    assert_eq!(checked.code, 3, "{checked}");
    assert!(checked.stdout.contains("recorded replies by openai/other"), "{checked}");
}

#[test]
fn the_command_line_changes_the_model_of_all_judges_or_of_one() {
    let (fair, stern) = (Mock::fair(), stern());
    let project = project(&fair, &stern);
    assert_eq!(project.evenhand(&["run", "--model", "dear"]).code, 0);
    assert!(fair.requests().is_empty());
    assert!(project.journal()[0]["attempts"][0].get("model").is_none(), "one model, and nothing to tell");
    assert_eq!(project.evenhand(&["run", "--judge-model", "second=cheap", "--no-cache"]).code, 0);
    assert_eq!(fair.requests().len(), 6);
    let unknown = project.evenhand(&["run", "--judge-model", "third=cheap"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("suite polite has no judge `third`"), "{unknown}");
    assert!(unknown.stderr.contains("its judges: polite, second"), "{unknown}");
    let wrong = project.read("evenhand.toml").replace("model = \"dear\"", "model = \"daer\"");
    project.write("evenhand.toml", wrong);
    let wrong = project.evenhand(&["run"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("there is no model or route `daer`"), "{wrong}");
}

#[test]
fn a_dry_run_says_what_each_model_would_take() {
    let (fair, stern) = (Mock::fair(), stern());
    let project = project(&fair, &stern);
    let dry = project.evenhand(&["run", "--dry-run"]);
    assert_eq!(dry.code, 0, "{dry}");
    assert!(dry.stdout.contains("openai/cheap + openai/dear: 3 records, 6 calls"), "{dry}");
    assert!(
        dry.stdout.contains("openai/cheap: 3 calls") && dry.stdout.contains("openai/dear: 3 calls"),
        "{dry}"
    );
    assert!(fair.requests().is_empty() && stern.requests().is_empty());
}

#[test]
fn a_judge_reads_and_decodes_as_it_says_itself() {
    let (fair, stern) = (Mock::fair(), stern());
    let project = project(&fair, &stern);
    project.add("evenhand.toml", "reading = \"sampled\"\nsamples = 3\ntemperature = 0.4\nmax_tokens = 77\n");
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!((fair.requests().len(), stern.requests().len()), (3, 9));
    let body = &stern.requests()[0].body;
    assert_eq!((body["temperature"].as_f64(), body["max_tokens"].as_u64()), (Some(0.4), Some(77)), "{body}");
    assert_eq!(fair.requests()[0].body["temperature"].as_f64(), Some(0.0));
}

#[test]
fn the_judges_and_draws_of_one_record_are_asked_side_by_side() {
    let gate = Gate::shut();
    let behind = gate.clone();
    let slow =
        Mock::new(move |_| openai_answer(r#"{"reasoning": "Yes.", "verdict": "yes"}"#).behind(&behind));
    let project = project(&slow, &slow);
    project.add("evenhand.toml", "reading = \"sampled\"\nsamples = 5\n");
    let running = project.start(&["run", "--limit", "1"]);
    // Of one record: the first judge's question, and the first wave of the second's draws, which is more than half.
    slow.wait_for_requests(4);
    gate.open();
    assert_eq!(running.ended().code, 0);
    assert_eq!(slow.requests().len(), 6);
}

#[test]
fn a_budget_is_that_of_all_models_together() {
    let (fair, stern) = (Mock::fair(), stern());
    let project = project(&fair, &stern);
    let ran = project.evenhand(&["run", "--max-calls", "3"]);
    assert_eq!(ran.code, 5, "{ran}");
    assert_eq!(fair.requests().len() + stern.requests().len(), 3);
}
