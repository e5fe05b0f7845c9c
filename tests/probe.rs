//! `evenhand probe`: judges with known biases are found, and noise is not taken for one.

use std::collections::BTreeMap;
use std::time::Duration;

use evenhand::probe::ProbeName;
use evenhand::suite::{Environment, Exit, ProbeEvent, ProbeOptions, Project as Suites};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer, material, schema};
use crate::support::project::Project;
use crate::support::server::{RecordedRequest, Reply, openai_answer};
use crate::support::width::too_wide;

const RECORDS: usize = 20;

fn records(number: usize) -> String {
    let line = |number: usize| {
        let said = if number.is_multiple_of(2) { "please come in" } else { "go away" };
        json!({"id": format!("r{number}"), "text": format!("r{number}: {said}")}).to_string() + "\n"
    };
    (1..=number).map(line).collect()
}

fn project(server: &Mock) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    let config = project.read("evenhand.toml").replace("label = \"label\"\n", "");
    project.write("evenhand.toml", config);
    project.write("polite.jsonl", records(RECORDS));
    project
}

fn said(request: &RecordedRequest, verdict: &Value) -> Reply {
    let mut answer: Value = serde_json::from_str(&fair_answer(request)).unwrap();
    answer["verdict"] = verdict.clone();
    openai_answer(&answer.to_string())
}

/// What a fair judge says, whatever the order in which verdicts are listed.
fn fairly(request: &RecordedRequest) -> Value {
    json!(if material(request).contains("please") { "yes" } else { "no" })
}

/// A judge that nothing leads.
fn fair() -> Mock {
    Mock::new(|request| said(request, &fairly(request)))
}

/// A judge that gives the verdict that is listed first.
fn first_listed() -> Mock {
    Mock::new(|request| said(request, &schema(&request.body)["properties"]["verdict"]["enum"][0]))
}

/// The verdict that stands in the text, if one does.
fn fake(request: &RecordedRequest) -> Option<Value> {
    let text = material(request);
    let answer = text.get(text.find("{\"verdict\":")?..)?.lines().next()?;
    serde_json::from_str::<Value>(answer).ok().map(|answer| answer["verdict"].clone())
}

/// A judge that gives the verdict that stands in the text.
fn obedient() -> Mock {
    Mock::new(|request| said(request, &fake(request).unwrap_or_else(|| fairly(request))))
}

/// A judge that flips one verdict in ten, by the request and by how often it came before.
fn noisy() -> Mock {
    let asked = std::sync::Mutex::new(BTreeMap::<String, u32>::new());
    Mock::new(move |request| {
        let mut asked = asked.lock().unwrap();
        let times = asked.entry(request.body.to_string()).or_default();
        *times += 1;
        let hash = blake3::hash(format!("{times}{}", request.body).as_bytes());
        let other = if fairly(request) == json!("yes") { json!("no") } else { json!("yes") };
        let flips = hash.as_bytes()[0] < 26;
        said(request, &if flips { other } else { fairly(request) })
    })
}

fn report(project: &Project, more: &[&str]) -> Value {
    let ran = project.evenhand(&[&["probe", "polite", "--json"], more].concat());
    assert!([0, 1].contains(&ran.code), "{ran}");
    let line: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(line["type"], "probe");
    line["report"].clone()
}

fn leading(report: &Value) -> Vec<&str> {
    let probes = report["probes"].as_array().unwrap().iter();
    probes
        .filter(|finding| finding["leads"] == true)
        .map(|finding| finding["probe"].as_str().unwrap())
        .collect()
}

#[test]
fn a_judge_that_takes_the_first_verdict_is_led_by_their_order() {
    let server = first_listed();
    let report = report(&project(&server), &[]);
    assert_eq!(leading(&report), ["options"]);
    assert_eq!(report["probes"][0]["flips"], 20, "each record");
    assert_eq!(report["probes"][0]["down"], 20, "all of them from yes to no");
}

#[test]
fn a_judge_that_follows_a_verdict_in_the_text_is_led_by_injection() {
    let server = obedient();
    let project = project(&server);
    project.add(
        "evenhand.toml",
        "\n[suites.polite.gates.probes]\nmax_flip_rate = 0.05\neach = { length = 0.5 }\n",
    );
    let ran = project.evenhand(&["probe", "polite", "--markdown", "probe.md", "--html", "probe.html"]);
    assert_eq!(ran.code, 1, "{ran}");
    assert_snapshot!(ran.stdout);
    assert!(ran.stderr.contains("led further than a gate allows"), "{ran}");
    assert_eq!(too_wide(&ran.stdout), Vec::<&str>::new());
    assert_snapshot!("the_report_in_markdown", project.read("probe.md"));
    assert!(project.read("probe.html").contains("The judge can be led"));
    let runs = project.evenhand(&["check"]);
    assert!(!runs.stdout.contains("polite"), "a gate on probes is none of a check's: {runs}");
}

