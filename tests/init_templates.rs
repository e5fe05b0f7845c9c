//! The small projects of `evenhand init --template`: each runs and is checked as it is, without a model, and
//! something that is broken in it is found.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::mock::{Mock, material, schema};
use crate::support::project::{Project, Ran, json_lines, openai};
use crate::support::server::{RecordedRequest, Reply, openai_answer};

/// A template, its suite, and how many records it has.
const TEMPLATES: [(&str, &str, u64); 5] = [
    ("agent", "support", 10),
    ("rubric", "emails", 10),
    ("rag", "answers", 10),
    ("pair", "pairs", 8),
    ("upgrade", "upgrade", 10),
];

fn started(template: &str) -> Project {
    let project = Project::empty();
    let ran = project.evenhand(&["init", "--template", template]);
    assert_eq!(ran.code, 0, "{ran}");
    project
}

/// Replaces a text that a file must have.
fn replace(project: &Project, file: &str, old: &str, new: &str) {
    let text = project.read(file);
    assert_eq!(text.matches(old).count(), 1, "{file} has {old:?} once");
    project.write(file, text.replace(old, new));
}

/// Checks that the project's check fails and names this record among those that are worse.
fn is_worse(ran: &Ran, record: &str) {
    assert_eq!(ran.code, 1, "{ran}");
    let check = json_lines(&ran.stdout).remove(0);
    let worse: Vec<&str> = check["check"]["diff"]["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["change"] == "worse")
        .map(|change| change["id"].as_str().unwrap())
        .collect();
    assert_eq!(worse, [record], "{ran}");
}

#[test]
fn every_template_runs_and_is_checked_as_it_is() {
    for (template, suite, records) in TEMPLATES {
        let project = started(template);
        let ran = project.evenhand(&["run", "--json"]);
        assert_eq!(ran.code, 0, "{template}: {ran}");
        assert_eq!(ran.json().1["summary"]["scored"]["count"], records, "{template}: {ran}");
        let check = project.evenhand(&["check", "--replay", "--json"]);
        assert_eq!(check.code, 0, "{template}: {check}");
        let line = json_lines(&check.stdout).remove(0);
        assert_eq!(line["check"]["suite"], suite);
        assert_eq!(line["check"]["diff"]["counts"]["same"], records, "{template}: {check}");
        let readme = project.read("README.md");
        assert!(readme.contains(&format!("golden lock {suite} --replies")), "{readme}");
        assert!(readme.lines().count() <= 30, "{template}'s README is long");
        assert!(!project.has(&format!("golden/{suite}.json.pending")), "nothing changed");
    }
}

#[test]
fn a_call_of_a_forbidden_tool_fails_the_agent() {
    let project = started("agent");
    replace(
        &project,
        "datasets/transcripts.jsonl",
        r#"{"call": "hand_over", "arguments": {"reason": "account deletion"}"#,
        r#"{"call": "delete_account", "arguments": {"reason": "account deletion"}"#,
    );
    let check = project.evenhand(&["check", "--replay", "--json"]);
    is_worse(&check, "delete-my-account");
    let text = project.evenhand(&["check", "--replay"]);
    assert!(text.stdout.contains("no_forbidden_tool"), "{text}");
}

#[test]
fn another_policy_is_another_question_for_the_agents_judge() {
    let project = started("agent");
    project.add("policy.md", "- Be brief.\n");
    let check = project.evenhand(&["check", "--replay"]);
    assert!(check.code == 3 || check.code == 2, "what was asked by another policy is no answer: {check}");
}

#[test]
fn a_worse_reply_is_found_in_every_template_with_a_judge() {
    for (template, suite, old, new, record) in [
        (
            "rubric",
            "emails",
            r#"\"tone\":5,\"grammar\":4,\"clarity\":5},\"score\":4"#,
            r#"\"tone\":5,\"grammar\":4,\"clarity\":5},\"score\":2"#,
            "raise-request",
        ),
        (
            "rag",
            "answers",
            r#"It gives the year that was asked for.\",\"verdict\":\"answers\""#,
            r#"It gives the year that was asked for.\",\"verdict\":\"misses\""#,
            "lighthouse-age",
        ),
        (
            "upgrade",
            "upgrade",
            r#"A plain answer that names the nut.\",\"verdict\":\"good\""#,
            r#"A plain answer that names the nut.\",\"verdict\":\"bad\""#,
            "nuts",
        ),
    ] {
        let project = started(template);
        replace(&project, &format!("golden/replies/{suite}.jsonl"), old, new);
        is_worse(&project.evenhand(&["check", "--replay", "--json"]), record);
    }
}

#[test]
fn a_candidate_that_loses_in_both_orders_is_worse() {
    let project = started("pair");
    let file = "golden/replies/pairs.jsonl";
    let reason = "Only one answers, and with an allergy that matters.";
    let lines = project.read(file);
    let exchange = |line: &str| {
        let (from, to) = if line.contains(r#"\"verdict\":\"candidate\""#) {
            ("candidate", "baseline")
        } else {
            ("baseline", "candidate")
        };
        line.replace(&format!(r#"\"verdict\":\"{from}\""#), &format!(r#"\"verdict\":\"{to}\""#))
    };
    let lines =
        lines.lines().map(|line| if line.contains(reason) { exchange(line) } else { line.to_owned() });
    project.write(file, lines.map(|line| line + "\n").collect::<String>());
    is_worse(&project.evenhand(&["check", "--replay", "--json"]), "allergy");
}

#[test]
fn the_upgrade_says_what_the_new_model_breaks_and_what_it_mends() {
    let project = started("upgrade");
    let outputs = ["--outputs", "outputs/new.jsonl"];
    is_worse(&project.evenhand(&["check", "--replay", "--json", outputs[0], outputs[1]]), "nuts");
    let ran = project.evenhand(&["run", outputs[0], outputs[1]]);
    assert_eq!(ran.code, 0, "{ran}");
    let compared = project.evenhand(&["compare", "golden/upgrade.json", "last"]);
    assert_eq!(compared.code, 0, "{compared}");
    for record in ["grams", "nuts"] {
        assert!(compared.stdout.contains(record), "{record} has another verdict: {compared}");
    }
}

#[test]
fn a_repositorys_own_readme_stays() {
    let project = Project::empty();
    project.write("README.md", "mine");
    let ran = project.evenhand(&["init", "--template", "rag"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(project.read("README.md"), "mine");
    assert!(project.read("EVENHAND.md").contains("golden lock answers"));
    let again = project.evenhand(&["init", "--template", "rag"]);
    assert_eq!(again.code, 2, "nothing is overwritten: {again}");
}

/// What the stand-in judge says, and about what.
struct Said {
    /// Texts that the request has, in this order.
    about: Vec<String>,
    answer: Value,
}

fn all_said(template: &str) -> Vec<Said> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/init_templates").join(format!("{template}.jsonl"));
    let said = |line: Value| Said {
        about: serde_json::from_value(line["about"].clone()).unwrap(),
        answer: line["answer"].clone(),
    };
    json_lines(&fs::read_to_string(path).unwrap()).into_iter().map(said).collect()
}

impl Said {
    fn fits(&self, request: &RecordedRequest) -> bool {
        let mut rest = material(request);
        let in_order = self.about.iter().all(|text| {
            let found = rest.find(text.as_str());
            rest = found.map_or("", |at| &rest[at + text.len()..]);
            found.is_some()
        });
        let properties = &schema(&request.body)["properties"];
        let verdict = self.answer.get("verdict").filter(|_| properties["verdict"]["enum"].is_array());
        let is_choice = |verdict: &Value| properties["verdict"]["enum"].as_array().unwrap().contains(verdict);
        in_order && verdict.is_none_or(is_choice)
    }
}

fn stand_in(template: &str) -> Mock {
    let said = all_said(template);
    Mock::new(move |request| -> Reply {
        let fitting: Vec<&Said> = said.iter().filter(|said| said.fits(request)).collect();
        assert_eq!(fitting.len(), 1, "one answer to: {}", material(request));
        openai_answer(&fitting[0].answer.to_string())
    })
}

/// Writes the templates' replies and golden files: the command records what a stand-in judge says, which
/// `tests/init_templates/NAME.jsonl` holds, and locks the scores. Then build again.
#[test]
#[ignore = "it writes the templates; see CONTRIBUTING.md"]
fn record_the_templates_anew() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/init/templates");
    for (template, suite, _) in TEMPLATES {
        let project = started(template);
        copy(&templates.join(template), &project);
        let server = stand_in(template);
        let config = project.read("evenhand.toml");
        project.add("evenhand.toml", &format!("\n{}", openai(&server.url("/v1"))));
        let replies = format!("golden/replies/{suite}.jsonl");
        for file in [replies.clone(), format!("golden/{suite}.json")] {
            fs::remove_file(project.path(&file)).unwrap();
        }
        record(&project, suite, &replies, template == "upgrade");
        project.write("evenhand.toml", config);
        let locked = project.evenhand(&["golden", "lock", suite]);
        assert_eq!(locked.code, 0, "{template}: {locked}");
        for file in [replies, format!("golden/{suite}.json")] {
            fs::copy(project.path(&file), templates.join(template).join(&file)).unwrap();
        }
    }
}

/// The replies about the suite's own outputs, and about the new model's where there are some.
fn record(project: &Project, suite: &str, replies: &str, has_new: bool) {
    let run = |more: &[&str]| {
        let words = ["run", suite, "--model", "judge", "--no-cache", "--record"];
        let ran = project.evenhand(&[&words[..], more].concat());
        assert!(ran.code <= 1, "{suite}: {ran}");
    };
    run(&[replies]);
    let mut lines: Vec<String> = project.read(replies).lines().map(str::to_owned).collect();
    if has_new {
        run(&["new.jsonl", "--outputs", "outputs/new.jsonl"]);
        lines.extend(project.read("new.jsonl").lines().map(str::to_owned));
    }
    // A key stands first on its line, and twice where an output did not change.
    lines.sort();
    lines.dedup();
    // Nobody is named who did not answer.
    let own = |line: String| {
        line.replace("openai/mock-1", "written by hand").replace("mock-1", "written by hand") + "\n"
    };
    project.write(replies, lines.into_iter().map(own).collect::<String>());
}

/// The template's files as they are now, where the command was built before they changed.
fn copy(template: &Path, project: &Project) {
    let mut folders = vec![template.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(template).unwrap();
                project.write(name.to_str().unwrap(), fs::read(&path).unwrap());
            }
        }
    }
}
