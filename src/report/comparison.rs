//! A comparison of two runs, for the terminal and for machines.

use serde_json::{Value, json};

use super::export::JSON_FORMAT;
use super::formatting::{Lines, WIDTH, count, duration, number, p_value, percent, rate, wrapped};
use crate::comparison::{
    Changed, Comparison, ComparisonVerdict, Difference, Effect, Finding, Flip, Measure, NamedDifference,
    SideSummary,
};
use crate::stats::PairedMethod;

/// The most flips that are shown.
const MOST_SHOWN: usize = 20;

/// A comparison as a line: `{"type": "comparison", "format": 1, "suite": …, "comparison": …}`.
#[must_use]
pub(crate) fn comparison_line(suite: &str, comparison: &Comparison) -> Value {
    json!({"type": "comparison", "format": JSON_FORMAT, "suite": suite, "comparison": comparison})
}

/// A comparison as lines of plain text.
#[must_use]
pub fn comparison_text(suite: &str, comparison: &Comparison) -> String {
    let mut lines = Lines::default();
    lines.whole(&format!("{suite}: what changes from old to new"));
    lines.blank();
    side(&mut lines, "old", &comparison.old);
    side(&mut lines, "new", &comparison.new);
    lines.blank();
    verdict(&mut lines, comparison);
    differences(&mut lines, comparison);
    agreement(&mut lines, comparison);
    records(&mut lines, comparison);
    took(&mut lines, comparison);
    table(&mut lines, "by tag", &comparison.by_tag, comparison.by_tag_measure);
    table(&mut lines, "by part", &comparison.by_part, Measure::Score);
    unscored(&mut lines, comparison);
    flips(&mut lines, comparison);
    lines.text
}

fn side(lines: &mut Lines, heading: &'static str, side: &SideSummary) {
    let name = if side.name == side.model { String::new() } else { format!(" ({})", side.name) };
    lines.under(heading, &format!("judged by {}{name}", side.model));
}

fn verdict(lines: &mut Lines, comparison: &Comparison) {
    let Some(verdict) = &comparison.verdict else {
        lines.under("verdict", "no record has a score on both sides: nothing can be compared");
        return;
    };
    lines.under("verdict", &found(verdict, comparison.changed));
    let difference = &verdict.difference;
    let n = count(difference.n);
    let shows = match difference.smallest.filter(|smallest| *smallest < 1.0) {
        Some(smallest) => {
            format!("{n} records show a true difference of {} in 4 of 5 tries", points(smallest))
        }
        None => format!("{n} records are too few to show any difference"),
    };
    lines.under("verdict", &shows);
    if let (Changed::Both, true) = (comparison.changed, verdict.finding != Finding::NotShown) {
        lines.under("verdict", "judge and outputs changed at once: which of them makes it, this cannot tell");
    }
}

fn found(verdict: &ComparisonVerdict, changed: Changed) -> String {
    let measure = noun(verdict.measure);
    let change = signed(&verdict.difference);
    match verdict.finding {
        Finding::Better => format!("better: {measure} {change}"),
        Finding::Worse => format!("worse: {measure} {change}"),
        Finding::Higher => format!("scores higher, {change}{}", unknown(changed)),
        Finding::Lower => format!("scores lower, {change}{}", unknown(changed)),
        Finding::NotShown => {
            format!("no difference shown by {} records: {measure} {change}", count(verdict.difference.n))
        }
    }
}

fn unknown(changed: Changed) -> &'static str {
    match changed {
        Changed::Judge | Changed::Nothing => "; without labels nobody knows which judge is right",
        Changed::Outputs | Changed::Both => "",
    }
}

fn noun(measure: Measure) -> &'static str {
    match measure {
        Measure::Accuracy => "accuracy",
        Measure::Closeness => "closeness to the labels",
        Measure::Score => "mean score",
    }
}

fn differences(lines: &mut Lines, comparison: &Comparison) {
    let rows = [
        (Measure::Accuracy, comparison.accuracy),
        (Measure::Closeness, comparison.closeness),
        (Measure::Score, comparison.score),
    ];
    for (measure, difference) in rows {
        // Labels are of the outputs that were there: other outputs have none.
        let is_of_others = comparison.changed == Changed::Outputs && measure != Measure::Score;
        if let (Some(difference), false) = (difference, is_of_others) {
            lines.under("quality", &line(noun(measure), &difference));
        }
    }
}

/// One measure: old, new, and the difference with its interval and test.
fn line(what: &str, difference: &Difference) -> String {
    let test = match difference.method {
        PairedMethod::Tango => "McNemar",
        PairedMethod::Permutation => "permutation",
        PairedMethod::Clusters => "permutation of sources",
        PairedMethod::Unchanged | PairedMethod::None => "no test,",
    };
    format!(
        "{what} {} to {}: {}, {test} p {}, n {}",
        percent(difference.old),
        percent(difference.new),
        signed(difference),
        p_value(difference.p_value),
        count(difference.n)
    )
}

fn signed(difference: &Difference) -> String {
    let interval = difference.interval.map_or_else(String::new, |interval| {
        let level = format!("{:.1}", interval.level * 100.0);
        let level = level.strip_suffix(".0").unwrap_or(&level);
        format!(" ({level} % {:+.1} to {:+.1})", zeroed(interval.low), zeroed(interval.high))
    });
    format!("{:+.1} points{interval}", zeroed(difference.difference))
}

