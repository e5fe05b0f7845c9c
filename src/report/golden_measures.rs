//! What a check measured: the score and its parts, before and now, and the tests behind them.

use super::formatting::{Detail, Lines, count, level, p_value, signed, trimmed};
use crate::golden::{Diff, GoldenComparison, Method, Verdict};

pub(super) fn measures(lines: &mut Lines, diff: &Diff, detail: Detail) {
    measure(lines, "score", "", &diff.whole, detail);
    let width =
        diff.parts.iter().filter_map(|part| part.part.as_ref()).map(|name| name.chars().count()).max();
    for part in &diff.parts {
        let name = part.part.as_deref().unwrap_or_default();
        measure(lines, "parts", &format!("{name:<width$}  ", width = width.unwrap_or(0)), part, detail);
    }
}

fn measure(lines: &mut Lines, heading: &'static str, name: &str, measure: &GoldenComparison, detail: Detail) {
    let (Some(golden), Some(new), Some(difference)) =
        (measure.golden_mean, measure.new_mean, measure.difference)
    else {
        lines.under(heading, &format!("{name}nothing to compare: no record has a score on both sides"));
        return;
    };
    let means = format!("{golden:.3} → {new:.3}");
    if measure.method == Method::Unchanged {
        lines.under(heading, &format!("{name}{means}, unchanged on all {}", records_of(measure)));
        return;
    }
    let interval = measure.interval.map_or_else(String::new, |interval| {
        format!(" ({} % {} to {})", level(interval.level), signed(interval.low), signed(interval.high))
    });
    let said = match measure.verdict {
        Verdict::Regression => "WORSE",
        Verdict::Improvement => "BETTER",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Pass if measure.prove.is_some() => "proved not to be worse",
        Verdict::Pass => "not shown to be worse",
    };
    let (by, n) = (signed(difference), records_of(measure));
    lines.under(heading, &format!("{name}{means}, difference {by}{interval}, {n}: {said}"));
    if detail == Detail::Statistics {
        tests(lines, heading, measure);
    }
}

fn tests(lines: &mut Lines, heading: &'static str, measure: &GoldenComparison) {
    let binary = measure.method == Method::Tango;
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
        lines.under(heading, &format!("p {} {question} ({test}){adjusted}", p_value(p)));
    }
    if let Some(p) = measure.p_no_difference {
        let test = if binary { "exact McNemar" } else { "permutation" };
        lines.under(heading, &format!("p {} for no difference at all ({test})", p_value(p)));
    }
    if let Some(effect) = measure.smallest_effect {
        let n = records_of(measure);
        lines.under(
            heading,
            &format!("{n} show a difference of {} or more in four of five tries", trimmed(effect)),
        );
    }
}

pub(super) fn records_of(measure: &GoldenComparison) -> String {
    let records =
        if measure.n == 1 { "1 record".to_owned() } else { format!("{} records", count(measure.n)) };
    match measure.clusters {
        Some(clusters) => format!("{records} in {} sources", count(clusters)),
        None => records,
    }
}
