//! The page of a tuning, put together, with its table of candidates and the winner's prompt beside the
//! baseline's.

use super::charts::{over_calls, pareto};
use super::verdict::verdict;
use crate::optimizer::{Fate, Standing, TunePage};
use crate::report::formatting::count;
use crate::report::html::page::{escaped, filled, source};
use crate::report::tuning::ranked;

const PAGE: &str = include_str!("tuning.html");
const STYLE: &str = concat!(include_str!("../page.css"), include_str!("tuning.css"));

/// A tuning as one page that needs nothing else, and no script. `difference` is the winner's prompt beside the
/// baseline's, as [`line_difference`](crate::report::line_difference) gives it.
#[must_use]
pub fn tune_html(page: &TunePage, difference: Option<&str>) -> String {
    let style_hash = source(STYLE);
    let title = escaped(&format!("{}, tuned - evenhand", page.suite));
    let verdict = verdict(page);
    let plots = over_calls(page) + &pareto(page);
    let candidates = candidates(page);
    let prompt = prompt(page, difference);
    let made = format!("Written by evenhand {}.", env!("CARGO_PKG_VERSION"));
    let fill = |name: &str| match name {
        "style-hash" => style_hash.as_str(),
        "style" => STYLE,
        "title" => title.as_str(),
        "verdict" => verdict.as_str(),
        "plots" => plots.as_str(),
        "candidates" => candidates.as_str(),
        "prompt" => prompt.as_str(),
        "made" => made.as_str(),
        _ => "",
    };
    filled(PAGE, fill)
}

/// Every candidate: what it is, what became of it, its figures.
pub(super) fn candidates(page: &TunePage) -> String {
    let name = page.objective.name();
    let heads =
        ["#", "what", "fate", name, "95 %", "mean loss", "tokens", "demos", "judged", "calls", "invalid"];
    let heads: Vec<String> =
        heads.iter().map(|head| format!(r#"<th scope="col">{}</th>"#, escaped(head))).collect();
    let heads = heads.concat();
    let rows: String = ranked(page).into_iter().map(|(place, standing)| row(page, place, standing)).collect();
    format!(
        r#"<div class="card"><h2>Candidates</h2><p>Best first. {} judged every one of the {} validation records; tokens are a prompt's, on average, as the server counted them.</p><div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></div>"#,
        page.standings.iter().filter(|standing| standing.objective.is_some()).count(),
        count(page.parts[1]),
    )
}

fn row(page: &TunePage, place: usize, standing: &Standing) -> String {
    let class = if place == page.best { r#" class="chosen""# } else { "" };
    let interval = standing.interval.map_or_else(String::new, |interval| {
        format!("{:.2} to {:.2}", interval.low, interval.high).replace('-', "\u{2212}")
    });
    let cells = [
        place.to_string(),
        escaped(&standing.candidate.origin),
        escaped(&fate(page, place, standing)),
        number(standing.objective, 2),
        interval,
        number(standing.mean_loss, 3),
        number(standing.prompt_tokens, 0),
        standing.demos.to_string(),
        count(standing.judged as u64),
        count(standing.calls),
        standing.invalid.to_string(),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    let cells = cells.concat();
    format!("<tr{class}>{cells}</tr>")
}

fn fate(page: &TunePage, place: usize, standing: &Standing) -> String {
    match standing.fate {
        Fate::Running if place == page.best && place > 0 => "winner".into(),
        Fate::Running if place == 0 => "baseline".into(),
        Fate::Running if standing.objective.is_some() => "judged every record".into(),
        Fate::Running => "not finished".into(),
        Fate::Beaten { by } => format!("dropped: worse than candidate {by}"),
        Fate::Cut => "cut: no calls left for it".into(),
    }
}

fn number(number: Option<f64>, decimals: usize) -> String {
    number.map_or_else(
        || "\u{2013}".to_owned(),
        |number| format!("{number:.decimals$}").replace('-', "\u{2212}"),
    )
}

/// What changed in the prompt. `difference` holds lines that begin with `+`, `-` or a space.
pub(super) fn prompt(page: &TunePage, difference: Option<&str>) -> String {
    let Some(winner) = page.winner() else {
        return String::new();
    };
    let body = match difference {
        Some(difference) => format!("<pre>{}</pre>", difference.lines().map(line).collect::<String>()),
        None => "<p>It is not in the tuning's folder.</p>".into(),
    };
    let [more, less] = page.lines;
    let instruction =
        if winner.candidate.instruction.is_some() { "another instruction" } else { "the same instruction" };
    format!(
        r#"<div class="card"><h2>The winner's prompt</h2><p>What changed in the part that is the same for every record: {instruction}, {} demos, {} lines more, {} less.</p>{body}</div>"#,
        winner.demos,
        count(more),
        count(less)
    )
}

fn line(line: &str) -> String {
    let kind = match line.chars().next() {
        Some('+') => "more",
        Some('-') => "less",
        _ => return format!("{}\n", escaped(line)),
    };
    format!("<span class=\"{kind}\">{}</span>\n", escaped(line))
}
