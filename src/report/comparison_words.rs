//! A comparison in words: which side is better, what that rests on, and which side is higher in each figure.

use super::formatting::{count, count_of, p_value, percent};
use crate::comparison::{
    Changed, Comparison, ComparisonVerdict, Difference, Finding, Measure, Multiples, NamedDifference,
};
use crate::number::{real, rounded};
use crate::stats::{Interval, PairedMethod};

/// The answer in a few words.
pub(super) fn headline(comparison: &Comparison) -> &'static str {
    match comparison.verdict.as_ref().map(|verdict| verdict.finding) {
        Some(Finding::Better) => "New is better than old",
        Some(Finding::Worse) => "New is worse than old",
        Some(Finding::Higher) => "New scores higher than old",
        Some(Finding::Lower) => "New scores lower than old",
        Some(Finding::NotShown) => "No difference shown",
        None => "Nothing can be compared",
    }
}

/// What the answer rests on: `8 of 72 records more get the right verdict (43 instead of 35)`.
pub(super) fn found(comparison: &Comparison) -> String {
    let Some(verdict) = &comparison.verdict else {
        return "no record has a score on both sides".to_owned();
    };
    let counted = counted(verdict);
    match verdict.finding {
        Finding::NotShown => format!("{counted}; {}", would_have_shown(&verdict.difference)),
        _ => counted,
    }
}

/// What the answer leaves open.
pub(super) fn doubt(comparison: &Comparison) -> Option<&'static str> {
    match (comparison.changed, comparison.verdict.as_ref()?.finding) {
        (_, Finding::NotShown) => None,
        (Changed::Both, _) => Some("judge and outputs changed at once: nobody knows which of them makes it"),
        (_, Finding::Higher | Finding::Lower) => Some("without labels nobody knows which judge is right"),
        _ => None,
    }
}

fn counted(verdict: &ComparisonVerdict) -> String {
    let ComparisonVerdict { measure, difference, .. } = verdict;
    let Difference { n, old, new, higher, lower, .. } = *difference;
    let records = count_of(n, "record");
    match difference.method {
        PairedMethod::Unchanged if n == 1 => "the 1 record is as before".to_owned(),
        PairedMethod::Unchanged => format!("all {records} are as before"),
        PairedMethod::Tango => {
            let what = match measure {
                Measure::Accuracy => "get the right verdict",
                Measure::Closeness => "hit their label",
                Measure::Score => "pass",
            };
            let [old, new] = [old, new].map(|share| count(of(share, n)));
            match (verdict.finding, higher.abs_diff(lower)) {
                (Finding::NotShown, _) => format!("{new} of {records} {what} with new, {old} with old"),
                (_, by) if higher > lower => {
                    format!("{by} of {records} more {what} ({new} instead of {old})")
                }
                (_, by) => format!("{by} of {records} fewer {what} ({new} instead of {old})"),
            }
        }
        _ => format!(
            "the {} went from {old:.2} to {new:.2} ({} of {records} higher, {} lower)",
            noun(*measure),
            count(higher),
            count(lower)
        ),
    }
}

fn of(share: f64, n: u64) -> u64 {
    rounded(share * real(n))
}

fn would_have_shown(difference: &Difference) -> String {
    match difference.smallest.filter(|smallest| *smallest < 1.0) {
        Some(smallest) => {
            let points = (smallest * 100.0 - 1e-9).ceil().max(1.0);
            format!("a difference of {points} point{} would have shown", if points > 1.5 { "s" } else { "" })
        }
        None => "so few records could not have shown any difference".to_owned(),
    }
}

pub(super) fn noun(measure: Measure) -> &'static str {
    match measure {
        Measure::Accuracy => "accuracy",
        Measure::Closeness => "closeness to the labels",
        Measure::Score => "mean score",
    }
}

/// A figure of both sides: `accuracy: old 48.6 %, new 59.7 %; new higher by 11.1 points (95 %: 5.5 to 20.4), 72 records`.
pub(super) fn line(what: &str, difference: &Difference) -> String {
    let interval = difference.interval.map(|interval| format!(" ({}: {})", level(interval), ends(interval)));
    format!(
        "{what}: {}; {}{}, {}",
        both(difference),
        direction(difference.difference),
        interval.unwrap_or_default(),
        count_of(difference.n, "record")
    )
}

fn both(difference: &Difference) -> String {
    format!("old {}, new {}", percent(difference.old), percent(difference.new))
}

/// Neither side is higher.
const SAME: &str = "the same";

/// Which side is higher, and by how much: `new higher by 11.1 points`.
pub(super) fn direction(share: f64) -> String {
    let points = in_points(share);
    if points == "0.0" { SAME.to_owned() } else { format!("{} by {points} points", side(share)) }
}

fn side(share: f64) -> &'static str {
    if share > 0.0 { "new higher" } else { "old higher" }
}

