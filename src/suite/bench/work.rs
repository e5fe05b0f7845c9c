//! The work of a bench: block after block, each measurement written down as it comes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::block::{Block, PartEnd};
use super::cells::{Cell, cells, loads};
use super::folder::Calls;
use super::order::{BlockPlace, blocks, shuffled};
use super::ready::Ready;
use super::request::{BenchEvent, BenchListener, BenchRequest};
use super::setup::{meta, no_model, records};
use crate::bench::{Bench, Limits, Line, Meta, Phase, Volume, at_a_glance};
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Stop;
use crate::model::Budget;
use crate::model::catalogue::CatalogueEntry;
use crate::report::duration;
use crate::suite::config::Config;
use crate::suite::missing::missing;
use crate::suite::model_config::ModelConfig;
use crate::suite::shared;

/// A bench before it is begun: everything that it needs was read and checked.
pub(crate) struct Work<'c> {
    config: &'c Config,
    pub(super) request: &'c BenchRequest,
    pub(super) cells: Vec<Cell>,
    records: Vec<Record>,
    pub(super) meta: Meta,
    budgets: Vec<Arc<Budget>>,
}

/// How a bench ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BenchEnd {
    Complete,
    Interrupted,
    /// A budget was reached.
    Budget,
}

impl<'c> Work<'c> {
    pub(crate) fn new(suite: &str, config: &'c Config, request: &'c BenchRequest) -> Result<Self> {
        let cells = cells(suite, config, request)?;
        let first = cells.first().ok_or_else(no_model)?;
        let records = records(first, request)?;
        if records.is_empty() {
            let detail =
                format!("suite {suite}: no record of its dataset is left by the filters and the limit");
            return Err(Error::new(ErrorKind::Dataset, detail));
        }
        let command = shared::of_command(config, request.budget)?;
        cells.iter().try_for_each(|cell| cell.check_price(command.as_deref()))?;
        let meta = meta(first, config, request, &cells, records.len() as u64)?;
        let budgets = shared::budget(first.suite.file.budget)?.into_iter().chain(command).collect();
        Ok(Self { config, request, cells, records, meta, budgets })
    }

    /// What ends it early.
    pub(crate) fn stop(&self) -> &Stop {
        &self.request.stop
    }

