//! `evenhand tune`: from labelled records to a signature file that a run uses.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::advice::follow;
use crate::support::mock::{Mock, fair_answer, is_again, record};
use crate::support::project::{Project, Ran, json_lines};
use crate::support::server::{Gate, RecordedRequest, Reply, openai_answer};
use crate::weighing::openai_weighed;

/// Labelled records, some polite and some not.
fn records(number: usize) -> String {
    let line = |index: usize| {
        let (text, label) = if index.is_multiple_of(2) { ("please wait", "yes") } else { ("go away", "no") };
        json!({"id": format!("r{index}"), "text": format!("r{index}: {text} {}", index * 7), "label": label})
    };
    (1..=number).map(|index| format!("{}\n", line(index))).collect()
}

/// Is fair once it is shown demos; calls everything polite without.
fn answer(request: &RecordedRequest) -> String {
    let messages = request.body["messages"].as_array().unwrap().len();
    if messages > 2 {
        fair_answer(request)
    } else {
        json!({"reasoning": "It is text.", "verdict": "yes"}).to_string()
    }
}

pub fn needs_demos() -> Mock {
    Mock::new(|request| openai_answer(&answer(request)))
}

pub fn project(server: &Mock) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", records(60));
    project
}

pub fn tune(project: &Project, words: &[&str]) -> Ran {
    let words: Vec<&str> = ["tune", "polite", "--candidates", "3"].iter().chain(words).copied().collect();
    project.evenhand(&words)
}

/// The folder of the last tuning.
fn last(project: &Project) -> std::path::PathBuf {
    let tunes = std::fs::read_dir(project.path(".evenhand/tunes")).unwrap();
    tunes.map(|entry| entry.unwrap().path()).max().unwrap()
}

fn log(project: &Project, name: &str) -> Vec<Value> {
    json_lines(&std::fs::read_to_string(last(project).join(name)).unwrap())
}

