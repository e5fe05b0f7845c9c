//! What probes found, in words.

use super::answer::sentence;
use super::formatting::{count, count_of, percent, signed};
use crate::probe::{Flips, ProbeFinding, ProbeReport, ScoreShift, VersionFinding};
use crate::stats::Interval;

/// Scores move beyond chance below this.
const ALPHA: f64 = 0.05;

/// The answer in a few words.
pub(super) fn headline(report: &ProbeReport) -> &'static str {
    match (report.worst(), report.probes.is_empty()) {
        (Some(_), _) => "The judge can be led",
        (None, true) => "Nothing was probed",
        (None, false) => "The judge holds",
    }
}

/// What it rests on: `12 of 40 verdicts flip when ...`.
pub(super) fn found(report: &ProbeReport) -> String {
    match report.worst() {
        Some(worst) => match worst.worst() {
            Some(version) => format!("{} verdicts flip when {}", of(of_version(version)), version.what),
            None => format!("{} verdicts flip when {}", of(worst.flips), worst.probe.when()),
        },
        None if report.probes.is_empty() => "no probe says anything about this judge".to_owned(),
        None => "no probe flips more verdicts than asking again does".to_owned(),
    }
}

/// What else is to be said with the answer, sentence by sentence.
pub(super) fn statements(report: &ProbeReport) -> Vec<String> {
    let mut said = Vec::new();
    if report.control.n > 0 {
        said.push(format!("when the same is asked again, {} flip", of(report.control)));
    }
    let worst = report.worst().map(|worst| worst.probe);
    let also: Vec<&str> = report
        .probes
        .iter()
        .filter(|finding| finding.leads && Some(finding.probe) != worst)
        .map(|finding| finding.probe.when())
        .collect();
    if !also.is_empty() {
        said.push(format!("verdicts also flip when {}", also.join("; and when ")));
    }
    if worst.is_none()
        && let Some(unseen) = unseen(report)
    {
        let records = count_of(report.records, "record");
        said.push(format!(
            "with {records}, a probe that flips {} of the verdicts could go unseen",
            percent(unseen)
        ));
    }
    said.into_iter().map(sentence).collect()
}

/// The most that a probe may flip beyond the control, by the interval that reaches farthest.
fn unseen(report: &ProbeReport) -> Option<f64> {
    let highest = report.probes.iter().filter_map(|finding| Some(finding.beyond_interval?.high));
    highest.max_by(f64::total_cmp)
}

/// Of one version.
pub(super) fn of_version(version: &VersionFinding) -> Flips {
    Flips { flips: version.flips, n: version.n, ..Flips::default() }
}

/// `12 of 40`.
pub(super) fn of(flips: Flips) -> String {
    format!("{} of {}", count(flips.flips), count(flips.n))
}

/// `1.2 to 31.7 %`.
pub(super) fn ends(interval: Interval) -> String {
    format!("{:.1} to {:.1} %", 100.0 * interval.low, 100.0 * interval.high)
}

/// How much more flips than in the control: `30.0 points more flips than when asked again (95 %: 14.6 to 45.4)`.
pub(super) fn beyond(finding: &ProbeFinding) -> String {
    let interval = finding.beyond_interval.map_or_else(String::new, |interval| {
        format!(" (95 %: {:.1} to {:.1})", 100.0 * interval.low, 100.0 * interval.high)
    });
    let points = 100.0 * finding.beyond.unwrap_or(0.0);
    let (points, what) = if points < 0.0 { (-points, "fewer") } else { (points, "more") };
    format!("{points:.1} points {what} flips than when asked again{interval}")
}

/// How far scores move by a probe, where they do beyond chance.
pub(super) fn moved(finding: &ProbeFinding) -> Option<String> {
    let shift = finding.shift.filter(|shift| shift.adjusted_p.is_some_and(|p| p < ALPHA))?;
    Some(format!(
        "{}: scores move by {} on average{}",
        finding.probe.name(),
        signed(shift.mean),
        reach(shift)
    ))
}

fn reach(shift: ScoreShift) -> String {
    shift.interval.map_or_else(String::new, |interval| {
        format!(" (95 %: {} to {})", signed(interval.low), signed(interval.high))
    })
}

/// Which way flips go.
pub(super) fn directions(report: &ProbeReport) -> &'static str {
    if report.is_pair {
        "up: to the changed answer, under place to the one shown first; down: to the other"
    } else {
        "up: to a better verdict; down: to a worse one"
    }
}

/// `pass 1.00 to fail 0.00`.
pub(super) fn change(was: (&str, Option<f64>), now: (&str, Option<f64>)) -> String {
    let shown = |(label, value): (&str, Option<f64>)| {
        let value = value.map_or_else(String::new, |value| format!(" {value:.2}"));
        format!("{label}{value}")
    };
    format!("{} to {}", shown(was), shown(now))
}
