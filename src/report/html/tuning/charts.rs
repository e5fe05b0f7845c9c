//! The plots of a tuning: the objective over the calls that were spent, and quality against the length
//! of the prompt.

use super::plot::{Axis, Plot, card, legend};
use crate::optimizer::{Fate, TunePage};
use crate::report::formatting::{count, plain};

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

/// A candidate that judged every record: its place, the tokens of its prompt, its objective.
type Judged = (usize, f64, f64);

/// Quality against prompt tokens, with the front of those that no other beats in both; nothing where
/// the server counted no tokens.
pub(super) fn pareto(page: &TunePage) -> String {
    let name = page.objective.name();
    let mut judged: Vec<Judged> = Vec::new();
    for (place, standing) in page.standings.iter().enumerate() {
        if let (Some(tokens), Some(objective)) = (standing.prompt_tokens, standing.objective) {
            judged.push((place, tokens, objective));
        }
    }
    let x = Axis::around(judged.iter().map(|judged| judged.1));
    let y = Axis::around(judged.iter().map(|judged| judged.2));
    let (Some(x), Some(y)) = (x, y) else {
        return String::new();
    };
    let front = front(&judged);
    let mut plot = Plot::new(x, y);
    let line: Vec<(f64, f64)> = front.iter().map(|&(_, tokens, objective)| (tokens, objective)).collect();
    plot.steps("front", &line);
    for &(place, tokens, objective) in &judged {
        let origin = page.standings.get(place).map_or("", |standing| standing.candidate.origin.as_str());
        let is_on_front = front.iter().any(|one| one.0 == place);
        let kind = match kind(page, place) {
            "candidate" if is_on_front => "on-front",
            kind => kind,
        };
        let what = format!("{place}: {origin}, {name} {objective:.2} with {tokens:.0} tokens");
        plot.point(kind, (tokens, objective), &what);
    }
    for &(place, tokens, objective) in &front {
        plot.name((tokens, objective), &place.to_string());
    }
    let words: Vec<String> = front
        .iter()
        .map(|(place, tokens, objective)| format!("candidate {place}: {objective:.2} with {tokens:.0}"))
        .collect();
    let label = format!("{name} against prompt tokens; on the front: {}", words.join(", "));
    let svg = plot.svg(&label, "tokens of a prompt, on average", &format!("{name} on the validation part"));
    let legend = legend(&[
        ("front", "front"),
        ("on-front", "on the front"),
        ("baseline", "baseline"),
        ("winner", "winner"),
        ("candidate", "another is better and no longer"),
    ]);
    let note = "On the front is who no other candidate beats without a longer prompt. The numbers are those of the table.";
    card("Quality against tokens", note, &(svg + &legend))
}

/// Those that no other equals with fewer tokens, or beats with as many; the shortest prompt first.
fn front(judged: &[Judged]) -> Vec<Judged> {
    let mut order = judged.to_vec();
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(b.2.total_cmp(&a.2)).then(a.0.cmp(&b.0)));
    let mut best = f64::NEG_INFINITY;
    order.retain(|&(_, _, objective)| {
        let is_better = objective > best;
        best = best.max(objective);
        is_better
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_holds_who_is_not_beaten_in_both() {
        let judged = [(0, 100.0, 0.4), (1, 300.0, 0.6), (2, 300.0, 0.5), (3, 200.0, 0.4), (4, 50.0, 0.1)];
        let places: Vec<usize> = front(&judged).iter().map(|one| one.0).collect();
        assert_eq!(places, [4, 0, 1]);
    }
}
