//! What a calibration has beside its figures: the score corrections that were tried, and how many labels to collect.

use serde_json::{Value, json};

use super::export::JSON_FORMAT;
use super::formatting::{Lines, count, percent, plain};
use crate::calibration::{
    Figures, Fitted, FittedMap, Gain, LabelPlan, LabelsBy, MapDecision, MapKind, Measured, Metric, Split,
};
use crate::stats::CalibrationMap;

/// The table of score corrections, and what was decided.
pub(super) fn corrections(lines: &mut Lines, fitted: &Fitted, labels_by: LabelsBy) {
    let clusters = if fitted.clusters == fitted.n {
        String::new()
    } else {
        format!(" in {} clusters", count(fitted.clusters as u64))
    };
    lines.folded_under(
        "correction",
        &format!(
            "fitted on {} records{clusters}, figures on unseen labels; chosen by {}",
            count(fitted.n as u64),
            chosen_by(fitted.metric)
        ),
    );
    if fitted.undecided > 0 {
        let line = format!("{} verdicts that decide nothing count by the next likeliest", fitted.undecided);
        lines.folded_under("correction", &line);
    }
    lines.folded_under(
        "correction",
        &format!(
            "{:<20} {:>8} {:>6} {:>5} {:>5} {:>5} {:>5}  gain in {}",
            "",
            "log loss",
            "Brier",
            "ECE",
            "κ",
            "same",
            "AUC",
            chosen_by(fitted.metric)
        ),
    );
    row(lines, "none", &fitted.plain, None);
    for FittedMap { kind, figures, gains } in &fitted.table {
        row(lines, name(*kind), figures, Some(gains.of(fitted.metric)));
    }
    row(lines, "choosing the best", &fitted.adjusted.figures, Some(fitted.adjusted.gains.of(fitted.metric)));
    lines.folded_under("decision", &decision(fitted, labels_by));
}

pub(super) fn decision(fitted: &Fitted, labels_by: LabelsBy) -> String {
    let decided = fitted.decision.to_string();
    match (&fitted.chosen, labels_by) {
        (
            Some(map @ (CalibrationMap::Threshold { .. } | CalibrationMap::Cutpoints { .. })),
            LabelsBy::Human,
        ) => {
            format!("{} {decided}; verdicts move, scores stay", map.name())
        }
        (Some(map), LabelsBy::Human) => {
            format!("{} {decided}; corrected scores are calibrated", map.name())
        }
        (Some(map), LabelsBy::Model) => {
            format!("{} {decided}; by a model's labels, so it is no calibration", map.name())
        }
        (None, _) if fitted.decision == MapDecision::Kept => format!("{decided}, but it cannot be fitted"),
        (None, _) => decided,
    }
}

/// What a correction gains, with its interval.
pub(super) fn gained(gain: &Gain) -> String {
    let value = gain.value.map_or_else(|| "undefined".into(), |value| format!("{value:+.3}"));
    let interval = gain.interval.map_or_else(String::new, |interval| format!(" ({interval:.3})"));
    format!("{value}{interval}")
}

fn row(lines: &mut Lines, name: &str, figures: &Figures, gain: Option<&Gain>) {
    let gain = gain.map_or_else(String::new, gained);
    let three = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.3}"));
    lines.folded_under(
        "correction",
        format!(
            "{name:<20} {:>8} {:>6} {:>5} {:>5} {:>5} {:>5}  {gain}",
            three(figures.log_loss),
            three(figures.brier),
            plain(figures.calibration_error),
            plain(figures.kappa),
            plain(figures.accuracy.rate()),
            plain(figures.rank_auc)
        )
        .trim_end(),
    );
}

pub(super) fn chosen_by(metric: Metric) -> &'static str {
    match metric {
        Metric::LogLoss => "log loss",
        Metric::Brier => "Brier",
        Metric::Kappa => "κ",
    }
}

pub(super) fn name(kind: MapKind) -> &'static str {
    match kind {
        MapKind::Temperature => "temperature",
        MapKind::ContentFree => "content-free",
        MapKind::ContentFreeFitted => "content-free, fitted",
        MapKind::Platt => "Platt",
        MapKind::Isotonic => "isotonic",
        MapKind::Limits => "threshold",
        MapKind::PlattLimits => "Platt + threshold",
        MapKind::IsotonicLimits => "isotonic + threshold",
    }
}

/// The plan as a line: `{"type": "label_plan", "format": 1, "suite": …, "plan": …}`.
#[must_use]
pub(crate) fn label_plan_line(suite: &str, plan: &LabelPlan) -> Value {
    json!({"type": "label_plan", "format": JSON_FORMAT, "suite": suite, "plan": plan})
}

/// The plan as lines of plain text; `basis` says where its figures come from.
#[must_use]
pub(crate) fn label_plan_text(suite: &str, basis: &str, plan: &LabelPlan) -> String {
    let mut lines = Lines::default();
    let pilot = &plan.pilot;
    lines.whole(&format!("{suite}: labels to collect, {basis}"));
    lines.blank();
    lines.folded_under(
        "goes by",
        &format!(
            "sensitivity {}, specificity {}; the judge passes {} of {} records",
            percent(pilot.sensitivity),
            percent(pilot.specificity),
            percent(pilot.judged_rate),
            count(pilot.judged)
        ),
    );
    split(&mut lines, "budget", &plan.by_budget);
    lines.folded_under("wished", &format!("an interval of ± {}", percent(plan.wished)));
    split(&mut lines, "wished", &plan.for_wished);
    let detectable = |what: &str, found: &Measured<f64>| match found {
        Measured::Value(found) => format!("{what}: {}", percent(*found)),
        Measured::Missing(why) => format!("{what}: cannot be said: {why}"),
    };
    lines.folded_under("detectable", "the smallest difference of two pass rates, at 5 % with 80 % power");
    let runs = format!("between two runs of {} judged records", count(pilot.judged));
    lines.folded_under("detectable", &detectable(&runs, &plan.detectable_judged));
    let alone = "from the budget's labels alone, on each side";
    lines.folded_under("detectable", &detectable(alone, &plan.detectable_labels));
    lines.text
}

fn split(lines: &mut Lines, heading: &'static str, found: &Measured<Split>) {
    let line = match found {
        Measured::Value(split) => format!(
            "{} labels: {} of records the judge failed, {} of records it passed; the corrected rate is then known to ± {}",
            count(split.labels),
            count(split.failed),
            count(split.passed),
            percent(split.half_width)
        ),
        Measured::Missing(why) => format!("cannot be said: {why}"),
    };
    lines.folded_under(heading, &line);
}
