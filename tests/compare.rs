//! Two runs held against each other.

use insta::assert_snapshot;
use serde_json::Value;

#[cfg(unix)]
use crate::support::advice::follow;
use crate::support::mock::{Mock, fair_answer, material as record_text, record, schema};
use crate::support::project::Project;
use crate::support::requests::POLITE;
use crate::support::server::openai_answer;
#[cfg(unix)]
use crate::weighing::openai_weighed;

/// A project with a fair judge `fast` and a judge `strict` that finds r1 and r3 impolite and r4 polite.
fn two_judges(fair: &Mock, strict: &Mock) -> Project {
    let model = |role: &str, server: &Mock, price: f64| {
        format!(
            "[models.{role}]\nmodel = \"openai/{role}-1\"\nbase_url = \"{}\"\n\
             price = {{ input_per_million = {price:.1}, output_per_million = {price:.1} }}\n",
            server.url("/v1")
        )
    };
    Project::polite(&format!("{}{}", model("judge", fair, 10.0), model("strict", strict, 20.0)))
}

fn strict() -> Mock {
    Mock::new(|request| match record(request).as_str() {
        "r1" | "r3" => openai_answer("{\"reasoning\": \"Too familiar.\", \"verdict\": \"no\"}"),
        "r4" => openai_answer("{\"reasoning\": \"Short but civil.\", \"verdict\": \"yes\"}"),
        _ => openai_answer(&fair_answer(request)),
    })
}

fn comparison(text: &str) -> Value {
    serde_json::from_str::<Value>(text).unwrap()["comparison"].clone()
}

/// Without the times, which no two runs share.
fn timeless(text: &str) -> String {
    let time = regex::Regex::new(r": a record: median .*").unwrap();
    let text = time.replace_all(text, ": a record: [times]").into_owned();
    regex::Regex::new(r",\s+[0-9.]+\s+×\s+the\s+time").unwrap().replace_all(&text, "").into_owned()
}

