//! What may be spent, and what it would take.

use insta::assert_snapshot;

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::{Project, openai};
use crate::support::server::{Reply, openai_answer};

/// A project whose model has a price and short answers: $1 for a thousand tokens.
fn priced(server: &Mock) -> Project {
    let more = "max_tokens = 100\nprice = { input_per_million = 1000.0, output_per_million = 1000.0 }\n";
    Project::polite(&format!("{}{more}", openai(&server.url("/v1"))))
}

#[test]
fn a_limit_on_money_needs_a_price() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_snapshot!(project.evenhand(&["run", "--max-cost", "1"]));
    assert!(server.requests().is_empty());
}

#[test]
fn a_model_on_this_machine_costs_nothing() {
    let server = Mock::fair_ollama();
    let models = format!("[models.judge]\nmodel = \"ollama/mock:1b\"\nbase_url = \"{}\"\n", server.url(""));
    let ran = Project::polite(&models).evenhand(&["run", "--max-cost", "0"]);
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn no_more_money_is_spent_than_allowed() {
    let server = Mock::fair();
    let project = priced(&server);
    // A prompt of about 1,300 bytes is taken for as many tokens at first: $1.40 at worst, $0.02 in truth.
    let ran = project.evenhand(&["run", "--concurrency", "4", "--max-cost", "0.5"]);
    assert_eq!(ran.code, 5, "{ran}");
    assert!(server.requests().is_empty(), "even one call might have cost more");
    let ran = project.evenhand(&["run", "--concurrency", "4", "--max-cost", "3", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    // The calls waited for each other's true cost, and all were paid for in the end.
    assert_eq!(server.requests().len(), 6);
    let cost = ran.json().1["summary"]["cost_usd"].as_f64().unwrap();
    assert!(cost > 0.0 && cost < 3.0, "{cost}");
}

#[test]
fn a_suite_has_a_budget_of_its_own_and_retries_count() {
    let server = Mock::new(|request| {
        if request.connection == usize::MAX {
            openai_answer(&fair_answer(request))
        } else {
            Reply::status(500)
        }
    });
    let project = Project::judged_at(&server.url("/v1"));
    project.add("evenhand.toml", "budget = { max_calls = 2 }\n");
    let ran = project.evenhand(&["run", "--concurrency", "1", "--limit", "1"]);
    assert_eq!(ran.code, 5, "{ran}");
    assert_eq!(server.requests().len(), 2);
    assert_snapshot!(ran);
}

#[test]
fn no_time_no_calls() {
    let server = Mock::fair();
    let ran = Project::judged_at(&server.url("/v1")).evenhand(&["run", "--max-minutes", "0"]);
    assert_eq!(ran.code, 5, "{ran}");
    assert!(server.requests().is_empty());
}

#[test]
fn what_it_would_take() {
    let server = Mock::fair();
    let project = priced(&server);
    assert_snapshot!("unmeasured", project.evenhand(&["run", "--dry-run"]));
    let one = project.evenhand(&["run", "--dry-run", "--limit", "1"]);
    assert!(one.stdout.starts_with("polite by openai/mock-1: 1 record, 1 call\n"), "{one}");
    assert!(server.requests().is_empty() && !project.has(".evenhand/runs"));
    assert_eq!(project.evenhand(&["run", "--limit", "2"]).code, 0);
    assert_snapshot!("measured", project.evenhand(&["run", "--dry-run"]));
    let ran = project.evenhand(&["run", "--dry-run", "--no-cache", "--json"]);
    assert_eq!(crate::support::project::json_lines(&ran.stdout)[0]["calls"], 6);
    assert_eq!(server.requests().len(), 2);
}