#[test]
fn a_judge_that_flips_by_chance_is_not_accused() {
    let server = noisy();
    let project = project(&server);
    project.write("polite.jsonl", records(40));
    let report = report(&project, &["--no-cache"]);
    assert_eq!(leading(&report), Vec::<&str>::new(), "{report:#}");
    assert!(report["control"]["flips"].as_u64().unwrap() > 5, "it does flip");
}

#[test]
fn a_judge_that_holds_is_told_what_could_go_unseen() {
    let server = fair();
    let project = project(&server);
    let before = project.files().len();
    let dry = project.evenhand(&["probe", "polite", "--dry-run"]);
    assert_eq!((dry.code, server.requests().len(), project.files().len()), (0, 0, before), "{dry}");
    let ran = project.evenhand(&["probe", "polite", "--record", "replies.jsonl"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_snapshot!(ran.stdout);
    let calls = server.requests().len();
    assert!(dry.stdout.contains(&format!("{calls} calls")), "{calls}: {dry}");
    assert!(
        !project.has(".evenhand/runs") && !project.has("golden"),
        "nothing of the suite's own is touched"
    );
    let again = project.evenhand(&["probe", "polite"]);
    assert_eq!((again.stdout == ran.stdout, server.requests().len()), (true, calls), "the cache answers");
    let replayed = project.evenhand(&["probe", "polite", "--replay", "replies.jsonl", "--no-cache"]);
    assert_eq!((replayed.code, server.requests().len()), (0, calls), "{replayed}");
    assert_eq!(replayed.stdout.replace("replay/replies.jsonl", "openai/mock-1"), ran.stdout);
    let some = project.evenhand(&["probe", "polite", "--probes", "paraphrase,place", "--limit", "10", "-v"]);
    assert_snapshot!("some_probes_with_statistics", some.stdout);
}

#[test]
fn killed_at_any_moment_it_asks_nothing_twice() {
    let server = Mock::new(|request| said(request, &fairly(request)).after(Duration::from_millis(3)));
    let project = project(&server);
    let probe = [
        "probe",
        "polite",
        "--probes",
        "options,length",
        "--limit",
        "10",
        "--no-cache",
        "--concurrency",
        "2",
    ];
    let all = 10 * (1 + 2 + 1 + 3);
    let mut kills = 0;
    for round in 0..4 {
        let more: &[&str] = if project.has(".evenhand/probes") { &["--resume"] } else { &[] };
        let running = project.start(&[&probe, more].concat());
        server.wait_for_requests((server.requests().len() + 5).min(all));
        std::thread::sleep(Duration::from_millis(5 * round));
        running.kill();
        kills += 1;
    }
    let ended = project.evenhand(&[&probe[..], &["--resume"]].concat());
    assert_eq!(ended.code, 0, "{ended}");
    let asked = server.requests().len();
    assert!((all..=all + 2 * kills).contains(&asked), "{asked} of {all}, with 2 in flight at {kills} kills");
    let once_more = project.evenhand(&[&probe[..], &["--resume"]].concat());
    assert_eq!((once_more.stdout == ended.stdout, server.requests().len()), (true, asked));
}

#[test]
fn a_budget_ends_it_and_it_goes_on() {
    let server = fair();
    let project = project(&server);
    let ran = project.evenhand(&["probe", "polite", "--probes", "length", "--max-calls", "70"]);
    assert_eq!(ran.code, 5, "{ran}");
    assert!(ran.stderr.contains("--resume"), "{ran}");
    assert_eq!((ran.stdout.as_str(), server.requests().len()), ("", 70));
    let ran = project.evenhand(&["probe", "polite", "--probes", "length", "--resume"]);
    assert_eq!((ran.code, server.requests().len()), (0, 120), "{ran}");
}

#[test]
fn one_judge_of_several_is_probed_without_the_checks() {
    let server = obedient();
    let project = project(&server);
    project.add(
        "evenhand.toml",
        "\n[suites.polite.judges.second]\nsignature = \"polite\"\n\n\
         [suites.polite.checks.says]\nkind = \"contains\"\nexpected = [\"nothing\"]\nrequired = true\n",
    );
    let ran = project.evenhand(&["probe", "polite"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("--judge polite"), "{ran}");
    let report = report(&project, &["--judge", "second", "--probes", "injection"]);
    assert_eq!((report["judge"].as_str(), leading(&report)), (Some("second"), vec!["injection"]));
}

/// A judge of pairs that takes whatever is shown first.
#[test]
fn the_place_in_a_pair_is_found() {
    let server = Mock::new(|request| said(request, &json!("first")));
    let project = project(&server);
    project.write(
        "signatures/polite.toml",
        "instruction = \"Decide which answer is polite.\"\n[inputs.one]\n[inputs.two]\n\
         [outputs.verdict]\nchoices = [\"first\", \"second\"]\n[score]\nfield = \"verdict\"\n\
         labels = { first = 1, second = 0 }\n[pair]\ninputs = [\"one\", \"two\"]\nverdicts = [\"first\", \"second\"]\n",
    );
    let line =
        |number: usize| json!({"id": format!("p{number}"), "one": "please", "two": "go"}).to_string() + "\n";
    project.write("polite.jsonl", (1..=12).map(line).collect::<String>());
    let report = report(&project, &["--probes", "place"]);
    assert_eq!(leading(&report), ["place"]);
    let finding = &report["probes"][0];
    assert_eq!(
        (&finding["flips"], &finding["up"], &finding["control"]),
        (&json!(36), &json!(36), &json!(0.0))
    );
}

#[test]
fn own_paraphrases_take_the_place_of_the_built_in_ones() {
    let server = Mock::new(|request| {
        let asks = request.body.to_string();
        said(request, &if asks.contains("courteous") { json!("no") } else { fairly(request) })
    });
    let project = project(&server);
    project.add(
        "evenhand.toml",
        "\n[suites.polite.probes]\nparaphrases = [\"Say whether the text is courteous.\"]\n",
    );
    let report = report(&project, &["--probes", "paraphrase"]);
    assert_eq!(leading(&report), ["paraphrase"]);
    assert_eq!((&report["probes"][0]["n"], &report["probes"][0]["down"]), (&json!(20), &json!(10)));
}

#[test]
fn a_program_probes_a_suite_and_hears_of_each_verdict() {
    let server = obedient();
    let project = project(&server);
    let environment = Environment::of([("", ""); 0]);
    let suites = Suites::open(project.path("evenhand.toml"), environment).unwrap();
    let options = ProbeOptions { probes: vec![ProbeName::Injection], ..ProbeOptions::default() };
    let (mut most, mut heard) = (0, 0);
    let probing = suites.suite("polite").unwrap().probe(options, |event| match event {
        ProbeEvent::Started { verdicts, .. } => most = verdicts,
        ProbeEvent::Judged { .. } => heard += 1,
        _ => {}
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let probed = runtime.block_on(probing).unwrap();
    let worst = probed.report().unwrap().worst().unwrap();
    assert_eq!((worst.probe, worst.worst_version().unwrap()), (ProbeName::Injection, "verdict"));
    assert_eq!((most, heard, probed.gates().len()), (180, 180, 0));
    assert!(probed.folder().join("probe.json").exists() && probed.exit() == Exit::Success);
}

#[test]
fn a_probe_whose_change_the_prompt_does_not_show_is_left_out() {
    let server = fair();
    let project = project(&server);
    project.write("signatures/polite.jinja", "=== system ===\nIs it polite?\n=== user ===\n{{ text }}\n");
    let ran = project.evenhand(&["probe", "polite", "--probes", "paraphrase", "--limit", "2"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("no question differs"), "{ran}");
}

#[test]
fn what_cannot_be_probed_is_an_error_that_says_why() {
    let server = fair();
    let errors = [
        ("[suites.polite.probes]\ninput = \"answer\"\n", "has no such input"),
        ("[suites.polite.gates.probes]\neach = { injections = 0.1 }\n", "did you mean `injection`?"),
    ];
    for (toml, expected) in errors {
        let project = project(&server);
        project.add("evenhand.toml", &format!("\n{toml}"));
        let ran = project.evenhand(&["probe", "polite"]);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains(expected), "{ran}");
    }
    let project = project(&server);
    let resumed = project.evenhand(&["probe", "polite", "--resume"]);
    assert!(resumed.code == 2 && resumed.stderr.contains("start one, without --resume"), "{resumed}");
    assert!(server.requests().is_empty());
}

const LISTED: &str = "instruction = \"Do the documents answer the question?\"\n[inputs.docs]\ntype = \"array\"\n\
                      items = { type = \"string\" }\n[outputs.verdict]\nchoices = [\"yes\", \"no\"]\n[score]\n\
                      field = \"verdict\"\nlabels = { yes = 1, no = 0 }\n";

#[test]
fn a_judge_that_goes_by_the_first_item_is_led_by_the_order_of_a_list() {
    let server = Mock::new(|request| {
        let text = material(request);
        let first = |word: &str| text.find(word).unwrap_or(usize::MAX);
        let verdict = if first("good") < first("bad").min(first("odd")) { "yes" } else { "no" };
        openai_answer(&json!({"verdict": verdict}).to_string())
    });
    let project = project(&server);
    project.write("signatures/polite.toml", LISTED);
    let line =
        |number: usize| json!({"id": format!("r{number}"), "docs": [format!("good {number}"), "bad", "odd"]});
    project.write("polite.jsonl", (1..=20).map(|number| format!("{}\n", line(number))).collect::<String>());
    let without = project.evenhand(&["probe", "polite", "--probes", "options"]);
    assert!(!without.stdout.contains("lists"), "nothing is said of lists where none is named: {without}");
    project.add("evenhand.toml", "[suites.polite.probes]\nlists = [\"docs\"]\n");
    let report = report(&project, &["--probes", "lists,options"]);
    assert_eq!(leading(&report), ["lists"]);
    let versions =
        report["probes"].as_array().unwrap().iter().find(|probe| probe["probe"] == "lists").unwrap();
    let versions = versions["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 3, "backwards, and two orders that were drawn");
    assert_eq!(versions[0]["what"], "the items of `docs` stand backwards");
    assert_eq!(versions[0]["flips"], 20);
    project.write("evenhand.toml", project.read("evenhand.toml").replace("[\"docs\"]", "[\"text\"]"));
    let refused = project.evenhand(&["probe", "polite"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(
        refused.stderr.contains("`probes.lists` names \"text\", and signature `polite` has no such list"),
        "{refused}"
    );
}

#[test]
fn a_model_may_rewrite_the_instruction_and_each_rewriting_is_shown() {
    // One of the rewritings says something else, and this judge takes it at its word.
    let server = Mock::new(|request| {
        let is_turned = request.body.to_string().contains("rude");
        let fair = fairly(request);
        let other = if fair == json!("yes") { json!("no") } else { json!("yes") };
        said(request, &if is_turned { other } else { fair })
    });
    let writer = Mock::new(|request| {
        let text = request.last_message();
        openai_answer(if text.contains("Write formally") {
            "<instruction>\nDetermine whether the text is rude.\n</instruction>"
        } else if text.contains("short sentences") {
            "Is the text polite? Decide."
        } else {
            "Say whether this text is polite."
        })
    });
    let project = project(&server);
    let role =
        format!("[models.writer]\nmodel = \"openai/writer\"\nbase_url = \"{}\"\n\n", writer.url("/v1"));
    let config = project.read("evenhand.toml").replace("[suites.polite]", &format!("{role}[suites.polite]"));
    project.write("evenhand.toml", config);
    let words = ["probe", "polite", "--probes", "paraphrase", "--paraphrase-model", "writer"];
    let calls = |more: &[&str]| {
        let ran = project.evenhand(&[&words[..], &["--dry-run", "--json"], more].concat());
        let forecast: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert!(ran.stderr.contains("calls to openai/writer, made first and counted"), "{ran}");
        forecast["calls"].as_u64().unwrap()
    };
    // The unchanged question three times, and each rewriting: 20 records each.
    assert_eq!(calls(&[]), 3 + 6 * 20);
    assert_eq!(calls(&["--paraphrases", "2"]), 2 + 5 * 20);
    assert_eq!((writer.requests().len(), server.requests().len()), (0, 0));
    let spent = project.evenhand(&[&words[..], &["--max-calls", "2"]].concat());
    assert_eq!(spent.code, 5, "{spent}");
    let ran = project.evenhand(&words);
    assert_eq!(ran.code, 0, "{ran}");
    let flat = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("rewritten 1: Say whether this text is polite. 2: Determine whether the text is rude. 3: Is the text polite? Decide."), "{ran}");
    let asked = (writer.requests().len(), server.requests().len());
    let again = report(&project, &words[2..]);
    assert_eq!((writer.requests().len(), server.requests().len()), asked, "all of it is cached");
    assert_eq!(leading(&again), ["paraphrase"]);
    let versions = again["probes"][0]["versions"].as_array().unwrap();
    assert_eq!(versions[1]["text"], "Determine whether the text is rude.");
    assert_eq!(versions[1]["flips"], 20);
    assert_eq!(versions[1]["what"], "the instruction is as openai/writer rewrote it");
}
