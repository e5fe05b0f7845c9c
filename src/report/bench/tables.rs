//! The tables of a bench: speed, quality, cost, throughput, strategies.

use super::rows::{
    a_second, bar, gigabytes, kappa_ends, milliseconds, number, or_none, percent, quantile, with_ends,
};
use super::table::{LONGEST, Names, Table, rows};
use crate::bench::{Bench, CellFigures};
use crate::number::rounded;
use crate::report::cost::money;
use crate::report::formatting::{Detail, count};

pub(super) fn tables(bench: &Bench, names: &Names<'_>, detail: Detail) -> Vec<Table> {
    let mut tables = vec![speed(bench, names), rates(bench, names), quality(bench, names, detail)];
    if bench.cells.iter().any(|cell| cell.source.is_none()) {
        tables.push(cost(bench, names));
    }
    if bench.cells.iter().any(|cell| !cell.speed.throughput.is_empty()) {
        tables.push(throughput(bench, names));
    }
    tables.extend(matrix(bench));
    tables
}

fn speed(bench: &Bench, names: &Names<'_>) -> Table {
    let rows = rows(bench, names, |cell| {
        let (speed, record) = (&cell.speed, cell.speed.record.as_ref());
        vec![
            quantile(record, |record| record.p50),
            quantile(record, |record| record.p90),
            quantile(record, |record| record.p99),
            quantile(speed.fixed.as_ref(), |fixed| fixed.p50),
            quantile(speed.first_token.as_ref(), |first| first.p50),
            quantile(speed.cold.as_ref(), |cold| cold.p50),
            or_none(speed.overhead_ms.map(milliseconds)),
        ]
    });
    let mut notes = vec![
        "p50, p90, p99: a record, warm. cold: the first record after the model was loaded anew. own: what evenhand \
         itself takes of a record."
            .to_owned(),
    ];
    for cell in &bench.cells {
        if let Some(record) = &cell.speed.record {
            notes.push(format!(
                "{}: p50 {}, p99 {}{}",
                names.short(&cell.meta.name),
                with_ends(record.p50),
                with_ends(record.p99),
                outliers(&record.outliers)
            ));
        }
    }
    notes
        .extend(bench.cells.iter().filter(|cell| cell.speed.is_unsteady()).map(|cell| unsteady(cell, names)));
    notes.extend(bench.cells.iter().flat_map(|cell| of_tool(cell, names)));
    let columns = vec!["speed", "p50", "p90", "p99", "20 tokens", "1st token", "cold", "own"];
    Table { title: "speed", columns, rows, notes }
}

/// Says that the blocks of a cell differ more than its intervals tell.
fn unsteady(cell: &CellFigures, names: &Names<'_>) -> String {
    let blocks: Vec<String> = cell.speed.blocks_ms.iter().map(|ms| milliseconds(*ms)).collect();
    format!(
        "{}: its {} blocks took {} at the median: the machine or the server was not equally fast all the time, which \
         the intervals do not count",
        names.short(&cell.meta.name),
        blocks.len(),
        blocks.join(", ")
    )
}

/// What another tool says of its own measurements.
fn of_tool(cell: &CellFigures, names: &Names<'_>) -> Vec<String> {
    let Some(source) = &cell.source else { return Vec::new() };
    let name = names.short(&cell.meta.name);
    source.said.iter().map(|said| format!("{name}, by {} ({}): {said}", source.tool, source.file)).collect()
}

fn outliers(outliers: &[(String, f64)]) -> String {
    let Some((record, ms)) = outliers.first() else {
        return String::new();
    };
    let more = if outliers.len() > 1 { format!(" and {} more", outliers.len() - 1) } else { String::new() };
    format!("; far from the rest: {record} ({}){more}", milliseconds(*ms))
}

