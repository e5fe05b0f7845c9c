//! A summary for the terminal.

use super::formatting::{Detail, Lines, WIDTH, cells, count, duration, number, plain, rate, wrapped};
use super::gates::{add as add_gates, in_words};
use super::headline::headline;
use super::summary_sections::{by_group, flipping, pairs, people, repeats, replies};
use crate::golden::{GateResult, GateVerdict};
use crate::judge::Reading;
use crate::number::real;
use crate::summary::{
    Agreement, Calls, Compared, JudgeAgreement, LabelAgreement, Latency, ModelUse, PartKind, ScaleAgreement,
    Summary, Tokens,
};

/// The most differing records that are shown.
const MOST_SHOWN: usize = 12;
/// A summary as lines of plain text: the answer, what its gates say, the records that fail, then the figures.
#[must_use]
pub fn summary_text(summary: &Summary, gates: &[GateResult], detail: Detail) -> String {
    let mut lines = Lines::default();
    lines.whole(&format!("{}: {}", summary.suite, with_gates(&headline(summary), gates)));
    failing(&mut lines, summary);
    lines.blank();
    judged(&mut lines, summary);
    match &summary.agreement {
        Some(Agreement::Labels(agreement)) => labels(&mut lines, agreement, detail),
        Some(Agreement::Scale(agreement)) => scale(&mut lines, agreement),
        None => {}
    }
    judges(&mut lines, summary);
    if let Some(agreement) = &summary.pairs {
        pairs(&mut lines, agreement);
    }
    by_tag(&mut lines, summary);
    by_group(&mut lines, summary);
    if summary.records > 0 || summary.people.is_none() {
        scored(&mut lines, summary);
    }
    if let Some(summary) = &summary.repeats {
        repeats(&mut lines, summary);
    }
    parts(&mut lines, summary);
    subject(&mut lines, summary);
    add_gates(&mut lines, gates);
    match &summary.replies {
        Some(counts) => replies(&mut lines, counts),
        None if summary.records > 0 || summary.people.is_none() => took(&mut lines, summary, detail),
        None => {}
    }
    if let Some(agreement) = &summary.people {
        people(&mut lines, agreement);
    }
    if let Some(Agreement::Labels(agreement)) = &summary.agreement {
        confusion(&mut lines, agreement);
    }
    shown(&mut lines, summary);
    differing(&mut lines, summary);
    if let Some(summary) = &summary.repeats {
        flipping(&mut lines, summary);
    }
    lines.text
}

