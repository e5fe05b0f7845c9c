//! A bench as CSV: one row a cell, with plain numbers.

use crate::bench::{Bench, CellFigures};

const COLUMNS: [&str; 36] = [
    "cell",
    "model",
    "full_name",
    "strategy",
    "options",
    "digest",
    "quantization",
    "records",
    "pending",
    "p50_ms",
    "p50_low_ms",
    "p50_high_ms",
    "p90_ms",
    "p95_ms",
    "p99_ms",
    "cold_ms",
    "first_token_ms",
    "fixed_20_ms",
    "prompt_tokens_a_second",
    "output_tokens_a_second",
    "output_tokens_a_second_clock",
    "characters_a_second",
    "prompt_tokens",
    "output_tokens",
    "overhead_ms",
    "memory_bytes",
    "kappa",
    "kappa_low",
    "kappa_high",
    "accuracy",
    "rank",
    "valid_raw",
    "valid",
    "asked_again",
    "flips",
    "cost_per_100k_usd",
];

/// One row a cell.
pub(crate) fn bench_csv(bench: &Bench) -> String {
    let mut text = COLUMNS.join(",") + "\n";
    for cell in &bench.cells {
        text += &row(cell).join(",");
        text.push('\n');
    }
    text
}

fn row(cell: &CellFigures) -> Vec<String> {
    let (speed, quality) = (&cell.speed, &cell.quality);
    let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    let record = speed.record.as_ref();
    let median =
        |latency: &Option<crate::bench::Latency>| number(latency.as_ref().map(|latency| latency.p50.ms));
    let rate = |rate: Option<crate::bench::Rated>| number(rate.map(|rate| rate.a_second));
    let kappa = quality.kappa.and_then(|kappa| kappa.interval);
    let options: Vec<String> = cell.meta.vary.iter().map(|(key, value)| format!("{key}={value}")).collect();
    vec![
        quoted(&cell.meta.name),
        quoted(&cell.meta.model),
        quoted(&cell.meta.full_name),
        quoted(&cell.meta.strategy),
        quoted(&options.join(" ")),
        quoted(cell.digest.as_deref().unwrap_or_default()),
        quoted(cell.quantization.as_deref().unwrap_or_default()),
        cell.judged.to_string(),
        cell.pending.to_string(),
        number(record.map(|record| record.p50.ms)),
        number(record.and_then(|record| record.p50.low)),
        number(record.and_then(|record| record.p50.high)),
        number(record.map(|record| record.p90.ms)),
        number(record.map(|record| record.p95.ms)),
        number(record.map(|record| record.p99.ms)),
        median(&speed.cold),
        median(&speed.first_token),
        median(&speed.fixed),
        rate(speed.prompt_rate),
        rate(speed.output_rate),
        rate(speed.clock_rate),
        rate(speed.character_rate),
        number(speed.tokens.map(|[prompt, _]| prompt)),
        number(speed.tokens.map(|[_, output]| output)),
        number(speed.overhead_ms),
        speed.bytes.map_or_else(String::new, |bytes| bytes.to_string()),
        number(quality.kappa.map(|kappa| kappa.value)),
        number(kappa.map(|ends| ends.low)),
        number(kappa.map(|ends| ends.high)),
        number(quality.accuracy.rate),
        number(quality.rank.map(|rank| rank.value)),
        number(quality.valid_raw.rate),
        number(quality.valid.rate),
        number(quality.asked_again.rate),
        number(quality.flips.rate),
        number(cell.cost_per_100k()),
    ]
}

/// A field that a spreadsheet reads as text: with quotes where it needs them, and never as a formula.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
