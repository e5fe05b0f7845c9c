//! What a check measured: the score and its parts, before and now, and the tests behind them.

use super::formatting::{Detail, Lines, count, count_of, level, name_width, p_value, signed, trimmed};
use crate::golden::{Diff, GoldenComparison, Verdict};
use crate::stats::PairedMethod;

/// The score with its interval; the parts beside it, with theirs where statistics are wanted.
pub(super) fn measures(lines: &mut Lines, diff: &Diff, detail: Detail) {
    let whole = &diff.whole;
    lines.folded_under("score", &means(whole, whole.n));
    if whole.difference.is_some() && whole.method != PairedMethod::Unchanged {
        lines.folded_under("score", &difference(whole));
    }
    if detail == Detail::Statistics {
        tests(lines, "score", whole);
        shown_by(lines, whole);
    }
    let name = |part: &'_ GoldenComparison| part.part.clone().unwrap_or_default();
    let names: Vec<String> = diff.parts.iter().map(name).collect();
    let width = name_width(names.iter().map(String::as_str));
    for (part, name) in diff.parts.iter().zip(&names) {
        let rule = if diff.breaks(name) { ", rule broken" } else { "" };
        lines.named("parts", name, width, &format!("{}{rule}", means(part, whole.n)));
        if detail == Detail::Statistics && part.method != PairedMethod::Unchanged {
            lines.folded_under("parts", &format!("  {}", difference(part)));
            tests(lines, "parts", part);
        }
    }
}

/// `0.750 → 0.600, WORSE`; with how many records where it is not so many as all have.
fn means(measure: &GoldenComparison, all: u64) -> String {
    let (Some(golden), Some(new)) = (measure.golden_mean, measure.new_mean) else {
        return "nothing to compare: no record has a score on both sides".to_owned();
    };
    let said = match measure.verdict {
        _ if measure.method == PairedMethod::Unchanged => {
            return format!("{golden:.3} → {new:.3}, unchanged on all {}", records_of(measure));
        }
        Verdict::Regression => "WORSE",
        Verdict::Improvement => "BETTER",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Pass if measure.prove.is_some() => "proved not to be worse",
        Verdict::Pass => "not shown to be worse",
    };
    let records = if measure.n == all { String::new() } else { format!(", {}", records_of(measure)) };
    format!("{golden:.3} → {new:.3}, {said}{records}")
}

/// `difference −0.150 (95 % −0.261 to −0.081), 60 records`.
fn difference(measure: &GoldenComparison) -> String {
    let Some(difference) = measure.difference else {
        return "no difference: no record has a score on both sides".to_owned();
    };
    let interval = measure.interval.map_or_else(String::new, |interval| {
        format!(" ({} % {} to {})", level(interval.level), signed(interval.low), signed(interval.high))
    });
    format!("difference {}{interval}, {}", signed(difference), records_of(measure))
}

fn tests(lines: &mut Lines, heading: &'static str, measure: &GoldenComparison) {
    let binary = measure.method == PairedMethod::Tango;
    if let Some(p) = measure.p_value {
        let adjusted = match measure.adjusted_p {
            Some(adjusted) if adjusted > p + 1e-12 => {
                format!(", p {} with Holm's adjustment", p_value(adjusted))
            }
            _ => String::new(),
        };
        let test = match (measure.prove, binary) {
            (Some(_), _) => measure.method.name(),
            (None, true) => "McNemar, mid-p",
            (None, false) => "permutation",
        };
        let question = match measure.prove {
            Some(margin) => format!("for a difference of exactly {}", signed(-margin)),
            None => "for no loss, one-sided".to_owned(),
        };
        lines.folded_under(heading, &format!("p {} {question} ({test}){adjusted}", p_value(p)));
    }
    if let Some(p) = measure.p_no_difference {
        let test = if binary { "exact McNemar" } else { "permutation" };
        lines.folded_under(heading, &format!("p {} for no difference at all ({test})", p_value(p)));
    }
}

/// How small a difference so many records show.
fn shown_by(lines: &mut Lines, measure: &GoldenComparison) {
    if let Some(effect) = measure.smallest_effect {
        let (n, effect) = (records_of(measure), trimmed(effect));
        lines.folded_under("score", &format!("{n} show a difference of {effect} or more in 4 of 5 tries"));
    }
}

pub(super) fn records_of(measure: &GoldenComparison) -> String {
    let records = count_of(measure.n, "record");
    match measure.clusters {
        Some(clusters) => format!("{records} in {} sources", count(clusters)),
        None => records,
    }
}
