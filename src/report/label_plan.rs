//! How many labels to collect, for the terminal and for machines.

use serde_json::{Value, json};

use super::json::JSON_FORMAT;
use super::lines::Lines;
use super::number::{count, percent};
use crate::calibration::{LabelPlan, Measured, Split};

/// The plan as a line: `{"type": "label_plan", "format": 1, "suite": …, "plan": …}`.
#[must_use]
pub fn label_plan_line(suite: &str, plan: &LabelPlan) -> Value {
    json!({"type": "label_plan", "format": JSON_FORMAT, "suite": suite, "plan": plan})
}

/// The plan as lines of plain text; `basis` says where its figures come from.
#[must_use]
pub fn label_plan_text(suite: &str, basis: &str, plan: &LabelPlan) -> String {
    let mut lines = Lines::default();
    let pilot = &plan.pilot;
    lines.whole(&format!("{suite}: labels to collect, {basis}"));
    lines.blank();
    lines.under(
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
    lines.under("wished", &format!("an interval of ± {}", percent(plan.wished)));
    split(&mut lines, "wished", &plan.for_wished);
    let detectable = |what: &str, found: &Measured<f64>| match found {
        Measured::Value(found) => format!("{what}: {}", percent(*found)),
        Measured::Missing(why) => format!("{what}: cannot be said: {why}"),
    };
    lines.under("detectable", "the smallest difference of two pass rates, at 5 % with 80 % power");
    let runs = format!("between two runs of {} judged records", count(pilot.judged));
    lines.under("detectable", &detectable(&runs, &plan.detectable_judged));
    let alone = "from the budget's labels alone, on each side";
    lines.under("detectable", &detectable(alone, &plan.detectable_labels));
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
    lines.under(heading, &line);
}
