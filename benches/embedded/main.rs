//! The embedded engine against llama.cpp's plain loop, with and without what it adds.
//!
//! `cargo bench --features local` (with `scripts/engine-flags.sh`, as the Makefile does), in a few minutes.
//! Every figure is taken in a process of its own with one thread, by the processor's time, so that a busy
//! machine disturbs it little; only the last table needs an idle one. `EVENHAND_BENCH_MODEL` names another GGUF.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

mod engine;
mod floor;
mod machine;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use machine::Cost;

const MODEL: &str = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf";
/// Each figure is the best of so many.
const ROUNDS: usize = 2;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(model) = model() else {
        eprintln!(
            "skipped: there is no {MODEL} in .evenhand/models: `evenhand models fetch qwen2.5-coder-0.5b`"
        );
        return Ok(());
    };
    if let [child, what, number] = arguments.as_slice()
        && child == "child"
    {
        println!("{}", measure(&model, what, number.parse()?)?);
        return Ok(());
    }
    println!("{}, one thread, by processor time, the best of {ROUNDS}\n", model.display());
    speed()?;
    reuse()?;
    parallel()?;
    agreement(&model)?;
    busy()
}

fn model() -> Option<PathBuf> {
    let folder = std::env::var_os("EVENHAND_MODELS_DIR").map(PathBuf::from);
    let folder =
        folder.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.evenhand/models")));
    let named = std::env::var_os("EVENHAND_BENCH_MODEL").map(PathBuf::from);
    Some(named.unwrap_or_else(|| folder.join(MODEL))).filter(|path| path.exists())
}

/// One figure, in this process.
fn measure(model: &std::path::Path, what: &str, number: u32) -> Result<Cost> {
    match what {
        "floor-prefill" => floor::prefill(model, number),
        "floor-decode" => floor::decode(model, number),
        "burn" => Ok(machine::burn()),
        _ => engine::measure(model, what, number),
    }
}

/// One figure, in a process of its own.
fn child(what: &str, number: u32) -> Result<Cost> {
    let output = Command::new(std::env::current_exe()?)
        .args(["child", what, &number.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    String::from_utf8(output.stdout)?.trim().parse().map_err(|()| format!("{what} gave no figure").into())
}

/// The cheapest of several rounds, each figure once a round.
fn rounds<const N: usize>(figures: [(&str, u32); N]) -> Result<[Cost; N]> {
    let mut best = [Cost::default(); N];
    let rounds =
        std::env::var("EVENHAND_BENCH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    for round in 0..rounds {
        for (best, (what, number)) in best.iter_mut().zip(figures) {
            let cost = child(what, number)?;
            if round == 0 || cost.cpu_s / cost.units < best.cpu_s / best.units {
                *best = cost;
            }
        }
    }
    Ok(best)
}

fn speed() -> Result<()> {
    let [floor, whole, own] = rounds([("floor-prefill", 64), ("floor-prefill", 512), ("prefill", 1)])?;
    println!("| 512 tokens of prompt | tokens/s | to llama.cpp |\n|---|---|---|");
    row("llama.cpp's plain loop, batches of 64", &floor, &floor);
    row("llama.cpp's plain loop, one batch of 512", &whole, &floor);
    row("evenhand", &own, &floor);
    let [floor, own, guided] = rounds([("floor-decode", 64), ("decode", 64), ("decode-json", 64)])?;
    println!("\n| 64 tokens of answer | tokens/s | to llama.cpp |\n|---|---|---|");
    row("llama.cpp's plain loop", &floor, &floor);
    row("evenhand, text", &own, &floor);
    row("evenhand, JSON under a schema", &guided, &floor);
    Ok(())
}

fn reuse() -> Result<()> {
    let [without, with] = rounds([("weigh-anew", 1), ("weigh", 1)])?;
    println!("\n| weighed, the same beginning | records/s | to none kept |\n|---|---|---|");
    row("nothing kept: each prompt begins otherwise", &without, &without);
    row("the beginning kept", &with, &without);
    Ok(())
}

fn parallel() -> Result<()> {
    for (title, what) in [("written, 32 tokens at most", "write"), ("weighed", "weigh")] {
        let [one, four, eight] = rounds([(what, 1), (what, 4), (what, 8)])?;
        println!("\n| {title} | records/s | to parallel = 1 |\n|---|---|---|");
        row("parallel = 1", &one, &one);
        row("parallel = 4", &four, &one);
        row("parallel = 8", &eight, &one);
    }
    Ok(())
}

fn agreement(model: &std::path::Path) -> Result<()> {
    let agreement = engine::agreement(model, 32)?;
    println!(
        "\n{} records of relevance, parallel = 8 beside 1: largest difference of a verdict's share {:.4}, {} other verdicts",
        agreement.records, agreement.largest, agreement.flips,
    );
    Ok(())
}

/// By the clock: what threads cost on a machine where one core is busy.
fn busy() -> Result<()> {
    let mut burner = Command::new(std::env::current_exe()?)
        .args(["child", "burn", "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let figures = ["decode-all", "decode-free"].map(|what| child(what, 16));
    drop(burner.stdin.take());
    burner.wait()?;
    let [all, free] = figures;
    let (all, free) = (all?, free?);
    let rate = |cost: &Cost| cost.units / cost.wall_s;
    println!("\n| one core busy with something else | tokens/s by the clock | to all cores |\n|---|---|---|");
    println!("| a thread for each core | {:.1} | 1 |", rate(&all));
    println!("| threads by load, the default | {:.1} | {:.2} |", rate(&free), rate(&free) / rate(&all));
    Ok(())
}

fn row(name: &str, cost: &Cost, floor: &Cost) {
    let rate = |cost: &Cost| cost.units / cost.cpu_s;
    println!("| {name} | {:.2} | {:.2} |", rate(cost), rate(cost) / rate(floor));
}
