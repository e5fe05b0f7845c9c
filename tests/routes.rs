//! Routes: rules choose which model judges a record, and the next is asked where it fails.

use std::fs;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::Project;
use crate::support::requests::POLITE;
use crate::support::server::{Reply, openai_answer};

/// Six records: r1 and r2 are critical, r3 is long; the fair judge differs from the label of r4.
const RECORDS: [(&str, &str, &str, &str); 6] = [
    ("r1", "please wait here", "yes", "critical"),
    ("r2", "go away", "no", "critical"),
    ("r3", "please come in", "yes", "long"),
    ("r4", "shut the door", "yes", "plain"),
    ("r5", "please mind the step", "yes", "plain"),
    ("r6", "move", "no", "plain"),
];

/// Critical records go to `quality` and then `primary`, all others to `fast` and then `primary`.
const TIERS: &str = r#"
[[routes.tiers.rules]]
name = "critical"
when = ["tag=critical"]
to = ["quality", "primary"]

[[routes.tiers.rules]]
name = "standard"
to = ["fast", "primary"]
"#;

/// The servers of the three roles.
struct Servers {
    fast: Mock,
    primary: Mock,
    quality: Mock,
}

impl Servers {
    fn fair() -> Self {
        Self { fast: Mock::fair(), primary: Mock::fair(), quality: Mock::fair() }
    }

    /// The number of requests of each: fast, primary, quality.
    fn asked(&self) -> [usize; 3] {
        [&self.fast, &self.primary, &self.quality].map(|server| server.requests().len())
    }

    /// A suite whose judge is routed.
    fn project(&self, routes: &str) -> Project {
        let project = Project::empty();
        let roles =
            [("fast", &self.fast, 1.0), ("primary", &self.primary, 10.0), ("quality", &self.quality, 100.0)];
        let models = roles.map(|(role, server, price)| {
            format!(
                "[models.{role}]\nmodel = \"openai/{role}\"\nbase_url = \"{}\"\ntransport_retries = 0\ntimeout_s = 1\n\
                 price = {{ input_per_million = {price:?}, output_per_million = {price:?} }}\n\n",
                server.url("/v1")
            )
        });
        project.write(
            "evenhand.toml",
            format!(
                "{}{routes}\n[suites.polite]\nsignature = \"polite\"\ndataset = \"polite.jsonl\"\nlabel = \"label\"\n\
                 model = \"tiers\"\n",
                models.concat()
            ),
        );
        project.write("signatures/polite.toml", POLITE);
        let lines = RECORDS.map(|(id, text, label, tag)| {
            format!("{}\n", json!({"id": id, "text": format!("{id} {text}"), "label": label, "tags": [tag]}))
        });
        project.write("polite.jsonl", lines.concat());
        project
    }
}

/// Which rule sent each record where, and who answered.
fn routed(journal: &[Value]) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut routed: Vec<_> = journal
        .iter()
        .map(|line| {
            let route = &line["routes"][0];
            (text(&line["id"]), text(&route["rule"]), text(&route["answered"]))
        })
        .collect();
    routed.sort();
    routed
}

fn expected(rows: &[(&str, &str, &str); 6]) -> Vec<(String, String, String)> {
    rows.map(|(id, rule, role)| (id.to_owned(), rule.to_owned(), role.to_owned())).to_vec()
}

