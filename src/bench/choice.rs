//! What to use: the limits that each cell keeps, the cells that no other beats, and the roles they are for.

use schemars::JsonSchema;
use serde::Serialize;

use super::cell::CellFigures;
use super::pairs::PairFigures;
use super::roles::{RoleChoice, roles};

/// What a cell must reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Limits {
    /// The longest time in which 95 of 100 records are judged, in milliseconds.
    pub(crate) max_p95_ms: Option<f64>,
    /// The least κ.
    pub(crate) min_kappa: Option<f64>,
    /// The most US dollars for 100,000 records.
    pub(crate) max_cost_per_100k: Option<f64>,
}

impl Limits {
    /// Whether there is any.
    pub(crate) fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// A cell held against one limit.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct LimitHeld {
    pub(crate) cell: String,
    /// The flag's name.
    pub(crate) limit: &'static str,
    pub(crate) bound: f64,
    /// What was measured; none where it was not.
    pub(crate) value: Option<f64>,
    pub(crate) is_kept: bool,
    /// Whether the interval is on the same side of the limit; without one, so few records cannot say.
    pub(crate) is_sure: bool,
}

/// What a bench comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Choice {
    pub(crate) limits: Vec<LimitHeld>,
    /// The cells that keep every limit.
    pub(crate) within: Vec<String>,
    /// The cells than which no other is both better and faster, the fastest first.
    pub(crate) front_by_latency: Vec<String>,
    /// The same by cost.
    pub(crate) front_by_cost: Vec<String>,
    /// Roles with the cell for each, and why.
    pub(crate) roles: Vec<RoleChoice>,
}

impl Choice {
    /// Of all cells and their comparisons.
    pub(crate) fn of(cells: &[CellFigures], pairs: &[PairFigures], limits: &Limits) -> Self {
        let held: Vec<LimitHeld> = cells.iter().flat_map(|cell| held(cell, limits)).collect();
        let keeps = |cell: &&CellFigures| held.iter().all(|held| held.cell != cell.meta.name || held.is_kept);
        let usable = cells.iter().filter(|cell| cell.p50_ms().is_some() && cell.source.is_none());
        let within: Vec<&CellFigures> = usable.filter(keeps).collect();
        Self {
            front_by_latency: front(cells, CellFigures::p50_ms),
            front_by_cost: front(cells, CellFigures::cost_per_100k),
            roles: roles(&within, pairs),
            within: within.iter().map(|cell| cell.meta.name.clone()).collect(),
            limits: held,
        }
    }

    /// The cell for most records.
    pub(crate) fn primary(&self) -> Option<&RoleChoice> {
        self.roles.iter().find(|role| role.role == "primary")
    }
}

fn held(cell: &CellFigures, limits: &Limits) -> Vec<LimitHeld> {
    let name = &cell.meta.name;
    let most = |limit, bound: f64, value: Option<f64>, high: Option<f64>, low: Option<f64>| {
        let is_kept = value.is_some_and(|value| value <= bound);
        let end = if is_kept { high.map(|high| high <= bound) } else { low.map(|low| low > bound) };
        LimitHeld { cell: name.clone(), limit, bound, value, is_kept, is_sure: end.unwrap_or(false) }
    };
    let mut all = Vec::new();
    if let Some(bound) = limits.max_p95_ms {
        let p95 = cell.speed.record.as_ref().map(|record| record.p95);
        let value = p95.map(|p95| p95.ms);
        all.push(most("max-p95", bound, value, p95.and_then(|p95| p95.high), p95.and_then(|p95| p95.low)));
    }
    if let Some(bound) = limits.min_kappa {
        let kappa = cell.quality.kappa;
        let interval = kappa.and_then(|kappa| kappa.interval);
        let is_kept = kappa.is_some_and(|kappa| kappa.value >= bound);
        let is_sure =
            interval.is_some_and(|ends| if is_kept { ends.low >= bound } else { ends.high < bound });
        let value = kappa.map(|kappa| kappa.value);
        all.push(LimitHeld { cell: name.clone(), limit: "min-kappa", bound, value, is_kept, is_sure });
    }
    if let Some(bound) = limits.max_cost_per_100k {
        let cost = cell.cost_per_100k();
        all.push(most("max-cost-per-100k", bound, cost, cost, cost));
    }
    all
}

/// The cells that no other beats in quality without taking more: the least first.
fn front(cells: &[CellFigures], takes: fn(&CellFigures) -> Option<f64>) -> Vec<String> {
    let mut known: Vec<(&CellFigures, f64, f64)> =
        cells.iter().filter_map(|cell| Some((cell, takes(cell)?, cell.merit()?))).collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1).then(b.2.total_cmp(&a.2)));
    let mut best = f64::NEG_INFINITY;
    let mut front = Vec::new();
    for (cell, _, merit) in known {
        if merit > best {
            best = merit;
            front.push(cell.meta.name.clone());
        }
    }
    front
}
