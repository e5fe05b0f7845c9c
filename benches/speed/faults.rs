//! 5,000 requests of 788 prompt and 308 completion tokens to a server with faults.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::Options;
use crate::command::{Project, summary};
use crate::mock::Mock;
use crate::table::Table;

/// A record that makes a prompt of about 788 tokens, in bytes.
const BYTES: usize = 2300;

pub fn measure(options: &Options) {
    let records = options.records.unwrap_or(5000).min(100_000);
    let mock = Mock::start();
    let project = Project::new(&mock.url("faulty"), records, BYTES, "concurrency = 32\ntimeout_s = 1");
    let ran = project.evenhand(&["run", "--no-cache", "--json"]);
    let counts = mock.counts();
    let scored = scored(&project);
    let mut table = Table::new(
        &format!("{records} requests to a server with faults"),
        ["fault", "injected", "records", "scored", "lost", "duplicate calls"],
    );
    for fault in counts["faults"].as_array().into_iter().flatten() {
        let touched: BTreeSet<&str> =
            fault["records"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let kept = touched.iter().filter(|id| scored.contains(**id)).count();
        table.row([
            fault["fault"].as_str().unwrap_or_default().to_owned(),
            fault["injected"].to_string(),
            touched.len().to_string(),
            kept.to_string(),
            (touched.len() - kept).to_string(),
            fault["duplicates"].to_string(),
        ]);
    }
    let all = usize::try_from(records).expect("few");
    table.row([
        "**all**".into(),
        counts["faults"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|fault| fault["injected"].as_u64())
            .sum::<u64>()
            .to_string(),
        counts["records"].to_string(),
        scored.len().to_string(),
        (all - scored.len()).to_string(),
        counts["duplicates"].to_string(),
    ]);
    table.print();
    let numbers = summary(&ran);
    println!(
        "\n{} requests for {records} records in {:.1} s; exit {}; tokens: {}",
        counts["requests"],
        ran.wall.as_secs_f64(),
        ran.code,
        numbers["tokens"],
    );
}

/// The records with a score in the journal.
fn scored(project: &Project) -> BTreeSet<String> {
    let journal = File::open(project.last_run().join("journal.jsonl")).expect("there is a journal");
    let lines = BufReader::new(journal).lines().map(|line| line.expect("it is read"));
    let outcomes = lines.map(|line| serde_json::from_str::<Value>(&line).expect("a line is JSON"));
    let scored = outcomes.filter(|outcome| outcome["result"].get("scored").is_some());
    scored.filter_map(|outcome| outcome["id"].as_str().map(str::to_owned)).collect()
}
