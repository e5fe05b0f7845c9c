//! A comparison as a report with one answer: which side is better, then by how much, then the records that changed.

use super::advice::Advice;
use super::answer::{
    Answer, AnswerRecord, AnswerTable, PlottedDifference, RecordList, RecordSide, Tone, named_once, sentence,
};
use super::comparison::{Fact, facts, flipped, meaning, measured, sides, some};
use super::comparison_words::{direction, doubt, ends, found, headline, noun, one_sided};
use super::formatting::Detail;
use super::formatting::{count, p_value, percent};
use crate::comparison::{
    Comparison, ComparisonVerdict, Difference, Effect, Finding, Flip, Measure, NamedDifference,
};

/// A comparison as a report. `remark` is what makes it doubtful, where something does.
#[must_use]
pub(crate) fn comparison_answer(
    suite: &str,
    comparison: &Comparison,
    remark: Option<&str>,
    advice: &Advice,
) -> Answer {
    let verdict = comparison.verdict.as_ref();
    Answer {
        curves: Vec::new(),
        about: format!("{suite}: what changes from old to new"),
        tone: tone(verdict),
        headline: headline(comparison).to_owned(),
        statement: [Some(found(comparison)), doubt(comparison).map(str::to_owned), remark.map(str::to_owned)]
            .into_iter()
            .flatten()
            .map(sentence)
            .collect(),
        advice: advice.clone(),
        difference: verdict.and_then(plotted),
        reliability: None,
        confusion: None,
        facts: named_once(facts_of(comparison)),
        tables: tables(comparison),
        records: RecordList {
            title: changed(comparison),
            list: comparison.flips.iter().map(record).chain(lost(comparison)).collect(),
        },
    }
}

fn facts_of(comparison: &Comparison) -> impl Iterator<Item = Fact> {
    let tests = comparison.verdict.iter().flat_map(one_sided).map(|test| ("tests", test));
    sides(comparison).into_iter().chain(facts(comparison, Detail::Statistics)).chain(tests)
}

fn changed(comparison: &Comparison) -> String {
    match comparison.unpaired.newly_unscored.len() {
        0 => flipped(comparison),
        lost => format!("{}; {} lost their score", flipped(comparison), some(lost)),
    }
}

fn tone(verdict: Option<&ComparisonVerdict>) -> Tone {
    match verdict.map(|verdict| verdict.finding) {
        Some(Finding::Better) => Tone::Passed,
        Some(Finding::Worse) => Tone::Failed,
        Some(Finding::Higher | Finding::Lower | Finding::NotShown) => Tone::Undecided,
        None => Tone::Unscored,
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
            "Over the same records, in points of a hundred, with intervals at 95 %. The p-values are two-sided; the answer goes by a one-sided test at 5 %.",
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
        direction(difference.difference),
        difference.interval.map(ends).unwrap_or_default(),
        p_value(p),
        count(difference.n),
    ]
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
