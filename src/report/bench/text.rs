//! A bench as text with bars, and as Markdown: the answer first, then speed, quality, cost, pairs and roles.

use super::answer::{bench_answer, why};
use super::answers;
use super::roles::roles_toml;
use super::rows::{bar, milliseconds};
use super::sections::sections;
use super::table::{Names, Table, aligned};
use super::tables::tables;
use crate::bench::{Bench, CellFigures};
use crate::report::formatting::{Detail, Lines, WIDTH, count, count_of, folded};

/// A bench as text of 80 columns, with the answers about the first so many records that it shows.
pub(crate) fn bench_text(bench: &Bench, detail: Detail, records: usize) -> String {
    let mut lines = Lines::default();
    lines.folded(&bench_answer(bench));
    if let Some(why) = why(bench) {
        lines.folded(&format!("  {why}"));
    }
    lines.blank();
    lines.folded(&format!("  {}", what(bench)));
    let names = Names::of(bench);
    names.legend(&mut lines);
    bars(&mut lines, bench, &names);
    for table in tables(bench, &names, detail) {
        lines.blank();
        aligned(&mut lines, &table);
    }
    for (title, sentences) in sections(bench, &names, detail) {
        lines.blank();
        lines.whole(title);
        for sentence in sentences {
            lines.whole(&folded(&format!("  {sentence}"), WIDTH, 4));
        }
    }
    answers::add(&mut lines, bench, records, &names);
    let roles = roles_toml(bench);
    if !roles.is_empty() {
        lines.blank();
        lines.whole("for evenhand.toml");
        for line in roles.lines() {
            lines.whole(format!("  {line}").trim_end());
        }
    }
    lines.text
}

/// The same as Markdown.
pub(crate) fn bench_markdown(bench: &Bench) -> String {
    let names = Names::whole(bench);
    let why = why(bench).map_or_else(String::new, |why| format!("{why}\n\n"));
    let mut text = format!("**{}**\n\n{why}{}\n", bench_answer(bench), what(bench));
    for table in tables(bench, &names, Detail::Statistics) {
        text += &format!(
            "\n### {}\n\n| {} |\n|{}\n",
            table.title,
            table.columns.join(" | "),
            "---|".repeat(table.columns.len())
        );
        for row in &table.rows {
            let row: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            text += &format!("| {} |\n", row.join(" | "));
        }
        for note in &table.notes {
            text += &format!("\n{note}\n");
        }
    }
    for (title, sentences) in sections(bench, &names, Detail::Statistics) {
        text += &format!("\n### {title}\n\n");
        for sentence in sentences {
            text += &format!("- {sentence}\n");
        }
    }
    text += &answers::markdown(bench);
    let roles = roles_toml(bench);
    if !roles.is_empty() {
        text += &format!("\n```toml\n{roles}```\n");
    }
    text
}

/// What was measured, and how.
pub(in crate::report) fn what(bench: &Bench) -> String {
    let meta = &bench.meta;
    let read = bench.cells.iter().filter(|cell| cell.source.is_some()).count();
    if read == bench.cells.len() {
        return format!("{read} measured by other tools; nothing was asked here.");
    }
    if meta.begun.is_empty() {
        return format!(
            "{}: {}; without bench.json, so prices, machine and settings are not known.",
            meta.suite,
            count_of(meta.records, "record")
        );
    }
    let others =
        if read > 0 { format!(" Beside them {read} measured by other tools.") } else { String::new() };
    let times = match meta.rounds {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    };
    let pending = match bench.pending() {
        0 => String::new(),
        n => format!("; {} are still to be judged", count(n)),
    };
    format!(
        "{}: {}, judged {times} by each of {}, one at a time; blocks in random order, seed {}{pending}.{others}",
        meta.suite,
        count_of(meta.records, "record"),
        bench.cells.len() - read,
        meta.seed
    )
}

/// The time of a record as bars.
fn bars(lines: &mut Lines, bench: &Bench, names: &Names<'_>) {
    let times = || bench.cells.iter().filter_map(CellFigures::p50_ms);
    let longest = times().fold(0.0, f64::max);
    if longest <= 0.0 {
        return;
    }
    let width = names.width();
    lines.blank();
    lines.whole("time of a record, at the median");
    for cell in bench.ranked() {
        let name = names.short(&cell.meta.name);
        let Some(ms) = cell.p50_ms() else {
            if cell.source.is_some() {
                continue;
            }
            lines.whole(&format!("  {name:<width$}  no reply"));
            continue;
        };
        lines.whole(&format!("  {name:<width$}  {:>8}  {}", milliseconds(ms), bar(ms / longest, 40)));
    }
}

/// Every table, with whole names and all that is to be said.
pub(in crate::report) fn whole_tables(bench: &Bench) -> Vec<Table> {
    tables(bench, &Names::whole(bench), Detail::Statistics)
}

/// All sentences, with whole names.
pub(in crate::report) fn said(bench: &Bench) -> Vec<(&'static str, Vec<String>)> {
    sections(bench, &Names::whole(bench), Detail::Statistics)
}
