//! What a bench would take, without asking anything.

use serde::Serialize;

use super::work::Work;
use crate::error::Result;
use crate::eval::Plan;
use crate::number::real;
use crate::suite::estimate::{CallForecast, forecast_changed};
use crate::suite::judges::Overrides;
use crate::suite::run::RunOptions;

/// What a bench would take. Answers that are asked for again and calls that are sent again come on top.
#[derive(Debug, Serialize)]
pub(crate) struct BenchForecast {
    pub(crate) suite: String,
    pub(crate) records: u64,
    /// How often each cell judges all records, one at a time.
    pub(crate) repeats: u32,
    /// At how many records at the same time all of them are judged once more.
    pub(crate) at_once: Vec<usize>,
    /// Cold starts, warm-up and short answers: calls on top, at most.
    pub(crate) beside: u64,
    pub(crate) cells: Vec<CellForecast>,
}

/// What one cell would take.
#[derive(Debug, Serialize)]
pub(crate) struct CellForecast {
    pub(crate) cell: String,
    #[serde(flatten)]
    pub(crate) calls: CallForecast,
}

impl BenchForecast {
    /// What all cells take, one after the other.
    pub(crate) fn total(&self) -> CallForecast {
        let each = self.cells.iter().map(|cell| cell.calls);
        let seconds = each.clone().map(|calls| calls.seconds).sum();
        let all = each.reduce(CallForecast::and).unwrap_or_default();
        CallForecast { seconds, ..all }
    }
}

/// What the bench would take.
pub(crate) async fn bench_forecast(work: &Work<'_>) -> Result<BenchForecast> {
    let (meta, request) = (&work.meta, work.request);
    let passes = u64::from(meta.rounds) + meta.at_once.len() as u64;
    let alone = f64::from(meta.rounds) + meta.at_once.iter().map(|n| 1.0 / real(*n)).sum::<f64>();
    let mut cells = Vec::new();
    let mut beside = 0;
    for cell in &work.cells {
        let options =
            RunOptions { limit: request.limit, filters: request.filters.clone(), ..cell.options.clone() };
        let overrides = Overrides::of(&options)?;
        let one_at_a_time = |plan: &mut Plan| plan.judged_at_once = 1;
        let once = forecast_changed(&cell.config, &cell.suite, &options, &overrides, one_at_a_time).await?;
        let of_a_record = once.calls.calls.div_ceil(once.records.max(1));
        beside +=
            u64::from(meta.rounds) * ((1 + u64::from(meta.warm_up)) * of_a_record + u64::from(meta.fixed));
        cells.push(CellForecast {
            cell: cell.meta.name.clone(),
            calls: CallForecast {
                seconds: once.calls.seconds.map(|seconds| seconds * alone),
                ..once.calls.times(passes)
            },
        });
    }
    Ok(BenchForecast {
        suite: meta.suite.clone(),
        records: meta.records,
        repeats: meta.rounds,
        at_once: meta.at_once.clone(),
        beside,
        cells,
    })
}
