//! The cell for each role: the rule by which it is chosen, the reason in words, and what could change it.

use schemars::JsonSchema;
use serde::Serialize;

use super::cell::CellFigures;
use super::pairs::PairFigures;

/// Costs and times that are no farther apart than this, one divided by the other, count as the same.
const SAME: f64 = 1.1;

/// A cell for a role.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct RoleChoice {
    /// `primary`, `quality`, `fast` or `cheap`.
    pub(crate) role: &'static str,
    pub(crate) cell: String,
    pub(crate) reason: String,
    /// What could change it.
    pub(crate) unless: String,
    /// Whether it may stand in for `primary`: it is not shown to judge worse than the best, nor left at chance.
    pub(crate) stands_in: bool,
}

/// Of several cells the one to use, and what decided.
#[derive(Clone, Copy)]
struct Chosen<'c> {
    cell: &'c CellFigures,
    by: Deciding,
}

/// What decided between cells that are not told apart in quality.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deciding {
    /// There was no other.
    Alone,
    /// It costs less than every other.
    Cost,
    /// It is the fastest of those that cost the least, and others cost more.
    CostThenTime,
    /// It is the fastest, at one price for all.
    Time,
    /// It is the fastest, since not every price is known.
    TimeWithoutPrices,
}

/// Who does what, among the cells within the limits: `primary` is of those not shown to judge worse than the best the
/// cheapest, and of those at one price the fastest; `quality`, `fast` and `cheap` are what beats it in one thing.
pub(super) fn roles(within: &[&CellFigures], pairs: &[PairFigures]) -> Vec<RoleChoice> {
    let merits = within.iter().filter_map(|cell| Some((*cell, cell.merit()?)));
    let faster = |a: &CellFigures, b: &CellFigures| time(b).total_cmp(&time(a));
    let best = merits.max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| faster(a.0, b.0)));
    let Some((best, _)) = best else {
        // Without labels there are cost and speed alone.
        return choose(within).map(|chosen| unlabelled(chosen, within)).into_iter().collect();
    };
    let judged: Vec<&CellFigures> = within.iter().copied().filter(|cell| cell.merit().is_some()).collect();
    let within = judged.as_slice();
    let beaten = |cell: &CellFigures| {
        pairs
            .iter()
            .find(|pair| pair.is_told_apart && pair.better == best.meta.name && pair.worse == cell.meta.name)
    };
    let is_equal = |cell: &&CellFigures| beaten(cell).is_none() && !is_chance(cell, best);
    let equals: Vec<&CellFigures> = within.iter().copied().filter(is_equal).collect();
    let primary = choose(&equals).unwrap_or(Chosen { cell: best, by: Deciding::Alone });
    let mut roles = vec![primary_role(primary, best, &equals, pairs)];
    let primary = primary.cell;
    if best.meta.name != primary.meta.name {
        roles.push(quality_role(best, primary));
    }
    let worse = |cell: &CellFigures| {
        let shown = beaten(cell)
            .map(|pair| format!("shown to judge worse than {}{}", best.meta.name, points(pair.difference)));
        shown.or_else(|| is_chance(cell, best).then(|| "not shown to judge better than chance".to_owned()))
    };
    if let Some(fast) = least(within, CellFigures::p50_ms).filter(|fast| is_less(time(fast), time(primary))) {
        let against = against(time(fast), time(primary), primary, milliseconds);
        roles.push(RoleChoice {
            role: "fast",
            cell: fast.meta.name.clone(),
            reason: match worse(fast) {
                Some(worse) => format!("is the fastest{against}, but {worse}"),
                None => format!("is the fastest{against}, and not shown to judge worse; it costs more"),
            },
            unless: match worse(fast) {
                Some(_) => "use it only where a worse verdict does no harm".to_owned(),
                None => "use it where its time is worth its price".to_owned(),
            },
            stands_in: worse(fast).is_none(),
        });
    }
    let cheap = least(within, CellFigures::cost_per_100k);
    let costs = |cell: &CellFigures| cell.cost_per_100k().unwrap_or(f64::INFINITY);
    if let Some((cheap, worse)) = cheap
        .filter(|cheap| primary.cost_per_100k().is_some() && is_less(costs(cheap), costs(primary)))
        .and_then(|cheap| Some((cheap, worse(cheap)?)))
    {
        let against = against(costs(cheap), costs(primary), primary, dollars);
        roles.push(RoleChoice {
            role: "cheap",
            cell: cheap.meta.name.clone(),
            reason: format!("is the cheapest{against}, but {worse}"),
            unless: "use it only where a worse verdict does no harm".to_owned(),
            stands_in: false,
        });
    }
    roles
}

