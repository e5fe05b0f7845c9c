//! Repeats, for the terminal.

use super::lines::Lines;
use super::number::{count, plain, rate};
use crate::stats::Interval;
use crate::summary::{PassAtK, RepeatSummary};

/// The most flipping records that are shown.
const MOST_SHOWN: usize = 8;

pub(super) fn repeats(lines: &mut Lines, summary: &RepeatSummary) {
    let unscored = summary.scored.n - summary.scored.count;
    lines.under(
        "repeats",
        &format!("{} of each record; {} without a score", count(summary.repeats), count(unscored)),
    );
    let mean = &summary.mean;
    lines.under(
        "repeats",
        &format!(
            "standard error of the mean {}, with one repeat {}",
            small(mean.standard_error),
            small(mean.standard_error_of_one)
        ),
    );
    lines.under(
        "repeats",
        &format!(
            "variance between records {}, between repeats of a record {}",
            small(mean.between_records),
            small(mean.within_record)
        ),
    );
    for pass in told(&summary.passes) {
        lines.under("repeats", &passes(pass, summary.pass_at));
    }
    lines.under("flips", &rate("repeats that differ from most of their record", &summary.flips));
    lines.under("flips", &rate("records with different verdicts", &summary.flipping_records));
    if let Some(flip_rate) = summary.flip_rate {
        lines.under("flips", &format!("a single draw flips with probability {flip_rate:.3}"));
    }
}

/// Two lines are enough: one repeat, and all of them.
fn told(passes: &[PassAtK]) -> impl Iterator<Item = &PassAtK> {
    let last = passes.last().filter(|last| last.k > 1);
    passes.first().into_iter().chain(last)
}

fn passes(pass: &PassAtK, pass_at: f64) -> String {
    let all = interval(pass.all, pass.all_interval);
    if pass.k == 1 {
        return format!("one passes (a score of {pass_at} or more) {all}, n {}", count(pass.n));
    }
    let any = interval(pass.any, pass.any_interval);
    format!("all {k} pass (pass^{k}) {all}; one of {k} passes (pass@{k}) {any}", k = pass.k)
}

fn interval(number: Option<f64>, interval: Option<Interval>) -> String {
    let interval = interval.map_or_else(String::new, |interval| format!(" (95 % {interval:.2})"));
    format!("{}{interval}", plain(number))
}

fn small(number: Option<f64>) -> String {
    number.map_or_else(|| "undefined".into(), |number| format!("{number:.3}"))
}

pub(super) fn flipping(lines: &mut Lines, summary: &RepeatSummary) {
    if summary.flipping.is_empty() {
        return;
    }
    lines.blank();
    lines.whole("  the records that flip most:");
    for record in summary.flipping.iter().take(MOST_SHOWN) {
        let verdicts: Vec<String> =
            record.verdicts.iter().map(|(label, number)| format!("{label} {number}")).collect();
        let variance =
            record.variance.map_or_else(String::new, |variance| format!("; variance {variance:.3}"));
        lines.whole(&format!("    {}: {}{variance}", record.id, verdicts.join(", ")));
    }
    let more = summary.flipping_records.count.saturating_sub(MOST_SHOWN as u64);
    if more > 0 {
        lines.whole(&format!("    and {} more", count(more)));
    }
}
