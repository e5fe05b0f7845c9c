//! The figures of one cell: a model with a strategy and options.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::cost::{Cost, Machine, Tariff, Workload};
use super::line::{Line, Phase};
use super::meta::CellMeta;
use super::quality::{Quality, Verdicts, verdicts};
use super::source::Source;
use super::speed::Speed;
use crate::model::Price;

/// The figures of one cell.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct CellFigures {
    #[serde(flatten)]
    pub(crate) meta: CellMeta,
    /// The digest of the model's files, and its quantization, where the server tells them.
    pub(crate) digest: Option<String>,
    pub(crate) quantization: Option<String>,
    /// Records that were judged, each time counted.
    pub(crate) judged: u64,
    /// Those that are still to be judged.
    pub(crate) pending: u64,
    pub(crate) speed: Speed,
    pub(crate) quality: Quality,
    /// What its tokens cost at the stated volume; none where it has no price or counts no tokens.
    pub(crate) cost: Option<Cost>,
    /// What it costs by the machine's power and purchase, where it runs here and they are given.
    pub(crate) machine_cost: Option<Cost>,
    /// What the first failure said.
    pub(crate) failure: Option<String>,
    /// Where the figures come from, if another tool measured them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Source>,
    /// By record, what it said.
    #[serde(skip)]
    pub(crate) by_record: BTreeMap<String, Verdicts>,
}

/// What a machine costs, whatever it works on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct MachinePrice {
    pub(crate) watts: f64,
    pub(crate) usd_per_kwh: f64,
    pub(crate) purchase_usd: f64,
    pub(crate) years: f64,
}

/// How costs are reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Volume {
    /// Records a day.
    pub(crate) records_a_day: f64,
    pub(crate) machine: Option<MachinePrice>,
}

impl CellFigures {
    /// Of the cell's lines; `expected` records are to be judged.
    pub(crate) fn of(
        meta: &CellMeta,
        lines: &[&Line],
        expected: u64,
        scale: Option<(f64, f64)>,
        volume: &Volume,
    ) -> Self {
        let by_record = verdicts(lines);
        let speed = Speed::of(lines);
        let judged = lines.iter().filter(|line| line.phase == Phase::Measured).count() as u64;
        let loaded = || lines.iter().filter_map(|line| line.loaded.as_ref());
        let failures = lines.iter().filter_map(|line| line.unscored.as_ref());
        let mut failures = failures.map(ToString::to_string);
        Self {
            digest: loaded().find_map(|loaded| loaded.digest.clone()),
            quantization: loaded().find_map(|loaded| loaded.quantization.clone()),
            judged,
            pending: expected.saturating_sub(judged),
            quality: Quality::of(lines, &by_record, scale),
            cost: token_cost(meta, &speed, volume),
            machine_cost: machine_cost(meta, &speed, volume),
            failure: failures.next(),
            meta: meta.clone(),
            speed,
            source: None,
            by_record,
        }
    }

    /// What another tool measured: speed alone.
    pub(super) fn of_tool(name: &str, full_name: &str, source: Source, speed: Speed) -> Self {
        let meta = CellMeta {
            name: name.to_owned(),
            model: full_name.to_owned(),
            full_name: full_name.to_owned(),
            strategy: String::new(),
            vary: Vec::new(),
            price: None,
            is_here: false,
        };
        let by_record = BTreeMap::new();
        Self {
            digest: None,
            quantization: None,
            judged: 0,
            pending: 0,
            quality: Quality::of(&[], &by_record, None),
            cost: None,
            machine_cost: None,
            failure: None,
            meta,
            speed,
            source: Some(source),
            by_record,
        }
    }

    /// Whether anything is known of its speed.
    pub(crate) fn is_measured(&self) -> bool {
        let speed = &self.speed;
        speed.record.is_some() || speed.output_rate.is_some() || !speed.throughput.is_empty()
    }

    /// Output tokens a second, by the server's durations, or else by what was done at the same time.
    pub(crate) fn tokens_a_second(&self) -> Option<f64> {
        let together =
            self.speed.throughput.iter().filter_map(|one| one.tokens_a_second).max_by(f64::total_cmp);
        self.speed.output_rate.map(|rate| rate.a_second).or(together)
    }

    /// US dollars for 100,000 records.
    pub(crate) fn cost_per_100k(&self) -> Option<f64> {
        let batch = |cost: &Option<Cost>| cost.as_ref()?.a_batch.map(|amount| amount.total);
        match (batch(&self.cost), batch(&self.machine_cost)) {
            (Some(tokens), Some(machine)) => Some(tokens + machine),
            (tokens, machine) => tokens.or(machine),
        }
    }

    /// How it is ranked by quality: κ, or else accuracy.
    pub(crate) fn merit(&self) -> Option<f64> {
        self.quality.kappa.map(|kappa| kappa.value).or(self.quality.accuracy.rate)
    }

    /// The median time of a record, in milliseconds.
    pub(crate) fn p50_ms(&self) -> Option<f64> {
        self.speed.record.as_ref().map(|record| record.p50.ms)
    }
}

fn token_cost(meta: &CellMeta, speed: &Speed, volume: &Volume) -> Option<Cost> {
    let [input_per_million, output_per_million] = meta.price?;
    // What is free needs no counted tokens.
    let is_free = input_per_million <= 0.0 && output_per_million <= 0.0;
    let [input, output] = speed.tokens.or(is_free.then_some([0.0; 2]))?;
    let work = Workload::of_calls(volume.records_a_day, input, output);
    Some(Cost::new(
        meta.name.as_str(),
        &work,
        Tariff::Tokens(Price { input_per_million, output_per_million, batch: None }),
    ))
}

fn machine_cost(meta: &CellMeta, speed: &Speed, volume: &Volume) -> Option<Cost> {
    let price = volume.machine.filter(|_| meta.is_here)?;
    let seconds = speed.record.as_ref()?.p50.ms / 1e3;
    let machine = Machine {
        watts: price.watts,
        usd_per_kwh: price.usd_per_kwh,
        seconds_a_day: seconds * volume.records_a_day,
        purchase_usd: price.purchase_usd,
        years: price.years,
    };
    let work = Workload::of_calls(volume.records_a_day, 0.0, 0.0);
    Some(Cost::new(meta.name.as_str(), &work, Tariff::Machine(machine)))
}