#[test]
fn two_models_on_a_suite() {
    let (fair, strict) = (Mock::fair(), strict());
    let project = two_judges(&fair, &strict);
    let ran = project.evenhand(&["compare", "--models", "judge,strict", "polite"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_snapshot!(timeless(&ran.stdout));
    assert_eq!((fair.requests().len(), strict.requests().len()), (6, 6));
    // The same again is answered by the cache, and so is a run by each of them.
    let again = project.evenhand(&["compare", "--models", "judge,strict", "polite", "--json"]);
    assert_eq!((fair.requests().len(), strict.requests().len()), (6, 6));
    let told = comparison(&again.stdout);
    assert_eq!(told["changed"], "judge");
    let flips: Vec<(&str, &str)> = told["flips"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flip| (flip["id"].as_str().unwrap(), flip["effect"].as_str().unwrap()))
        .collect();
    assert_eq!(flips, [("r1", "broken"), ("r3", "broken"), ("r4", "mended")]);
    assert_eq!(told["agreement"]["same"]["count"], 3);
    assert!(told["new"]["cost_usd"].as_f64() > told["old"]["cost_usd"].as_f64());
}

/// The reports of a comparison of which three records have another verdict: the page, and the Markdown.
pub fn reports() -> [String; 2] {
    let (fair, strict) = (Mock::fair(), strict());
    let project = two_judges(&fair, &strict);
    let reports = ["--html", "out/c.html", "--markdown", "c.md"];
    let ran = project.evenhand(&[&["compare", "--models", "judge,strict", "polite"][..], &reports].concat());
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("No difference shown") && ran.stderr.contains("report: out/c.html"), "{ran}");
    ["out/c.html", "c.md"].map(|file| project.read(file))
}

#[test]
fn a_report_has_the_direction_first_and_changed_records_side_by_side() {
    let [page, markdown] = reports();
    let took = regex::Regex::new(r": a record: median [^`]*`").unwrap();
    assert_snapshot!(timeless(&took.replace_all(&markdown, ": a record: [times]`")));
    let data: Value = serde_json::from_str(crate::report::script(&page, "report")).unwrap();
    assert_eq!(data["headline"], "No difference shown");
    let sides = data["records"]["list"][0]["sides"].as_array().unwrap();
    let told: Vec<&str> = sides.iter().map(|side| side["reasons"].as_str().unwrap()).collect();
    assert_eq!(told[1], "Too familiar.");
}

#[test]
fn the_last_run_and_the_one_before() {
    let fair = Mock::fair();
    let project = Project::judged_at(&fair.url("/v1"));
    project.evenhand(&["run"]);
    project.evenhand(&["run", "--filter", "id!=r6"]);
    let ran = project.evenhand(&["compare", "last~1", "last", "--suite", "polite", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let told = comparison(&ran.stdout);
    assert_eq!((&told["changed"], &told["verdict"]["finding"]), (&"nothing".into(), &"not_shown".into()));
    assert_eq!((&told["records"], &told["unpaired"]["only_old"]), (&5.into(), &1.into()));
    assert_eq!(told["agreement"]["same"]["rate"], 1.0);
}

#[test]
fn outputs_that_changed_are_judged_by_their_score() {
    let fair = Mock::fair();
    let project = Project::judged_at(&fair.url("/v1"));
    let old = project.read("polite.jsonl").replace("\"text\"", "\"output\"");
    project.write("old.jsonl", &old);
    project.write("better.jsonl", old.replace("go away", "please go away").replace("move", "please move"));
    project.add("evenhand.toml", "outputs = { file = \"old.jsonl\", into = \"text\" }\n");
    project.evenhand(&["run"]);
    let ran = project.evenhand(&["run", "--outputs", "better.jsonl"]);
    assert_eq!(ran.code, 0, "{ran}");
    let ran = project.evenhand(&["compare", "last~1", "last"]);
    assert_snapshot!(timeless(&ran.stdout));
}

#[test]
fn a_golden_file_may_be_a_side() {
    let (fair, strict) = (Mock::fair(), strict());
    let project = two_judges(&fair, &strict);
    let record = |number: usize| {
        let polite = [1, 3, 5].contains(&number);
        let (score, label) = if polite { (1.0, "yes") } else { (0.0, "no") };
        let expected = if number == 4 { "yes" } else { label };
        serde_json::json!({"id": format!("r{number}"), "score": score, "label": label, "expected": expected})
    };
    let records: Vec<Value> = (1..=6).map(record).collect();
    let entry = serde_json::json!({"n": 6, "mean": 0.5, "interval": [0.19, 0.81],
        "fingerprints": {"ruler": {}, "subject": {}}, "records": records});
    let mut golden = serde_json::json!({"format": 1, "suite": "polite", "watch": "judge",
        "models": {"openai/judge-1": entry}});
    project.write("golden/polite.json", golden.to_string());
    project.evenhand(&["run", "--model", "strict"]);
    let ran = project.evenhand(&["compare", "golden/polite.json", "last", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let told = comparison(&ran.stdout);
    assert_eq!((&told["changed"], &told["verdict"]["measure"]), (&"judge".into(), &"accuracy".into()));
    assert_eq!((told["flips"].as_array().unwrap().len(), &told["flips"][0]["effect"]), (3, &"broken".into()));
    golden["models"]["openai/other:1"] = golden["models"]["openai/judge-1"].clone();
    project.write("golden/polite.json", golden.to_string());
    let ran = project.evenhand(&["compare", "golden/polite.json", "last"]);
    assert_snapshot!("two_models_are_locked", ran.stderr);
    let ran = project.evenhand(&["compare", "golden/polite.json:openai/other:1", "last", "--json"]);
    assert_eq!(comparison(&ran.stdout)["flips"].as_array().unwrap().len(), 3);
}

/// Ten polite texts and two others, with labels.
fn twelve() -> String {
    let text = |number: usize| if number <= 10 { "please come in" } else { "go away" };
    let line = |number: usize| {
        let label = if number <= 10 { "yes" } else { "no" };
        let record = serde_json::json!({"id": format!("r{number}"), "text": format!("r{number}: {}", text(number)), "label": label});
        format!("{record}\n")
    };
    (1..=12).map(line).collect()
}

/// A judge that is fair, unless it is told to be strict.
fn told_how() -> Mock {
    Mock::new(|request| {
        let strict = r#"{"reasoning": "Too familiar.", "verdict": "no"}"#.to_owned();
        let is_strict = request.body.to_string().contains("Be strict.");
        openai_answer(&if is_strict { strict } else { fair_answer(request) })
    })
}

#[cfg(unix)]
#[test]
fn a_better_model_is_taken_by_what_the_report_says_to_do() {
    let (fair, strict) =
        (Mock::fair(), Mock::new(|_| openai_answer("{\"reasoning\": \"No.\", \"verdict\": \"no\"}")));
    let project = two_judges(&fair, &strict);
    project.write("polite.jsonl", twelve());
    let config =
        project.read("evenhand.toml").replace("default_model = \"judge\"", "default_model = \"strict\"");
    project.write("evenhand.toml", &config);
    let ran = project.evenhand(&["compare", "--models", "strict,judge", "polite"]);
    let first =
        "polite: New is better than old: 10 of 12 records more get the right verdict (12 instead of 2)\n";
    assert!(ran.stdout.starts_with(first), "{ran}");
    follow(&project, &ran.stdout);
    assert!(project.read("evenhand.toml").contains("[suites.polite]\nmodel = \"judge\"\n"));
    assert_eq!((fair.requests().len(), strict.requests().len()), (12, 12), "all is in the cache");
    let ran = project.evenhand(&["compare", "--models", "strict,judge", "polite"]);
    assert!(
        ran.stdout.ends_with("\nKeep what you have: new is what [suites.polite] has already.\n"),
        "{ran}"
    );
    // Where scores are locked, those of the new judge are to be locked.
    project.write("evenhand.toml", &config);
    project.evenhand(&["golden", "lock", "polite", "--model", "strict"]);
    let ran = project.evenhand(&["compare", "--models", "strict,judge", "polite", "-v"]);
    assert!(ran.stdout.ends_with("    evenhand golden lock polite --model judge\n"), "{ran}");
    assert!(ran.stdout.contains("p = 0.002 for no difference (exact McNemar, two-sided)"), "{ran}");
    follow(&project, &ran.stdout);
    assert!(project.read("golden/polite.json").contains("openai/judge-1"));
    let ran = project.evenhand(&["compare", "--models", "judge,strict", "polite"]);
    assert!(ran.stdout.contains("10 of 12 records fewer get the right verdict (2 instead of 12)"), "{ran}");
    assert!(ran.stdout.ends_with("\nKeep what you have: new is worse.\n"), "{ran}");
}

#[cfg(unix)]
#[test]
fn two_signatures_are_compared_on_the_same_records() {
    let server = told_how();
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", twelve());
    let strict = POLITE.replace("is polite.\"", "is polite. Be strict.\"");
    project.write("tries/strict one.toml", &strict);
    let ran = project.evenhand(&["compare", "--signatures", "tries/strict one.toml,polite", "polite"]);
    assert_snapshot!(timeless(&ran.stdout));
    assert_eq!(server.requests().len(), 24);
    // The other way round the file is better, and named as evenhand.toml needs it.
    project.write("polite.jsonl", twelve().replace("\"yes\"", "\"no\""));
    let ran = project.evenhand(&["compare", "--signatures", "polite,tries/strict one.toml", "polite"]);
    assert!(ran.stdout.contains("Set `signature = \"tries/strict one.toml\"` in [suites.polite]"), "{ran}");
    follow(&project, &ran.stdout);
    assert_eq!(project.journal().len(), 12);
}

#[cfg(unix)]
#[test]
fn names_for_the_answers_are_chosen_on_labelled_records() {
    // By words the judge says no to everything; by letters it is fair.
    let server = Mock::new(|request| {
        let names = schema(&request.body)["properties"]["verdict"]["enum"].clone();
        let [yes, no] = [&names[0], &names[1]].map(|name| name.as_str().unwrap().to_owned());
        let is_fair = yes == "A" && record_text(request).contains("please");
        let (said, other) = if is_fair { (yes, no) } else { (no, yes) };
        let at = [(said.as_str(), 0.875), (other.as_str(), 0.125)];
        let opening: [&[(&str, f64)]; 4] =
            [&[("{\"", 1.0)], &[("ver", 1.0)], &[("dict", 1.0)], &[("\":\"", 1.0)]];
        let places = [&opening[..], &[&at[..]]].concat();
        openai_weighed(&format!("{{\"verdict\":\"{said}\"}}"), &places)
    });
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", twelve());
    project.add("evenhand.toml", "reading = \"weighted\"\n");
    let ran = project.evenhand(&["compare", "--answer-labels", "words,letters", "polite"]);
    assert_eq!((ran.code, server.requests().len()), (0, 24), "{ran}");
    assert!(ran.stdout.contains("10 of 12 records more get the right verdict (12 instead of 2)"), "{ran}");
    assert!(ran.stdout.contains("Set `answer_labels = \"letters\"` in [suites.polite]"), "{ran}");
    follow(&project, &ran.stdout);
    assert_eq!(project.journal().len(), 12);
    // It is in use now; and the other way round it is worse.
    let ran = project.evenhand(&["compare", "--answer-labels", "words,letters", "polite"]);
    assert!(ran.stdout.contains("new is what [suites.polite] has already"), "{ran}");
    let ran = project.evenhand(&["compare", "--answer-labels", "letters,words", "polite"]);
    assert!(ran.stdout.ends_with("\nKeep what you have: new is worse.\n"), "{ran}");
    let ran = project.evenhand(&["compare", "--answer-labels", "letters", "polite"]);
    assert_eq!(ran.code, 2, "{ran}");
}

#[test]
fn of_several_judges_it_must_be_said_which_one_gets_the_signatures() {
    let server = told_how();
    let project = Project::judged_at(&server.url("/v1"));
    project.write("signatures/strict.toml", POLITE.replace("is polite.\"", "is polite. Be strict.\""));
    let config = project.read("evenhand.toml").replace("signature = \"polite\"\n", "");
    let config = config.replace("label = \"label\"\n", "");
    let judges = "[suites.polite.judges.tone]\nsignature = \"polite\"\n\n[suites.polite.judges.manners]\nsignature = \"polite\"\n";
    project.write("evenhand.toml", format!("{config}\n{judges}"));
    let compare = ["compare", "--signatures", "polite,strict", "polite"];
    let told = |more: &[&str]| {
        let ran = project.evenhand(&[&compare[..], more].concat());
        assert_eq!(ran.code, 2, "{ran}");
        ran.stderr
    };
    assert_snapshot!("which_judge", told(&[]));
    assert_snapshot!("no_such_judge", told(&["--judge", "tones"]));
    assert!(server.requests().is_empty());
    let ran = project.evenhand(&[&compare[..], &["--judge", "tone", "--json"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    let told = comparison(&ran.stdout);
    let parts: Vec<(&Value, &Value)> = told["by_part"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (&part["name"], &part["difference"]["new"]))
        .collect();
    assert_eq!(parts, [(&"manners".into(), &0.5.into()), (&"tone".into(), &0.0.into())]);
}

#[cfg(unix)]
#[test]
fn the_signature_of_a_judge_with_a_table_of_its_own_is_set_there() {
    let server = told_how();
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", twelve());
    project.write("signatures/strict.toml", POLITE.replace("is polite.\"", "is polite. Be strict.\""));
    let config = project.read("evenhand.toml").replace("signature = \"polite\"\n", "");
    project
        .write("evenhand.toml", format!("{config}\n[suites.polite.judges.tone]\nsignature = \"strict\"\n"));
    let ran = project.evenhand(&["compare", "--signatures", "strict,polite", "polite"]);
    assert!(ran.stdout.contains("Set `signature = \"polite\"` in [suites.polite.judges.tone]"), "{ran}");
    follow(&project, &ran.stdout);
    let ran = project.evenhand(&["compare", "--signatures", "strict,polite", "polite"]);
    assert!(
        ran.stdout.ends_with("\nKeep what you have: new is what [suites.polite] has already.\n"),
        "{ran}"
    );
}

#[cfg(unix)]
#[test]
fn better_outputs_are_locked_by_what_the_report_says_to_do() {
    let fair = Mock::fair();
    let project = Project::judged_at(&fair.url("/v1"));
    let better = twelve().replace("\"text\"", "\"output\"").replace("go away", "please go");
    project.write("polite.jsonl", twelve());
    project.write("old.jsonl", better.replace("please", "now"));
    project.write("better.jsonl", better);
    let outputs = |file: &str| format!("outputs = {{ file = \"{file}\", into = \"text\" }}\n");
    project.add("evenhand.toml", &outputs("old.jsonl"));
    project.evenhand(&["run"]);
    let old = project.read("evenhand.toml");
    project.write("evenhand.toml", old.replace("old.jsonl", "better.jsonl"));
    project.evenhand(&["run"]);
    let ran = project.evenhand(&["compare", "last~1", "last"]);
    assert!(ran.stdout.starts_with("polite: New is better than old: 12 of 12 records more pass"), "{ran}");
    assert!(ran.stdout.contains(" --from "), "{ran}");
    follow(&project, &ran.stdout);
    let golden: Value = serde_json::from_str(&project.read("golden/polite.json")).unwrap();
    assert_eq!(golden["models"]["openai/mock-1"]["mean"], 1.0);
    // A run of another setup than evenhand.toml has cannot be locked.
    project.write("evenhand.toml", old);
    let ran = project.evenhand(&["compare", "last~1", "last"]);
    assert!(ran.stdout.contains("Put what made the new run into [suites.polite]"), "{ran}");
    assert!(ran.stdout.ends_with("    evenhand golden lock polite\n"), "{ran}");
}

#[cfg(unix)]
#[test]
fn without_labels_records_are_to_be_labelled_before_they_are_compared_again() {
    let (fair, strict) =
        (Mock::fair(), Mock::new(|_| openai_answer("{\"reasoning\": \"No.\", \"verdict\": \"no\"}")));
    let project = two_judges(&fair, &strict);
    project.write("polite.jsonl", twelve().replace("\"label\"", "\"other\""));
    let ran = project.evenhand(&["compare", "--models", "strict,judge", "polite"]);
    assert!(
        ran.stdout.starts_with("polite: New scores higher than old: 10 of 12 records more pass"),
        "{ran}"
    );
    project.write("polite.jsonl", twelve());
    let again = follow(&project, &ran.stdout);
    assert!(again[0].stdout.starts_with("polite: New is better than old"), "{}", again[0]);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let fair = Mock::fair();
    let project = Project::judged_at(&fair.url("/v1"));
    let told = |words: &[&str]| {
        let ran = project.evenhand(words);
        assert_eq!(ran.code, 2, "{ran}");
        ran.stderr
    };
    assert_snapshot!("no_runs", told(&["compare", "last~1", "last"]));
    assert_snapshot!("one_run", told(&["compare", "last"]));
    assert_snapshot!("one_model", told(&["compare", "--models", "judge", "polite"]));
    assert_snapshot!("one_signature", told(&["compare", "--signatures", "polite", "polite"]));
    assert_snapshot!("model_of_nothing", told(&["compare", "--model", "judge", "last~1", "last"]));
    assert_snapshot!("no_such_run", told(&["compare", "yesterday", "today"]));
    assert!(fair.requests().is_empty());
}
