//! `evenhand import openai-evals`: what it writes is run by the command.

use serde_json::{Value, json};

use crate::support::mock::{Mock, schema};
use crate::support::project::Project;
use crate::support::server::{RecordedRequest, openai_answer};

fn judge(kind: &str, name: &str, text: &str, more: &Value) -> Value {
    let mut judge = json!({
        "type": kind, "name": name, "id": format!("{name}-1"), "model": "judge-model",
        "input": [
            { "type": "message", "role": "developer", "content": { "type": "input_text", "text": "Be fair." } },
            { "type": "message", "role": "user", "content": text },
        ],
    });
    judge.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    judge
}

fn check(operation: &str, input: &str, reference: &str) -> Value {
    json!({ "type": "string_check", "name": format!("It {operation}"), "input": input, "reference": reference, "operation": operation })
}

fn eval(criteria: &[Value]) -> String {
    let eval = json!({
        "object": "eval", "id": "eval_1", "name": "Town quiz", "created_at": 1_760_000_000, "metadata": {},
        "data_source_config": { "type": "custom", "schema": { "type": "object" } },
        "testing_criteria": criteria,
    });
    serde_json::to_string_pretty(&eval).unwrap()
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

fn project(criteria: &[Value], rows: &[Value]) -> Project {
    let project = Project::empty();
    project.write("eval.json", eval(criteria));
    project.write("rows.jsonl", lines(rows));
    project
}

const IMPORT: [&str; 7] = ["import", "openai-evals", "eval.json", "--data", "rows.jsonl", "--to", "out"];

/// By record, the verdict and the reason for none.
fn verdicts(project: &Project, suite: &str, more: &[&str]) -> Vec<(String, String)> {
    let all = [&["run", suite, "--config", "out/evenhand.toml", "--json"], more].concat();
    let ran = project.evenhand(&all);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let outcomes = lines.filter(|line| line["type"] == "outcome").map(|line| line["outcome"].clone());
    let mut verdicts: Vec<(String, String)> = outcomes
        .map(|outcome| {
            let result = &outcome["result"];
            let label = result["scored"]["label"].as_str().or(result["unscored"]["reason"].as_str());
            (outcome["id"].as_str().unwrap().to_owned(), label.unwrap_or("neither").to_owned())
        })
        .collect();
    verdicts.sort();
    assert!(!verdicts.is_empty(), "{ran}");
    verdicts
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned())).collect()
}

/// Answers what is asked of it, and says `output` to a prompt. A text with "kind" in it is the best.
fn answer(request: &RecordedRequest, output: &str) -> String {
    let fields = &schema(&request.body)["properties"];
    let text = request.body["messages"].to_string();
    if fields.get("output").is_some() {
        return json!({ "output": output }).to_string();
    }
    if let Some(choices) = fields["label"]["enum"].as_array() {
        let label = if text.contains("kind") { choices.first() } else { choices.last() };
        return json!({ "reasoning": "so", "label": label }).to_string();
    }
    json!({ "reasoning": "so", "score": if text.contains("kind") { 5 } else { 3 } }).to_string()
}

#[test]
fn string_checks_pass_and_fail_as_they_did() {
    let project = project(
        &[
            check("eq", "{{ sample.output_text }}", "{{ item.exact }}"),
            check("ne", "{{sample.output_text}}", "no (idea)."),
            check("like", "{{sample.output_text}}", "{{item.part}}"),
            check("ilike", "{{sample.output_text}}", "U"),
        ],
        &[
            json!({"item": {"exact": "In Ulm", "part": "Ulm"}, "sample": {"output_text": "In Ulm"}}),
            // White space counts, and so does the case.
            json!({"item": {"exact": "In Ulm", "part": "Ulm"}, "sample": {"output_text": "In Ulm "}}),
            json!({"item": {"exact": "In Ulm", "part": "ulm"}, "sample": {"output_text": "In Ulm"}}),
            json!({"item": {"exact": "no (idea).", "part": ""}, "sample": {"output_text": "no (idea)."}}),
            // A reference that looks like a list is a text.
            json!({"item": {"exact": 12, "part": "[\"u\"]"}, "sample": {"choices": [{"message": {"content": "12"}}]}}),
            json!({"item": {"exact": "[\"u\"]", "part": "[\"u\"]"}, "sample": {"output_text": "[\"u\"]"}}),
        ],
    );
    let ran = project.evenhand(&IMPORT);
    assert_eq!(ran.code, 0, "{ran}");
    let expected = [
        ("item-1", "pass"),
        ("item-2", "fail"),
        ("item-3", "fail"),
        ("item-4", "fail"),
        ("item-5", "fail"),
        ("item-6", "pass"),
    ];
    assert_eq!(verdicts(&project, "town_quiz", &[]), pairs(&expected));
    let again = project.evenhand(&IMPORT);
    assert!(again.code == 2 && again.stderr.contains("is there already"), "{again}");
}

