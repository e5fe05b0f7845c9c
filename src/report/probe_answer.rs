//! What probes of a judge found as a report with one answer: the figures by probe, then the records whose verdict flips.

use super::advice::Advice;
use super::answer::{Answer, AnswerRecord, AnswerTable, RecordList, RecordSide, Tone, named_once, sentence};
use super::formatting::{Detail, count, p_value, percent, signed};
use super::gates;
use super::probe_words::{directions, ends, found, headline, of, of_version, statements};
use crate::golden::GateResult;
use crate::probe::{Flips, ProbeExample, ProbeFinding, ProbeReport};

/// What was found as a report.
#[must_use]
pub(crate) fn probe_answer(suite: &str, report: &ProbeReport, held: &[GateResult]) -> Answer {
    let examples: Vec<AnswerRecord> = report.probes.iter().flat_map(records).collect();
    Answer {
        curves: Vec::new(),
        about: format!("{suite}: does the judge's verdict depend on what must not matter?"),
        tone: match (report.worst(), report.probes.is_empty()) {
            (Some(_), _) => Tone::Failed,
            (None, true) => Tone::Unscored,
            (None, false) => Tone::Passed,
        },
        headline: headline(report).to_owned(),
        statement: std::iter::once(sentence(found(report))).chain(statements(report)).collect(),
        advice: Advice::default(),
        difference: None,
        reliability: None,
        confusion: None,
        facts: named_once(facts(report, held)),
        tables: vec![by_probe(report), by_version(report)],
        records: RecordList {
            title: format!("{} examples of flips", count(examples.len() as u64)),
            list: examples,
        },
    }
}

fn facts(report: &ProbeReport, held: &[GateResult]) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("judge", format!("{} by {}", report.judge, report.model)),
        ("records", format!("{} with a verdict, {} without", count(report.records), count(report.unscored))),
    ];
    facts.extend(held.iter().map(|gate| ("gates", gates::line(gate, Detail::Statistics))));
    let left_out = |left_out: &crate::probe::LeftOut| format!("{}: {}", left_out.probe.name(), left_out.why);
    facts.extend(report.left_out.iter().map(|one| ("left out", left_out(one))));
    facts
}

fn by_probe(report: &ProbeReport) -> AnswerTable {
    let columns = ["", "flips", "share", "95 %", "control", "up", "down", "score", "adjusted p"];
    let control = row("asked again", report.control, [const { String::new() }; 5]);
    let rows = report.probes.iter().map(|finding| {
        let rest = [
            finding.control.map_or_else(String::new, percent),
            count(finding.up),
            count(finding.down),
            finding.shift.map_or_else(String::new, |shift| signed(shift.mean)),
            finding.adjusted_p.map_or_else(String::new, p_value),
        ];
        row(finding.probe.name(), finding.flips, rest)
    });
    let note = format!(
        "Share and interval count each record once. {} The p-value is of \"no more flips than when asked again\", \
         adjusted for the number of probes.",
        sentence(directions(report))
    );
    AnswerTable::new("By probe", &note, &columns, std::iter::once(control).chain(rows).collect())
}

fn row(name: &str, flips: Flips, rest: [String; 5]) -> Vec<String> {
    let share = flips.rate.map_or_else(String::new, percent);
    let interval = flips.interval.map_or_else(String::new, ends);
    [name.to_owned(), of(flips), share, interval].into_iter().chain(rest).collect()
}

fn by_version(report: &ProbeReport) -> AnswerTable {
    let rows = report.probes.iter().flat_map(|finding| {
        finding.versions.iter().map(|version| {
            let name = format!("{} {}", finding.probe.name(), version.name);
            let text = version.text.as_ref().map_or_else(String::new, |text| format!(": {text}"));
            vec![name, of(of_version(version)), format!("{}{text}", version.what)]
        })
    });
    AnswerTable::new(
        "By version",
        "Each version of the question.",
        &["", "flips", "what is changed"],
        rows.collect(),
    )
}

fn records(finding: &ProbeFinding) -> impl Iterator<Item = AnswerRecord> {
    let record = |example: &ProbeExample| AnswerRecord {
        id: example.id.clone(),
        what: finding.probe.when(),
        tone: if finding.leads { Tone::Failed } else { Tone::Undecided },
        label: None,
        sides: vec![
            side("unchanged", &example.was, example.was_value, None),
            side("changed", &example.now, example.now_value, Some(example.what.clone())),
        ],
    };
    finding.examples.iter().map(record)
}

fn side(name: &'static str, verdict: &str, score: Option<f64>, reasons: Option<String>) -> RecordSide {
    RecordSide { name, verdict: verdict.to_owned(), score, reasons }
}