/// Whether a cell is not shown to judge better than chance where the best is; or, where the best is not shown either,
/// whether it is no better as measured. However few the records, it is not recommended.
fn is_chance(cell: &CellFigures, best: &CellFigures) -> bool {
    if is_above_chance(best) == Some(true) {
        return is_above_chance(cell) == Some(false);
    }
    let kappa = |cell: &CellFigures| cell.quality.kappa.map(|kappa| kappa.value);
    kappa(cell).is_some_and(|own| own <= 0.0) && kappa(best).is_some_and(|best| best > 0.0)
}

/// Whether the whole interval of κ is above 0; none without one.
fn is_above_chance(cell: &CellFigures) -> Option<bool> {
    Some(cell.quality.kappa?.interval?.low > 0.0)
}

/// The cheapest where prices differ, then the fastest.
fn choose<'c>(cells: &[&'c CellFigures]) -> Option<Chosen<'c>> {
    let fastest = |cells: &[&'c CellFigures]| least(cells, CellFigures::p50_ms);
    if cells.len() < 2 {
        return fastest(cells).map(|cell| Chosen { cell, by: Deciding::Alone });
    }
    let costs: Vec<Option<f64>> = cells.iter().map(|cell| cell.cost_per_100k()).collect();
    let lowest = costs.iter().flatten().copied().min_by(f64::total_cmp);
    // Nothing costs less than what is free, whatever the unknown prices are.
    let is_known = costs.iter().all(Option::is_some) || lowest.is_some_and(|lowest| lowest <= 0.0);
    let Some(lowest) = lowest.filter(|_| is_known) else {
        let by = if lowest.is_some() { Deciding::TimeWithoutPrices } else { Deciding::Time };
        return fastest(cells).map(|cell| Chosen { cell, by });
    };
    let is_cheapest = |cell: &&&CellFigures| cell.cost_per_100k().is_some_and(|cost| !is_less(lowest, cost));
    let cheapest: Vec<&CellFigures> = cells.iter().filter(is_cheapest).copied().collect();
    let by = match cheapest.len() {
        1 => Deciding::Cost,
        n if n == cells.len() => Deciding::Time,
        _ => Deciding::CostThenTime,
    };
    fastest(&cheapest).map(|cell| Chosen { cell, by })
}

fn least<'c>(cells: &[&'c CellFigures], takes: fn(&CellFigures) -> Option<f64>) -> Option<&'c CellFigures> {
    let known = cells.iter().filter_map(|cell| Some((*cell, takes(cell)?)));
    known.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(cell, _)| cell)
}

fn time(cell: &CellFigures) -> f64 {
    cell.p50_ms().unwrap_or(f64::INFINITY)
}

/// Whether one is less by more than counts as the same.
fn is_less(one: f64, other: f64) -> bool {
    one * SAME < other
}

/// What one takes beside what the other takes.
fn against(own: f64, others: f64, other: &CellFigures, write: fn(f64) -> String) -> String {
    format!(" ({}, and {} {})", write(own), other.meta.name, write(others))
}

fn milliseconds(ms: f64) -> String {
    if ms < 999.5 { format!("{ms:.0} ms") } else { format!("{:.1} s", ms / 1e3) }
}

fn dollars(usd: f64) -> String {
    format!("${usd:.2}")
}

fn points(by: f64) -> String {
    format!(", by {:.1} points", by * 100.0)
}

