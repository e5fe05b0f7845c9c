//! `evenhand judge`, and inputs that are the same for every record.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, closed_port, material};
use crate::support::project::Project;
use crate::support::server::openai_answer;

const BY_THE_RULES: &str = r#"
instruction = "Decide whether the text is polite by the rules."

[inputs.rules]
description = "The rules."

[inputs.text]
description = "What was said."

[outputs.reasoning]
max_length = 300

[outputs.verdict]
choices = ["yes", "no"]

[score]
field = "verdict"
labels = { yes = 1, no = 0 }
"#;

/// A suite whose judge has an input that its records lack.
fn by_the_rules(url: &str, more: &str) -> Project {
    let project = Project::judged_at(url);
    project.write("signatures/by-the-rules.toml", BY_THE_RULES);
    let config =
        project.read("evenhand.toml").replace("signature = \"polite\"", "signature = \"by-the-rules\"");
    project.write("evenhand.toml", config + more);
    project
}

#[test]
fn one_thing_is_judged_and_the_answer_comes_first() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let ran = project.evenhand(&["judge", "polite", "--set", "text=please wait"]);
    assert_snapshot!(ran);
    assert_eq!(server.requests().len(), 1);
    assert!(!project.has(".evenhand"), "nothing is kept");
}

#[test]
fn inputs_come_from_files_and_from_the_standard_input() {
    let server = Mock::fair();
    let project = by_the_rules(&server.url("/v1"), "");
    project.write("rules.md", "Say the magic word.\n");
    let words =
        ["judge", "signatures/by-the-rules.toml", "--set", "rules=@rules.md", "--set", "text=-", "--json"];
    let ran = project.evenhand_typing("go away", &words);
    assert_eq!(ran.code, 0, "a bad verdict is a verdict: {ran}");
    let line: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(line["type"], "judgment");
    assert_eq!(line["outcome"]["result"]["scored"]["label"], "no");
    let requests = server.requests();
    let asked = material(&requests[0]);
    assert!(asked.contains("Say the magic word.") && asked.contains("go away"), "{asked}");
}

