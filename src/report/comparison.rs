//! A comparison of two runs, for the terminal and for machines.

use serde_json::{Value, json};

use super::answer::sentence;
use super::comparison_words::{
    at_length, doubt, found, headline, in_short, line, multiples as in_words, noun, one_sided, two_sided,
};
use super::export::JSON_FORMAT;
use super::formatting::Detail;
use super::formatting::{Lines, WIDTH, count, count_of, duration, number, rate, wrapped};
use crate::comparison::{
    Changed, Comparison, Difference, Effect, Flip, Measure, NamedDifference, SideSummary,
};

/// The most flips that are shown.
const MOST_SHOWN: usize = 20;

/// A comparison as a line: `{"type": "comparison", "format": 1, "suite": …, "comparison": …}`.
#[must_use]
pub(crate) fn comparison_line(suite: &str, comparison: &Comparison) -> Value {
    json!({"type": "comparison", "format": JSON_FORMAT, "suite": suite, "comparison": comparison})
}

impl Comparison {
    /// A comparison as lines of plain text: the answer first.
    #[must_use]
    pub fn text(&self, suite: &str, detail: Detail) -> String {
        let mut lines = Lines::default();
        lines.whole(&format!("{suite}: {}: {}", headline(self), found(self)));
        if let Some(doubt) = doubt(self) {
            lines.whole(&format!("  {}", sentence(doubt)));
        }
        lines.blank();
        under(&mut lines, &sides(self));
        for (measure, difference) in measured(self) {
            lines.folded_under("quality", &line(noun(measure), &difference));
            if detail == Detail::Statistics {
                lines.folded_under("quality", &two_sided(&difference));
            }
        }
        if let (Detail::Statistics, Some(verdict)) = (detail, &self.verdict) {
            for test in one_sided(verdict) {
                lines.folded_under("tests", &test);
            }
        }
        under(&mut lines, &facts(self, detail));
        table(&mut lines, "by tag", &self.by_tag, self.by_tag_measure, detail);
        table(&mut lines, "by part", &self.by_part, Measure::Score, detail);
        unscored(&mut lines, self);
        flips(&mut lines, self);
        lines.text
    }
}

fn under(lines: &mut Lines, facts: &[Fact]) {
    for (heading, what) in facts {
        lines.folded_under(heading, what);
    }
}

/// A heading and what is to be known under it.
pub(super) type Fact = (&'static str, String);

/// Who judged.
pub(super) fn sides(comparison: &Comparison) -> [Fact; 2] {
    [("old", &comparison.old), ("new", &comparison.new)].map(|(heading, side)| {
        let name = if side.name == side.model { String::new() } else { format!("{}, ", side.name) };
        (heading, format!("{name}judged by {}", side.model))
    })
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

/// How far both sides agree, what is compared, and what it cost.
pub(super) fn facts(comparison: &Comparison, detail: Detail) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(agreement) = &comparison.agreement {
        facts.push(("agreement", rate("old and new give the same verdict", &agreement.same)));
        if detail == Detail::Statistics {
            let kappa = number("κ", agreement.kappa, agreement.kappa_interval);
            let ac1 = number("AC1", agreement.ac1, agreement.ac1_interval);
            facts.push(("agreement", format!("{kappa}, {ac1}, n {}", count(agreement.same.n))));
            let rank = number("rank correlation (Spearman)", agreement.rank_correlation, None);
            facts.push(("agreement", format!("{rank}, n {}", count(agreement.rank_n))));
        }
    }
    let unpaired = &comparison.unpaired;
    let [both, old, new] = [comparison.records, unpaired.only_old, unpaired.only_new].map(count);
    facts.push(("records", format!("{both} on both sides; {old} only on the old, {new} only on the new")));
    let [old, new] = [&comparison.old, &comparison.new].map(|side| count(side.scored.n - side.scored.count));
    facts.push(("records", format!("unscored: {old} on the old side, {new} on the new")));
    if unpaired.relabelled > 0 {
        let number = count(unpaired.relabelled);
        facts.push(("records", format!("left out of the accuracy, because their label changed: {number}")));
    }
    let sides = [("old", &comparison.old), ("new", &comparison.new)];
    for (name, side) in sides.into_iter().filter(|(_, side)| side.calls > 0) {
        facts.push(("cost, time", cost(name, side)));
        facts.extend(times(name, side).map(|times| ("cost, time", times)));
    }
    for (name, outputs) in sides.into_iter().filter_map(|(name, side)| Some((name, side.outputs?))) {
        let (calls, tokens) = (count_of(outputs.calls, "call"), count_of(outputs.tokens, "token"));
        facts.push(("outputs", format!("{name}: {calls}, {tokens} to produce them")));
    }
    if let Some(multiples) = &comparison.output_multiples {
        facts.push(("outputs", format!("new beside old: {}", in_words(multiples))));
    }
    if let Some(multiples) = &comparison.multiples {
        facts.push(("cost, time", format!("new beside old: {}", in_words(multiples))));
    }
    facts
}

fn times(name: &str, side: &SideSummary) -> Option<String> {
    let (median, late) = (duration(side.p50_ms? / 1000.0), duration(side.p95_ms? / 1000.0));
    Some(format!("{name}: a record: median {median}, 95th percentile {late}"))
}

fn cost(name: &str, side: &SideSummary) -> String {
    let cost = side.cost_usd.map_or_else(String::new, |cost| format!(", ${cost:.4}"));
    let uncounted = match side.uncounted_calls {
        0 => String::new(),
        n => format!(" ({} uncounted)", count_of(n, "call")),
    };
    let tokens =
        format!("{} tokens in, {} out{uncounted}", count(side.prompt_tokens), count(side.completion_tokens));
    format!("{name}: {}, {tokens}{cost}", count_of(side.calls, "call"))
}

/// Rows with a difference each. Of several rows some differ by chance: which, the adjusted p-value says.
fn table(
    lines: &mut Lines,
    heading: &'static str,
    rows: &[NamedDifference],
    measure: Measure,
    detail: Detail,
) {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    for row in rows {
        let found = match detail {
            Detail::Figures => in_short(row),
            Detail::Statistics => at_length(row),
        };
        lines.folded_under(heading, &format!("{:<width$}  {} {found}", row.name, noun(measure)));
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
    count_of(number as u64, "record")
}

fn more(lines: &mut Lines, number: usize) {
    if number > MOST_SHOWN {
        lines.whole(&format!("    and {} more; --json lists them all", count((number - MOST_SHOWN) as u64)));
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
