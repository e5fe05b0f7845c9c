//! What probes of a judge found, for the terminal and for machines.

use serde_json::{Value, json};

use super::export::JSON_FORMAT;
use super::formatting::{Detail, Lines, p_value, percent, signed};
use super::gates;
use super::probe_words::{
    beyond, change, directions, ends, found, headline, moved, of, of_version, statements,
};
use crate::golden::{GateResult, GateVerdict};
use crate::probe::{Flips, ProbeFinding, ProbeReport};

/// What was found as a line: `{"type": "probe", "format": …, "suite": …, "report": …, "gates": …}`.
#[must_use]
pub(crate) fn probe_line(suite: &str, report: &ProbeReport, gates: &[GateResult]) -> Value {
    json!({"type": "probe", "format": JSON_FORMAT, "suite": suite, "report": report, "gates": gates})
}

impl ProbeReport {
    /// What was found as lines of plain text: the answer first.
    #[must_use]
    pub fn text(&self, suite: &str, gates: &[GateResult], detail: Detail) -> String {
        let mut lines = Lines::default();
        lines.folded(&format!("{suite}: {}: {}.", headline(self), found(self)));
        for sentence in statements(self) {
            lines.folded(&format!("  {sentence}"));
        }
        lines.blank();
        table(&mut lines, self);
        for finding in self.probes.iter().filter(|finding| finding.leads) {
            lines.folded_under("led by", &format!("{}: {}", finding.probe.name(), beyond(finding)));
        }
        for moved in self.probes.iter().filter_map(moved) {
            lines.folded_under("scores", &moved);
        }
        lost(&mut lines, self);
        versions(&mut lines, self, detail);
        rewritings(&mut lines, self);
        examples(&mut lines, self);
        if detail == Detail::Statistics {
            self.probes.iter().for_each(|finding| tests(&mut lines, finding));
        }
        held(&mut lines, gates, detail);
        for left_out in &self.left_out {
            lines.folded_under("left out", &format!("{}: {}", left_out.probe.name(), left_out.why));
        }
        lines.folded_under("judge", &format!("{} by {}", self.judge, self.model));
        lines.text
    }
}

fn table(lines: &mut Lines, report: &ProbeReport) {
    lines.whole(&row("", ["flips", "share", "95 %", "up, down", "score"]));
    lines.whole(&row(
        "asked again",
        flips(report.control, String::new(), String::new()).each_ref().map(String::as_str),
    ));
    for finding in &report.probes {
        let directions = format!("{}, {}", finding.up, finding.down);
        let score = finding.shift.map_or_else(String::new, |shift| signed(shift.mean));
        let cells = flips(finding.flips, directions, score);
        lines.whole(&row(finding.probe.name(), cells.each_ref().map(String::as_str)));
    }
    lines.folded_under("", directions(report));
}

fn flips(flips: Flips, directions: String, score: String) -> [String; 5] {
    let share = flips.rate.map_or_else(String::new, percent);
    let interval = flips.interval.map_or_else(String::new, ends);
    [of(flips), share, interval, directions, score]
}

fn row(name: &str, [flips, share, interval, directions, score]: [&str; 5]) -> String {
    let row = format!("  {name:<16}{flips:>11}{share:>9}{interval:>17}{directions:>11}{score:>9}");
    row.trim_end().to_owned()
}

fn lost(lines: &mut Lines, report: &ProbeReport) {
    for finding in report.probes.iter().filter(|finding| finding.lost > 0) {
        let verdicts =
            if finding.lost == 1 { "1 verdict is".into() } else { format!("{} verdicts are", finding.lost) };
        let name = finding.probe.name();
        lines.folded_under("lost", &format!("{name}: {verdicts} lost: the changed question has no score"));
    }
    if report.unscored > 0 {
        let (all, none) = (report.records + report.unscored, report.unscored);
        lines.folded_under("unscored", &format!("{none} of {all} records have no verdict and are left out"));
    }
}

/// What each version does: of the probes that lead the judge; of all where statistics are wanted. Those under which
/// nothing flips share a line.
fn versions(lines: &mut Lines, report: &ProbeReport, detail: Detail) {
    let shown = |finding: &&ProbeFinding| finding.leads || detail == Detail::Statistics;
    for finding in report.probes.iter().filter(shown) {
        let name = finding.probe.name();
        for version in finding.versions.iter().filter(|version| version.flips > 0) {
            let text = format!("{name} {}: {}, {}", version.name, of(of_version(version)), version.what);
            lines.folded_under("versions", &text);
        }
        let steady = finding.versions.iter().filter(|version| version.flips == 0);
        let steady: Vec<&str> = steady.map(|version| version.name.as_str()).collect();
        if !steady.is_empty() {
            lines.folded_under("versions", &format!("{name}: none by {}", steady.join(", ")));
        }
    }
}

/// The instruction in other words, as a model or the suite's author wrote it.
fn rewritings(lines: &mut Lines, report: &ProbeReport) {
    for version in report.probes.iter().flat_map(|finding| &finding.versions) {
        if let Some(text) = &version.text {
            lines.folded_under("rewritten", &format!("{}: {}", version.name, text.replace('\n', " ")));
        }
    }
}

fn examples(lines: &mut Lines, report: &ProbeReport) {
    for finding in report.probes.iter().filter(|finding| finding.leads) {
        for example in &finding.examples {
            let change = change((&example.was, example.was_value), (&example.now, example.now_value));
            let name = finding.probe.name();
            lines.folded_under(
                "examples",
                &format!("{}: {change}, by {name} {}", example.id, example.version),
            );
        }
    }
}

/// The gates that do not pass, and how many do; all where statistics are wanted.
fn held(lines: &mut Lines, gates: &[GateResult], detail: Detail) {
    if detail == Detail::Statistics {
        return gates::add(lines, gates, detail);
    }
    let passes = |gate: &&GateResult| gate.verdict == GateVerdict::Holds;
    for gate in gates.iter().filter(|gate| !passes(gate)) {
        lines.folded_under("gates", &gates::line(gate, Detail::Statistics));
    }
    match (gates.iter().filter(passes).count(), gates.len()) {
        (0, _) => {}
        (n, all) if n == all => lines.folded_under("gates", &format!("probes: all {n} pass")),
        (n, all) => lines.folded_under("gates", &format!("probes: {n} of {all} pass")),
    }
}

/// The tests behind the answer.
fn tests(lines: &mut Lines, finding: &ProbeFinding) {
    let ProbeFinding { probe, adjusted_p, direction_p, shift, control, .. } = finding;
    let p = |value: &Option<f64>| value.map_or_else(|| "undefined".to_owned(), p_value);
    let control = control.map_or_else(String::new, |control| format!(", control {}", percent(control)));
    let mut text = format!(
        "{}: {}{control}; more flips than in the control: p {}, adjusted {}",
        probe.name(),
        beyond(finding),
        p(&finding.p),
        p(adjusted_p)
    );
    if direction_p.is_some() && finding.flips.flips > 0 {
        text += &format!("; as many up as down: p {}", p(direction_p));
    }
    if let Some(shift) = shift.as_ref().filter(|shift| shift.p.is_some()) {
        text += &format!("; scores: p {}, adjusted {}", p(&shift.p), p(&shift.adjusted_p));
    }
    lines.folded_under("tests", &text);
}