/// What decided, in words: before and after "of those ...".
fn deciding(chosen: Chosen<'_>, cells: &[&CellFigures]) -> (&'static str, String) {
    let own = chosen.cell.cost_per_100k().unwrap_or_default();
    let others = cells.iter().filter(|cell| cell.meta.name != chosen.cell.meta.name);
    let next =
        others.filter_map(|cell| Some((cell, cell.cost_per_100k().filter(|cost| is_less(own, *cost))?)));
    let next = next.min_by(|a, b| a.1.total_cmp(&b.1));
    let against = next.map_or_else(String::new, |(next, cost)| {
        let own = if own > 0.0 { dollars(own) } else { "free".to_owned() };
        format!(" ({own}, and {} {} for 100,000 records)", next.meta.name, dollars(cost))
    });
    match chosen.by {
        Deciding::Alone => ("the only one", String::new()),
        Deciding::Cost => ("the cheapest", against),
        Deciding::CostThenTime => {
            ("the cheapest", format!("{against}, and the fastest of those that cost as little"))
        }
        Deciding::Time if cells.iter().any(|cell| cell.cost_per_100k().is_some_and(|cost| cost > 0.0)) => {
            ("the fastest", ", which all cost about the same".to_owned())
        }
        Deciding::Time | Deciding::TimeWithoutPrices => ("the fastest", String::new()),
    }
}

/// What the rule would need to choose another: the nearest by cost or time, or a price.
fn other_choice(chosen: Chosen<'_>, cells: &[&CellFigures]) -> Option<String> {
    if chosen.by == Deciding::TimeWithoutPrices {
        let without = cells.iter().filter(|cell| cell.cost_per_100k().is_none());
        let names: Vec<&str> = without.map(|cell| cell.meta.name.as_str()).collect();
        return Some(format!("the price of {}, which evenhand.toml does not have, may", names.join(" and ")));
    }
    None
}

fn unlabelled(chosen: Chosen<'_>, cells: &[&CellFigures]) -> RoleChoice {
    let (which, tail) = deciding(chosen, cells);
    let label = "label records, and another may prove to judge better";
    RoleChoice {
        role: "primary",
        cell: chosen.cell.meta.name.clone(),
        reason: format!("is {which}{tail}; there are no labels to tell how well any of them judges"),
        unless: other_choice(chosen, cells)
            .map_or_else(|| label.to_owned(), |other| format!("{label}; {other} change it too")),
        stands_in: true,
    }
}