/// Without its sign.
fn in_points(share: f64) -> String {
    format!("{:.1}", share.abs() * 100.0)
}

/// The ends of a difference's interval: `5.5 to 20.4` where both lie on one side, else which side is higher at each.
pub(super) fn ends(interval: Interval) -> String {
    let Interval { low, high, .. } = interval;
    let [lower, higher] = [low, high].map(in_points);
    let (far, near) = (lower != "0.0", higher != "0.0");
    match (low < 0.0 && far, high > 0.0 && near) {
        (true, true) => format!("old higher by {lower} to new higher by {higher}"),
        (true, false) => format!("old higher by {higher} to {lower}"),
        (false, true) => format!("new higher by {lower} to {higher}"),
        (false, false) => SAME.to_owned(),
    }
}

/// `95 %`, `99.6 %`.
pub(super) fn level(interval: Interval) -> String {
    let level = format!("{:.1}", interval.level * 100.0);
    format!("{} %", level.strip_suffix(".0").unwrap_or(&level))
}

/// The most that chance may explain of a difference that is shown.
const ALPHA: f64 = 0.05;

/// A row of a table without its statistics.
pub(super) fn in_short(row: &NamedDifference) -> String {
    let difference = &row.difference;
    let chance = chance(difference, row.adjusted_p_value);
    format!(
        "{}; {}{chance}, {}",
        both(difference),
        direction(difference.difference),
        count_of(difference.n, "record")
    )
}

/// Whether a difference can be chance, as far as its adjusted p-value tells.
pub(super) fn chance(difference: &Difference, adjusted_p_value: f64) -> &'static str {
    match (difference.method, adjusted_p_value <= ALPHA) {
        (PairedMethod::Unchanged, _) => "",
        (_, true) => ", more than chance",
        (_, false) => ", could be chance",
    }
}

/// What a side takes beside another: `3.0 × the calls, 3.1 × the tokens, 3.0 × the cost, 2.9 × the time`.
pub(super) fn multiples(of: &Multiples) -> String {
    let each = [(Some(of.calls), "calls"), (of.tokens, "tokens"), (of.cost, "cost"), (of.time, "time")];
    let each = each.into_iter().filter_map(|(of, what)| Some(format!("{} the {what}", factor(of?))));
    each.collect::<Vec<_>>().join(", ")
}

/// `3.0 ×`.
pub(super) fn factor(of: f64) -> String {
    if of < 0.095 { format!("{of:.2} ×") } else { format!("{of:.1} ×") }
}

/// The same with them.
pub(super) fn at_length(row: &NamedDifference) -> String {
    let text = line("", &row.difference);
    format!("{}, adjusted {}", text.trim_start_matches(": "), p(row.adjusted_p_value))
}

pub(super) fn p(value: f64) -> String {
    let value = p_value(value);
    if value.starts_with('<') { format!("p {value}") } else { format!("p = {value}") }
}

/// The test of no difference.
pub(super) fn two_sided(difference: &Difference) -> String {
    let test = match difference.method {
        PairedMethod::Tango => "exact McNemar",
        PairedMethod::Permutation => "permutation",
        PairedMethod::Clusters => "permutation of sources",
        PairedMethod::Unchanged => return "every record is as before: there is nothing to test".to_owned(),
        PairedMethod::None => return "there are too few records to test".to_owned(),
    };
    format!("{} for no difference ({test}, two-sided)", p(difference.p_value))
}

/// The tests behind the answer, and how small a difference they would have shown.
pub(super) fn one_sided(verdict: &ComparisonVerdict) -> Vec<String> {
    let difference = &verdict.difference;
    let test = if difference.method == PairedMethod::Tango { "McNemar, mid-p" } else { "permutation" };
    let one = |what: &str, value| format!("{} for \"new is no {what}\" ({test}, one-sided)", p(value));
    let mut lines = match difference.method {
        PairedMethod::Unchanged | PairedMethod::None => Vec::new(),
        _ => vec![one("higher", difference.p_higher), one("lower", difference.p_lower)],
    };
    if let Some(smallest) = difference.smallest.filter(|smallest| *smallest < 1.0) {
        let (n, points) = (count_of(difference.n, "record"), in_points(smallest));
        lines.push(format!("{n} show a true difference of {points} points in 4 of 5 tries"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_by_the_side_that_is_higher() {
        assert_eq!(
            [0.111, -0.05, 0.0004].map(direction),
            ["new higher by 11.1 points", "old higher by 5.0 points", "the same"]
        );
        let between = |low, high| ends(Interval { low, high, level: 0.95 });
        assert_eq!(between(0.055, 0.204), "new higher by 5.5 to 20.4");
        assert_eq!(between(-0.126, -0.007), "old higher by 0.7 to 12.6");
        assert_eq!(between(-0.63, 0.398), "old higher by 63.0 to new higher by 39.8");
        assert_eq!(between(0.0, 0.2), "new higher by 0.0 to 20.0");
    }
}