/// By whom, and how.
fn judged(lines: &mut Lines, summary: &Summary) {
    let Summary { signature, model, .. } = summary;
    if summary.records == 0 && summary.people.is_some() {
        return;
    }
    if summary.replies.is_some() {
        lines.under("judge", &format!("{model}, {signature}"));
        return;
    }
    if summary.reading == Reading::Exact {
        lines.under("judge", &format!("{signature}; no model is asked"));
        return;
    }
    let orders = if summary.pairs.is_some() { "; each pair in both orders" } else { "" };
    lines.under("judge", &format!("{model}, signature {signature}, read {}{orders}", reading(summary)));
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
        (_, None) => format!("PASS. {answer}; every gate holds"),
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

/// Each judge by itself, where the suite's verdicts above are made of checks too.
fn judges(lines: &mut Lines, summary: &Summary) {
    if summary.judges.is_empty() {
        return;
    }
    lines.under("agreement", "is the suite's, of judges and checks together; a judge's own:");
    for JudgeAgreement { judge, asked, agreement } in &summary.judges {
        let kappa = number("κ", agreement.kappa, agreement.kappa_interval);
        lines.under("judge", &format!("{judge}: {}, {kappa}", rate("accuracy", &agreement.accuracy)));
        let (asked, all) = (count(asked.count), count(asked.n));
        lines.under("judge", &format!("it was asked about {asked} of {all} scored records"));
    }
}

/// Where all labels are one, κ and AUC say nothing.
fn labels(lines: &mut Lines, agreement: &LabelAgreement, detail: Detail) {
    let classes = agreement.confusion.iter().filter(|row| row.iter().any(|cell| *cell > 0)).count();
    if classes < 2 && detail == Detail::Figures {
        lines.under("agreement", &rate("accuracy", &agreement.accuracy));
        return;
    }
    let kappa = number("κ", agreement.kappa, agreement.kappa_interval);
    lines.under("agreement", &format!("{}, {kappa}", rate("accuracy", &agreement.accuracy)));
    let undecided = agreement.accuracy.n != agreement.accuracy_decided.n;
    if undecided {
        let kappa = number("κ", agreement.kappa_decided, None);
        lines.under(
            "agreement",
            &format!("{}, {kappa}", rate("where both decide", &agreement.accuracy_decided)),
        );
    }
    let ordered = number("pairs ordered rightly (AUC)", agreement.ordered, agreement.ordered_interval);
    lines.under("agreement", &ordered);
}

fn scale(lines: &mut Lines, agreement: &ScaleAgreement) {
    let ordered = number("pairs ordered rightly", agreement.ordered, agreement.ordered_interval);
    lines.under(
        "agreement",
        &format!("{ordered}, of {} pairs; τ-b {}", count(agreement.pairs), plain(agreement.tau_b)),
    );
    if agreement.is_by_level() {
        let kappa = number("κ (quadratic)", agreement.kappa_quadratic, agreement.kappa_interval);
        lines.under("agreement", &format!("{}, {kappa}", rate("same level", &agreement.exact)));
    }
    let r = number("Pearson", agreement.pearson, agreement.pearson_interval);
    let rho = number("Spearman", agreement.spearman, agreement.spearman_interval);
    lines.under("agreement", &format!("{r}, {rho}"));
    distances(lines, agreement);
}

/// From 0 to 1 a distance in levels is one on the scale, and nothing is farther than one level away.
fn distances(lines: &mut Lines, agreement: &ScaleAgreement) {
    let distances = format!(
        "mean {} where the labels have {}, mean distance {}, RMSE {}",
        plain(agreement.mean_score_level),
        plain(agreement.mean_label_level),
        plain(agreement.mae_levels),
        plain(agreement.rmse_levels)
    );
    if !agreement.has_levels_between() {
        lines.under("agreement", &distances);
        return;
    }
    lines.under("agreement", &format!("in levels: {distances}"));
    let error = agreement.mean_error.map_or_else(|| "undefined".into(), |error| format!("{error:.2}"));
    lines.under(
        "agreement",
        &format!("{}; mean error {error} of the scale", rate("within one level", &agreement.within_one)),
    );
}

fn by_tag(lines: &mut Lines, summary: &Summary) {
    let width = summary.by_tag.iter().map(|tag| tag.tag.chars().count()).max().unwrap_or(0);
    for tag in &summary.by_tag {
        let line =
            format!("{:<width$}  {}, ordered {}", tag.tag, rate("same", &tag.same), plain(tag.ordered));
        lines.under("by tag", &line);
    }
}

fn scored(lines: &mut Lines, summary: &Summary) {
    let unscored: u64 = summary.unscored.values().sum();
    lines.under("records", &format!("{}, {} unscored", rate("scored", &summary.scored), count(unscored)));
    for (reason, number) in &summary.unscored {
        let example = summary.unscored_examples.get(reason).map_or("", String::as_str);
        lines.under("records", &format!("{} {reason}: {example}", count(*number)));
    }
    if summary.pending > 0 {
        lines.under("records", &format!("{} not judged yet: the run ended before", count(summary.pending)));
    }
    if summary.skipped > 0 {
        lines.under("records", &format!("{} lines of the dataset left out", count(summary.skipped)));
    }
    let mean = number("mean", summary.score.mean, summary.score.interval);
    let undecided = match summary.undecided {
        0 => String::new(),
        n => format!("; {} undecided", count(n)),
    };
    lines.under("score", &format!("{mean}, n {}{undecided}", count(summary.score.n)));
    if summary.evidence_found.n > 0 {
        lines.under("score", &rate("quotations found in the material", &summary.evidence_found));
    }
}

fn parts(lines: &mut Lines, summary: &Summary) {
    let width = summary.parts.iter().map(|part| part.name.chars().count()).max().unwrap_or(0);
    for part in &summary.parts {
        let name = format!("{:<width$}", part.name);
        let (heading, line) = match part.kind {
            PartKind::Check => ("checks", format!("{name}  {}", rate("passes", &part.passed))),
            PartKind::Judge => ("judges", format!("{name}  {}", number("mean", part.mean, part.interval))),
            PartKind::Criterion => {
                ("criteria", format!("{name}  {}", number("mean", part.mean, part.interval)))
            }
        };
        let mut notes = Vec::new();
        let mut note = |number: u64, what: &str| {
            if number > 0 {
                notes.push(format!("{} {what}", count(number)));
            }
        };
        note(part.unknown, "without a value");
        note(part.skipped, "left out");
        let notes = if notes.is_empty() { String::new() } else { format!("; {}", notes.join(", ")) };
        lines.under(heading, &format!("{line}{notes}"));
    }
}

fn subject(lines: &mut Lines, summary: &Summary) {
    let Some(subject) = &summary.subject else {
        return;
    };
    let kept = match subject.kept {
        0 => String::new(),
        n => format!("; {} of them kept from before", count(n)),
    };
    lines.under("subject", &format!("{}{kept}", rate("outputs produced", &subject.produced)));
    if subject.tokens != Tokens::default() {
        lines.under("subject", &tokens(&subject.tokens));
    }
    if let Some(cost) = subject.cost_usd {
        lines.under("subject", &format!("cost, as it says itself: ${cost:.4}"));
    }
    if let Some(latency) = &subject.latency {
        lines.under("subject", &format!("an output: {}", latencies(latency)));
    }
}

fn latencies(latency: &Latency) -> String {
    format!(
        "median {}, 95th percentile {}, longest {}",
        duration(latency.p50_ms / 1000.0),
        duration(latency.p95_ms / 1000.0),
        duration(latency.max_ms / 1000.0)
    )
}

fn took(lines: &mut Lines, summary: &Summary, detail: Detail) {
    for used in &summary.models {
        lines.under("models", &model(used));
    }
    if summary.reading != Reading::Exact {
        lines.under("calls", &calls(&summary.calls, detail));
        lines.under("tokens", &tokens(&summary.tokens));
    }
    if let Some(cost) = summary.cost_usd.filter(|cost| *cost > 0.0 || detail == Detail::Statistics) {
        let bound = if summary.tokens.uncounted_calls > 0 { "at least " } else { "" };
        lines.under("cost", &format!("{bound}${cost:.4}"));
    }
    let per_second = real(summary.records) / summary.wall_s.max(1e-9);
    let speed = if per_second >= 1.0 {
        format!("{per_second:.1} records a second")
    } else {
        format!("{:.1} s a record", 1.0 / per_second.max(1e-9))
    };
    lines.under("time", &format!("{}, {speed}", duration(summary.wall_s)));
    if let Some(latency) = &summary.latency {
        lines.under("time", &format!("a record: {}", latencies(latency)));
    }
}

/// What one of several models took.
fn model(used: &ModelUse) -> String {
    let asked = used.calls.verdicts + used.calls.again + used.calls.reasons;
    let mut parts = vec![format!("{} calls", count(asked))];
    if used.calls.failed > 0 {
        parts.push(format!("{} failed", count(used.calls.failed)));
    }
    parts.push(format!("{} + {} tokens", count(used.tokens.prompt), count(used.tokens.completion)));
    parts.extend(used.cost_usd.map(|cost| format!("${cost:.4}")));
    parts.extend(used.call.map(|call| format!("median {}", duration(call.p50_ms / 1000.0))));
    format!("{}: {}", used.model, parts.join(", "))
}

fn calls(calls: &Calls, detail: Detail) -> String {
    let mut parts = vec![format!("{} for verdicts", count(calls.verdicts))];
    let mut more = |number: u64, what: &str| {
        if number > 0 {
            parts.push(format!("{} {what}", count(number)));
        }
    };
    more(calls.cached, "of all from the cache");
    more(calls.again, "again after an invalid answer");
    more(calls.reasons, "for reasons");
    more(calls.transport_retries, "sent again by the transport");
    more(calls.failed, "failed");
    more(calls.not_sent, "not sent");
    let all = detail == Detail::Statistics;
    let answers = [(calls.valid, "valid"), (calls.repaired, "repaired"), (calls.invalid, "invalid")];
    let answers: Vec<String> = answers
        .into_iter()
        .filter(|(number, what)| all || *number > 0 || *what == "valid")
        .map(|(number, what)| format!("{} {what}", count(number)))
        .collect();
    format!("{}; answers: {}", parts.join(", "), answers.join(", "))
}

fn tokens(tokens: &Tokens) -> String {
    let uncounted = match tokens.uncounted_calls {
        0 => String::new(),
        n => format!("; {} calls whose tokens nobody counted", count(n)),
    };
    format!(
        "{} in prompts ({} of them cached), {} in answers{uncounted}",
        count(tokens.prompt),
        count(tokens.cached),
        count(tokens.completion)
    )
}

fn confusion(lines: &mut Lines, agreement: &LabelAgreement) {
    let width = agreement.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(5);
    let header = cells(agreement.labels.iter().map(String::as_str), width);
    lines.blank();
    lines.under("verdicts", &format!("{:<width$} |{header}   <- judge", "label"));
    for (label, row) in agreement.labels.iter().zip(&agreement.confusion) {
        let counts: Vec<String> = row.iter().map(|cell| count(*cell)).collect();
        let cells = cells(counts.iter().map(String::as_str), width);
        lines.under("verdicts", &format!("{label:<width$} |{cells}"));
    }
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
    lines.whole(&format!(
        "  judge and label differ on {}, the farthest apart first ({told} with the judge's reasons{when}):",
        match summary.differing_count {
            1 => "1 record".to_owned(),
            n => format!("{} records", count(n)),
        }
    ));
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
    lines.whole(&format!("    {}: {label}judge {given}{value}", compared.id));
    if let Some(reasoning) = &compared.reasoning {
        for line in wrapped(reasoning, WIDTH - 8) {
            lines.whole(&format!("        {line}"));
        }
    }
}