fn primary_role(
    chosen: Chosen<'_>,
    best: &CellFigures,
    equals: &[&CellFigures],
    pairs: &[PairFigures],
) -> RoleChoice {
    let primary = chosen.cell;
    let is_best = primary.meta.name == best.meta.name;
    let (which, tail) = deciding(chosen, equals);
    let reason = match (is_best, equals.len()) {
        (true, 1) if pairs.iter().all(|pair| pair.better != best.meta.name || pair.is_told_apart) => {
            "judges best, and every other is shown to judge worse".to_owned()
        }
        (true, 1) => {
            "judges best; the others are shown to judge worse, or not shown to judge better than chance"
                .to_owned()
        }
        (true, _) => {
            format!("judges best as measured, and is {which} of those not shown to judge worse{tail}")
        }
        (false, _) => format!("is {which} of those not shown to judge worse than {}{tail}", best.meta.name),
    };
    let reason = match is_above_chance(best) {
        Some(false) => format!("{reason}; none is shown to judge better than chance"),
        _ => reason,
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
    let unless = match other_choice(chosen, equals) {
        Some(other) => format!("{unless}; {other} change it too"),
        None => unless,
    };
    RoleChoice { role: "primary", cell: primary.meta.name.clone(), reason, unless, stands_in: true }
}

fn quality_role(best: &CellFigures, primary: &CellFigures) -> RoleChoice {
    let times = |more: Option<(f64, f64)>, what: &str| {
        let times = more.filter(|(own, other)| *other > 0.0 && is_less(*other, *own));
        times.map(|(own, other)| format!("{what} {:.1} times as much", own / other))
    };
    let more = [
        times(best.p50_ms().zip(primary.p50_ms()), "takes").map(|text| text.replace("much", "long")),
        times(best.cost_per_100k().zip(primary.cost_per_100k()), "costs"),
    ];
    let more: Vec<String> = more.into_iter().flatten().collect();
    let more = if more.is_empty() { String::new() } else { format!(", and {}", more.join(" and ")) };
    RoleChoice {
        role: "quality",
        cell: best.meta.name.clone(),
        reason: format!(
            "has the best figure of all, though not shown to judge better than {}{more}",
            primary.meta.name
        ),
        unless: "more labelled records may show that it gains nothing".to_owned(),
        stands_in: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::cell::Volume;
    use crate::bench::cost::{Cost, Tariff, Workload};
    use crate::bench::import::{Part, read};
    use crate::bench::{Bench, Imported, Limits};
    use crate::model::Price;

    /// A cell that judges two records right in `ms` each.
    fn cell(name: &str, ms: u32, dollars: Option<f64>) -> CellFigures {
        let line = |record: &str, label: &str| {
            serde_json::json!({
                "cell": name, "block": 0, "round": 0, "phase": "measured", "started_ms": 0, "elapsed_ms": ms,
                "record": record, "expected": {"label": label, "value": null}, "given": {"label": label, "value": null},
                "calls": [{"characters": 1, "total_ms": ms}],
            })
            .to_string()
        };
        let text = line("r1", "yes") + "\n" + &line("r2", "no") + "\n";
        let Ok(Imported::Lines(lines)) = read(&text, "calls.jsonl") else { panic!("{text}") };
        let part = Part::Own { file: "calls.jsonl".into(), meta: None, lines };
        let volume = Volume { records_a_day: 1.0, machine: None };
        let bench = Bench::side_by_side(vec![part], Limits::default(), volume).unwrap();
        let mut cell = bench.cells.into_iter().next().unwrap();
        let price = |dollars| Price { input_per_million: dollars, output_per_million: 0.0, batch: None };
        let work = Workload::of_calls(1.0, 10.0, 0.0);
        cell.cost = dollars.map(|dollars| Cost::new(name, &work, Tariff::Tokens(price(dollars))));
        cell
    }

    fn primary(cells: &[CellFigures]) -> RoleChoice {
        roles(&cells.iter().collect::<Vec<_>>(), &[]).into_iter().next().unwrap()
    }

    #[test]
    fn a_missing_price_leaves_the_choice_to_time_and_is_said() {
        let chosen = primary(&[cell("slow", 200, Some(1.0)), cell("quick", 100, None)]);
        assert_eq!(chosen.cell, "quick");
        assert!(!chosen.reason.contains("cheapest"), "{}", chosen.reason);
        assert!(
            chosen
                .unless
                .contains("the price of quick, which evenhand.toml does not have, may change it too"),
            "{}",
            chosen.unless
        );
        // Nothing is cheaper than what is free, whatever the other price is.
        let chosen = primary(&[cell("slow", 200, Some(0.0)), cell("quick", 100, None)]);
        assert_eq!((chosen.cell.as_str(), chosen.reason.contains("the cheapest")), ("slow", true));
    }

    #[test]
    fn costs_and_times_within_a_tenth_are_the_same() {
        let chosen = primary(&[cell("slow", 200, Some(1.0)), cell("quick", 100, Some(1.05))]);
        assert_eq!(chosen.cell, "quick", "{}", chosen.reason);
        let chosen = primary(&[cell("slow", 200, Some(1.0)), cell("quick", 100, Some(1.2))]);
        assert_eq!(chosen.cell, "slow", "{}", chosen.reason);
        let three = [cell("a", 300, Some(1.0)), cell("b", 200, Some(1.0)), cell("c", 100, Some(9.0))];
        let chosen = primary(&three);
        assert_eq!(chosen.cell, "b");
        assert!(chosen.reason.contains("the fastest of those that cost as little"), "{}", chosen.reason);
    }
}