fn rates(bench: &Bench, names: &Names<'_>) -> Table {
    let rows = rows(bench, names, |cell| {
        let speed = &cell.speed;
        vec![
            a_second(speed.prompt_rate),
            a_second(speed.output_rate),
            a_second(speed.clock_rate),
            a_second(speed.character_rate),
            or_none(speed.tokens.map(|[prompt, _]| number(prompt))),
            or_none(speed.tokens.map(|[_, output]| number(output))),
            gigabytes(speed.bytes),
        ]
    });
    let columns = vec!["a second", "prompt", "output", "clock", "chars", "tokens in", "out", "memory"];
    let notes = vec![
        "prompt, output: tokens a second by the server's own durations. clock: output tokens a second by the clock. \
         chars: characters of answers a second, since long answers take long. tokens: of a record."
            .to_owned(),
    ];
    Table { title: "a second", columns, rows, notes }
}

fn quality(bench: &Bench, names: &Names<'_>, detail: Detail) -> Table {
    let rows = rows(bench, names, |cell| {
        let quality = &cell.quality;
        let valid = match (quality.valid_raw.rate, quality.valid.rate) {
            (Some(raw), Some(valid)) => format!("{:.0} > {:.0} %", raw * 100.0, valid * 100.0),
            _ => or_none(None),
        };
        vec![
            or_none(quality.kappa.map(|kappa| format!("{:.2}", kappa.value))),
            if cell.source.is_some() { "not measured".to_owned() } else { kappa_ends(cell) },
            percent(&quality.accuracy),
            or_none(quality.rank.map(|rank| format!("{:.2}", rank.value))),
            valid,
            percent(&quality.asked_again),
            percent(&quality.flips),
        ]
    });
    let columns = vec!["quality", "κ", "95 %", "label", "rank", "valid", "again", "flips"];
    let mut notes = vec![
        "label: verdicts that are the label. rank: Spearman's ρ. valid: JSON as it came > after repair. again: \
         records asked about again. flips: records whose verdict changes from time to time."
            .to_owned(),
    ];
    let scored = bench.cells.iter().filter(|cell| cell.quality.scored.n > 0).map(|cell| {
        let scored = cell.quality.scored;
        format!("{} {} of {}", names.short(&cell.meta.name), count(scored.count), count(scored.n))
    });
    let scored: Vec<String> = scored.collect();
    if !scored.is_empty() {
        notes.push(format!("with a verdict: {}.", scored.join(", ")));
    }
    if bench.cells.iter().any(|cell| cell.source.is_some()) {
        notes.push("not measured: not measured here, since the tool measures speed alone.".to_owned());
    }
    if detail == Detail::Statistics {
        for cell in bench.cells.iter().filter(|cell| cell.source.is_none()) {
            notes.push(format!("{}: {}", names.short(&cell.meta.name), intervals(cell)));
        }
    }
    notes.extend(bench.cells.iter().filter_map(|cell| {
        let refused = cell.quality.refused;
        let why = cell.failure.as_ref()?;
        let refusals =
            if refused.count > 0 { format!("; {} refused", percent(&refused)) } else { String::new() };
        Some(format!(
            "{}: {} unscored{refusals}; the first: {why}",
            names.short(&cell.meta.name),
            unscored(cell)
        ))
    }));
    Table { title: "quality", columns, rows, notes }
}

fn unscored(cell: &CellFigures) -> String {
    let scored = cell.quality.scored;
    count(scored.n - scored.count)
}

fn intervals(cell: &CellFigures) -> String {
    let quality = &cell.quality;
    let rates = [
        ("label", quality.accuracy),
        ("valid as it came", quality.valid_raw),
        ("valid", quality.valid),
        ("again", quality.asked_again),
        ("refused", quality.refused),
        ("flips", quality.flips),
    ];
    let said = rates.iter().filter_map(|(what, rate)| {
        let ends = rate.interval?;
        Some(format!("{what} {:.0} to {:.0} % of {}", ends.low * 100.0, ends.high * 100.0, count(rate.n)))
    });
    said.collect::<Vec<String>>().join(", ")
}