#[test]
fn the_first_rule_that_fits_chooses_and_the_report_says_what_each_role_did() {
    let servers = Servers::fair();
    let project = servers.project(TIERS);
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(servers.asked(), [4, 0, 2]);
    let journal = project.journal();
    let rows = [
        ("r1", "critical", "quality"),
        ("r2", "critical", "quality"),
        ("r3", "standard", "fast"),
        ("r4", "standard", "fast"),
        ("r5", "standard", "fast"),
        ("r6", "standard", "fast"),
    ];
    assert_eq!(routed(&journal), expected(&rows));
    let first = journal.iter().find(|line| line["id"] == "r1").unwrap();
    let route =
        json!([{"judge": "polite", "rule": "critical", "to": ["quality", "primary"], "answered": "quality"}]);
    assert_eq!(first["routes"], route);
    assert_eq!(first["attempts"][0]["model"], "openai/quality");
    assert_eq!(first["attempts"][0]["role"], "quality");
    assert_snapshot!(ran);
    assert_eq!(project.evenhand(&["report", "last", "--json", "report.json"]).code, 0);
    let report: Value = serde_json::from_str(&project.read("report.json")).unwrap();
    let suite = &report["suites"][0];
    assert_eq!(suite["records"][0]["routes"], route);
    let shares: Vec<(&str, u64, u64, f64)> = suite["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| {
            let number = |key: &str| role[key].as_u64().unwrap();
            let accuracy = role["accuracy"].as_f64().unwrap_or(-1.0);
            (role["role"].as_str().unwrap(), number("answered"), number("records"), accuracy)
        })
        .collect();
    assert_eq!(shares, [("fast", 4, 6, 0.75), ("primary", 0, 6, -1.0), ("quality", 2, 6, 1.0)]);
    // A reply is 19 tokens of prompt and 10 of answer.
    let cost = |place: usize| format!("{:.6}", suite["roles"][place]["cost_usd"].as_f64().unwrap());
    assert_eq!((cost(0), cost(2)), ("0.000116".to_owned(), "0.005800".to_owned()));
}

