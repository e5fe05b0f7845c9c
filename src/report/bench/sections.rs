//! What is said of a bench in sentences: limits, pairs, and what to use.

use super::answers::most_apart;
use super::rows::{milliseconds, or_none};
use super::table::Names;
use crate::bench::{Bench, LimitHeld, PairFigures, Together};
use crate::report::cost::money;
use crate::report::formatting::{Detail, count, count_of, p_value};

/// So many pairs are shown.
const MOST_PAIRS: usize = 12;

/// What is said in sentences.
pub(super) fn sections(bench: &Bench, names: &Names<'_>, detail: Detail) -> Vec<(&'static str, Vec<String>)> {
    let mut sections = Vec::new();
    if !bench.choice.limits.is_empty() {
        let said = bench.choice.limits.iter().map(|held| limit(held, names));
        sections.push(("limits", said.collect()));
    }
    if !bench.pairs.is_empty() {
        let most = if detail == Detail::Statistics { usize::MAX } else { MOST_PAIRS };
        let mut said: Vec<String> = bench.pairs.iter().take(most).map(|two| pair(two, names)).collect();
        if bench.pairs.len() > most {
            said.push(format!("and {} pairs more; -v shows them", bench.pairs.len() - most));
        }
        sections.push(("who is really better", said));
    }
    if !bench.together.is_empty() {
        let said = bench.together.iter().map(|two| in_memory(two, names));
        sections.push(("in memory together", said.collect()));
    }
    let front = |what: &str, cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| names.short(cell)).collect();
        format!("no other is both better and {what}: {}", cells.join(", "))
    };
    let mut said = Vec::new();
    if bench.choice.front_by_latency.len() < bench.cells.len() && !bench.choice.front_by_latency.is_empty() {
        said.push(front("faster", &bench.choice.front_by_latency));
    }
    if bench.choice.front_by_cost.len() < bench.cells.len() && !bench.choice.front_by_cost.is_empty() {
        said.push(front("cheaper", &bench.choice.front_by_cost));
    }
    for role in &bench.choice.roles {
        said.push(format!(
            "{}: {}. It {}. {}.",
            role.role,
            names.short(&role.cell),
            role.reason,
            upper(&role.unless)
        ));
    }
    said.extend(most_apart(bench));
    if !said.is_empty() {
        sections.push(("what to use", said));
    }
    sections
}

fn in_memory(two: &Together, names: &Names<'_>) -> String {
    let [first, second] = two.cells.each_ref().map(|cell| names.short(cell));
    if !two.fit {
        return format!("{first} and {second} were never there together: loading one let the other go");
    }
    let gpu = two.on_gpu.map_or_else(String::new, |[one, other]| {
        format!(
            "; on a graphics processor {:.0} % of {first} and {:.0} % of {second}",
            one * 100.0,
            other * 100.0
        )
    });
    format!("{first} and {second} fit{gpu}")
}

fn upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn limit(held: &LimitHeld, names: &Names<'_>) -> String {
    let shown = |value: f64| match held.limit {
        "max-p95" => milliseconds(value),
        "min-kappa" => format!("{value:.2}"),
        _ => money(value),
    };
    let value = or_none(held.value.map(shown));
    let verdict = match (held.value, held.is_kept, held.is_sure) {
        (None, ..) => "not measured",
        (_, true, true) => "kept",
        (_, true, false) => "kept as measured; more records are needed to be sure",
        (_, false, true) => "missed",
        (_, false, false) => "missed as measured; more records are needed to be sure",
    };
    format!("{}: --{} {}: {value}, {verdict}", names.short(&held.cell), held.limit, shown(held.bound))
}

fn pair(pair: &PairFigures, names: &Names<'_>) -> String {
    let (better, worse) = (names.short(&pair.better), names.short(&pair.worse));
    let p = pair.p_adjusted.map_or_else(String::new, |p| format!(", p {}", p_value(p)));
    let ends = pair.interval.map_or_else(String::new, |ends| {
        format!(" (95 % {:+.1} to {:+.1})", ends.low * 100.0, ends.high * 100.0)
    });
    let points = format!("{:+.1} points{ends}{p}", pair.difference * 100.0);
    if pair.is_told_apart {
        return format!("{better} is better than {worse}: {points}");
    }
    let needed = pair.records_needed.map_or_else(String::new, |needed| {
        format!("; {} records would tell a difference of this size", count(needed))
    });
    format!("{better} and {worse} cannot be told apart on {}: {points}{needed}", count_of(pair.n, "record"))
}
