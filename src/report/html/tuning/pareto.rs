//! Quality against the length of the prompt.

use super::axis::Axis;
use super::over_calls::kind;
use super::plot::{Plot, card, legend};
use crate::optimizer::TunePage;

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
