//! A summary for the terminal.

use super::cascade::cascades;
use super::formatting::{
    Detail, Lines, WIDTH, count, count_of, name_width, number, number_by, share_by, wrapped,
};
use super::gates::{add as add_gates, in_words};
use super::headline::headline;
use super::jury::juries;
use super::roles::roles;
use super::summary_agreement::{by_tag, confusion, judges, labels, ranking, scale};
use super::summary_cost::{calls_and_time, subject};
use super::summary_sections::{by_group, flipping, pairs, people, repeats, replies};
use crate::golden::{GateResult, GateVerdict};
use crate::judge::Reading;
use crate::summary::{Agreement, Compared, MetricSummary, PartKind, Summary};

/// The most differing records that are shown.
const MOST_SHOWN: usize = 12;

impl Summary {
    /// A summary as lines of plain text: the answer, what its gates say, the records that fail, then the figures.
    #[must_use]
    pub fn text(&self, gates: &[GateResult], detail: Detail) -> String {
        let mut lines = Lines::default();
        lines.whole(&format!("{}: {}", self.suite, with_gates(&headline(self), gates)));
        failing(&mut lines, self);
        lines.blank();
        judged(&mut lines, self);
        match &self.agreement {
            Some(Agreement::Labels(agreement)) => labels(&mut lines, agreement, detail),
            Some(Agreement::Scale(agreement)) => scale(&mut lines, agreement, detail),
            None => {}
        }
        judges(&mut lines, self, detail);
        if let Some(agreement) = &self.pairs {
            pairs(&mut lines, agreement, detail);
        }
        if let Some(found) = &self.ranking {
            ranking(&mut lines, found);
        }
        by_tag(&mut lines, self, detail);
        cascades(&mut lines, &self.cascades);
        juries(&mut lines, &self.juries, detail);
        roles(&mut lines, &self.roles, detail);
        by_group(&mut lines, self, detail);
        if self.records > 0 || self.people.is_none() {
            scored(&mut lines, self, detail);
        }
        if let Some(tries) = &self.repeats {
            repeats(&mut lines, tries, detail);
        }
        parts(&mut lines, self, detail);
        subject(&mut lines, self, detail);
        add_gates(&mut lines, gates, detail);
        match &self.replies {
            Some(counts) => replies(&mut lines, counts),
            None if self.records > 0 || self.people.is_none() => {
                calls_and_time(&mut lines, self, detail);
            }
            None => {}
        }
        if let Some(agreement) = &self.people {
            people(&mut lines, agreement, detail);
        }
        if let Some(Agreement::Labels(agreement)) = &self.agreement {
            confusion(&mut lines, agreement, detail);
        }
        shown(&mut lines, self);
        differing(&mut lines, self);
        if let Some(tries) = &self.repeats {
            flipping(&mut lines, tries);
        }
        lines.text
    }
}

/// By whom, and how.
fn judged(lines: &mut Lines, summary: &Summary) {
    let Summary { signature, model, .. } = summary;
    if summary.records == 0 && summary.people.is_some() {
        return;
    }
    if summary.replies.is_some() {
        lines.folded_under("judge", &format!("{model}, {signature}"));
        return;
    }
    if summary.reading == Reading::Exact {
        lines.folded_under("judge", &format!("{signature}; no model is asked"));
        return;
    }
    let orders = if summary.pairs.is_some() { "; each pair in both orders" } else { "" };
    lines
        .folded_under("judge", &format!("{model}, signature {signature}, read {}{orders}", reading(summary)));
}

fn reading(summary: &Summary) -> String {
    match summary.reading.name() {
        "weighted" => "weighted (from the distribution over the answers)".into(),
        "sampled" => "sampled (from the shares of repeated draws)".into(),
        name => name.into(),
    }
}

/// `PASS. 12 of 12 passed`; `FAILED. 9 of 12 passed; min_score is 0.75, and at least 0.90 is required`.
fn with_gates(answer: &str, gates: &[GateResult]) -> String {
    let first = |verdict| gates.iter().find(|gate| gate.verdict == verdict);
    if let Some(failed) = first(GateVerdict::Fails) {
        return format!("FAILED. {answer}; {}", in_words(failed));
    }
    match (gates, first(GateVerdict::Inconclusive)) {
        ([], _) => answer.to_owned(),
        (_, Some(open)) => format!("INCONCLUSIVE. {answer}; {} is not proved, either way", open.gate),
        (_, None) => format!("PASS. {answer}; every gate passes"),
    }
}

/// Records without a label that fail, with their reasons.
fn failing(lines: &mut Lines, summary: &Summary) {
    for failing in &summary.failing {
        one(lines, failing);
    }
    let more = summary.failing_count.saturating_sub(summary.failing.len() as u64);
    if more > 0 {
        lines.whole(&format!("    and {} more, in the journal", count(more)));
    }
}

