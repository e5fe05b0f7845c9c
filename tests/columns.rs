//! Long names in every report: it fits 80 columns, and no word is split; and what a terminal is shown.

use std::fmt::Write as _;

use serde_json::json;

use crate::support::mock::Mock;
use crate::support::project::{Project, Ran};
use crate::support::width::too_wide;

const SUITE: &str = "answers_of_the_support_agent_to_customers_who_are_angry";
const CHECK: &str = "never_promises_a_refund_before_the_order_was_looked_up";
const TAG: &str = "customers-from-the-import-of-last-year";

/// Records with long ids and tags, and a suite of a judge and two checks, all of them with long names.
fn project(server: &Mock) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    let role = "the_judge_that_we_also_use_for_everything_else_here";
    let config = project.read("evenhand.toml").replace("[models.judge]", &format!("[models.{role}]"));
    let config = config.replace("default_model = \"judge\"", &format!("default_model = \"{role}\""));
    let config = config.replace("[suites.polite]", &format!("[suites.{SUITE}]"));
    let suite = format!(
        "output = \"text\"\ngolden = {{ watch = \"subject\" }}\ngates = {{ min_score = 0.1, max_cost_usd = 2.0, max_p95_latency_ms = 60000 }}\n\
         [suites.{SUITE}.checks.{CHECK}]\nkind = \"regex\"\npattern = \"refund\"\nabsent = true\nrequired = true\n\
         [suites.{SUITE}.checks.short]\nkind = \"contains\"\nexpected = [\"please\"]\n"
    );
    project.write("evenhand.toml", config + &suite);
    write(&project, 0);
    project
}

fn write(project: &Project, refunds: usize) {
    let mut lines = String::new();
    for at in 1..=24 {
        let id = format!("ticket-2026-11-{at:02}-about-a-parcel-that-never-arrived-at-its-destination");
        let text = match at {
            _ if at <= refunds => "please wait, the refund is on its way",
            _ if at % 3 == 0 => "wait",
            _ => "please wait",
        };
        let label = if at % 4 == 0 { "fail" } else { "pass" };
        let record =
            json!({"id": id, "text": format!("{at}: {text}"), "label": label, "tags": [TAG, "short"]});
        writeln!(lines, "{record}").unwrap();
    }
    project.write("polite.jsonl", lines);
}

fn fits(ran: &Ran) {
    assert_eq!(too_wide(&ran.stdout), Vec::<&str>::new(), "{ran}");
    let words = [CHECK, TAG].iter().filter(|name| ran.stdout.contains(&name[..20]));
    for name in words {
        assert!(ran.stdout.contains(*name), "{name} is split: {ran}");
    }
}

#[test]
fn long_names_fit_every_report() {
    let server = Mock::fair();
    let project = project(&server);
    let ran = project.evenhand(&["run"]);
    assert!(ran.stdout.contains(CHECK) && ran.stdout.contains(TAG), "{ran}");
    fits(&ran);
    for words in [
        &["run", "-v"] as &[&str],
        &["run", "--repeats", "3", "--refresh"],
        &["run", "--dry-run"],
        &["report"],
        &["golden", "lock", SUITE],
        &["golden", "status"],
        &["models", "list"],
        &["cache", "stats"],
        &["check"],
    ] {
        fits(&project.evenhand(words));
    }
    write(&project, 5);
    let worse = project.evenhand(&["check"]);
    assert!(worse.code == 1 && worse.stdout.contains("and 4 more"), "{worse}");
    fits(&worse);
    fits(&project.evenhand(&["check", "-v"]));
    fits(&project.evenhand(&["golden", "migrate", SUITE]));
}

/// Six verdicts with long names are no table of 80 columns: they are listed.
#[test]
fn verdicts_that_are_too_wide_for_a_table_are_listed() {
    let project = Project::empty();
    let names = ["completely_satisfied", "mostly_satisfied", "neither_of_both", "mostly_unsatisfied"];
    let worth: Vec<String> =
        names.iter().zip([1.0, 0.7, 0.5, 0.0]).map(|(name, worth)| format!("{name} = {worth:?}")).collect();
    project.write(
        "evenhand.toml",
        format!(
            "[scores.said]\nreplies = \"said.jsonl\"\njudge = \"x\"\nlabel = \"label\"\nlabels = {names:?}\nworth = {{ {} }}\nread = {{ value = \"verdict\" }}\n",
            worth.join(", ")
        ),
    );
    let line = |at: usize| json!({"id": at.to_string(), "label": names[at % 4], "verdict": names[(at + at / 7) % 4]});
    project.write("said.jsonl", (0..20).map(|at| format!("{}\n", line(at))).collect::<String>());
    let ran = project.evenhand(&["score", "--suite", "said"]);
    assert!(ran.stdout.contains("label completely_satisfied: judge "), "{ran}");
    fits(&ran);
}

#[test]
fn colour_is_for_terminals_and_those_who_ask_for_it() {
    let server = Mock::fair();
    let project = project(&server);
    let plain = project.evenhand(&["run"]);
    assert!(!plain.to_string().contains('\u{1b}'), "{plain}");
    let forced = project.evenhand_with(("CLICOLOR_FORCE", "1"), &["run"]);
    assert!(forced.stdout.contains(&format!("\u{1b}[1m{SUITE}: ")), "{forced}");
    assert!(forced.stdout.contains("\u{1b}[2m  judge       \u{1b}[0m"), "{forced}");
    assert!(forced.stderr.contains("\u{1b}[2mjournal: "), "{forced}");
    let both = project.evenhand_among(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &["run"]);
    assert!(!both.to_string().contains('\u{1b}'), "{both}");
    let json = project.evenhand_with(("CLICOLOR_FORCE", "1"), &["run", "--json"]);
    assert!(!json.stdout.contains('\u{1b}'), "machines read no colour: {json}");
}
