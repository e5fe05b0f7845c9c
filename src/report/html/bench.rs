//! A bench as a page.

use serde::Serialize;

use super::page::{Page, scripts};
use crate::bench::{Bench, CellAnswer, CellFigures, Latency, Quantile, RecordAnswers};
use crate::error::Result;
use crate::report::bench::{
    BenchTable, bench_answer, bench_cut, bench_roles, bench_said, bench_tables, bench_what, bench_why,
};

const SCRIPT: &str = scripts!("bench.js");

/// What the page reads.
#[derive(Serialize)]
struct Data {
    about: String,
    /// The answer, and how it is to be taken.
    headline: String,
    tone: &'static str,
    why: Option<String>,
    lede: String,
    /// What quality is measured by.
    merit: &'static str,
    cells: Vec<Cell>,
    tables: Vec<BenchTable>,
    said: Vec<(&'static str, Vec<String>)>,
    roles: String,
    answers: Vec<Record>,
}

/// A record, and what each cell says of it.
#[derive(Serialize)]
struct Record {
    id: String,
    label: Option<String>,
    sides: Vec<Side>,
}

#[derive(Serialize)]
struct Side {
    name: String,
    verdict: String,
    score: Option<f64>,
    reasons: Option<String>,
}

/// What the plots show of a cell.
#[derive(Serialize)]
struct Cell {
    name: String,
    merit: Option<Merit>,
    p50: Option<Quantile>,
    /// Of 100,000 records, in US dollars.
    cost: Option<f64>,
    /// Times in order of size, at most a few hundred.
    times: Vec<f64>,
    /// Records at the same time, and records a second.
    throughput: Vec<(usize, f64)>,
}

#[derive(Serialize)]
struct Merit {
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
}

/// So many times are drawn of a cell.
const MOST_TIMES: usize = 300;

/// A bench as one page that needs nothing else.
///
/// # Errors
/// A fault of evenhand's own.
pub(crate) fn bench_html(bench: &Bench) -> Result<String> {
    let keeps = bench.limits.any() && bench.choice.within.is_empty();
    let machine = bench.meta.machine.as_ref().map_or_else(String::new, |machine| {
        format!(
            " Begun {} on {} {} with {} processors, evenhand {}.",
            bench.meta.begun, machine.system, machine.architecture, machine.processors, bench.meta.evenhand
        )
    });
    let cells = match bench.cells.len() {
        1 => "1 model or setup".to_owned(),
        n => format!("{n} models or setups"),
    };
    let data = Data {
        about: format!("{}, {cells}", bench.meta.suite),
        headline: bench_answer(bench),
        tone: if keeps { "failed" } else { "passed" },
        why: bench_why(bench),
        lede: bench_what(bench) + &machine,
        merit: if bench.cells.iter().any(|cell| cell.quality.kappa.is_some()) {
            "κ"
        } else {
            "share as labelled"
        },
        cells: bench.cells.iter().map(cell).collect(),
        tables: bench_tables(bench),
        said: bench_said(bench),
        roles: bench_roles(bench),
        answers: bench.answers.iter().map(record).collect(),
    };
    Page::whole(&format!("{}, benched", bench.meta.suite), SCRIPT, &data)
}

fn record(record: &RecordAnswers) -> Record {
    let side = |answer: &CellAnswer| Side {
        name: answer.cell.clone(),
        verdict: answer.verdict.clone().unwrap_or_else(|| "no verdict".to_owned()),
        score: answer.score,
        reasons: answer.text.as_deref().or(answer.failure.as_deref()).map(bench_cut),
    };
    Record {
        id: record.record.clone(),
        label: record.label.clone(),
        sides: record.answers.iter().map(side).collect(),
    }
}

fn cell(cell: &CellFigures) -> Cell {
    let kappa = cell.quality.kappa;
    let interval = kappa.map_or(cell.quality.accuracy.interval, |kappa| kappa.interval);
    Cell {
        name: cell.meta.name.clone(),
        merit: cell.merit().map(|value| Merit {
            value,
            low: interval.map(|ends| ends.low),
            high: interval.map(|ends| ends.high),
        }),
        p50: cell.speed.record.as_ref().map(|record| record.p50),
        cost: cell.cost_per_100k(),
        times: cell.speed.record.as_ref().map(thinned).unwrap_or_default(),
        throughput: cell.speed.throughput.iter().map(|one| (one.at_once, one.records_a_second)).collect(),
    }
}

/// Every nth time, so that a page stays small.
fn thinned(latency: &Latency) -> Vec<f64> {
    let every = latency.sorted.len().div_ceil(MOST_TIMES).max(1);
    latency.sorted.iter().rev().step_by(every).rev().copied().collect()
}