#[test]
fn what_is_graded_may_be_a_text_of_the_row() {
    let project = project(
        &[
            check("eq", "{{ item.said }}", "{{ item.exact }}"),
            check("like", "{{item.said}} by {{item.who.name}}", "me by you"),
        ],
        &[
            json!({"item": {"said": "it is me", "exact": "it is me", "who": {"name": "you"}}}),
            json!({"item": {"said": "me", "exact": "you", "who": {"name": "you"}}}),
        ],
    );
    assert_eq!(project.evenhand(&IMPORT).code, 0);
    assert_eq!(verdicts(&project, "town_quiz", &[]), pairs(&[("item-1", "pass"), ("item-2", "fail")]));
    assert_eq!(verdicts(&project, "town_quiz-2", &[]), pairs(&[("item-1", "pass"), ("item-2", "pass")]));
}

#[test]
fn judges_label_and_score_as_they_were_told() {
    let server = Mock::new(|request| openai_answer(&answer(request, "")));
    let project = project(
        &[
            judge(
                "label_model",
                "Tone",
                "Of {{item.town}}: {{sample.output_text}}",
                &json!({"labels": ["polite", "very polite", "rude"], "passing_labels": ["polite", "very polite"]}),
            ),
            check("like", "{{sample.output_text}}", "word"),
            judge(
                "score_model",
                "Quality",
                "{{ sample.output_text }} {% if",
                &json!({"range": [1, 5], "pass_threshold": 4, "sampling_params": {"seed": 7, "reasoning_effort": "low"}}),
            ),
        ],
        &[
            json!({"item": {"town": "Ulm"}, "sample": {"output_text": "a kind word"}}),
            json!({"item": {"town": ""}, "sample": {"output_text": "a word"}}),
        ],
    );
    let ran = project.evenhand(&IMPORT);
    assert_eq!(ran.code, 0, "{ran}");
    let address = format!("base_url = \"{}\"\nmodel = \"openai/judge-model\"", server.url("/v1"));
    let config = project.read("out/evenhand.toml").replace("model = \"openai/judge-model\"", &address);
    project.write("out/evenhand.toml", config);
    assert_eq!(verdicts(&project, "town_quiz", &[]), pairs(&[("item-1", "pass"), ("item-2", "fail")]));
    let quality = project.evenhand(&["run", "town_quiz-quality", "--config", "out/evenhand.toml"]);
    // 5 of 1 to 5 is worth 1, 3 is worth 0.5; 4, the threshold, is 0.75.
    assert!(quality.stdout.contains("1 of 2 (50.0 %) passed, mean score 0.75"), "{quality}");
    let bodies: Vec<Value> = server.requests().into_iter().map(|request| request.body).collect();
    let shown = bodies.iter().map(|body| body["messages"].to_string()).collect::<String>();
    for text in ["Be fair.", "Of <item_town>", "a kind word", "{% if"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let scored: Vec<&Value> = bodies.iter().filter(|body| body["seed"] == 7).collect();
    assert!(scored.len() == 2 && scored.iter().all(|body| body["reasoning_effort"] == "low"), "{bodies:?}");
}

#[test]
fn a_run_says_what_makes_the_outputs() {
    let server = Mock::new(|request| openai_answer(&answer(request, "Ulm")));
    let project = project(&[check("eq", "{{sample.output_text}}", "{{item.town}}")], &[]);
    let run = json!({
        "object": "eval.run", "id": "evalrun_1", "model": "subject-model", "data_source": {
            "type": "completions", "model": "subject-model", "sampling_params": {"temperature": 0.5, "max_completion_tokens": 50},
            "source": {"type": "file_content", "content": [{"item": {"town": "Ulm", "hint": "high"}}, {"item": {"town": "Rom", "hint": "old"}}]},
            "input_messages": {"type": "template", "template": [
                {"role": "developer", "content": "Name a {{town}}.".replace("{{town}}", "town")},
                {"role": "user", "content": "It is {{item.hint}}."},
            ]},
        },
    });
    project.write("run.json", run.to_string());
    let ran = project.evenhand(&["import", "openai-evals", "eval.json", "--run", "run.json", "--to", "out"]);
    assert_eq!(ran.code, 0, "{ran}");
    let address = format!("base_url = \"{}\"\nmodel = \"openai/", server.url("/v1"));
    let config = project.read("out/evenhand.toml").replace("model = \"openai/", &address);
    project.write("out/evenhand.toml", config);
    assert_eq!(verdicts(&project, "town_quiz", &[]), pairs(&[("item-1", "pass"), ("item-2", "fail")]));
    let asked = server.requests().iter().map(|request| request.body.to_string()).collect::<String>();
    assert!(asked.contains("Name a town.") && asked.contains("\"It is high.\""), "{asked}");
}

#[test]
fn outputs_of_a_run_are_judged_and_a_failed_one_has_no_score() {
    let item = |number: u32, passed: Option<bool>, sample: Value| {
        let result = |passed| json!({"name": "It eq-a2486074-d803-4445-b431-ad2262e85d47", "passed": passed, "score": 1.0, "sample": null});
        json!({
            "object": "eval.run.output_item", "id": format!("outputitem_{number}"), "status": "pass",
            "datasource_item_id": number, "datasource_item": {"town": "Ulm"},
            "results": passed.map(result).into_iter().collect::<Vec<_>>(),
            "sample": sample,
        })
    };
    let said =
        |text: &str| json!({"input": [], "output": [{"role": "assistant", "content": text}], "error": null});
    let list = json!({"object": "list", "has_more": false, "data": [
        item(0, Some(true), said("Ulm")), item(1, Some(false), said("Rom")),
        item(2, None, json!({"output": [], "error": {"code": "rate_limit", "message": "too many"}})),
    ]});
    let project = Project::empty();
    project.write("eval.json", eval(&[check("eq", "{{sample.output_text}}", "{{item.town}}")]));
    project.write("rows.jsonl", serde_json::to_string_pretty(&list).unwrap());
    assert_eq!(project.evenhand(&IMPORT).code, 0);
    let expected = [("item-1", "pass"), ("item-2", "fail"), ("item-3", "subject")];
    assert_eq!(verdicts(&project, "town_quiz", &[]), pairs(&expected));
    // What the service itself found is there to be read.
    let found = project.evenhand(&["score", "--config", "out/evenhand.toml"]);
    insta::assert_snapshot!("import_openai_evals_results", found.stdout);
    let page = serde_json::to_string(&list).unwrap().replace("\"has_more\":false", "\"has_more\":true");
    project.write("rows.jsonl", page);
    assert!(project.evenhand(&IMPORT).stderr.contains("`has_more` is true"));
}

#[test]
fn what_has_no_equivalent_is_named_with_its_line_and_cannot_pass() {
    let similar = |metric: &str| {
        json!({"type": "text_similarity", "name": metric, "input": "{{sample.output_text}}", "reference": "{{item.town}}",
               "evaluation_metric": metric, "pass_threshold": 0.5})
    };
    let all = ["bleu", "rouge_1", "rouge_2", "rouge_l", "gleu", "meteor", "cosine", "fuzzy_match", "rouge_3"]
        .map(similar);
    let mut criteria = vec![check("eq", "{{sample.output_text}}", "{{item.town}}")];
    criteria.extend(all);
    criteria
        .push(json!({"type": "python", "name": "program", "source": "def grade(sample, item): return 1.0"}));
    criteria.push(check("ne", "{{sample.output_text}}", "{{item.town}}"));
    criteria.push(json!({"type": "multi", "name": "sum", "graders": {}, "calculate_output": "1"}));
    let label = json!({"labels": ["a", "b"], "passing_labels": ["c"]});
    criteria.push(judge("label_model", "Other", "{{item.town}}", &label));
    let image = json!({"input": [{"role": "user", "content": {"type": "input_image", "image_url": "{{item.town}}"}}]});
    criteria.push(judge("score_model", "Image", "{{item.town}}", &image));
    let project = project(
        &criteria,
        &[
            json!({"item": {"town": "the town of Ulm on the river"}, "sample": {"output_text": "the town of Ulm on the river"}}),
            json!({"item": {"town": "Ulm"}, "sample": {"output_text": "Rom"}}),
            json!({"item": {"city": "Ulm"}, "sample": {"output_text": "Rom"}}),
        ],
    );
    let refused = project.evenhand(&IMPORT);
    assert!(refused.code == 2 && !project.has("out"), "{refused}");
    insta::assert_snapshot!("import_openai_evals_not_carried_over", refused.stderr);
    let ran = project.evenhand(&[&IMPORT[..], &["--allow-partial"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    assert!(project.read("out/evenhand.toml").starts_with("# NOT CARRIED OVER:\n#   eval.json:"), "{ran}");
    // What is left may still fail, and nothing passes.
    assert_eq!(verdicts(&project, "town_quiz", &[]), pairs(&[("item-1", "check"), ("item-2", "fail")]));
    assert_eq!(project.evenhand(&["run", "--config", "out/evenhand.toml"]).code, 3);
    let shown = project.evenhand(&["run", "--config", "out/evenhand.toml", "-v"]).stdout;
    assert!(["bleu", "rouge_1", "rouge_2", "rouge_l"].iter().all(|name| shown.contains(name)), "{shown}");
}

#[test]
fn outputs_that_nobody_has_are_asked_for() {
    let project = project(
        &[check("eq", "{{sample.output_text}}", "Ulm"), check("like", "{{sample.output_json.town}}", "Ulm")],
        &[json!({"item": {"hint": "high"}})],
    );
    let refused = project.evenhand(&IMPORT);
    assert!(
        refused.code == 2 && refused.stderr.contains("outputs are read from outputs/openai.jsonl"),
        "{refused}"
    );
    assert!(refused.stderr.contains("`sample.output_json.town` is needed"), "{refused}");
    assert_eq!(project.evenhand(&[&IMPORT[..], &["--allow-partial"]].concat()).code, 0);
    project.write("out/outputs/openai.jsonl", "{\"id\": \"item-1\", \"output\": \"Rom\"}\n");
    assert_eq!(verdicts(&project, "town_quiz", &[]), pairs(&[("item-1", "fail")]));
}

#[test]
fn other_files_are_told_from_an_eval() {
    let project = project(&[check("eq", "{{item.a}}", "x")], &[json!({"item": {"a": "x"}})]);
    let whole = project.read("eval.json");
    for (name, text) in [
        ("half.json", &whole[..whole.len() / 2]),
        ("empty.json", " \n"),
        ("registry.yaml", "quiz.dev.v0:\n  class: evals.elsuite.basic.match:Match\n  args: {}\n"),
        ("rows.jsonl", "{\"item\": {\"a\": 1}}\n{\"item\": {\"a\": 2}}\n"),
        ("run.json", "{\"object\": \"eval.run\", \"data_source\": {}}"),
        ("items.json", "{\"object\": \"list\", \"data\": [{\"object\": \"eval.run.output_item\"}]}"),
        ("evals.json", "{\"object\": \"list\", \"data\": [{\"object\": \"eval\"}]}"),
        ("other.json", "[1, 2]"),
        ("bad.jsonl", "{\"item\": {\"a\": 1}}\n{\"item\": {\"a\""),
        ("plain.jsonl", "{\"a\": 1}\n"),
        ("none.jsonl", "\n"),
    ] {
        project.write(name, text);
    }
    let mut told = String::new();
    for name in [
        "half.json",
        "empty.json",
        "registry.yaml",
        "rows.jsonl",
        "run.json",
        "items.json",
        "evals.json",
        "other.json",
    ] {
        let ran = project.evenhand(&["import", "openai-evals", name, "--data", "plain.jsonl", "--to", "out"]);
        assert_eq!(ran.code, 2, "{ran}");
        told.push_str(&ran.stderr);
    }
    for name in ["bad.jsonl", "plain.jsonl", "none.jsonl", "eval.json"] {
        let ran = project.evenhand(&["import", "openai-evals", "eval.json", "--data", name, "--to", "out"]);
        assert_eq!(ran.code, 2, "{ran}");
        told.push_str(&ran.stderr);
    }
    for more in [&[][..], &["--run", "eval.json"], &["--run", "run.json"]] {
        let ran = project.evenhand(&[&["import", "openai-evals", "eval.json", "--to", "out"], more].concat());
        assert_eq!(ran.code, 2, "{ran}");
        told.push_str(&ran.stderr);
    }
    assert!(!project.has("out"));
    insta::assert_snapshot!("import_openai_evals_other_files", told);
}
