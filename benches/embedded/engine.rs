//! The engine, as a program uses it.

use std::path::Path;
use std::sync::Arc;

use evenhand::model::local::{Engine, EngineOptions, Sampling, Turn};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::Result;
use crate::machine::{Cost, Start};

/// Records of one figure.
const RECORDS: u32 = 16;
const OPENING: &str = "{\"verdict\":\"";

/// One figure: `number` is the tokens to write, or the requests in flight.
pub(crate) fn measure(path: &Path, what: &str, number: u32) -> Result<Cost> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let is_of_records = what.starts_with('w');
    let options = EngineOptions {
        context_tokens: 8192,
        threads: match what {
            "decode-all" => Some(u32::try_from(std::thread::available_parallelism()?.get())?),
            "decode-free" => None,
            _ => Some(1),
        },
        parallel: if is_of_records { number } else { 1 },
        ..EngineOptions::default()
    };
    runtime.block_on(async {
        let engine = Engine::load(path.to_owned(), options).await?;
        match what {
            "prefill" => prefill(&engine).await,
            "decode" | "decode-all" | "decode-free" => decode(&engine, number, None).await,
            "decode-json" => decode(&engine, number, Some(schema())).await,
            "weigh" | "weigh-anew" => weigh(&engine, what, number).await,
            "write" => write(&engine, number).await,
            _ => Err(format!("there is no figure {what}").into()),
        }
    })
}

/// A prompt of about 512 tokens, rendered, tokenized, evaluated and weighed.
async fn prefill(engine: &Engine) -> Result<Cost> {
    let ask = |first: &str| {
        let turns = vec![Turn::new("user", format!("{first}{}", " The report was sent in time.".repeat(78)))];
        engine.weigh(turns, OPENING.into(), vec!["pass\"".into()])
    };
    ask("Well.").await?; // the weights come into memory
    let start = Start::now();
    let weighed = ask("Now.").await?;
    Ok(start.cost(f64::from(weighed.counts.prompt_tokens - weighed.counts.cached_tokens)))
}

/// The tokens after the first: the same request again for one token tells what the prompt takes.
async fn decode(engine: &Engine, tokens: u32, schema: Option<Arc<Value>>) -> Result<Cost> {
    let turns = vec![Turn::new("user", "Count from one to two hundred in words, and leave none out.")];
    let ask = |max_tokens| {
        let sampling = Sampling { max_tokens, ..Sampling::default() };
        engine.generate(turns.clone(), schema.clone(), sampling)
    };
    ask(tokens).await?;
    let start = Start::now();
    let one = ask(1).await?;
    let first = start.cost(1.0);
    let start = Start::now();
    let all = ask(tokens).await?;
    let whole = start.cost(f64::from(all.counts.completion_tokens - one.counts.completion_tokens));
    Ok(Cost { wall_s: whole.wall_s - first.wall_s, cpu_s: whole.cpu_s - first.cpu_s, ..whole })
}

async fn weigh(engine: &Engine, what: &str, parallel: u32) -> Result<Cost> {
    let candidates: Vec<String> = ["pass\"", "fail\"", "unclear\""].map(String::from).into();
    let begin = |record: u32| if what == "weigh-anew" { format!("{record}. ") } else { String::new() };
    let ask = |record| engine.weigh(turns(&begin(record), record), OPENING.into(), candidates.clone());
    ask(RECORDS).await?;
    let start = Start::now();
    // Without reuse each takes as long as the last: a few are enough.
    let records = if what == "weigh-anew" { RECORDS / 4 } else { RECORDS };
    stream::iter(0..records)
        .map(ask)
        .buffer_unordered(usize::try_from(parallel)?)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    Ok(start.cost(f64::from(records)))
}

async fn write(engine: &Engine, parallel: u32) -> Result<Cost> {
    let schema = schema();
    let sampling = Sampling { max_tokens: 32, ..Sampling::default() };
    let ask = |record| engine.generate(turns("", record), Some(Arc::clone(&schema)), sampling);
    ask(RECORDS).await?;
    let start = Start::now();
    stream::iter(0..RECORDS)
        .map(ask)
        .buffer_unordered(usize::try_from(parallel)?)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    Ok(start.cost(f64::from(RECORDS)))
}

/// How far answers differ between one request in flight and eight.
pub(crate) struct Agreement {
    /// Records judged.
    pub(crate) records: usize,
    /// The largest difference of a verdict's share.
    pub(crate) largest: f64,
    /// Records whose likeliest verdict differs.
    pub(crate) flips: usize,
}

/// Weighs the first records of the bundled suite both ways.
pub(crate) fn agreement(path: &Path, records: usize) -> Result<Agreement> {
    let dataset = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/relevance.jsonl"))?;
    let records = dataset
        .lines()
        .take(records)
        .map(serde_json::from_str)
        .collect::<std::result::Result<Vec<Value>, _>>()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let alone = runtime.block_on(shares(path, &records, 1))?;
    let together = runtime.block_on(shares(path, &records, 8))?;
    let pairs = || alone.iter().zip(&together);
    let differences = pairs().flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()));
    Ok(Agreement {
        records: records.len(),
        largest: differences.fold(0.0, f64::max),
        flips: pairs().filter(|(a, b)| best(a) != best(b)).count(),
    })
}

/// Each record's shares of the three verdicts.
async fn shares(path: &Path, records: &[Value], parallel: u32) -> Result<Vec<Vec<f64>>> {
    let options = EngineOptions { threads: Some(1), parallel, ..EngineOptions::default() };
    let engine = Engine::load(path.to_owned(), options).await?;
    let ask = |record: &Value| {
        let text = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let instruction = "Decide whether the artifact does what was asked for: pass, fail or unclear.";
        let user = format!("Asked for: {}\nArtifact: {}", text("ground_truth"), text("artifact"));
        let candidates = ["pass\"", "fail\"", "unclear\""].map(String::from).into();
        engine.weigh(
            vec![Turn::new("system", instruction), Turn::new("user", user)],
            OPENING.into(),
            candidates,
        )
    };
    let weighed: Vec<_> =
        stream::iter(records).map(ask).buffered(usize::try_from(parallel)?).try_collect().await?;
    let shares = |logs: &[f64]| {
        let all: f64 = logs.iter().map(|log| log.exp()).sum();
        logs.iter().map(|log| log.exp() / all).collect()
    };
    Ok(weighed.iter().map(|weighed| shares(&weighed.log_probabilities)).collect())
}

fn best(shares: &[f64]) -> Option<usize> {
    shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(at, _)| at)
}

/// An instruction of a few hundred tokens that all records share, and a record of about fifty.
fn turns(begin: &str, record: u32) -> Vec<Turn> {
    let rule = "Check each point of what was asked: names, numbers, dates, direction and format. ";
    let instruction = format!("{begin}Judge whether the report does what was asked for. {}", rule.repeat(20));
    let report = format!(
        "Asked: move the meeting of team {record} to the room with the large window by noon, and tell \
         everyone who takes part.\nReport: team {record} meets in room {}, everyone was told at eleven.",
        record * 7 % 90,
    );
    vec![Turn::new("system", instruction), Turn::new("user", report)]
}

fn schema() -> Arc<Value> {
    Arc::new(json!({
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            "verdict": {"enum": ["pass", "fail", "unclear"]},
        },
        "required": ["reasoning", "verdict"],
    }))
}