/// How many records have a score, and why the others have none.
fn scored(lines: &mut Lines, summary: &Summary, detail: Detail) {
    let unscored: u64 = summary.unscored.values().sum();
    let all = match (unscored, detail) {
        (0, Detail::Figures) if summary.scored.n > 0 => format!("{}, all scored", count(summary.scored.n)),
        _ => format!("{}, {} unscored", share_by(detail, "scored", &summary.scored), count(unscored)),
    };
    lines.folded_under("records", &all);
    for (reason, number) in &summary.unscored {
        let example = summary.unscored_examples.get(reason).map_or("", String::as_str);
        lines.folded_under("records", &format!("{} {reason}: {example}", count(*number)));
    }
    if summary.pending > 0 {
        lines.folded_under(
            "records",
            &format!("{} not judged yet: the run ended before", count(summary.pending)),
        );
    }
    if summary.skipped > 0 {
        lines.folded_under(
            "records",
            &format!("{} of the dataset left out", count_of(summary.skipped, "line")),
        );
    }
    mean(lines, summary, detail);
    if summary.evidence_found.n > 0 {
        lines.folded_under(
            "score",
            &share_by(detail, "quotations found in the material", &summary.evidence_found),
        );
    }
}

fn mean(lines: &mut Lines, summary: &Summary, detail: Detail) {
    let undecided = match summary.undecided {
        0 => String::new(),
        n => format!("{} undecided", count(n)),
    };
    let score = &summary.score;
    if score.n > 0 || detail == Detail::Statistics {
        let mean = number("mean", score.mean, score.interval);
        let undecided = if undecided.is_empty() { undecided } else { format!("; {undecided}") };
        lines.folded_under("score", &format!("{mean}, n {}{undecided}", count(score.n)));
    } else if !undecided.is_empty() {
        lines.folded_under("score", &undecided);
    }
}

fn parts(lines: &mut Lines, summary: &Summary, detail: Detail) {
    let width = name_width(summary.parts.iter().map(|part| part.name.as_str()));
    for part in &summary.parts {
        let mean = || number_by(detail, "mean", part.mean, part.interval);
        let (heading, line) = match part.kind {
            PartKind::Check => ("checks", share_by(detail, "passes", &part.passed)),
            PartKind::Judge => ("judges", mean()),
            PartKind::Criterion => ("criteria", mean()),
        };
        let mut notes = Vec::new();
        let mut note = |number: u64, what: &str| {
            if number > 0 {
                notes.push(format!("{} {what}", count(number)));
            }
        };
        note(part.unknown, "without a value");
        note(part.skipped, "left out");
        if part.weight < 0.0 {
            let points = part.weight.to_string().replace('-', "−");
            notes.push(format!("{points} points, 1 where the fault is not there"));
        }
        if let Some(unmet) = part.unmet {
            notes.push(format!("essential, not met by {}", count_of(unmet, "record")));
        }
        let notes = if notes.is_empty() { String::new() } else { format!("; {}", notes.join(", ")) };
        lines.named(heading, &part.name, width, &format!("{line}{notes}"));
        for line in part.measured.iter().flat_map(measured) {
            lines.folded_under(heading, &format!("  {line}"));
        }
    }
}

/// What a check's metric found.
fn measured(found: &MetricSummary) -> Vec<String> {
    let title = found.metric.title();
    let mean =
        format!("{}, n {}", number(&format!("{title} mean"), found.mean, found.interval), count(found.n));
    let together = found.together.map(|value| {
        number(&format!("{title} of all outputs together"), Some(value), found.together_interval)
    });
    std::iter::once(mean).chain(together).collect()
}

fn shown(lines: &mut Lines, summary: &Summary) {
    if summary.shown.is_empty() {
        return;
    }
    lines.blank();
    lines.whole("  records to see in every report:");
    summary.shown.iter().for_each(|shown| one(lines, shown));
}

fn differing(lines: &mut Lines, summary: &Summary) {
    if summary.differing.is_empty() {
        return;
    }
    lines.blank();
    let told = summary.differing.iter().filter(|differing| differing.reasoning.is_some()).count();
    let post_hoc = summary.differing.iter().any(|differing| differing.post_hoc);
    let when = if post_hoc { ", given after the verdict" } else { "" };
    let records = count_of(summary.differing_count, "record");
    let order = if summary.differing_count == 1 { "" } else { ", the farthest apart first" };
    let reasons = match told {
        0 => String::new(),
        told => format!(" ({told} with the judge's reasons{when})"),
    };
    lines.folded(&format!("  judge and label differ on {records}{order}{reasons}:"));
    for differing in summary.differing.iter().take(MOST_SHOWN) {
        one(lines, differing);
    }
    let more = summary.differing_count.saturating_sub(MOST_SHOWN as u64);
    if more > 0 {
        lines.whole(&format!("    and {} more, in the journal", count(more)));
    }
}

fn one(lines: &mut Lines, compared: &Compared) {
    let value = compared.value.map_or_else(String::new, |value| format!(", score {value:.2}"));
    let label = compared.expected.as_ref().map_or_else(String::new, |label| format!("label {label}, "));
    let given = compared.given.as_deref().unwrap_or("no verdict");
    lines.folded(&format!("    {}: {label}judge {given}{value}", compared.id));
    if let Some(reasoning) = &compared.reasoning {
        for line in wrapped(reasoning, WIDTH - 8) {
            lines.whole(&format!("        {line}"));
        }
    }
}
