//! A table with a row for each cell, what tables call the cells, and how both are laid out.

use serde::Serialize;

use crate::bench::{Bench, CellFigures};
use crate::report::formatting::{Lines, WIDTH, folded};

/// A longer name stands in a list above the tables, under a letter.
pub(super) const LONGEST: usize = 14;

/// A table with a title: a row for each cell.
#[derive(Serialize)]
pub(in crate::report) struct Table {
    pub(super) title: &'static str,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    /// What is to be said of it.
    pub(super) notes: Vec<String>,
}

/// What tables call the cells.
pub(super) struct Names<'b> {
    bench: &'b Bench,
    is_lettered: bool,
}

impl<'b> Names<'b> {
    pub(super) fn of(bench: &'b Bench) -> Self {
        let is_lettered = bench.cells.iter().any(|cell| cell.meta.name.chars().count() > LONGEST);
        Self { bench, is_lettered }
    }

    pub(super) fn whole(bench: &'b Bench) -> Self {
        Self { bench, is_lettered: false }
    }

    pub(super) fn short(&self, name: &str) -> String {
        let place = self.bench.cells.iter().position(|cell| cell.meta.name == name);
        match place.filter(|_| self.is_lettered) {
            Some(place) => letters(place),
            None => name.to_owned(),
        }
    }

    /// The characters of the longest of them.
    pub(super) fn width(&self) -> usize {
        let names = self.bench.cells.iter().map(|cell| self.short(&cell.meta.name).chars().count());
        names.max().unwrap_or(0)
    }

    pub(super) fn legend(&self, lines: &mut Lines) {
        if !self.is_lettered {
            return;
        }
        lines.blank();
        for cell in &self.bench.cells {
            lines.whole(&folded(&format!("  {}  {}", self.short(&cell.meta.name), cell.meta.name), WIDTH, 5));
        }
    }
}

/// A, B, ... Z, AA, AB, ...
fn letters(place: usize) -> String {
    let letter = |place: usize| char::from(b'A' + u8::try_from(place % 26).unwrap_or(0));
    match place / 26 {
        0 => letter(place).to_string(),
        more => format!("{}{}", letter(more - 1), letter(place)),
    }
}

pub(super) fn rows(
    bench: &Bench,
    names: &Names<'_>,
    of: impl Fn(&CellFigures) -> Vec<String>,
) -> Vec<Vec<String>> {
    let row = |cell: &CellFigures| [vec![names.short(&cell.meta.name)], of(cell)].concat();
    bench.ranked().into_iter().map(row).collect()
}

/// A table with columns as wide as their widest cell.
pub(super) fn aligned(lines: &mut Lines, table: &Table) {
    let width = |column: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        let head = table.columns.get(column).map_or(0, |head| head.chars().count());
        cells.max().unwrap_or(0).max(head)
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let row = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (place, (cell, width)) in cells.zip(&widths).enumerate() {
            let blank = " ".repeat(width.saturating_sub(cell.chars().count()));
            text += &if place == 0 { format!("{cell}{blank}") } else { format!("  {blank}{cell}") };
        }
        text.trim_end().to_owned()
    };
    let is_headed = table.columns.iter().any(|column| !column.is_empty());
    if is_headed {
        // The names of the cells stand under the table's title, two places in.
        let head = row(&mut table.columns.iter().copied());
        let title = table.columns.first().copied().unwrap_or_default();
        lines.whole(format!("{title}  {}", head.get(title.len()..).unwrap_or_default()).trim_end());
    } else {
        lines.whole(table.title);
    }
    for cells in &table.rows {
        lines.whole(&format!("  {}", row(&mut cells.iter().map(String::as_str))));
    }
    for note in &table.notes {
        lines.whole(&folded(&format!("  {note}"), WIDTH, 4));
    }
}
