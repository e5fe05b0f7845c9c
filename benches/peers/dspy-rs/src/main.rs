//! The other side of `cargo bench -- peer`: `dspy-rs-side URL DATASET LINES AT_A_TIME` judges the records
//! with dspy-rs, writes a flushed JSON line for each, and prints how many there were and the processor's
//! and the clock's seconds that they took.
//!
//! It has the same signature, demos and records. dspy-rs asks for its own marks instead of JSON, and holds
//! the answer against no schema.

use std::collections::HashMap;
use std::fs::{File, read_to_string};
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use dspy_rs::{ChatAdapter, Example, LM, Predict, Predictor, Signature, configure, example};
use futures_util::{StreamExt, stream};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use serde_json::json;

#[Signature(cot)]
struct Judge {
    /// Judge whether the artifact does what was asked for.
    ///
    /// - pass: it says everything that the ground truth says, in these or other words.
    /// - fail: something is missing, or contradicts it.
    ///
    /// Use only what the artifact says; outside knowledge does not count.
    #[input(desc = "What the system produced.")]
    pub artifact: String,

    #[input(desc = "What should have been produced.")]
    pub ground_truth: String,

    #[output(desc = "pass only if nothing is missing: \"pass\" or \"fail\".")]
    pub verdict: String,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    artifact: String,
    ground_truth: String,
    label: String,
}

fn demos() -> Vec<Example> {
    vec![
        example! {
            "artifact": "input" => "The bridge was opened in 1932 and is 503 metres long.",
            "ground_truth": "input" => "Opened in 1932.",
            "reasoning": "output" => "The year is the same, and more is no fault.",
            "verdict": "output" => "pass",
        },
        example! {
            "artifact": "input" => "The bridge was opened in 1923.",
            "ground_truth": "input" => "Opened in 1932.",
            "reasoning": "output" => "The artifact gives another year.",
            "verdict": "output" => "fail",
        },
    ]
}

async fn judge(predict: &Predict, row: Row) -> Result<Vec<u8>> {
    let fields = [("artifact", row.artifact), ("ground_truth", row.ground_truth)];
    let keys = fields.iter().map(|(name, _)| (*name).to_owned()).collect();
    let data: HashMap<_, _> = fields.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
    let judged = predict.forward(Example::new(data, keys, Vec::new())).await?;
    let verdict = judged.get("verdict", None);
    ensure!(verdict == "pass", "{}: the verdict is {verdict}", row.id);
    let line = json!({
        "id": row.id, "label": row.label, "reasoning": judged.get("reasoning", None), "verdict": verdict,
        "prompt_tokens": judged.lm_usage.prompt_tokens, "completion_tokens": judged.lm_usage.completion_tokens,
    });
    Ok(format!("{line}\n").into_bytes())
}

fn cpu() -> Result<Duration> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
}

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, dataset, lines, at_a_time] = words.as_slice() else {
        anyhow::bail!("dspy-rs-side URL DATASET LINES AT_A_TIME");
    };
    let lm = LM::builder().base_url(url.clone()).model("mock-1".into()).temperature(0.0).max_tokens(1024);
    configure(lm.build().await?, ChatAdapter);
    let mut predict = Predict::new(Judge::new());
    predict.signature.set_demos(demos())?;
    let mut file = File::create(lines)?;
    let (before, started) = (cpu()?, Instant::now());
    let text = read_to_string(dataset).context("the dataset")?;
    let rows = text.lines().map(serde_json::from_str::<Row>);
    let judgments = rows.map(|row| async { judge(&predict, row?).await });
    let mut judged = stream::iter(judgments).buffer_unordered(at_a_time.parse()?);
    let mut count = 0_u64;
    while let Some(line) = judged.next().await {
        file.write_all(&line?)?;
        count += 1;
    }
    let took = (cpu()?.saturating_sub(before), started.elapsed());
    println!("{}", json!({"judged": count, "cpu_s": took.0.as_secs_f64(), "wall_s": took.1.as_secs_f64()}));
    Ok(())
}