#[test]
fn an_agents_run_is_shown_as_its_steps() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let run = r#"trajectory={"steps":[{"call":"ping","arguments":{"n":1},"result":"pong"}],"answer":"pong"}"#;
    let ran = project.evenhand(&["judge", "trajectory", "--set", "goal=please ping", "--set", run, "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let requests = server.requests();
    assert!(material(&requests[0]).contains("1. call ping"), "{}", material(&requests[0]));
}

#[test]
fn the_quotes_of_claims_are_looked_for_in_the_source() {
    let answer = json!({"claims": [
        {"claim": "The tower is of 1818.", "quote": "was built in 1818", "verdict": "supported"},
        {"claim": "It is white.", "quote": "white", "verdict": "supported"},
        {"claim": "It is open daily.", "quote": "", "verdict": "missing"},
    ], "reasoning": "Nothing is said of the hours.", "verdict": "ungrounded"});
    let server = Mock::new(move |_| openai_answer(&answer.to_string()));
    let project = Project::judged_at(&server.url("/v1"));
    let response = "response=It is of 1818, white, and open daily.";
    let words = ["judge", "groundedness", "--set", "source=The tower was built in 1818.", "--set", response];
    assert_snapshot!(project.evenhand(&words));
}

#[test]
fn claims_decide_and_where_there_are_none_that_is_said() {
    let server = Mock::new(|request| {
        let claim = |quote: &str| json!({"claim": "It is white.", "quote": quote, "verdict": "supported"});
        let claims = if request.body.to_string().contains("Hello!") {
            json!([])
        } else if request.body.to_string().contains("White, twice") {
            json!([claim("white"), claim("as snow")])
        } else {
            json!([claim("white")])
        };
        openai_answer(&json!({"claims": claims, "reasoning": "So.", "verdict": "grounded"}).to_string())
    });
    let project = Project::judged_at(&server.url("/v1"));
    let text = project.read("evenhand.toml");
    let suite =
        "\n[suites.white]\nsignature = \"groundedness\"\ndataset = \"white.jsonl\"\nlabel = \"label\"\n";
    project.write("evenhand.toml", text + suite);
    let line = |id: &str, response: &str, label: &str| {
        format!("{}\n", json!({"id": id, "source": "It is white.", "response": response, "label": label}))
    };
    let lines = [
        line("a", "White.", "grounded"),
        line("b", "White, twice.", "ungrounded"),
        line("c", "Hello!", "grounded"),
    ];
    project.write("white.jsonl", lines.concat());
    let ran = project.evenhand(&["run", "white"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_snapshot!(ran);
    let mut said: Vec<(String, String, Value)> = project
        .journal()
        .iter()
        .map(|line| {
            let scored = &line["result"]["scored"];
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&line["id"]), text(&scored["label"]), scored["value"].clone())
        })
        .collect();
    said.sort_by(|a, b| a.0.cmp(&b.0));
    let row = |id: &str, label: &str, value: Value| (id.to_owned(), label.to_owned(), value);
    let expected = [
        row("a", "grounded", json!(1.0)),
        row("b", "ungrounded", json!(0.5)),
        row("c", "no claims", Value::Null),
    ];
    assert_eq!(said, expected);
    // With a least number of items an empty list is no answer, and is asked for again.
    let signature = project.evenhand(&["signature", "show", "groundedness"]);
    assert!(signature.stdout.contains("by claims"), "{signature}");
    let bundled = include_str!("../signatures/groundedness.toml");
    project.write(
        "signatures/groundedness.toml",
        bundled.replace("max_items = 20", "min_items = 1\nmax_items = 20"),
    );
    let prompt = project.evenhand(&["prompt", "white"]);
    assert!(prompt.stdout.contains("list of 1 to 20 items"), "{prompt}");
    let ran = project.evenhand(&["run", "white", "--filter", "id=c"]);
    assert_eq!(ran.code, 3, "{ran}");
    let journal = project.journal();
    assert!(
        journal[0]["attempts"].as_array().unwrap().len() > 1,
        "an empty list is asked for again: {journal:?}"
    );
    assert_eq!(journal[0]["result"]["unscored"]["reason"], "invalid_answer");
}

#[test]
fn claims_that_cannot_decide_are_refused_at_their_line() {
    let project = Project::empty();
    let bundled = include_str!("../signatures/groundedness.toml").split("[[demos]]").next().unwrap();
    let cases = [
        (bundled.replace("[inputs.source]", "[inputs.text]"), "an input `source`, and there is none"),
        (bundled.replace("outputs.claims", "outputs.facts"), "no output `claims` that is an array"),
        (bundled.replace("fields.quote", "fields.words"), "a field `quote`"),
        (bundled.replace("\"supported\", ", ""), "\"supported\" among its `choices`"),
        (
            bundled.replace("{ grounded = 1, ungrounded = 0 }", "{ grounded = 1 }"),
            "what two of them are worth",
        ),
        (
            bundled.replace("max_items = 20", "min_items = 21\nmax_items = 20"),
            "min_items 21 is above max_items 20",
        ),
        (
            bundled.replace("[inputs.source]", "[inputs.source]\nmin_items = 1"),
            "`min_items` is only for arrays",
        ),
    ];
    for (text, expected) in cases {
        project.write("signatures/mine.toml", text);
        let checked = project.evenhand(&["signature", "check", "signatures/mine.toml"]);
        assert_eq!(checked.code, 2, "{expected}: {checked}");
        assert!(checked.stderr.contains(expected), "{expected}: {checked}");
    }
}

#[test]
fn what_cannot_be_judged_says_what_to_do() {
    let project = Project::judged_at(&closed_port("/v1"));
    let judge = |words: &[&str]| project.evenhand(&[&["judge"], words].concat()).to_string();
    assert_snapshot!(judge(&["polite"]));
    assert_snapshot!(judge(&["polite", "--set", "txt=hello"]));
    assert_snapshot!(judge(&["polite", "--set", "hello"]));
    assert_snapshot!(judge(&["polite", "--set", "text=@gone.txt"]));
    let unreachable =
        project.evenhand(&["judge", "polite", "--set", "text=hello", "--model", "replay/gone.jsonl"]);
    assert_eq!(unreachable.code, 2, "{unreachable}");
}

#[test]
fn a_judge_that_does_not_answer_gives_no_score() {
    let project = Project::judged_at(&closed_port("/v1"));
    project.add("evenhand.toml", "\n[models.hasty]\nmodel = \"openai/m\"\nbase_url = \"http://127.0.0.1:1/v1\"\ntransport_retries = 0\n");
    let ran = project.evenhand(&["judge", "polite", "--set", "text=hello", "--model", "hasty"]);
    assert_eq!(ran.code, 3, "{ran}");
    assert!(ran.stdout.starts_with("no score: "), "{ran}");
}

#[test]
fn a_judge_needs_no_project() {
    let server = Mock::fair();
    let project = Project::empty();
    project.write("signatures/polite.toml", crate::support::requests::POLITE);
    let address = ("OPENAI_BASE_URL", server.url("/v1"));
    let words = ["judge", "polite", "--set", "text=please", "--model", "openai/m"];
    let ran = project.evenhand_with((address.0, &address.1), &words);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.starts_with("yes, score 1.00"), "{ran}");
}

#[test]
fn every_record_is_judged_by_the_same_text() {
    let server = Mock::fair();
    let project = by_the_rules(&server.url("/v1"), "inputs.rules = { file = \"rules.md\" }\n");
    project.write("rules.md", "Say the magic word.\n\n");
    assert_eq!(project.evenhand(&["run"]).code, 0);
    let requests = server.requests();
    assert_eq!(requests.len(), 6);
    assert!(requests.iter().all(|request| material(request).contains("Say the magic word.")));
}

#[test]
fn another_text_is_another_run_and_other_inputs_in_the_golden_file() {
    let server = Mock::fair();
    let project = by_the_rules(&server.url("/v1"), "inputs.rules = { text = \"Say the magic word.\" }\n");
    assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
    let inputs = |project: &Project| {
        let golden: Value = serde_json::from_str(&project.read("golden/polite.json")).unwrap();
        golden["models"]["openai/mock-1"]["records"][0]["marks"]["inputs"].clone()
    };
    let before = inputs(&project);
    let config = project.read("evenhand.toml").replace("magic word", "right word");
    project.write("evenhand.toml", config);
    let check = project.evenhand(&["check"]);
    assert_ne!(check.code, 0, "{check}");
    let resumed = project.evenhand(&["run", "--resume"]);
    assert_eq!(resumed.code, 2, "{resumed}");
    assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
    assert_ne!(inputs(&project), before);
}

#[test]
fn a_text_for_all_records_that_does_not_fit_is_named() {
    let told = |more: &str| by_the_rules(&closed_port("/v1"), more).evenhand(&["run"]).to_string();
    assert_snapshot!(told("inputs.rule = { text = \"x\" }\n"));
    assert_snapshot!(told("inputs = { rules = { text = \"x\" }, text = { text = \"x\" } }\n"));
    assert_snapshot!(told(
        "inputs.rules = { text = \"x\", file = \"rules.md\" }\nfields = { rules = \"text\" }\n"
    ));
    assert_snapshot!(told("inputs.rules = { file = \"rules.md\" }\n"));
}
