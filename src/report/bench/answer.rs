//! The first line of a bench: what to use.

use super::rows::{milliseconds, number};
use crate::bench::{Bench, CellFigures};
use crate::report::cost::money;
use crate::report::formatting::count;

/// What to use, in one sentence.
pub(in crate::report) fn bench_answer(bench: &Bench) -> String {
    let measured = bench.cells.iter().filter(|cell| cell.p50_ms().is_some()).count();
    if measured == 0 && bench.is_measured() {
        return fastest_writer(bench);
    }
    if measured == 0 {
        return "no model gave a reply: nothing is measured".to_owned();
    }
    if bench.limits.any() && bench.choice.within.is_empty() {
        return format!("no model keeps the limits: {}", misses(bench));
    }
    let Some(primary) = bench.choice.primary() else {
        return format!("{measured} measured, and none can be recommended");
    };
    let cell = bench.cells.iter().find(|cell| cell.meta.name == primary.cell);
    let figures = cell.map(figures).unwrap_or_default();
    if bench.cells.len() == 1 {
        return format!("{}: {figures}", primary.cell);
    }
    let begun = if bench.pending() > 0 { "so far: " } else { "" };
    format!("{begun}use {}: {figures}", primary.cell)
}

/// Of what other tools measured.
fn fastest_writer(bench: &Bench) -> String {
    let written = bench.cells.iter().filter_map(|cell| Some((&cell.meta.name, cell.tokens_a_second()?)));
    let most = written.max_by(|a, b| a.1.total_cmp(&b.1));
    let Some((name, most)) = most else { return "speed alone was measured, and no output tokens".to_owned() };
    let begun = if bench.cells.len() == 1 { "" } else { "the most output tokens a second: " };
    format!("{begun}{name}, {} a second; quality is not measured here", number(most))
}

/// Why, and whether that keeps the limits.
pub(in crate::report) fn why(bench: &Bench) -> Option<String> {
    let primary = bench.choice.primary()?;
    let keeps = match (bench.limits.any(), bench.choice.within.len()) {
        (false, _) => String::new(),
        (true, _) if bench.cells.len() == 1 => "It keeps the limits.".to_owned(),
        (true, n) => format!(" {n} of {} keep the limits.", bench.cells.len()),
    };
    if bench.cells.len() == 1 {
        return Some(keeps).filter(|keeps| !keeps.is_empty());
    }
    Some(format!("It {}.{keeps}", primary.reason))
}

fn figures(cell: &CellFigures) -> String {
    let kappa = cell.quality.kappa.map(|kappa| format!("κ {:.2}", kappa.value));
    let accuracy = || cell.quality.accuracy.rate.map(|rate| format!("{:.0} % as labelled", rate * 100.0));
    let time = cell.p50_ms().map(|ms| format!("{} a record", milliseconds(ms)));
    let cost = cell.cost_per_100k().map(|usd| format!("{} for 100,000 records", money(usd)));
    let parts: Vec<String> = [kappa.or_else(accuracy), time, cost].into_iter().flatten().collect();
    parts.join(", ")
}

/// Which limits the cells miss.
fn misses(bench: &Bench) -> String {
    let mut parts = Vec::new();
    for limit in ["max-p95", "min-kappa", "max-cost-per-100k"] {
        let missed = bench.choice.limits.iter().filter(|held| held.limit == limit && !held.is_kept);
        let n = missed.count();
        if n > 0 {
            let miss = if n == 1 { "misses" } else { "miss" };
            parts.push(format!("{} of {} {miss} --{limit}", count(n as u64), bench.cells.len()));
        }
    }
    parts.join(", ")
}
