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
    under(&mut lines, &sides(comparison));
    lines.blank();
    let findings: Vec<String> = match &comparison.verdict {
        Some(verdict) => [found(verdict, comparison.changed)].into_iter().chain(doubts(comparison)).collect(),
        None => doubts(comparison),
    };
    for finding in &findings {
        lines.under("verdict", finding);
    }
    for (measure, difference) in measured(comparison) {
        lines.under("quality", &line(noun(measure), &difference));
    }
    under(&mut lines, &facts(comparison));
    table(&mut lines, "by tag", &comparison.by_tag, comparison.by_tag_measure);
    table(&mut lines, "by part", &comparison.by_part, Measure::Score);
    unscored(&mut lines, comparison);
    flips(&mut lines, comparison);
    lines.text
}

fn under(lines: &mut Lines, facts: &[Fact]) {
    for (heading, what) in facts {
        lines.under(heading, what);
    }
}

/// A heading and what is to be known under it.
pub(super) type Fact = (&'static str, String);

/// Who judged.
pub(super) fn sides(comparison: &Comparison) -> [Fact; 2] {
    [("old", &comparison.old), ("new", &comparison.new)].map(|(heading, side)| {
        let name = if side.name == side.model { String::new() } else { format!(" ({})", side.name) };
        (heading, format!("judged by {}{name}", side.model))
    })
}

/// What this many records can show, and what they cannot.
pub(super) fn doubts(comparison: &Comparison) -> Vec<String> {
    let Some(verdict) = &comparison.verdict else {
        return vec!["no record has a score on both sides: nothing can be compared".to_owned()];
    };
    let difference = &verdict.difference;
    let n = count(difference.n);
    let mut doubts = vec![match difference.smallest.filter(|smallest| *smallest < 1.0) {
        Some(smallest) => {
            format!("{n} records show a true difference of {} in 4 of 5 tries", points(smallest))
        }
        None => format!("{n} records are too few to show any difference"),
    }];
    if let (Changed::Both, true) = (comparison.changed, verdict.finding != Finding::NotShown) {
        doubts.push("judge and outputs changed at once: which of them makes it, this cannot tell".to_owned());
    }
    doubts
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

pub(super) fn noun(measure: Measure) -> &'static str {
    match measure {
        Measure::Accuracy => "accuracy",
        Measure::Closeness => "closeness to the labels",
        Measure::Score => "mean score",
    }
}

/// The measures that say something of this comparison.
pub(super) fn measured(comparison: &Comparison) -> Vec<(Measure, Difference)> {
    let measures = [
        (Measure::Accuracy, comparison.accuracy),
        (Measure::Closeness, comparison.closeness),
        (Measure::Score, comparison.score),
    ];
    // Labels are of the outputs that were there: other outputs have none.
    let is_of_others = |measure| comparison.changed == Changed::Outputs && measure != Measure::Score;
    let known = measures.into_iter().filter(|(measure, _)| !is_of_others(*measure));
    known.filter_map(|(measure, difference)| Some((measure, difference?))).collect()
}

/// One measure: old, new, and the difference with its interval and test.
pub(super) fn line(what: &str, difference: &Difference) -> String {
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
pub(super) fn zeroed(share: f64) -> f64 {
    let points = share * 100.0;
    if points.abs() < 0.05 { 0.0 } else { points }
}

/// How far both sides agree, what is compared, and what it took.
pub(super) fn facts(comparison: &Comparison) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(agreement) = &comparison.agreement {
        facts.push(("agreement", rate("old and new give the same verdict", &agreement.same)));
        let kappa = number("κ", agreement.kappa, agreement.kappa_interval);
        let ac1 = number("AC1", agreement.ac1, agreement.ac1_interval);
        facts.push(("agreement", format!("{kappa}, {ac1}, n {}", count(agreement.same.n))));
        let rank = number("rank correlation (Spearman)", agreement.rank_correlation, None);
        facts.push(("agreement", format!("{rank}, n {}", count(agreement.rank_n))));
    }
    let unpaired = &comparison.unpaired;
    let [both, old, new] = [comparison.records, unpaired.only_old, unpaired.only_new].map(count);
    facts.push(("records", format!("{both} of both sides; {old} only of the old, {new} only of the new")));
    let [old, new] = [&comparison.old, &comparison.new].map(|side| count(side.scored.n - side.scored.count));
    facts.push(("records", format!("old: {old} unscored; new: {new} unscored")));
    if unpaired.relabelled > 0 {
        let number = count(unpaired.relabelled);
        facts.push(("records", format!("{number} have another label now: they count for no accuracy")));
    }
    let took = [("old", &comparison.old), ("new", &comparison.new)];
    facts.extend(took.into_iter().filter_map(|(name, side)| Some(("took", took_by(name, side)?))));
    facts
}

fn took_by(name: &str, side: &SideSummary) -> Option<String> {
    if side.calls == 0 {
        return None;
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
    let tokens =
        format!("{} tokens in, {} out{uncounted}", count(side.prompt_tokens), count(side.completion_tokens));
    Some(format!("{name}: {} calls, {tokens}{cost}{times}", count(side.calls)))
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
    lines.blank();
    lines.whole(&format!("  {}:", flipped(comparison)));
    for flip in comparison.flips.iter().take(MOST_SHOWN) {
        one(lines, flip);
    }
    more(lines, comparison.flips.len());
}

/// How many records have another verdict, and what that means.
pub(super) fn flipped(comparison: &Comparison) -> String {
    let of = |effect| comparison.flips.iter().filter(|flip| flip.effect == effect).count();
    let parts = [Effect::Broken, Effect::Mended, Effect::StillWrong, Effect::Lower];
    let parts = parts.into_iter().filter(|effect| of(*effect) > 0);
    let parts: Vec<String> = parts.map(|effect| format!("{} {}", of(effect), meaning(effect))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("{} with another verdict{parts}", some(comparison.flips.len()))
}

pub(super) fn meaning(effect: Effect) -> &'static str {
    match effect {
        Effect::Broken => "right before, wrong now",
        Effect::Mended => "wrong before, right now",
        Effect::StillWrong => "wrong in another way",
        Effect::Lower => "with a lower score",
        Effect::Unlabelled => "",
    }
}

pub(super) fn some(number: usize) -> String {
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