fn points(share: f64) -> String {
    format!("{:.1} points", share * 100.0)
}

/// In points, without a negative zero.
fn zeroed(share: f64) -> f64 {
    let points = share * 100.0;
    if points.abs() < 0.05 { 0.0 } else { points }
}

fn agreement(lines: &mut Lines, comparison: &Comparison) {
    let Some(agreement) = &comparison.agreement else {
        return;
    };
    lines.under("agreement", &rate("old and new give the same verdict", &agreement.same));
    let kappa = number("κ", agreement.kappa, agreement.kappa_interval);
    let ac1 = number("AC1", agreement.ac1, agreement.ac1_interval);
    lines.under("agreement", &format!("{kappa}, {ac1}, n {}", count(agreement.same.n)));
    let rank = number("rank correlation (Spearman)", agreement.rank_correlation, None);
    lines.under("agreement", &format!("{rank}, n {}", count(agreement.rank_n)));
}

fn records(lines: &mut Lines, comparison: &Comparison) {
    let unpaired = &comparison.unpaired;
    lines.under(
        "records",
        &format!(
            "{} of both sides; {} only of the old, {} only of the new",
            count(comparison.records),
            count(unpaired.only_old),
            count(unpaired.only_new)
        ),
    );
    let scored = |side: &SideSummary| format!("{} unscored", count(side.scored.n - side.scored.count));
    lines.under("records", &format!("old: {}; new: {}", scored(&comparison.old), scored(&comparison.new)));
    if unpaired.relabelled > 0 {
        let number = count(unpaired.relabelled);
        lines.under("records", &format!("{number} have another label now: they count for no accuracy"));
    }
}

fn took(lines: &mut Lines, comparison: &Comparison) {
    for (name, side) in [("old", &comparison.old), ("new", &comparison.new)] {
        if side.calls == 0 {
            continue;
        }
        let cost = side.cost_usd.map_or_else(String::new, |cost| format!(", ${cost:.4}"));
        let times = side.p50_ms.zip(side.p95_ms).map_or_else(String::new, |(median, late)| {
            let (median, late) = (duration(median / 1000.0), duration(late / 1000.0));
            format!("; a record: median {median}, 95th percentile {late}")
        });
        let uncounted = match side.uncounted_calls {
            0 => String::new(),
            n => format!(" ({} calls uncounted)", count(n)),
        };
        let tokens = format!(
            "{} tokens in, {} out{uncounted}",
            count(side.prompt_tokens),
            count(side.completion_tokens)
        );
        lines.under("took", &format!("{name}: {} calls, {tokens}{cost}{times}", count(side.calls)));
    }
}

fn table(lines: &mut Lines, heading: &'static str, rows: &[NamedDifference], measure: Measure) {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    for row in rows {
        let difference = &row.difference;
        lines.under(
            heading,
            &format!(
                "{:<width$}  {} {} to {}: {}, adjusted p {}, n {}",
                row.name,
                noun(measure),
                percent(difference.old),
                percent(difference.new),
                signed(difference),
                p_value(row.adjusted_p_value),
                count(difference.n)
            ),
        );
    }
}

fn unscored(lines: &mut Lines, comparison: &Comparison) {
    let newly = &comparison.unpaired.newly_unscored;
    if newly.is_empty() {
        return;
    }
    lines.blank();
    lines.whole(&format!("  {} lost their score:", some(newly.len())));
    for (id, reason) in newly.iter().take(MOST_SHOWN) {
        lines.whole(&format!("    {id}: {reason}"));
    }
    more(lines, newly.len());
}

fn flips(lines: &mut Lines, comparison: &Comparison) {
    if comparison.flips.is_empty() {
        return;
    }
    let of = |effect| comparison.flips.iter().filter(|flip| flip.effect == effect).count();
    let parts = [
        (Effect::Broken, "right before, wrong now"),
        (Effect::Mended, "wrong before, right now"),
        (Effect::StillWrong, "wrong in another way"),
        (Effect::Lower, "with a lower score"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(effect, _)| of(*effect) > 0)
        .map(|(effect, words)| format!("{} {words}", of(effect)))
        .collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    lines.blank();
    lines.whole(&format!("  {} with another verdict{parts}:", some(comparison.flips.len())));
    for flip in comparison.flips.iter().take(MOST_SHOWN) {
        one(lines, flip);
    }
    more(lines, comparison.flips.len());
}

fn some(number: usize) -> String {
    if number == 1 { "1 record".into() } else { format!("{} records", count(number as u64)) }
}

fn more(lines: &mut Lines, number: usize) {
    if number > MOST_SHOWN {
        lines.whole(&format!("    and {} more, with --json", count((number - MOST_SHOWN) as u64)));
    }
}

fn one(lines: &mut Lines, flip: &Flip) {
    let label = flip.expected.as_ref().map_or_else(String::new, |label| format!("label {label}, "));
    let value = |value: Option<f64>| value.map_or_else(String::new, |value| format!(" {value:.2}"));
    lines.whole(&format!(
        "    {}: {label}{}{} to {}{}",
        flip.id,
        flip.old,
        value(flip.old_value),
        flip.new,
        value(flip.new_value)
    ));
    for (side, reasoning) in [("old", &flip.old_reasoning), ("new", &flip.new_reasoning)] {
        let Some(reasoning) = reasoning else { continue };
        for line in wrapped(&format!("{side}: {reasoning}"), WIDTH - 8) {
            lines.whole(&format!("        {line}"));
        }
    }
}
