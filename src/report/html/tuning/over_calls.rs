//! The objective over the calls that were spent.

use super::axis::Axis;
use super::plot::{Plot, card, legend};
use crate::optimizer::{Fate, TunePage};
use crate::report::number::{count, plain};

/// The objective of each candidate that finished, and the best so far, over calls; nothing where no
/// calls were noted.
pub(super) fn over_calls(page: &TunePage) -> String {
    let name = page.objective.name();
    let mut finished: Vec<(usize, f64, f64)> = Vec::new();
    for (place, standing) in page.standings.iter().enumerate() {
        if let Some(objective) = standing.objective.filter(|_| standing.calls_so_far > 0) {
            finished.push((place, calls(standing.calls_so_far), objective));
        }
    }
    let ends = |place: &usize| page.standings.get(*place).and_then(|standing| standing.interval);
    let values = finished.iter().flat_map(|(place, _, objective)| {
        let interval = ends(place).map_or([*objective; 2], |interval| [interval.low, interval.high]);
        [*objective, interval[0], interval[1]]
    });
    let (x, y) = (Axis::around([0.0, calls(page.calls)]), Axis::around(values));
    let (Some(x), Some(y)) = (x, y) else {
        return String::new();
    };
    finished.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let mut plot = Plot::new(x, y);
    for (place, standing) in page.standings.iter().enumerate() {
        if standing.fate != Fate::Running && standing.calls_so_far > 0 {
            let what =
                format!("{place}: {}, dropped after {} records", standing.candidate.origin, standing.judged);
            plot.stroke(calls(standing.calls_so_far), &what);
        }
    }
    for (place, at, _) in &finished {
        if let Some(interval) = ends(place) {
            plot.spread(*at, [interval.low, interval.high]);
        }
    }
    plot.steps("best", &best_so_far(page, &finished));
    for (place, at, objective) in &finished {
        let origin = page.standings.get(*place).map_or("", |standing| standing.candidate.origin.as_str());
        let what = format!("{place}: {origin}, {name} {objective:.2} after {at} calls");
        plot.point(kind(page, *place), (*at, *objective), &what);
    }
    let label = format!(
        "{name} on the validation part over {} calls: baseline {}, best {}",
        count(page.calls),
        plain(page.standings.first().and_then(|standing| standing.objective)),
        plain(page.standings.get(page.best).and_then(|standing| standing.objective)),
    );
    let svg = plot.svg(&label, "calls spent", &format!("{name} on the validation part"));
    let legend = legend(&[
        ("best", "best so far"),
        ("baseline", "baseline"),
        ("winner", "winner"),
        ("candidate", "judged every record"),
        ("dropped", "dropped"),
    ]);
    let note = "Each candidate that judged every validation record, at the call that completed it, with its 95 % interval. Strokes below are candidates that dropped out.";
    card("Objective over calls", note, &(svg + &legend))
}

/// What a candidate is drawn as.
pub(super) fn kind(page: &TunePage, place: usize) -> &'static str {
    match place {
        0 => "baseline",
        place if place == page.best => "winner",
        _ => "candidate",
    }
}

/// The best in each moment, by what candidates are ranked by; at the last call the winner.
fn best_so_far(page: &TunePage, finished: &[(usize, f64, f64)]) -> Vec<(f64, f64)> {
    let worth = |place: &usize| page.standings.get(*place).and_then(|standing| standing.worth);
    let (mut best, mut steps) = (None, Vec::new());
    for (place, at, objective) in finished {
        if worth(place) > best {
            best = worth(place);
            steps.push((*at, *objective));
        }
    }
    let last = steps.last().map(|(_, objective)| (calls(page.calls), *objective));
    steps.extend(last);
    steps
}

#[expect(clippy::cast_precision_loss, reason = "numbers of calls are far below 2^53")]
fn calls(number: u64) -> f64 {
    number as f64
}
