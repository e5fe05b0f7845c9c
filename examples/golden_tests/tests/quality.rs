//! The replies are as good as they were when their scores were locked.
//!
//! The judge answers from `golden/replies/tickets.jsonl`, so no model is needed. After a change of the agent:
//!
//! - `EVENHAND_RECORD=1 EVENHAND_JUDGE_URL=http://127.0.0.1:8080/v1 cargo test` asks a model and records its replies;
//! - `evenhand golden review tickets` walks through the scores that changed.

use evenhand::judge::{Judge, JudgeOptions, Reading};
use evenhand::model::{Model, OpenAiOptions, Provider};
use evenhand::signature::bundled;
use evenhand::testing::{Scored, recorded};
use evenhand::{Result, assert_golden};
use golden_tests::reply;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Ticket {
    id: String,
    ticket: String,
    wanted: String,
}

fn tickets() -> Vec<Ticket> {
    include_str!("tickets.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn judge() -> Result<Judge> {
    let model: Model =
        recorded(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/replies/tickets.jsonl"), || {
            let url =
                std::env::var("EVENHAND_JUDGE_URL").unwrap_or_else(|_| "http://127.0.0.1:8080/v1".to_owned());
            Provider::openai(OpenAiOptions::new("qwen2.5-coder-1.5b").at(url))
        })?;
    let options = JudgeOptions { reading: Reading::Weighted, ..JudgeOptions::default() };
    Judge::new(bundled("relevance")?, model, options)
}

fn inputs(ticket: &Ticket, reply: &str) -> Map<String, Value> {
    let inputs = json!({
        "context": format!("a help desk; the ticket: {}", ticket.ticket),
        "ground_truth": ticket.wanted,
        "artifact": reply,
    });
    inputs.as_object().unwrap().clone()
}

#[tokio::test]
async fn the_replies_are_as_good_as_locked() -> Result<()> {
    let judge = judge()?;
    let mut scored = Vec::new();
    for ticket in tickets() {
        let reply = reply(&ticket.ticket);
        let judged = judge.judge(&inputs(&ticket, &reply)).await;
        scored.push(
            Scored::judged(&ticket.id, &judged).asked(&[&ticket.ticket, &ticket.wanted]).output(&reply),
        );
    }
    assert_golden!("tickets", &judge, scored);
    Ok(())
}

/// A prompt is a text: insta's own business, reviewed with `cargo insta review`.
#[test]
fn the_judge_is_asked_as_reviewed() -> Result<()> {
    let tickets = tickets();
    let requests = judge()?.requests(&inputs(&tickets[0], &reply(&tickets[0].ticket))).unwrap();
    let messages: Vec<String> = requests[0]
        .messages
        .iter()
        .map(|message| format!("{}: {}", message.role.name(), message.content))
        .collect();
    insta::assert_snapshot!(messages.join("\n\n"));
    Ok(())
}
