//! A whole bench: its figures from its lines alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::answers::{RecordAnswers, answers};
use super::cell::{CellFigures, Volume};
use super::choice::{Choice, Limits};
use super::line::Line;
use super::meta::Meta;
use super::pairs::{PairFigures, pairs};
use super::together::{Together, together};

/// The figures of a bench.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Bench {
    pub(crate) meta: Meta,
    pub(crate) limits: Limits,
    pub(crate) volume: Volume,
    pub(crate) cells: Vec<CellFigures>,
    pub(crate) pairs: Vec<PairFigures>,
    pub(crate) choice: Choice,
    /// The same record's answers side by side, where they differ most.
    pub(crate) answers: Vec<RecordAnswers>,
    /// Which models of one server were in its memory together.
    pub(crate) together: Vec<Together>,
}

impl Bench {
    /// From the lines of its file.
    pub(crate) fn new(meta: Meta, lines: &[Line], limits: Limits, volume: Volume) -> Self {
        let cells = Self::cells(&meta, lines, &volume);
        Self { together: together(lines), ..Self::of_cells(meta, cells, limits, volume) }
    }

    /// The figures of each cell.
    pub(super) fn cells(meta: &Meta, lines: &[Line], volume: &Volume) -> Vec<CellFigures> {
        let mut by_cell: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        for line in lines {
            by_cell.entry(&line.cell).or_default().push(line);
        }
        let expected = meta.records * u64::from(meta.rounds);
        let figures = meta.cells.iter().map(|cell| {
            let lines = by_cell.get(cell.name.as_str()).map(Vec::as_slice).unwrap_or_default();
            CellFigures::of(cell, lines, expected, meta.scale, volume)
        });
        figures.collect()
    }

    /// What the cells come to together.
    pub(super) fn of_cells(meta: Meta, cells: Vec<CellFigures>, limits: Limits, volume: Volume) -> Self {
        let pairs = pairs(&cells, meta.scale);
        let choice = Choice::of(&cells, &pairs, &limits);
        let answers = answers(&cells, &[]);
        Self { meta, limits, volume, cells, pairs, choice, answers, together: Vec::new() }
    }

    /// The same with the answers about these records first.
    ///
    /// # Errors
    /// The record that was not judged.
    pub(crate) fn showing(mut self, wanted: &[String]) -> std::result::Result<Self, String> {
        let is_known = |record: &String| self.cells.iter().any(|cell| cell.by_record.contains_key(record));
        if let Some(unknown) = wanted.iter().find(|record| !is_known(record)) {
            return Err(unknown.clone());
        }
        self.answers = answers(&self.cells, wanted);
        Ok(self)
    }

    /// The cells with their places, the best first; those without labels by speed.
    pub(crate) fn ranked(&self) -> Vec<&CellFigures> {
        let mut ranked: Vec<&CellFigures> = self.cells.iter().collect();
        let merit = |cell: &CellFigures| cell.merit().unwrap_or(f64::NEG_INFINITY);
        let time = |cell: &CellFigures| cell.p50_ms().unwrap_or(f64::INFINITY);
        ranked.sort_by(|a, b| merit(b).total_cmp(&merit(a)).then(time(a).total_cmp(&time(b))));
        ranked
    }

    /// Whether anything is known of the speed of any cell.
    pub(crate) fn is_measured(&self) -> bool {
        self.cells.iter().any(CellFigures::is_measured)
    }

    /// Records that are still to be judged, each time counted.
    pub(crate) fn pending(&self) -> u64 {
        self.cells.iter().map(|cell| cell.pending).sum()
    }
}