fn cost(bench: &Bench, names: &Names<'_>) -> Table {
    let rows = rows(bench, names, |cell| {
        let spans = [
            cell.cost.as_ref().or(cell.machine_cost.as_ref()).map(|_| 1.0 / 100_000.0),
            Some(1.0),
            Some(bench.volume.records_a_day * 365.0 / 12.0 / 100_000.0),
            Some(bench.volume.records_a_day * 365.0 / 100_000.0),
        ];
        let batch = cell.cost_per_100k();
        spans
            .into_iter()
            .map(|times| or_none(batch.zip(times).map(|(batch, times)| money(batch * times))))
            .collect()
    });
    let mut notes = vec![format!(
        "By measured tokens and the prices of evenhand.toml, at {} records a day (--records-a-day).",
        count(rounded(bench.volume.records_a_day))
    )];
    let free = |cell: &&CellFigures| cell.meta.is_here && cell.meta.price == Some([0.0, 0.0]);
    if bench.volume.machine.is_none() && bench.cells.iter().any(|cell| free(&cell)) {
        notes.push(
            "What runs on this machine costs no tokens; --watts and --machine-price count the machine."
                .to_owned(),
        );
    }
    if bench.cells.iter().any(|cell| cell.meta.price.is_none()) {
        notes.push("`-`: no price in evenhand.toml.".to_owned());
    }
    Table { title: "cost", columns: vec!["cost", "a record", "100,000", "a month", "a year"], rows, notes }
}

fn throughput(bench: &Bench, names: &Names<'_>) -> Table {
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for cell in bench.ranked() {
        let most = cell.speed.throughput.iter().map(|one| one.records_a_second).fold(0.0, f64::max);
        for one in &cell.speed.throughput {
            rows.push(vec![
                names.short(&cell.meta.name),
                or_none(Some(one.at_once).filter(|number| *number > 0).map(|number| number.to_string())),
                number(one.records_a_second),
                or_none(one.tokens_a_second.map(number)),
                or_none(one.p50_ms.map(milliseconds)),
                bar(one.records_a_second / most, 16),
            ]);
        }
        if let Some(knee) = cell.speed.knee {
            notes.push(format!(
                "{}: more than {knee} at once gain less than a tenth each doubling.",
                names.short(&cell.meta.name)
            ));
        }
    }
    let columns = vec!["throughput", "at once", "records/s", "tokens/s", "p50", ""];
    Table { title: "throughput", columns, rows, notes }
}

/// Strategies by models, where there are several of both.
fn matrix(bench: &Bench) -> Option<Table> {
    let unique = |of: fn(&CellFigures) -> &str| {
        let mut all: Vec<&str> = Vec::new();
        for cell in &bench.cells {
            if !all.contains(&of(cell)) {
                all.push(of(cell));
            }
        }
        all
    };
    let (models, strategies) = (unique(|cell| &cell.meta.model), unique(|cell| &cell.meta.strategy));
    if strategies.len() < 2 {
        return None;
    }
    let found = |model: &str, strategy: &str| {
        let mut cells = bench.cells.iter();
        let cell = cells.find(|cell| cell.meta.model == model && cell.meta.strategy == strategy)?;
        let time = milliseconds(cell.p50_ms()?);
        Some(cell.merit().map_or_else(|| time.clone(), |merit| format!("{merit:.2} in {time}")))
    };
    let told = |model: &str, strategy: &str| {
        found(model, strategy).unwrap_or_else(|| "not measured here".to_owned())
    };
    let notes = vec!["κ (or the share as labelled) and the time of a record, at the median.".to_owned()];
    let is_narrow = models.len() <= 3 && models.iter().all(|model| model.chars().count() <= LONGEST);
    if !is_narrow {
        let each = |strategy: &str| {
            let row = |model: &&str| vec![strategy.to_owned(), told(model, strategy), (*model).to_owned()];
            models.iter().map(row).collect::<Vec<Vec<String>>>()
        };
        let rows = strategies.iter().flat_map(|strategy| each(strategy)).collect();
        return Some(Table { title: "strategies", columns: vec!["strategy", "", "model"], rows, notes });
    }
    let row = |strategy: &&str| {
        let cells = models.iter().map(|model| told(model, strategy));
        std::iter::once((*strategy).to_owned()).chain(cells).collect()
    };
    // A table has columns of fixed names: the models stand in its first row.
    let head = std::iter::once("strategy".to_owned()).chain(models.iter().map(|model| (*model).to_owned()));
    let rows = std::iter::once(head.collect()).chain(strategies.iter().map(row)).collect();
    Some(Table { title: "strategies", columns: vec![""; models.len() + 1], rows, notes })
}
