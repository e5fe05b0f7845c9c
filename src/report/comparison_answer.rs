//! A comparison as a report with one answer: which side is better, then by how much, then the records that changed.

use super::answer::{
    Answer, AnswerRecord, AnswerTable, PlottedDifference, RecordList, RecordSide, Tone, named_once, sentence,
};
use super::comparison::{doubts, facts, flipped, line, meaning, measured, noun, sides, some, zeroed};
use super::formatting::{count, p_value, percent};
use crate::comparison::{
    Changed, Comparison, ComparisonVerdict, Difference, Effect, Finding, Flip, Measure, NamedDifference,
};
use crate::stats::Interval;

/// A comparison as a report. `remark` is what makes it doubtful, where something does.
#[must_use]
pub(crate) fn comparison_answer(suite: &str, comparison: &Comparison, remark: Option<&str>) -> Answer {
    let verdict = comparison.verdict.as_ref();
    let (tone, headline) = headline(verdict);
    let found = verdict.map(|verdict| line(noun(verdict.measure), &verdict.difference));
    let severity = verdict.is_some_and(|verdict| is_severity(verdict.finding));
    let unknown = match comparison.changed {
        Changed::Judge | Changed::Nothing if severity => {
            Some("without labels nobody knows which judge is right")
        }
        _ => None,
    };
    let remarks = unknown.into_iter().chain(remark).map(str::to_owned);
    Answer {
        about: format!("{suite}: what changes from old to new"),
        tone,
        headline: headline.to_owned(),
        statement: found.into_iter().chain(remarks).chain(doubts(comparison)).map(sentence).collect(),
        difference: verdict.and_then(plotted),
        reliability: None,
        confusion: None,
        facts: named_once(sides(comparison).into_iter().chain(facts(comparison))),
        tables: tables(comparison),
        records: RecordList {
            title: changed(comparison),
            list: comparison.flips.iter().map(record).chain(lost(comparison)).collect(),
        },
    }
}

fn changed(comparison: &Comparison) -> String {
    match comparison.unpaired.newly_unscored.len() {
        0 => flipped(comparison),
        lost => format!("{}; {} lost their score", flipped(comparison), some(lost)),
    }
}

fn is_severity(finding: Finding) -> bool {
    matches!(finding, Finding::Higher | Finding::Lower)
}

fn headline(verdict: Option<&ComparisonVerdict>) -> (Tone, &'static str) {
    match verdict.map(|verdict| verdict.finding) {
        Some(Finding::Better) => (Tone::Passed, "New is better than old"),
        Some(Finding::Worse) => (Tone::Failed, "New is worse than old"),
        Some(Finding::Higher) => (Tone::Undecided, "New scores higher than old"),
        Some(Finding::Lower) => (Tone::Undecided, "New scores lower than old"),
        Some(Finding::NotShown) => (Tone::Undecided, "No difference is shown"),
        None => (Tone::Unscored, "Nothing can be compared"),
    }
}

fn plotted(verdict: &ComparisonVerdict) -> Option<PlottedDifference> {
    let Difference { difference: value, interval, .. } = verdict.difference;
    Some(PlottedDifference { value, interval: interval?, of: noun(verdict.measure) })
}

/// The columns after the first.
const COLUMNS: [&str; 6] = ["old", "new", "difference", "interval", "p", "n"];

fn tables(comparison: &Comparison) -> Vec<AnswerTable> {
    let of_all = measured(comparison).into_iter();
    let of_all =
        of_all.map(|(measure, difference)| row(noun(measure), &difference, difference.p_value)).collect();
    let tables = [
        AnswerTable::new(
            "Differences",
            "New minus old over the same records, in points of a hundred, with intervals at 95 %. The p-values are two-sided; a finding is by a one-sided test at 5 %.",
            &columns(""),
            of_all,
        ),
        group("By tag", "tag", &comparison.by_tag, comparison.by_tag_measure),
        group("By part of the score", "part", &comparison.by_part, Measure::Score),
    ];
    tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
}

fn columns(first: &'static str) -> Vec<&'static str> {
    std::iter::once(first).chain(COLUMNS).collect()
}

fn group(title: &str, of: &'static str, rows: &[NamedDifference], measure: Measure) -> AnswerTable {
    let note = format!(
        "{}, in points of a hundred. All intervals hold together at 95 %, and p-values are adjusted for the number of rows.",
        sentence(noun(measure)).trim_end_matches('.')
    );
    let rows = rows.iter().map(|named| row(&named.name, &named.difference, named.adjusted_p_value));
    AnswerTable::new(title, &note, &columns(of), rows.collect())
}

fn row(name: &str, difference: &Difference, p: f64) -> Vec<String> {
    vec![
        name.to_owned(),
        percent(difference.old),
        percent(difference.new),
        format!("{:+.1}", zeroed(difference.difference)),
        difference.interval.map(ends).unwrap_or_default(),
        p_value(p),
        count(difference.n),
    ]
}

fn ends(interval: Interval) -> String {
    format!("{:+.1} to {:+.1}", zeroed(interval.low), zeroed(interval.high))
}

fn record(flip: &Flip) -> AnswerRecord {
    let side = |name, verdict: &String, score, reasons: &Option<String>| RecordSide {
        name,
        verdict: verdict.clone(),
        score,
        reasons: reasons.clone(),
    };
    AnswerRecord {
        id: flip.id.clone(),
        what: meaning(flip.effect),
        tone: match flip.effect {
            Effect::Broken | Effect::Lower => Tone::Failed,
            Effect::Mended => Tone::Passed,
            Effect::StillWrong | Effect::Unlabelled => Tone::Undecided,
        },
        label: flip.expected.clone(),
        sides: vec![
            side("old", &flip.old, flip.old_value, &flip.old_reasoning),
            side("new", &flip.new, flip.new_value, &flip.new_reasoning),
        ],
    }
}

/// Records that have no score any more.
fn lost(comparison: &Comparison) -> impl Iterator<Item = AnswerRecord> {
    comparison.unpaired.newly_unscored.iter().map(|(id, reason)| AnswerRecord {
        id: id.clone(),
        what: "score lost",
        tone: Tone::Unscored,
        label: None,
        sides: vec![RecordSide {
            name: "new",
            verdict: "no score".to_owned(),
            score: None,
            reasons: Some(reason.clone()),
        }],
    })
}
