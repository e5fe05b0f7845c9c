//! Every candidate, as a table.

use crate::optimizer::{Fate, Standing, TunePage};
use crate::report::html::escape::escaped;
use crate::report::number::count;
use crate::report::tuning::ranked;

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
