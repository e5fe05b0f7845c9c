//! What a jury of runs gains, in words.

use super::formatting::{p_value, percent, points};
use crate::comparison::{JuryFinding, JuryGain, JuryPage};

/// The answer.
pub(super) fn headline(page: &JuryPage) -> String {
    let best = page.best.as_deref().unwrap_or_default();
    let gain = page.gain.as_ref();
    match (page.finding, gain) {
        (JuryFinding::Gains, Some(gain)) => {
            format!("{}: the jury gains {} over {best}, its best member", page.suite, by(gain.difference))
        }
        (JuryFinding::Loses, Some(gain)) => {
            format!("{}: the jury loses {} to {best}, its best member", page.suite, by(-gain.difference))
        }
        (JuryFinding::NotShown, _) => {
            format!("{}: the jury gains nothing over {best} that these labels show", page.suite)
        }
        _ => format!("{}: there are no labels, so nobody knows who is right", page.suite),
    }
}

fn by(difference: f64) -> String {
    points(difference, None).trim_start_matches('+').to_owned()
}

/// What the answer means, sentence by sentence.
pub(super) fn remarks(page: &JuryPage) -> Vec<String> {
    let mut remarks = Vec::new();
    if let (Some(gain), Some(jury)) = (&page.gain, &page.jury) {
        let share =
            jury.right.map_or_else(String::new, |right| format!("it is right on {}, ", percent(right)));
        remarks.push(format!("{share}{}", gained(gain)));
        remarks.push("the best member was chosen by these labels too, which favors it".to_owned());
    }
    if let Some(parts) = page.parts {
        remarks.push(format!(
            "votes weigh the log-odds of each member's accuracy, measured on the labels of the other {} of {parts} parts of \
             the records",
            parts - 1
        ));
    }
    remarks
}

/// The difference, its interval and its test.
pub(super) fn gained(gain: &JuryGain) -> String {
    let direction = if gain.difference < 0.0 { "less often" } else { "more often" };
    let by = points(gain.difference.abs(), None);
    let interval = gain.interval.map_or_else(String::new, |interval| {
        format!(" (95 % {:+.1} to {:+.1})", 100.0 * interval.low, 100.0 * interval.high)
    });
    let p = gain.p_adjusted.map_or_else(String::new, |p| match p_value(p) {
        small if small.starts_with('<') => format!(", p {small}"),
        p => format!(", p = {p}"),
    });
    format!("{} {direction}{interval}{p}", by.trim_start_matches('+'))
}