#[test]
fn the_next_model_is_asked_where_one_failed_and_every_attempt_is_kept() {
    let broken = Mock::new(|_| Reply::status(500));
    let silent = Mock::new(|request| openai_answer(&fair_answer(request)).after(Duration::from_secs(5)));
    let servers = Servers { fast: broken, primary: Mock::fair(), quality: silent };
    let project = servers.project(TIERS);
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(servers.asked(), [4, 6, 2]);
    let journal = project.journal();
    assert!(routed(&journal).iter().all(|(_, _, answered)| answered == "primary"), "{journal:?}");
    let attempts: Vec<(&str, bool)> = journal[0]["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| (attempt["model"].as_str().unwrap(), attempt["failure"].is_null()))
        .collect();
    let first = if journal[0]["tags"][0] == "critical" { "openai/quality" } else { "openai/fast" };
    assert_eq!(attempts, [(first, false), ("openai/primary", true)]);
    let roles = &ran.json().1["summary"]["roles"];
    let counts = |place: usize| (roles[place]["answered"]["count"].as_u64(), roles[place]["failed"].as_u64());
    assert_eq!(
        [counts(0), counts(1), counts(2)],
        [(Some(0), Some(4)), (Some(6), Some(0)), (Some(0), Some(2))]
    );
}

#[test]
fn nobody_else_is_asked_about_a_verdict_or_a_failure_that_the_route_does_not_name() {
    let stern = Mock::new(|_| openai_answer(r#"{"reasoning": "No.", "verdict": "no"}"#));
    let servers = Servers { fast: stern, ..Servers::fair() };
    assert_eq!(servers.project(TIERS).evenhand(&["run"]).code, 0);
    assert_eq!(servers.asked(), [4, 0, 2], "a verdict stands");
    let mute = || Mock::new(|_| openai_answer("no JSON at all"));
    let servers = Servers { fast: mute(), ..Servers::fair() };
    let project = servers.project(TIERS);
    project.evenhand(&["run"]);
    assert_eq!(servers.asked()[1], 0, "an invalid answer is none of the usual kinds");
    let detail =
        &project.journal().into_iter().find(|line| line["id"] == "r4").unwrap()["result"]["unscored"];
    assert!(detail["detail"].as_str().unwrap().starts_with("fast: "), "{detail}");
    let servers = Servers { fast: mute(), ..Servers::fair() };
    let named = format!("[routes.tiers]\nfallback_on = [\"invalid_answer\"]\n{TIERS}");
    let project = servers.project(&named);
    let ran = project.evenhand(&["run"]);
    assert_eq!((ran.code, servers.asked()[1]), (0, 4), "{ran}");
}

#[test]
fn reasons_are_asked_of_the_model_that_answered() {
    let servers = Servers { quality: Mock::new(|_| Reply::status(500)), ..Servers::fair() };
    let project = servers.project(TIERS);
    let reasoning =
        "[outputs.reasoning]\ndescription = \"One sentence: what decides.\"\nmax_length = 300\n\n";
    assert!(POLITE.contains(reasoning));
    project.write("signatures/polite.toml", POLITE.replace(reasoning, ""));
    let text = project.read("polite.jsonl").replace("\"label\":\"no\"", "\"label\":\"yes\"");
    project.write("polite.jsonl", text);
    project.add("evenhand.toml", "explain = 6\n");
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    let mut asked: Vec<(String, String)> = Vec::new();
    for line in project.journal() {
        let reasons =
            line["attempts"].as_array().unwrap().iter().filter(|attempt| attempt["purpose"] == "reasons");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        asked.extend(reasons.map(|attempt| (text(&line["id"]), text(&attempt["role"]))));
    }
    asked.sort();
    let expected = [("r2", "primary"), ("r4", "fast"), ("r6", "fast")];
    assert_eq!(asked, expected.map(|(id, role)| (id.to_owned(), role.to_owned())));
}

#[test]
fn where_all_fail_the_record_has_no_score_and_says_so_of_each() {
    let broken = || Mock::new(|_| Reply::status(500));
    let servers = Servers { fast: broken(), primary: broken(), quality: Mock::fair() };
    let project = servers.project(TIERS);
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 3, "{ran}");
    let journal = project.journal();
    let last = journal.iter().find(|line| line["id"] == "r6").unwrap();
    let detail = last["result"]["unscored"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("fast: ") && detail.contains("; then primary: "), "{detail}");
    assert_eq!(last["routes"][0]["answered"], Value::Null);
    assert_eq!(last["attempts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_spent_budget_is_no_failure_to_fall_back_from() {
    let servers = Servers::fair();
    let project = servers.project(TIERS);
    let ran = project.evenhand(&["run", "--max-calls", "2"]);
    assert_ne!(ran.code, 0, "{ran}");
    assert_eq!(servers.asked()[1], 0, "{ran}");
}

#[test]
fn rules_go_by_fields_by_the_kind_of_judge_and_by_the_longest_answer() {
    let servers = Servers::fair();
    let rules = r#"
[[routes.tiers.rules]]
name = "asked for"
when = ["id=r1", "text!=*door*"]
to = ["quality"]

[[routes.tiers.rules]]
name = "rating"
judge = ["number"]
max_answer_chars = 400
to = ["primary"]

[[routes.tiers.rules]]
name = "rest"
to = ["fast"]
"#;
    let project = servers.project(rules);
    let rating = |most: &str| {
        POLITE
            .replace("choices = [\"yes\", \"no\"]", "type = \"integer\"\nmin = 1\nmax = 5")
            .replace("labels = { yes = 1, no = 0 }", "")
            .replace("max_length = 300", most)
    };
    project.write("signatures/short.toml", rating("max_length = 300"));
    project.write("signatures/long.toml", rating("max_length = 900"));
    project.add(
        "evenhand.toml",
        "label_values = { yes = \"pass\", no = \"fail\" }\n\n[suites.polite.judges.short]\nsignature = \"short\"\n\n\
         [suites.polite.judges.long]\nsignature = \"long\"\n",
    );
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    // r1 of all three judges; the short rating of five records; the other two judges' rest.
    assert_eq!(servers.asked(), [10, 5, 3], "{ran}");
    let journal = project.journal();
    let of = |id: &str| {
        let line = journal.iter().find(|line| line["id"] == id).unwrap();
        let mut rules: Vec<(&str, &str)> = line["routes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|route| (route["judge"].as_str().unwrap(), route["rule"].as_str().unwrap()))
            .collect();
        rules.sort_unstable();
        rules.into_iter().map(|(_, rule)| rule.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("r1"), ["asked for", "asked for", "asked for"]);
    assert_eq!(of("r2"), ["rest", "rest", "rating"], "judges long, polite, short");
    // Each judge has rows of its own, with its own verdicts against the labels.
    assert!(ran.stdout.contains("polite: fast answered 83.3 % (5 of 6)"), "{ran}");
    assert_eq!(project.evenhand(&["report", "last", "--json", "report.json"]).code, 0);
    let report: Value = serde_json::from_str(&project.read("report.json")).unwrap();
    let rows: Vec<(&str, &str, u64, u64)> = report["suites"][0]["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| {
            let (text, number) =
                (|key: &str| role[key].as_str().unwrap(), |key: &str| role[key].as_u64().unwrap());
            (text("judge"), text("role"), number("answered"), number("records"))
        })
        .collect();
    let expected = [
        ("long", "fast", 5, 6),
        ("long", "quality", 1, 6),
        ("polite", "fast", 5, 6),
        ("polite", "quality", 1, 6),
        ("short", "primary", 5, 6),
        ("short", "quality", 1, 6),
    ];
    assert_eq!(rows, expected);
    let polite = &report["suites"][0]["roles"][2];
    assert_eq!((&polite["accuracy"], &polite["labelled"]), (&json!(0.8), &json!(5)), "r4 alone differs");
}

#[test]
fn a_dry_run_shows_where_the_data_would_go() {
    let servers = Servers::fair();
    let project = servers.project(TIERS);
    let dry = project.evenhand(&["run", "--dry-run"]);
    assert_eq!(dry.code, 0, "{dry}");
    assert_snapshot!(dry.stdout);
    let dry: Value = serde_json::from_str(&project.evenhand(&["run", "--dry-run", "--json"]).stdout).unwrap();
    let critical = json!({"judge": "polite", "rule": "critical", "to": ["quality", "primary"], "records": 2, "calls": 2});
    assert_eq!(dry["routes"][0], critical);
    assert_eq!(servers.asked(), [0, 0, 0]);
}

#[test]
fn a_record_that_no_rule_fits_has_no_score_and_that_is_said_before_the_run() {
    let servers = Servers::fair();
    let critical = TIERS.split("[[").nth(1).unwrap();
    let project = servers.project(&format!("[[{critical}"));
    project.add("evenhand.toml", "max_unscored = 1.0\n");
    let dry = project.evenhand(&["run", "--dry-run"]);
    assert!(dry.stdout.contains("route of polite, no rule fits: 4 records, unscored"), "{dry}");
    let ran = project.evenhand(&["run"]);
    assert!(ran.stderr.contains("no rule of the route of judge polite fits 4 records"), "{ran}");
    assert_eq!(servers.asked(), [0, 0, 2]);
    let journal = project.journal();
    let unscored = &journal.iter().find(|line| line["id"] == "r4").unwrap()["result"]["unscored"];
    assert_eq!(unscored["detail"], "no rule of route `tiers` fits");
}

#[test]
fn a_model_of_the_command_line_stands_for_the_route() {
    let servers = Servers::fair();
    let project = servers.project(TIERS);
    for option in [["--model", "primary"], ["--judge-model", "polite=primary"]] {
        let ran = project.evenhand(&["run", option[0], option[1], "--no-cache"]);
        assert_eq!(ran.code, 0, "{ran}");
        assert!(project.journal().iter().all(|line| line["routes"].is_null()), "{option:?}");
        let report = project.evenhand(&["report", "last", "--json", "report.json"]);
        assert_eq!(report.code, 0, "{report}");
    }
    assert_eq!(servers.asked(), [0, 12, 0]);
}

#[test]
fn a_route_may_be_the_default_model_or_a_command_lines() {
    let servers = Servers::fair();
    let project = servers.project(TIERS);
    let text = project.read("evenhand.toml").replace("model = \"tiers\"\n", "");
    let answered = |project: &Project| {
        let mut all: Vec<String> =
            routed(&project.journal()).into_iter().map(|(_, _, answered)| answered).collect();
        all.sort();
        all
    };
    let expected = ["fast", "fast", "fast", "fast", "quality", "quality"];
    project.write("evenhand.toml", format!("default_model = \"tiers\"\n{text}"));
    assert_eq!(project.evenhand(&["run"]).code, 0);
    assert_eq!(answered(&project), expected);
    // The suite has a model of its own; the command line names the route, for all judges or for one.
    project.write("evenhand.toml", format!("default_model = \"primary\"\n{text}"));
    for option in [["--model", "tiers"], ["--judge-model", "polite=tiers"]] {
        let ran = project.evenhand(&["run", option[0], option[1]]);
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(answered(&project), expected);
        let head: Value =
            serde_json::from_str(&fs::read_to_string(project.last_run().join("run.json")).unwrap()).unwrap();
        assert_eq!(head["routes"], json!({"polite": "tiers"}));
        let report = project.evenhand(&["report", "last", "--html", "report.html"]);
        assert_eq!(report.code, 0, "{report}");
        let page = project.read("report.html");
        assert!(page.contains("please wait here"), "the texts of a run by a route are shown");
    }
    assert_eq!(servers.asked()[1], 0, "the default model is not asked");
    let dry = project.evenhand(&["run", "--dry-run", "--model", "tiers"]);
    assert!(dry.stdout.contains("rule \"critical\": 2 records to quality, then primary"), "{dry}");
    let prompt = project.evenhand(&["prompt", "polite", "--model", "tiers"]);
    assert_eq!(prompt.code, 0, "{prompt}");
    let compared = project.evenhand(&["compare", "polite", "--models", "primary,tiers"]);
    assert_eq!(compared.code, 0, "{compared}");
    assert!(compared.stdout.contains("tiers"), "{compared}");
    assert_eq!(servers.asked()[1], 6, "one side by the model, the other by the route, which was cached");
}

#[test]
fn a_name_that_is_neither_model_nor_route_is_an_error_and_a_route_that_cannot_be_one_too() {
    let servers = Servers::fair();
    let project = servers.project(TIERS);
    let text = project.read("evenhand.toml");
    let said = |args: &[&str], expected: &str| {
        let ran = project.evenhand(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran}");
        assert!(ran.stderr.contains(expected), "{args:?}: {ran}");
    };
    said(&["run", "--model", "tires"], "there is no model or route `tires`");
    said(&["run", "--model", "tires"], "did you mean `tiers`?");
    said(&["compare", "polite", "--models", "primary,tires"], "there is no model or route `tires`");
    let one = "`tiers` is a route, and one model is needed here";
    said(&["judge", "polite", "--set", "text=please", "--model", "tiers"], one);
    said(&["tune", "polite", "--model", "tiers", "--dry-run"], "a route chooses the models of suite polite");
    project.write("evenhand.toml", format!("default_model = \"tires\"\n{text}"));
    said(&["run"], "there is no model or route `tires`");
    let jury = "[suites.polite.jury]\nmembers = [{ name = \"a\" }, { name = \"b\", model = \"fast\" }]\n";
    let bare = text.replace("model = \"tiers\"\n", "");
    project.write("evenhand.toml", format!("default_model = \"tiers\"\n{bare}{jury}"));
    said(&["run"], "the model of \"a\" would be a route");
    project.write("evenhand.toml", format!("default_model = \"fast\"\n{bare}{jury}"));
    said(&["run", "--model", "tiers"], "`tiers` is a route, and judge `polite` is a jury");
    assert_eq!(servers.asked(), [0, 0, 0]);
}

#[test]
fn a_routed_suite_is_locked_and_replayed_and_a_changed_rule_is_another_judge() {
    // The fast model fails on one record: in the recording there is only the answer of the next.
    let fails_on_r4 = Mock::new(|request| {
        if request.last_message().contains("r4 ") {
            Reply::status(500)
        } else {
            openai_answer(&fair_answer(request))
        }
    });
    let servers = Servers { fast: fails_on_r4, ..Servers::fair() };
    let project = servers.project(TIERS);
    let locked = project.evenhand(&["golden", "lock", "polite", "--replies"]);
    assert_eq!(locked.code, 0, "{locked}");
    let before = servers.asked();
    assert_eq!(before, [4, 1, 2]);
    let golden: Value = serde_json::from_str(&project.read("golden/polite.json")).unwrap();
    let entry = &golden["models"]["openai/quality + openai/primary + openai/fast"];
    assert_eq!(
        entry["fingerprints"]["subject"]["judge model"],
        "polite/quality: openai/quality; polite/primary: openai/primary; polite/fast: openai/fast"
    );
    let checked = project.evenhand(&["check", "--replay"]);
    assert_eq!(checked.code, 0, "{checked}");
    assert_eq!(servers.asked(), before, "nothing is asked again");
    let r4 = project.journal().into_iter().find(|line| line["id"] == "r4").unwrap();
    assert_eq!(r4["routes"][0]["answered"], "primary");
    let changed = project.read("evenhand.toml").replace("tag=critical", "tag=crit*");
    project.write("evenhand.toml", changed);
    let checked = project.evenhand(&["check", "--replay"]);
    assert_eq!(checked.code, 0, "{checked}");
    assert!(checked.stdout.contains("judge prompt"), "the rules are a part of the judge: {checked}");
}

#[test]
fn a_run_that_goes_on_finds_the_replies_of_each_role_again() {
    let servers = Servers { fast: Mock::new(|_| Reply::status(500)), ..Servers::fair() };
    let project = servers.project(TIERS);
    assert_eq!(project.evenhand(&["run", "--no-cache"]).code, 0);
    let before = servers.asked();
    // As if it had been killed after the first record's line: the replies are there, the outcomes are not.
    let path = project.last_run().join("journal.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    let resumed = project.evenhand(&["run", "--no-cache", "--resume"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    let after = servers.asked();
    assert_eq!((before[1], before[2]), (after[1], after[2]), "no reply is asked for again");
    assert!(routed(&project.journal()).iter().all(|(_, _, answered)| answered != "-"));
}

#[test]
fn what_no_route_can_be_is_an_error_with_its_place() {
    let servers = Servers::fair();
    let errors = [
        (TIERS.replace("\"fast\"", "\"fats\""), "", "there is no model `fats` in [models]"),
        (TIERS.replace("[\"fast\", \"primary\"]", "[]"), "", "has less than 1 item"),
        (TIERS.replace("\"fast\"", "\"tiers\""), "", "`tiers` is a route, and a model is needed here"),
        (TIERS.replace("tag=critical", "critical"), "", "`critical` is not a filter"),
        (TIERS.replace("\"standard\"", "\"critical\""), "", "two rules are called \"critical\""),
        (TIERS.replace("routes.tiers", "routes.fast"), "", "`fast` is a route and a model"),
        (format!("[routes.tiers]\nfallback_on = [\"budget\"]\n{TIERS}"), "", "fallback_on"),
        (
            TIERS.to_owned(),
            "[suites.polite.jury]\nmembers = [{ name = \"a\", model = \"tiers\" }, { name = \"b\", model = \"fast\" }]\n",
            "`tiers` is a route, and a model is needed here",
        ),
        (
            TIERS.to_owned(),
            "[suites.polite.jury]\nmembers = [{ name = \"a\" }, { name = \"b\", model = \"fast\" }]\n",
            "the model of \"a\" would be a route",
        ),
        (TIERS.to_owned(), "calibration = \"c.json\"\n", "a calibration holds for one model"),
        (
            TIERS
                .replace("name = \"standard\"", "name = \"standard\"\njudge = [\"pair\"]")
                .replace("name = \"critical\"", "name = \"critical\"\nmax_answer_chars = 10"),
            "",
            "no rule of route `tiers` is for judge `polite`",
        ),
    ];
    for (routes, more, expected) in errors {
        let project = servers.project(&routes);
        project.add("evenhand.toml", more);
        let ran = project.evenhand(&["run"]);
        assert_eq!(ran.code, 2, "{expected}: {ran}");
        assert!(ran.stderr.contains(expected), "{expected}: {ran}");
    }
    assert_eq!(servers.asked(), [0, 0, 0]);
}
