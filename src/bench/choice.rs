//! What to use: the limits that each cell keeps, the cells that no other beats, and the roles they are for.

use serde::Serialize;

use super::cell::CellFigures;
use super::pairs::PairFigures;

/// What a cell must reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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

/// A cell for a role.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RoleChoice {
    /// `primary`, `quality`, `fast` or `cheap`.
    pub(crate) role: &'static str,
    pub(crate) cell: String,
    pub(crate) reason: String,
    /// What could change it.
    pub(crate) unless: String,
}

impl Choice {
    /// Of all cells and their comparisons.
    pub(crate) fn of(cells: &[CellFigures], pairs: &[PairFigures], limits: &Limits) -> Self {
        let held: Vec<LimitHeld> = cells.iter().flat_map(|cell| held(cell, limits)).collect();
        let keeps = |cell: &&CellFigures| held.iter().all(|held| held.cell != cell.meta.name || held.is_kept);
        let usable = cells.iter().filter(|cell| cell.p50_ms().is_some());
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

fn least<'c>(
    cells: &[&'c CellFigures],
    takes: fn(&CellFigures) -> Option<f64>,
) -> Option<(&'c CellFigures, f64)> {
    let known = cells.iter().filter_map(|cell| Some((*cell, takes(cell)?)));
    known.min_by(|a, b| a.1.total_cmp(&b.1))
}

/// Who does what, among the cells within the limits.
fn roles(within: &[&CellFigures], pairs: &[PairFigures]) -> Vec<RoleChoice> {
    let mut roles = Vec::new();
    let merits = within.iter().filter_map(|cell| Some((*cell, cell.merit()?)));
    let Some((best, _)) = merits.max_by(|a, b| {
        let faster =
            || b.0.p50_ms().unwrap_or(f64::INFINITY).total_cmp(&a.0.p50_ms().unwrap_or(f64::INFINITY));
        a.1.total_cmp(&b.1).then_with(faster)
    }) else {
        // Without labels there is speed alone.
        let fastest = least(within, CellFigures::p50_ms);
        return fastest.map(|(cell, _)| unlabelled(cell)).into_iter().collect();
    };
    let beaten = |cell: &CellFigures| {
        pairs
            .iter()
            .find(|pair| pair.is_told_apart && pair.better == best.meta.name && pair.worse == cell.meta.name)
    };
    let equals: Vec<&CellFigures> = within.iter().copied().filter(|cell| beaten(cell).is_none()).collect();
    let primary = least(&equals, CellFigures::p50_ms).map_or(best, |(cell, _)| cell);
    roles.push(primary_role(primary, best, &equals, pairs));
    if best.meta.name != primary.meta.name {
        roles.push(quality_role(best, primary));
    }
    if let Some((fast, _)) =
        least(within, CellFigures::p50_ms).filter(|(fast, _)| fast.meta.name != primary.meta.name)
    {
        let by = beaten(fast).map(|pair| pair.difference);
        roles.push(RoleChoice {
            role: "fast",
            cell: fast.meta.name.clone(),
            reason: format!("the fastest, but shown to judge worse than {}{}", best.meta.name, points(by)),
            unless: "use it only where a worse verdict does no harm".to_owned(),
        });
    }
    let cheap = least(&equals, CellFigures::cost_per_100k);
    let own = primary.cost_per_100k();
    if let Some((cheap, _)) = cheap
        .filter(|(cheap, cost)| cheap.meta.name != primary.meta.name && own.is_some_and(|own| *cost < own))
    {
        roles.push(RoleChoice {
            role: "cheap",
            cell: cheap.meta.name.clone(),
            reason: format!("costs the least of those not shown to judge worse than {}", best.meta.name),
            unless: "more labelled records may show that it judges worse".to_owned(),
        });
    }
    roles
}

fn points(by: Option<f64>) -> String {
    by.map_or_else(String::new, |by| format!(", by {:.1} points", by * 100.0))
}

fn unlabelled(cell: &CellFigures) -> RoleChoice {
    RoleChoice {
        role: "primary",
        cell: cell.meta.name.clone(),
        reason: "the fastest; there are no labels to tell how well any of them judges".to_owned(),
        unless: "label records, and a slower one may prove to judge better".to_owned(),
    }
}

fn primary_role(
    primary: &CellFigures,
    best: &CellFigures,
    equals: &[&CellFigures],
    pairs: &[PairFigures],
) -> RoleChoice {
    let is_best = primary.meta.name == best.meta.name;
    let reason = match (is_best, equals.len()) {
        (true, 1) => "judges best, and every other is shown to judge worse".to_owned(),
        (true, _) => {
            "judges best as measured, and is the fastest of those not shown to judge worse".to_owned()
        }
        (false, _) => format!("the fastest of those not shown to judge worse than {}", best.meta.name),
    };
    let between = pairs.iter().find(|pair| {
        let names = [pair.better.as_str(), pair.worse.as_str()];
        names.contains(&primary.meta.name.as_str()) && names.contains(&best.meta.name.as_str())
    });
    let unless = match between.and_then(|pair| pair.records_needed).filter(|_| !is_best) {
        Some(needed) => format!(
            "{needed} labelled records would tell whether {} judges better, if the difference is as measured",
            best.meta.name
        ),
        None if equals.len() > 1 => "more labelled records may tell those apart that are not now".to_owned(),
        None => "another dataset may turn it round".to_owned(),
    };
    RoleChoice { role: "primary", cell: primary.meta.name.clone(), reason, unless }
}

fn quality_role(best: &CellFigures, primary: &CellFigures) -> RoleChoice {
    let times = best.p50_ms().zip(primary.p50_ms()).map(|(slow, fast)| slow / fast);
    let slower = times.map_or_else(String::new, |times| format!(", and takes {times:.1} times as long"));
    RoleChoice {
        role: "quality",
        cell: best.meta.name.clone(),
        reason: format!(
            "has the best figure of all, though not shown to judge better than {}{slower}",
            primary.meta.name
        ),
        unless: "more labelled records may show that it gains nothing".to_owned(),
    }
}