#[test]
fn a_winner_becomes_a_signature_file_that_a_run_uses() {
    let server = needs_demos();
    let project = project(&server);
    let ran = tune(&project, &["--write", "signatures/better.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_snapshot!(ran.stdout);
    let file = project.read("signatures/better.toml");
    assert!(file.contains("[tuned]") && file.contains("[[demos]]"), "{file}");
    assert_eq!(project.evenhand(&["signature", "check", "signatures/better.toml"]).code, 0);
    let config = project.read("evenhand.toml").replace("signature = \"polite\"", "signature = \"better\"");
    project.write("evenhand.toml", config);
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    assert_eq!(summary["summary"]["agreement"]["labels"]["accuracy"]["rate"], 1.0);
    // The prompt that was measured is the one that is sent.
    let prompt = std::fs::read_to_string(last(&project).join("prompt.txt")).unwrap();
    let sent = project.evenhand(&["prompt", "polite"]).stdout;
    assert!(sent.starts_with(&prompt), "{sent}");
    let again = project.evenhand(&["tune", "polite", "--report", "--write", "signatures/better.toml"]);
    assert_eq!(again.stdout, ran.stdout);
    // A finished tuning's signature can be written later: the same file, and no model is asked.
    let asked = server.requests().len();
    let later = project.evenhand(&["tune", "polite", "--report", "--write", "signatures/again.toml"]);
    assert_eq!((later.code, server.requests().len()), (0, asked), "{later}");
    assert_eq!(project.read("signatures/again.toml"), file);
}

#[cfg(unix)]
#[test]
fn what_gains_is_taken_by_what_the_report_says_to_do() {
    let server = needs_demos();
    let project = project(&server);
    let ran = tune(&project, &[]);
    assert!(ran.stdout.starts_with("polite: The new prompt gains: κ "), "{ran}");
    assert!(ran.stdout.contains("--write signatures/polite-tuned.toml\n"), "{ran}");
    let asked = server.requests().len();
    follow(&project, &ran.stdout);
    assert_eq!(
        server.requests().len(),
        asked + 16,
        "of the new prompt training records alone were not judged"
    );
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    assert_eq!(summary["summary"]["agreement"]["labels"]["accuracy"]["rate"], 1.0);
    // The file is there now: another tuning gets another one.
    let again = project.evenhand(&["tune", "polite", "--report"]);
    assert!(again.stdout.contains("--write signatures/polite-tuned-2.toml\n"), "{again}");
}

#[cfg(unix)]
#[test]
fn a_threshold_is_stored_with_the_prompt_it_is_for_by_what_the_report_says_to_do() {
    let server = too_lenient();
    let project = project(&server);
    project.add("evenhand.toml", "calibration = \"calibration/old.json\"\n");
    let ran = tune(&project, &["--reading", "weighted", "--objective", "rank"]);
    assert!(
        ran.stdout.starts_with("polite: Prompt and threshold gain: κ 0.00 to 1.00 on the test part"),
        "{ran}"
    );
    assert!(!project.has("calibration/polite.json"), "nothing is stored unless it is asked for");
    let asked = server.requests().len();
    let report = project.evenhand(&["tune", "polite", "--report"]);
    assert_eq!(report.stdout, ran.stdout);
    follow(&project, &report.stdout);
    assert_eq!(
        server.requests().len(),
        asked + 16,
        "of the new prompt training records alone were not judged"
    );
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    assert_eq!(summary["summary"]["agreement"]["labels"]["accuracy"]["rate"], 1.0);
}

#[cfg(unix)]
#[test]
fn a_threshold_alone_is_taken_where_no_prompt_is_better() {
    let server = Mock::new(|request| {
        let number: usize = record(request)[1..].parse().unwrap();
        let share = if number.is_multiple_of(2) { 0.9 } else { 0.7 };
        let yes_or_no: &[(&str, f64)] = &[("yes", share), ("no", 1.0 - share)];
        openai_weighed("{\"verdict\":\"yes\"}", &[&[("{\"verdict\":\"", 1.0)], yes_or_no])
    });
    let project = project(&server);
    let ran = tune(&project, &["--reading", "weighted", "--objective", "rank"]);
    let first = "polite: The threshold alone gains: κ 0.00 to 1.00 on the test part (20 records)\n";
    assert!(ran.stdout.starts_with(first), "{ran}");
    assert!(!ran.stdout.contains("--write signatures") && !ran.stdout.contains("Set `signature"), "{ran}");
    follow(&project, &ran.stdout);
    let config = project.read("evenhand.toml");
    assert!(
        config.contains("signature = \"polite\"\n") && config.contains("reading = \"weighted\"\n"),
        "{config}"
    );
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    assert_eq!(summary["summary"]["agreement"]["labels"]["accuracy"]["rate"], 1.0);
}

#[test]
fn what_a_finished_tuning_does_not_have_it_does_not_write() {
    let server = Mock::fair();
    let project = project(&server);
    let ran = tune(&project, &[]);
    assert!(
        ran.stdout.starts_with("polite: Keep what you have: no candidate beat the signature as it is\n"),
        "{ran}"
    );
    assert!(
        ran.stdout.ends_with("\nKeep what you have: no candidate beat the signature as it is.\n"),
        "{ran}"
    );
    let refused = |words: &[&str]| {
        let ran = project.evenhand(&[&["tune"][..], words].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
        ran.to_string()
    };
    assert_snapshot!("no_signature", refused(&["polite", "--report", "--write", "signatures/b.toml"]));
    assert_snapshot!("no_threshold", refused(&["polite", "--report", "--write-calibration"]));
    let folder = last(&project).display().to_string();
    project.add("evenhand.toml", "\n[suites.other]\nsignature = \"polite\"\ndataset = \"polite.jsonl\"\n");
    assert_snapshot!(
        "of_another_suite",
        refused(&["other", "--report", &folder, "--write", "signatures/b.toml"])
    );
    assert!(!project.has("signatures/b.toml") && !project.has("calibration"));
}

/// Passes everything; how surely tells good from bad once it is shown demos, and hardly before.
fn too_lenient() -> Mock {
    Mock::new(|request| {
        let shows_demos = request.body["messages"].as_array().unwrap().len() > 2;
        let number: usize = record(request)[1..].parse().unwrap();
        let share = match (shows_demos, number.is_multiple_of(2)) {
            (true, true) => 0.9,
            (true, false) => 0.7,
            (false, _) => 0.6 + 0.01 * f64::from(u8::try_from(number * 7 % 31).unwrap()),
        };
        let yes_or_no: &[(&str, f64)] = &[("yes", share), ("no", 1.0 - share)];
        let start: &[(&str, f64)] = &[("{\"verdict\":\"", 1.0)];
        openai_weighed("{\"verdict\":\"yes\"}", &[start, yes_or_no])
    })
}

#[test]
fn a_winner_and_the_threshold_that_suits_it_are_what_a_run_uses() {
    let server = too_lenient();
    let project = project(&server);
    let weighted = ["--reading", "weighted", "--objective", "rank"];
    let told = tune(
        &project,
        &[&weighted[..], &["--write", "signatures/better.toml", "--write-calibration"]].concat(),
    );
    assert_eq!(told.code, 0, "{told}");
    assert!(told.stdout.contains("new prompt and threshold: right verdicts +50.0 points"), "{told}");
    assert!(told.stderr.contains("set `calibration ="), "{told}");
    // The threshold that is stored is the one that was tried on the test part.
    let report = project.evenhand(&["tune", "polite", "--report", "--json"]).stdout;
    let tried = json_lines(&report)[0]["page"]["test"]["threshold"]["winner_at"].as_f64().unwrap();
    let stored: Value = serde_json::from_str(&project.read("calibration/polite.json")).unwrap();
    let stored = stored["fitted"]["chosen"]["at"].as_f64();
    assert!((stored.unwrap() - tried).abs() < 1e-12, "{stored:?}, {tried}");
    let asked = server.requests().len();
    let config = project.read("evenhand.toml").replace("signature = \"polite\"", "signature = \"better\"");
    project.write("evenhand.toml", config + "calibration = \"calibration/polite.json\"\n");
    let accuracy = |words: &[&str]| {
        let (_, summary) =
            project.evenhand(&[&["run", "--json", "--reading", "weighted"], words].concat()).json();
        summary["summary"]["agreement"]["labels"]["accuracy"]["rate"].as_f64().unwrap()
    };
    assert_eq!((accuracy(&[]), accuracy(&["--no-calibration"])), (1.0, 0.5));
    // Training records alone were not judged before.
    assert_eq!(server.requests().len() - asked, 16);
}

#[test]
fn a_threshold_is_stored_only_where_it_helps() {
    let server = too_lenient();
    let project = project(&server);
    // No demos: the score says nothing of the label, wherever the threshold is.
    let useless = ["--reading", "weighted", "--demos", "0", "--write-calibration"];
    let told = tune(&project, &useless);
    assert!(told.stderr.contains("no threshold is stored: none kept"), "{told}");
    let decoded = tune(&project, &["--reading", "text", "--write-calibration"]);
    assert!(decoded.stderr.contains("no threshold is stored: a threshold is placed between"), "{decoded}");
    assert!(!project.path("calibration").exists());
}

#[test]
fn costs_are_told_label_by_label() {
    let server = needs_demos();
    let project = project(&server);
    let ran = tune(&project, &["--objective", "cost", "--cost", "no:yes=5", "--cost", "yes:no=1", "--json"]);
    let page = json_lines(&ran.stdout).remove(0);
    // The baseline passes all: half of the records cost as much as the dearest mistake.
    assert_eq!(page["page"]["standings"][0]["mean_loss"], 0.5, "{ran}");
    let ran = tune(&project, &["--objective", "cost", "--cost", "no:pass=5"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("names the verdict \"pass\"") && ran.stderr.contains("yes, no"), "{ran}");
    assert!(tune(&project, &["--cost", "no:yes=5"]).stderr.contains("add --objective cost"));
}

/// The same records, with reasons: then a label makes a whole answer.
fn explained(number: usize) -> String {
    let with_reasons = |mut record: Value| {
        record["reasoning"] = json!("It is how it is said.");
        format!("{record}\n")
    };
    json_lines(&records(number)).into_iter().map(with_reasons).collect()
}

#[test]
fn the_nearest_demos_are_a_signature_that_a_run_uses_and_a_prompt_shows() {
    let server = needs_demos();
    let project = project(&server);
    project.write("polite.jsonl", explained(60));
    let ran = tune(&project, &["--optimizer", "knn", "--write", "signatures/near.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    let file = project.read("signatures/near.toml");
    assert!(file.contains("[nearest_demos]\nshow = 1\n") && file.contains("[tuned]"), "{file}");
    let asked = server.requests();
    let config = project.read("evenhand.toml").replace("signature = \"polite\"", "signature = \"near\"");
    project.write("evenhand.toml", config);
    let checked = project.evenhand(&["signature", "check", "signatures/near.toml"]);
    assert!(checked.stdout.contains("16 demos, of which each record is shown 1)"), "{checked}");
    let shown = project.evenhand(&["signature", "show", "near"]);
    assert!(shown.stdout.contains("for each record the 1 demo of 16 most like it"), "{shown}");
    // The cache answers for every record that was judged: what was compared is what is asked.
    let (_, summary) = project.evenhand(&["run", "--json"]).json();
    assert_eq!(summary["summary"]["agreement"]["labels"]["accuracy"]["rate"], 1.0);
    let known = |request: &RecordedRequest| asked.iter().any(|one| one.body == request.body);
    let fresh = server.requests().split_off(asked.len());
    assert!(fresh.len() <= 16 && !fresh.iter().any(known), "{} of 60 were asked anew", fresh.len());
    // A record of the pool is shown another one.
    let in_pool = file.lines().find_map(|line| line.split("text = \"r").nth(1)).unwrap();
    let id = format!("r{}", in_pool.split(':').next().unwrap());
    let ran = project.evenhand(&["prompt", "polite", "--record", &id, "--json"]);
    let prompt: Value = serde_json::from_str(&ran.stdout).unwrap();
    let messages = prompt["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &prompt["stable_messages"]), (4, &json!(1)));
    assert!(messages[3].to_string().contains(&format!("{id}:")), "{prompt:#}");
    assert!(!messages[1].to_string().contains(&format!("{id}:")), "{prompt:#}");
}

#[test]
fn where_nothing_is_better_the_signature_stays() {
    let server = Mock::fair();
    let project = project(&server);
    let ran = tune(&project, &["--write", "signatures/better.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("no candidate beat the signature as it is"), "{ran}");
    assert!(ran.stderr.contains("nothing is written") && !project.has("signatures/better.toml"), "{ran}");
}

#[test]
fn every_evaluation_is_logged_and_the_test_part_comes_last_and_once() {
    let server = needs_demos();
    let project = project(&server);
    assert_eq!(tune(&project, &[]).code, 0);
    let evaluations = log(&project, "evaluations.jsonl");
    let part = |name: &str| evaluations.iter().filter(|line| line["part"] == name).count();
    let first = evaluations.iter().position(|line| line["part"] == "test").unwrap();
    assert!(evaluations[first..].iter().all(|line| line["part"] == "test"));
    let page = json_lines(&project.evenhand(&["tune", "polite", "--report", "--json"]).stdout).remove(0);
    let tests = usize::try_from(page["page"]["parts"][2].as_u64().unwrap()).unwrap();
    assert_eq!(part("test"), 2 * tests);
    let ids = |name: &str| -> std::collections::BTreeSet<String> {
        let of = evaluations.iter().filter(|line| line["part"] == name);
        of.map(|line| line["id"].to_string()).collect()
    };
    assert!(ids("test").is_disjoint(&ids("validation")) && ids("test").is_disjoint(&ids("train")));
    assert!(!log(&project, "candidates.jsonl").is_empty());
}

#[test]
fn after_a_sudden_end_no_reply_is_asked_for_again() {
    let gate = Gate::shut();
    let held = gate.clone();
    let seen = std::sync::atomic::AtomicUsize::new(0);
    let server = Mock::new(move |request| {
        let reply = openai_answer(&answer(request));
        let number = seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if number >= 40 { reply.behind(&held) } else { reply }
    });
    let project = project(&server);
    let words = ["tune", "polite", "--candidates", "3", "--concurrency", "2", "--no-cache"];
    let running = project.start(&words);
    server.wait_for_requests(42);
    running.kill();
    gate.open();
    let ran = project.evenhand(&[&words[..], &["--resume"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for request in server.requests() {
        *counts.entry(request.body["messages"].to_string()).or_default() += 1;
    }
    let twice = counts.values().filter(|count| **count > 1).count();
    assert!(twice <= 2, "{twice} requests were sent twice; two were in flight");
    let undisturbed = needs_demos();
    let other = self::project(&undisturbed);
    let found = |ran: &Ran| ran.stdout.split("\nDo this:").next().unwrap().to_owned();
    assert_eq!(found(&other.evenhand(&words)), found(&ran));
    // Another seed is another tuning.
    let ran = project.evenhand(&["tune", "polite", "--seed", "9", "--resume"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("what is tried"), "{ran}");
}

#[test]
fn calls_are_kept_to_and_an_estimate_asks_nobody() {
    let server = needs_demos();
    let project = project(&server);
    let ran = tune(&project, &["--dry-run"]);
    assert_eq!((ran.code, server.requests().len()), (0, 0), "{ran}");
    assert_snapshot!(ran.stdout);
    let ran = tune(&project, &["--max-calls", "120"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(server.requests().len() <= 120, "{}", server.requests().len());
    let ran = tune(&project, &["--max-calls", "50"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("too few"), "{ran}");
}

#[test]
fn instructions_of_a_file_are_tried() {
    let server = Mock::new(|request| {
        let system = request.body["messages"][0]["content"].to_string();
        let text = if system.contains("Polite means please.") {
            fair_answer(request)
        } else {
            json!({"reasoning": "It is text.", "verdict": "yes"}).to_string()
        };
        openai_answer(&text)
    });
    let project = project(&server);
    project.write("tries.txt", "Be kind.\n---\nPolite means please.\n");
    let words = ["tune", "polite", "--optimizer", "tpe", "--instructions", "tries.txt", "--demos", "0"];
    let ran = project.evenhand(&[&words[..], &["--write", "signatures/better.toml"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    assert!(project.read("signatures/better.toml").contains("Polite means please."), "{ran}");
    let difference = std::fs::read_to_string(last(&project).join("prompt.diff")).unwrap();
    assert!(
        difference.contains("- Decide whether") && difference.contains("+ Polite means please."),
        "{difference}"
    );
}

/// The page of a tuning whose winner has an instruction with markup in it.
pub fn hostile_page() -> String {
    let server = Mock::new(|request| {
        let system = request.body["messages"][0]["content"].to_string();
        let text = if system.contains("Polite means please") {
            fair_answer(request)
        } else {
            json!({"reasoning": "It is text.", "verdict": "yes"}).to_string()
        };
        openai_answer(&text)
    });
    let project = project(&server);
    project.write("tries.txt", "Polite means please. </pre><script>alert(1)</script>\n---\nBe kind.\n");
    let words = ["tune", "polite", "--optimizer", "tpe", "--instructions", "tries.txt", "--demos", "0"];
    let ran = project.evenhand(&[&words[..], &["--html", "-"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    ran.stdout
}

/// What a page's script reads.
fn data(page: &str) -> Value {
    serde_json::from_str(crate::report::script(page, "report")).unwrap()
}

#[test]
fn a_page_has_the_verdict_and_every_candidate() {
    let server = needs_demos();
    let project = project(&server);
    let ran = tune(&project, &["--html", "reports/tuned.html"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(
        ran.stdout.contains("The new prompt gains: κ ") && ran.stderr.contains("report: reports/tuned.html"),
        "{ran}"
    );
    let page = project.read("reports/tuned.html");
    let read = data(&page);
    assert_eq!((&read["tone"], &read["objective"]), (&json!("passed"), &json!("κ")));
    assert!(read["headline"].as_str().unwrap().starts_with("The new prompt gains: κ "), "{read}");
    assert_eq!(read["order"][0], read["page"]["best"]);
    let standings = read["page"]["standings"].as_array().unwrap();
    assert_eq!((standings.len(), read["order"].as_array().unwrap().len()), (5, 5), "the baseline and four");
    assert!(read["difference"].as_str().unwrap().lines().any(|line| line.starts_with("+ ")));
    let loads = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!loads.contains("://") && !loads.contains(" src="), "it loads nothing");
    // The same page again, of the folder.
    let again = project.evenhand(&["tune", "polite", "--report", "--html", "-"]);
    assert_eq!(again.stdout, page);
}

#[test]
fn a_page_has_what_others_wrote_as_data() {
    let page = hostile_page();
    assert_eq!((page.matches("<script").count(), page.matches("</script>").count()), (4, 4));
    let told = data(&page)["difference"].as_str().unwrap().to_owned();
    assert!(told.contains("+ Polite means please. </pre><script>alert(1)</script>"), "{told}");
}

/// The page of a tuning whose folder notes less than today's does.
pub fn page_of_one_that_noted_less() -> String {
    let server = needs_demos();
    let project = project(&server);
    assert_eq!(tune(&project, &[]).code, 0);
    let path = last(&project).join("result.json");
    let mut page: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for name in ["spent", "expected"] {
        page.as_object_mut().unwrap().remove(name);
    }
    for standing in page["standings"].as_array_mut().unwrap() {
        for name in ["interval", "calls", "calls_so_far", "prompt_tokens"] {
            standing.as_object_mut().unwrap().remove(name);
        }
    }
    std::fs::write(&path, page.to_string()).unwrap();
    let ran = project.evenhand(&["tune", "polite", "--report"]);
    assert_eq!(ran.code, 0, "{ran}");
    project.evenhand(&["tune", "polite", "--report", "--html", "-"]).stdout
}

/// A whole answer whose tokens are counted, four bytes each and four for each message; and the prompt's tokens.
fn counted(request: &RecordedRequest, text: &str) -> (Reply, u64) {
    let messages = request.body["messages"].as_array().unwrap();
    let bytes: usize = messages.iter().map(|message| message["content"].as_str().unwrap().len()).sum();
    let prompt = bytes / 4 + 4 * messages.len();
    let completion = text.len() / 4 + 1;
    let reply = Reply::json(json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_741_569_952,
        "model": "mock-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
    }));
    (reply, prompt as u64)
}

/// A judge with reasons of its own length for each record, whose tokens are counted and cost money.
fn priced() -> (Mock, Project) {
    let server = Mock::new(|request| {
        let reasons = "It says so. ".repeat(1 + record(request).len() * 3 % 7);
        let answer = answer(request).replace("It is text.", &reasons).replace("It says please.", &reasons);
        counted(request, &answer).0
    });
    let project = Project::judged_at(&server.url("/v1"));
    let price = "price = { input_per_million = 2.0, output_per_million = 8.0 }\n\n[suites.polite]";
    project.write("evenhand.toml", project.read("evenhand.toml").replace("[suites.polite]", price));
    let long = |line: &str, index: usize| line.replace("wait", &"wait a while ".repeat(1 + index % 9));
    let lines = records(80);
    let lines = lines.lines().enumerate().map(|(index, line)| long(line, index) + "\n");
    project.write("polite.jsonl", lines.collect::<String>());
    (server, project)
}

#[test]
fn what_it_takes_is_known_once_the_baseline_is_judged() {
    let (server, project) = priced();
    let ran = tune(&project, &["--race-error", "0", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("the baseline is judged: about"), "{ran}");
    let page = json_lines(&ran.stdout).remove(0)["page"].clone();
    let prompt = |request: &RecordedRequest| counted(request, "").1;
    let prompts: Vec<u64> = server.requests().iter().map(prompt).collect();
    let spent = &page["spent"];
    assert_eq!(spent["calls"].as_u64().unwrap(), prompts.len() as u64);
    assert_eq!(spent["prompt_tokens"].as_u64().unwrap(), prompts.iter().sum::<u64>());
    let sharper = &page["expected"][1];
    for figure in ["calls", "prompt_tokens", "completion_tokens", "cost_usd"] {
        let (expected, actual) = (sharper[figure].as_f64().unwrap(), spent[figure].as_f64().unwrap());
        assert!((expected / actual - 1.0).abs() < 0.15, "{figure}: {expected} expected, {actual} spent");
    }
}

#[test]
fn calls_that_are_to_be_spent_are_spent_and_known_before_the_start() {
    let (server, project) = priced();
    let few = project.evenhand(&["tune", "polite", "--calls", "60"]);
    assert!(few.code == 2 && few.stderr.contains("too few"), "{few}");
    let fixed = project.evenhand(&["tune", "polite", "--calls", "300", "--optimizer", "knn"]);
    assert!(fixed.code == 2 && fixed.stderr.contains("further candidates"), "{fixed}");
    assert_eq!(tune(&project, &["--calls", "300"]).code, 2, "they take the place of --candidates");
    assert!(server.requests().is_empty());
    let ran = project.evenhand(&["tune", "polite", "--calls", "400", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let page = json_lines(&ran.stdout).remove(0)["page"].clone();
    assert!(spent_as_expected(&page, &server) <= 400, "{ran}");
    // 20 records are harvested from and 28 tested on: the other 324 calls reach for ten ways to judge 32.
    let tried = page["standings"].as_array().unwrap();
    assert!(tried.len() >= 10 && tried.iter().all(|one| one["fate"] != "cut"), "{ran}");
}

/// The calls of a tuning, which were known before the start and once the baseline was judged.
fn spent_as_expected(page: &Value, server: &Mock) -> u64 {
    let spent = page["spent"]["calls"].as_u64().unwrap();
    assert_eq!(spent, server.requests().len() as u64);
    for expected in page["expected"].as_array().unwrap() {
        let calls = expected["calls"].as_f64().unwrap();
        assert!((calls / f64::from(u32::try_from(spent).unwrap()) - 1.0).abs() < 0.15, "{calls}, {spent}");
    }
    spent
}

#[test]
fn a_random_search_spends_the_calls_of_twelve_candidates_unless_told_otherwise() {
    let (server, project) = priced();
    let ran = project.evenhand(&["tune", "polite", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let page = json_lines(&ran.stdout).remove(0)["page"].clone();
    // 20 records harvested from, thirteen ways to judge 32, and two to judge 28.
    let most = 20 + 13 * 32 + 2 * 28;
    let spent = spent_as_expected(&page, &server);
    assert!((most - 32..=most).contains(&spent), "{spent} of {most}");
    let tried = page["standings"].as_array().unwrap();
    assert!(tried.len() >= 13 && tried.iter().all(|one| one["fate"] != "cut"), "{ran}");
    // With all calls counted, there is nothing to spend on others.
    let set = |words: &[&str]| {
        let words = [&["tune", "polite", "--dry-run", "--json"], words].concat();
        json_lines(&project.evenhand(&words).stdout).remove(0)["candidates"].clone()
    };
    assert_eq!(set(&["--race-error", "0"]), 17, "sixteen by chance, and the harvested");
    assert_eq!(set(&["--candidates", "5"]), 6);
}

/// A teacher that is fair beside a judge that calls everything polite; both by one server.
fn taught() -> (Mock, Project) {
    let server = Mock::new(|request| {
        let is_fair = request.body["model"] == "teacher-1";
        openai_answer(&if is_fair { fair_answer(request) } else { answer(request) })
    });
    let project = project(&server);
    let config = project.read("evenhand.toml");
    let models = format!(
        "[models.teacher]\nmodel = \"openai/teacher-1\"\nbase_url = \"{0}\"\n\n[models.writer]\nmodel = \"openai/writer-1\"\nbase_url = \"{0}\"\n\n[suites.polite]",
        server.url("/v1")
    );
    project.write("evenhand.toml", config.replace("[suites.polite]", &models));
    (server, project)
}

fn asked_of(server: &Mock, model: &str) -> usize {
    server.requests().iter().filter(|request| request.body["model"] == model).count()
}

#[test]
fn a_teacher_answers_training_records_and_nothing_else() {
    let (server, project) = taught();
    let ran =
        tune(&project, &["--optimizer", "bootstrap", "--teacher", "teacher", "--write", "signatures/b.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    let evaluations = log(&project, "evaluations.jsonl");
    let trained = evaluations.iter().filter(|line| line["part"] == "train");
    let right = trained.clone().filter(|line| line["given"]["verdict"]["label"] == "no").count();
    assert_eq!(asked_of(&server, "teacher-1"), trained.count(), "{ran}");
    assert!(right > 0, "the judge itself never says no");
    assert!(project.read("signatures/b.toml").contains("It does not say please."), "its reasons are shown");
    assert!(ran.stdout.starts_with("polite: The new prompt gains: κ 0.00 to 1.00"), "{ran}");
}

#[test]
fn a_proposer_writes_instructions_that_are_tried() {
    let server = Mock::new(|request| {
        if request.body["model"] == "writer-1" {
            let number = request.body["messages"].to_string().len();
            let text = format!("Polite means please, says proposal {number}.");
            return openai_answer(&json!({ "instruction": text }).to_string());
        }
        let system = request.body["messages"][0]["content"].to_string();
        let kind = json!({"reasoning": "It is text.", "verdict": "yes"}).to_string();
        openai_answer(&if system.contains("Polite means please") { fair_answer(request) } else { kind })
    });
    let project = project(&server);
    let config = project.read("evenhand.toml");
    let writer = format!(
        "[models.writer]\nmodel = \"openai/writer-1\"\nbase_url = \"{}\"\n\n[suites.polite]",
        server.url("/v1")
    );
    project.write("evenhand.toml", config.replace("[suites.polite]", &writer));
    let words = ["tune", "polite", "--optimizer", "tpe", "--proposer", "writer", "--proposals", "2"];
    let ran = project.evenhand(&[&words[..], &["--demos", "0", "--write", "signatures/b.toml"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(asked_of(&server, "writer-1"), 2, "{ran}");
    let requests = server.requests();
    let asked = requests.iter().find(|request| request.body["model"] == "writer-1").unwrap();
    assert!(asked.last_message().contains("Decide whether the text is polite."), "{}", asked.last_message());
    assert!(project.read("signatures/b.toml").contains("Polite means please, says proposal"), "{ran}");
}

#[test]
fn killed_at_any_moment_it_repeats_no_call_that_was_answered() {
    let server =
        Mock::new(|request| openai_answer(&answer(request)).after(std::time::Duration::from_millis(2)));
    let project = project(&server);
    let words = ["tune", "polite", "--candidates", "3", "--concurrency", "2", "--no-cache"];
    let mut kills = 0;
    // While the baseline is judged, while demos are harvested, in the race, and in the test.
    for after in [7, 31, 70, 130] {
        let more: &[&str] = if project.has(".evenhand/tunes") { &["--resume"] } else { &[] };
        let running = project.start(&[&words[..], more].concat());
        server.wait_for_requests(after);
        running.kill();
        kills += 1;
    }
    let ran = project.evenhand(&[&words[..], &["--resume"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for request in server.requests() {
        *counts.entry(request.body["messages"].to_string()).or_default() += 1;
    }
    let twice: usize = counts.values().map(|count| count - 1).sum();
    assert!(
        twice <= 2 * kills,
        "{twice} requests more than once; two were in flight at each of {kills} ends"
    );
    let again = server.requests().len();
    assert_eq!(project.evenhand(&[&words[..], &["--resume"]].concat()).stdout, ran.stdout);
    assert_eq!(server.requests().len(), again, "a tuning that is over asks nothing");
}

#[test]
fn a_budget_of_calls_is_never_exceeded() {
    for most in [110, 128, 150] {
        let server = needs_demos();
        let project = project(&server);
        let ran = tune(&project, &["--max-calls", &most.to_string(), "--no-cache"]);
        assert_eq!(ran.code, 0, "{ran}");
        assert!(server.requests().len() <= most, "{} of {most}: {ran}", server.requests().len());
        assert!(ran.stdout.contains("test part"), "the test is kept back for: {ran}");
    }
    // An answer that is asked for again counts as well: the budget then ends the search, to be gone on with.
    let server = Mock::new(|request| {
        if is_again(request) {
            openai_answer(&fair_answer(request))
        } else {
            openai_answer("Polite, I think.")
        }
    });
    let project = project(&server);
    let ran = tune(&project, &["--max-calls", "110", "--no-cache"]);
    assert!(server.requests().len() <= 110, "{}: {ran}", server.requests().len());
    assert!(matches!(ran.code, 0 | 5), "{ran}");
}

/// Two models by one server: the suite's own is fair once it is shown demos; the other's answers are given.
fn two_models(other: fn(&RecordedRequest) -> String) -> (Mock, Project) {
    let server = Mock::new(move |request| {
        openai_answer(&if request.body["model"] == "other-1" { other(request) } else { answer(request) })
    });
    let project = project(&server);
    let model = format!(
        "[models.other]\nmodel = \"openai/other-1\"\nbase_url = \"{}\"\n\n[suites.polite]",
        server.url("/v1")
    );
    project.write("evenhand.toml", project.read("evenhand.toml").replace("[suites.polite]", &model));
    (server, project)
}

#[test]
fn a_prompt_for_two_models_is_judged_by_both() {
    let (server, project) = two_models(answer);
    let dry = json_lines(&tune(&project, &["--also-for", "other", "--dry-run", "--json"]).stdout).remove(0);
    assert_eq!(dry["also_for"], json!(["openai/other-1"]));
    assert_eq!(dry["most"]["calls"][2], 80, "two ways to ask, 20 records, two models");
    let ran = tune(&project, &["--also-for", "other", "--write", "signatures/b.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_snapshot!(ran.stdout);
    let evaluations = log(&project, "evaluations.jsonl");
    let judged = |part: &str, model: u64| {
        evaluations.iter().filter(|line| line["part"] == part && line["model"] == model).count()
    };
    for part in ["validation", "test"] {
        assert_eq!(judged(part, 0), judged(part, 1), "{part}");
    }
    assert_eq!((judged("test", 1), judged("train", 1)), (40, 0));
    assert_eq!(asked_of(&server, "other-1"), judged("validation", 1) + judged("test", 1));
    assert!(project.read("signatures/b.toml").contains("openai/mock-1, openai/other-1"));
    let page = data(&project.evenhand(&["tune", "polite", "--report", "--html", "-"]).stdout);
    assert_eq!(page["page"]["also_for"], json!(["openai/other-1"]));
    let again = tune(&project, &["--resume"]);
    assert!(
        again.code == 2 && again.stderr.contains("what is tried"),
        "one model is another tuning: {again}"
    );
}

#[test]
fn what_one_model_gains_and_another_loses_is_no_gain() {
    // Fair until it is shown demos.
    let (_server, project) = two_models(|request| {
        let kind = json!({"reasoning": "It is text.", "verdict": "yes"}).to_string();
        if request.body["messages"].as_array().unwrap().len() > 2 { kind } else { fair_answer(request) }
    });
    let ran = tune(&project, &["--also-for", "other"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("no candidate beat the signature as it is"), "{ran}");
    let ran = tune(&project, &["--also-for", "other", "--also-for", "openai/mock-1", "--also-for", "other"]);
    assert!(ran.code == 2 && ran.stderr.contains("name each model once"), "{ran}");
}

/// Calls everything polite until it is told the principle, which it writes itself about each mistake.
fn learns_a_principle() -> Mock {
    Mock::new(|request| {
        if crate::support::mock::schema(&request.body)["properties"].get("instruction").is_some() {
            assert!(request.last_message().contains("mistake"), "{request:?}");
            return openai_answer(&json!({"instruction": "1. Polite text says please."}).to_string());
        }
        let knows = request.body.to_string().contains("- Polite text says please.");
        let answer = json!({"reasoning": "It is text.", "verdict": "yes"}).to_string();
        openai_answer(&if knows { fair_answer(request) } else { answer })
    })
}

#[test]
fn principles_are_learned_from_mistakes_and_never_reported_on_the_records_they_are_from() {
    let server = learns_a_principle();
    let project = project(&server);
    let words = ["tune", "polite", "--optimizer", "leap", "--write", "signatures/wiser.toml"];
    let ran = project.evenhand(&words);
    assert!(ran.code == 0 && ran.stdout.starts_with("polite: The new prompt gains: κ "), "{ran}");
    let file = project.read("signatures/wiser.toml");
    assert!(file.contains("Principles learned from earlier mistakes:\n- Polite text says please."), "{file}");
    assert!(file.contains("learned_from = ["), "{file}");
    let config = project.read("evenhand.toml").replace("signature = \"polite\"", "signature = \"wiser\"");
    project.write("evenhand.toml", config);
    let ran = project.evenhand(&["run", "polite"]);
    assert!(
        ran.stderr.contains("left out: 16 records that the judge's principles were learned from"),
        "{ran}"
    );
    assert_eq!(project.journal().len(), 44, "{ran}");
    let taught = project.evenhand(&["tune", "polite", "--optimizer", "leap", "--teacher", "judge"]);
    assert!(taught.code == 2 && taught.stderr.contains("the judge's own mistakes"), "{taught}");
}

#[test]
fn a_judge_beside_checks_is_tuned_on_the_records_that_no_check_decides() {
    let server = needs_demos();
    let project = project(&server);
    project.add(
        "evenhand.toml",
        "output = \"text\"\nlabel_values = { yes = \"pass\", no = \"fail\" }\n[suites.polite.checks.no_ten]\n\
         kind = \"regex\"\npattern = '^r\\d*0:'\nabsent = true\nrequired = true\nweight = 0\n",
    );
    let ran = tune(&project, &["--dry-run"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("left out: 6 labelled records are decided by a required check"), "{ran}");
    let ran = tune(&project, &["--write", "signatures/better.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(project.read("signatures/better.toml").contains("[tuned]"), "{ran}");
    assert!(server.asked().iter().all(|id| id != "r10"), "no judge is asked about r10");
}
