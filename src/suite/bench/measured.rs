//! What earlier benches on this machine measured of each model as it is, without options that were varied.

use std::path::Path;

use super::folder;
use crate::bench::{Bench, FromBench, Limits, MachineFacts, Volume};

/// What a bench measured of its models; nothing where it cannot be read, or ran on another machine.
pub(in crate::suite) fn measured_cells(path: &Path, here: &MachineFacts) -> Vec<FromBench> {
    let Ok((meta, lines)) = folder::read(path) else {
        return Vec::new();
    };
    if meta.machine.as_ref() != Some(here) {
        return Vec::new();
    }
    let bench = Bench::new(meta, &lines, Limits::default(), Volume { records_a_day: 0.0, machine: None });
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let plain = bench.cells.iter().filter(|cell| cell.meta.vary.is_empty() && cell.p50_ms().is_some());
    let cell = |cell: &crate::bench::CellFigures| FromBench {
        model: cell.meta.full_name.clone(),
        bench: name.clone(),
        memory_bytes: cell.speed.bytes,
        p50_ms: cell.p50_ms(),
        kappa: cell.quality.kappa.map(|kappa| kappa.value),
    };
    plain.map(cell).collect()
}