    /// The embedded models that are not here.
    pub(crate) async fn missing_models(&self) -> Result<Vec<&'static CatalogueEntry>> {
        let models = self.cells.iter().flat_map(|cell| cell.models.all());
        missing(models.filter_map(ModelConfig::in_catalogue), self.config).await
    }

    /// How many records are judged in all, each time counted.
    fn total(&self) -> u64 {
        self.meta.records * u64::from(self.meta.rounds) * self.cells.len() as u64
    }

    /// Measures, in a new folder or in that of the last bench. Gives its measurements and how it ended.
    pub(crate) async fn run(&self, listener: &mut BenchListener<'_>) -> Result<(Calls, BenchEnd)> {
        let mut calls = if self.request.resume {
            Calls::resume(self.config, &self.meta)?
        } else {
            Calls::start(self.config, &self.meta)?
        };
        let done = calls.lines.iter().filter(|line| is_settled(line)).count() as u64;
        listener(BenchEvent::Started { records: self.total(), done })?;
        let end = self.blocks(&mut calls, listener).await?;
        Ok((calls, end))
    }

    async fn blocks(&self, calls: &mut Calls, listener: &mut BenchListener<'_>) -> Result<BenchEnd> {
        let mut ready = Ready::default();
        let mut given_up: BTreeSet<usize> = BTreeSet::new();
        let loads = loads(&self.cells);
        for place in blocks(&loads, self.meta.rounds, self.meta.seed) {
            if self.request.stop.is_wished() {
                return Ok(BenchEnd::Interrupted);
            }
            let Some(cell) = self.cells.get(place.cell) else { continue };
            let open = self.open_records(cell, place, &calls.lines);
            if given_up.contains(&place.cell) || open.is_empty() {
                continue;
            }
            listener(BenchEvent::Block { cell: &cell.meta.name })?;
            match self.block(cell, place, open, &mut ready, calls, listener).await? {
                PartEnd::Done => {
                    let best = best_so_far(&self.cells, &calls.lines);
                    listener(BenchEvent::BestSoFar(&best))?;
                }
                PartEnd::Interrupted => return Ok(BenchEnd::Interrupted),
                PartEnd::Budget => return Ok(BenchEnd::Budget),
                PartEnd::Hopeless(why) => {
                    given_up.insert(place.cell);
                    listener(BenchEvent::GivenUp { cell: &cell.meta.name, why: &why })?;
                }
            }
        }
        Ok(BenchEnd::Complete)
    }

    /// The records that the block has not judged yet, in the order of its round.
    fn open_records(&self, cell: &Cell, place: BlockPlace, lines: &[Line]) -> Vec<Record> {
        let own = |line: &&Line| line.cell == cell.meta.name && line.round == place.round && is_settled(line);
        let done: BTreeSet<&str> =
            lines.iter().filter(own).filter_map(|line| line.record.as_deref()).collect();
        let open: Vec<Record> =
            self.records.iter().filter(|record| !done.contains(record.id.as_str())).cloned().collect();
        shuffled(&open, place.round, self.meta.seed)
    }

    async fn block(
        &self,
        cell: &Cell,
        place: BlockPlace,
        open: Vec<Record>,
        ready: &mut Ready,
        calls: &mut Calls,
        listener: &mut BenchListener<'_>,
    ) -> Result<PartEnd> {
        let fresh = ready.make(cell, place.round).await?;
        let since = Instant::now();
        let mut relay = |event: BenchEvent<'_>| listener(event);
        let mut block = Block {
            cell,
            loaded: &ready.models,
            budgets: &self.budgets,
            calls,
            listener: &mut relay,
            stop: &self.request.stop,
            number: place.block,
            round: place.round,
            since,
        };
        if let Some(took_ms) = fresh.load_ms {
            block.note_load(took_ms)?;
        }
        // The last of the order: it is long forgotten when its turn comes.
        let others: Vec<Record> = shuffled(&self.records, place.round, self.meta.seed);
        let mut others = others.into_iter().rev().cycle();
        let mut end = PartEnd::Done;
        if fresh.is_cold {
            end = block.judge(Phase::Cold, others.next().into_iter().collect(), 1).await?;
        }
        for _ in 0..self.meta.warm_up {
            if end == PartEnd::Done {
                end = block.judge(Phase::WarmUp, others.next().into_iter().collect(), 1).await?;
            }
        }
        if end != PartEnd::Done {
            return Ok(end);
        }
        block.note_state(fresh.memory_before).await?;
        let end = block.judge(Phase::Measured, open, 1).await?;
        if end != PartEnd::Done {
            return Ok(end);
        }
        let end = block.answer_20_tokens(self.meta.fixed).await?;
        if end != PartEnd::Done || place.round > 0 {
            return Ok(end);
        }
        for at_once in &self.meta.at_once {
            let end = block.judge(Phase::Parallel, self.records.clone(), *at_once).await?;
            if end != PartEnd::Done {
                return Ok(end);
            }
        }
        Ok(PartEnd::Done)
    }
}

/// Whether a record need not be judged once more.
fn is_settled(line: &Line) -> bool {
    line.phase == Phase::Measured && line.unscored.as_ref().is_none_or(|unscored| !unscored.lasting)
}

/// The best cell so far, in a few words: without intervals, since it is told after every block.
fn best_so_far(cells: &[Cell], lines: &[Line]) -> String {
    let known = cells.iter().filter_map(|cell| {
        let own: Vec<&Line> = lines.iter().filter(|line| line.cell == cell.meta.name).collect();
        let (right, ms) = at_a_glance(&own)?;
        Some((&cell.meta.name, right, ms))
    });
    let best = known.max_by(|a, b| {
        let rank = |right: Option<f64>| right.unwrap_or(0.0);
        rank(a.1).total_cmp(&rank(b.1)).then(b.2.total_cmp(&a.2))
    });
    let Some((name, right, ms)) = best else { return String::new() };
    let time = duration(ms / 1e3);
    match right {
        Some(right) => format!("best so far {name}: {:.0} % as labelled in {time}", right * 100.0),
        None => format!("fastest so far {name}: {time}"),
    }
}

/// The figures of a bench, by its folder.
pub(crate) fn figures(folder: &Path, limits: Limits, volume: Volume) -> Result<Bench> {
    let (meta, lines) = super::folder::read(folder)?;
    Ok(Bench::new(meta, &lines, limits, volume))
}
