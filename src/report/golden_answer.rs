//! What came of a check, in one line; and the records that broke a rule.

use super::formatting::{Detail, Lines, MOST_RECORDS, WIDTH, count, trimmed, whole_points, wrapped};
use super::gates::{in_words, line};
use super::golden_measures::records_of;
use crate::golden::{Checked, Conclusion, GateResult, GateVerdict, GoldenComparison, Verdict};
use crate::summary::Rate;

/// What came of it, in one line; in every case it says how many records have no score.
pub(in crate::report) fn answer(checked: &Checked) -> String {
    let said = match checked.conclusion {
        Conclusion::Pass => format!("PASS. {}", nothing_worse(checked)),
        Conclusion::Improvement => format!("PASS, and better. {}", compared(checked)),
        Conclusion::Undecided => format!("INCONCLUSIVE, let pass. {}", not_told(checked)),
        Conclusion::Inconclusive => format!("INCONCLUSIVE. {}", not_told(checked)),
        Conclusion::NotRecorded => {
            let (missing, all) = (count(checked.not_recorded()), count(checked.records));
            format!("NOT RECORDED. {missing} of {all} records have no recorded reply to what is asked now")
        }
        Conclusion::Unscored => {
            let (without, all) = (count(checked.without_score()), count(checked.records));
            return format!("TOO MANY UNSCORED. {without} of {all} records have no score");
        }
        Conclusion::BelowGate if broke_a_rule(checked) => format!("FAILED. {}", worse(checked)),
        Conclusion::BelowGate => {
            let failed: Vec<String> = failing(checked).map(in_words).collect();
            format!("FAILED. {}{}", passed(checked), failed.join("; "))
        }
        Conclusion::Regression => format!("FAILED. {}", worse(checked)),
    };
    match checked.without_score() {
        0 => said,
        unscored => format!("{said}; {} of {} unscored", count(unscored), count(checked.records)),
    }
}

fn broke_a_rule(checked: &Checked) -> bool {
    checked.diff.as_ref().is_some_and(|diff| !diff.broken.is_empty())
}

fn failing(checked: &Checked) -> impl Iterator<Item = &GateResult> {
    checked.gates.iter().filter(|gate| gate.verdict == GateVerdict::Fails)
}

/// `11 of 12 passed; `, where anything has a score.
fn passed(checked: &Checked) -> String {
    let Rate { count: passed, n, .. } = checked.passed;
    if n == 0 { String::new() } else { format!("{} of {} passed; ", count(passed), count(n)) }
}

/// `98 of 100 as before or better; a loss of 7 points would have shown`.
fn nothing_worse(checked: &Checked) -> String {
    let Some(whole) = checked.diff.as_ref().map(|diff| &diff.whole) else {
        return format!("{}every gate passes", passed(checked));
    };
    let (kept, all) = (count(whole.n - whole.lower), count(whole.n));
    let shows = match whole.smallest_effect {
        Some(effect) => format!("a loss of {} would have shown", whole_points(effect)),
        None => "they share one source, so no loss could have shown".to_owned(),
    };
    format!("{kept} of {all} as before or better; {shows}")
}

/// What broke a rule, or what the test calls worse.
fn worse(checked: &Checked) -> String {
    let Some(diff) = &checked.diff else { return String::new() };
    if let Some(first) = diff.broken.first() {
        let more = match diff.broken.len() - 1 {
            0 => String::new(),
            more => format!("; and {} more", count(more as u64)),
        };
        return format!("{}{}{more}", passed(checked), first);
    }
    let part = diff.parts.iter().find(|part| part.verdict == Verdict::Regression);
    match part.filter(|_| diff.whole.verdict != Verdict::Regression) {
        Some(part) => format!("{} fell: {}", part.part.as_deref().unwrap_or_default(), fell(part)),
        None => compared(checked),
    }
}

/// `20 of 100 worse, 2 better; the score went from 0.92 to 0.74`.
fn compared(checked: &Checked) -> String {
    checked.diff.as_ref().map_or_else(String::new, |diff| fell(&diff.whole))
}

fn fell(measure: &GoldenComparison) -> String {
    let counts =
        format!("{} of {} worse, {} better", count(measure.lower), count(measure.n), count(measure.higher));
    match measure.golden_mean.zip(measure.new_mean) {
        Some((golden, new)) => {
            let what = if measure.part.is_some() { "it" } else { "the score" };
            format!("{counts}; {what} went from {golden:.2} to {new:.2}")
        }
        None => counts,
    }
}

fn not_told(checked: &Checked) -> String {
    if let Some(gate) = checked.gates.iter().find(|gate| gate.verdict == GateVerdict::Inconclusive) {
        return format!("It is not proved, either way: {}", line(gate, Detail::Figures));
    }
    let Some(whole) = checked.diff.as_ref().map(|diff| &diff.whole) else { return String::new() };
    let Some(margin) = whole.prove.filter(|_| whole.n > 0) else {
        return "No record has a score both in the golden file and now, so nothing is compared".to_owned();
    };
    let needed = whole.n_needed.filter(|needed| *needed > whole.n);
    let needed =
        needed.map_or_else(String::new, |needed| format!("; it takes about {} records", count(needed)));
    format!("{} do not prove that nothing is worse by {}{needed}", records_of(whole), trimmed(margin))
}

/// The records that broke a rule, all but a first that is told already.
pub(super) fn broken(lines: &mut Lines, checked: &Checked) {
    let broken = checked.diff.as_ref().map_or(&[][..], |diff| &diff.broken);
    if broken.len() < 2 {
        return;
    }
    for one in broken.iter().take(MOST_RECORDS) {
        for line in wrapped(&one.to_string(), WIDTH - 2) {
            lines.whole(&format!("  {line}"));
        }
    }
    let more = broken.len().saturating_sub(MOST_RECORDS);
    if more > 0 {
        lines.whole(&format!("  and {} more; --json lists them all", count(more as u64)));
    }
}
