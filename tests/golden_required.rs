//! Required checks that held when the scores were locked, and cannot be evaluated now.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::{Project, json_lines};
use crate::support::server::openai_answer;

const NO_REFUND: &str = "[suites.support.checks.no_refund]\nkind = \"regex\"\npattern = \"refund\"\nabsent = true\nrequired = true\n";

fn lines(records: usize, text: impl Fn(usize) -> serde_json::Value) -> String {
    (1..=records)
        .map(|at| format!("{}\n", json!({"id": format!("c{at:02}"), "artifact": text(at)})))
        .collect()
}

/// Records with a command that makes their outputs, and a check that each must keep; locked.
fn produced(records: usize) -> Project {
    let project = Project::empty();
    let outputs =
        "[suites.support.outputs]\ncommand = [\"sh\", \"agent.sh\", \"{id}\"]\ninto = \"artifact\"\n";
    project.write("evenhand.toml", format!("[suites.support]\ndataset = \"s.jsonl\"\n{outputs}{NO_REFUND}"));
    project.write("s.jsonl", lines(records, |_| json!("")));
    project.write("agent.sh", "echo I have passed it on.");
    assert_eq!(project.evenhand(&["golden", "lock", "support"]).code, 0);
    project
}

const NO_ANSWER: &str = "[ $1 = c07 ] && { echo the agent gave up >&2; exit 3; }\necho I have passed it on.";

#[test]
fn an_output_that_cannot_be_produced_breaks_the_rule() {
    let project = produced(12);
    project.write("agent.sh", NO_ANSWER);
    assert_snapshot!("required_check_without_output", project.evenhand(&["check"]));
    let junit = project.evenhand(&["check", "--junit", "-"]).stdout;
    let failure = junit.find("<failure message=\"unscored: no output to judge");
    assert!(failure.is_some() && junit.contains("failures=\"1\""), "{junit}");
    let annotated = project.evenhand_with(("GITHUB_STEP_SUMMARY", "summary.md"), &["check", "--github"]);
    let told = "required check \"no_refund\" held in golden and could not be evaluated now";
    assert!(annotated.stdout.contains(told), "{annotated}");
    // A limit that allows no failure is the rule once more.
    let limit = "[suites.support.gates.checks.no_refund]\nmax_failures = 0\n";
    project.add("evenhand.toml", limit);
    assert_eq!(project.evenhand(&["check"]).code, 1);
    // One that allows some takes the place of the rule: it counts what is known.
    project.write(
        "evenhand.toml",
        project.read("evenhand.toml").replace("max_failures = 0", "max_failures = 1"),
    );
    let limited = project.evenhand(&["check"]);
    assert_eq!(limited.code, 0, "{limited}");
    assert!(limited.stdout.contains("; 1 of 12 unscored\n"), "{limited}");
}

/// Whatever share of the records has no score; but where no record has one, nothing was measured.
#[test]
fn more_than_max_unscored_hide_no_broken_rule() {
    let project = produced(7);
    project.write("agent.sh", NO_ANSWER);
    let one = project.evenhand(&["check"]);
    assert!(one.code == 1 && one.stdout.contains("support: FAILED. 6 of 6 passed; c07: required"), "{one}");
    project.write("agent.sh", "exit 3");
    let all = project.evenhand(&["check"]);
    assert!(all.code == 3 && all.stdout.contains("TOO MANY UNSCORED. 7 of 7"), "{all}");
}

#[test]
fn a_check_that_finds_nothing_to_look_at_breaks_the_rule() {
    let project = Project::empty();
    project.write(
        "evenhand.toml",
        format!("[suites.support]\ndataset = \"s.jsonl\"\ngolden = {{ watch = \"subject\" }}\n{NO_REFUND}"),
    );
    project.write("s.jsonl", lines(12, |_| json!("I have passed it on.")));
    assert_eq!(project.evenhand(&["golden", "lock", "support"]).code, 0);
    let none = |at: usize| if at == 7 { json!(null) } else { json!("I have passed it on.") };
    project.write("s.jsonl", lines(12, none));
    let ran = project.evenhand(&["check"]);
    let told = "FAILED. 11 of 11 passed; c07: required check \"no_refund\" held in golden and could not be evaluated now: \
                there is no output; 1 of 12 unscored\n";
    assert!(ran.code == 1 && ran.stdout.contains(told), "{ran}");
}

/// The check was evaluated, and holds: a judge that fails is no fault of what is judged.
#[test]
fn a_judge_that_fails_breaks_no_rule() {
    let server = Mock::new(|request| {
        let broken = request.body.to_string().contains("r03: broken");
        if broken { openai_answer("I will not say.") } else { openai_answer(&fair_answer(request)) }
    });
    let project = Project::judged_at(&server.url("/v1"));
    let texts = |third: &str| -> String {
        let text =
            |at: usize| if at == 3 { format!("r03: {third}") } else { format!("r{at:02}: please wait") };
        (1..=12).map(|at| format!("{}\n", json!({"id": format!("r{at:02}"), "text": text(at)}))).collect()
    };
    let config =
        project.read("evenhand.toml").replace("label = \"label\"\n", "output = \"text\"\nretries = 0\n");
    let rule = NO_REFUND.replace("support", "polite");
    project.write("evenhand.toml", config + "golden = { watch = \"subject\" }\n" + &rule);
    project.write("polite.jsonl", texts("please wait"));
    assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
    project.write("polite.jsonl", texts("broken"));
    let ran = project.evenhand(&["check"]);
    assert_eq!(ran.code, 0, "{ran}");
    let first = ran.stdout.lines().find(|line| line.starts_with("polite: PASS")).unwrap_or_default();
    assert!(first.ends_with("; 1 of 12 unscored"), "{ran}");
    let json = project.evenhand(&["check", "--json"]);
    assert!(json_lines(&json.stdout)[0]["check"]["diff"].get("broken").is_none(), "{json}");
}
