//! How each of several target models did, as a table.

use crate::optimizer::{ModelStanding, ModelTest, TunePage};
use crate::report::formatting::{plain, points};
use crate::report::html::page::escaped;
use crate::report::tuning_models::{ModelRow, model_rows, placed};

/// A row for each target model; nothing where there is but one.
pub(super) fn each_model(page: &TunePage) -> String {
    let rows: String = model_rows(page).iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let heads = [
        "",
        "validation: winner",
        "baseline",
        "test: winner",
        "baseline",
        "right verdicts on the test part",
        "passes from, and κ from there on",
        "tokens",
        "invalid",
    ];
    let heads: Vec<String> = heads.iter().map(|head| format!(r#"<th scope="col">{head}</th>"#)).collect();
    let heads = heads.concat();
    format!(
        r#"<div class="card"><h2>Each model</h2><p>The {} of the winner and of the baseline; what decides is the mean over the models. Tokens and invalid answers are those of the winner, or of the baseline where it stays, on the validation part.</p><div class="wide"><table class="table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></div>"#,
        escaped(page.objective.name())
    )
}

fn row(row: &ModelRow<'_>) -> String {
    let ModelRow { name, baseline, winner, test } = row;
    let shown = winner.or(*baseline);
    let objective = |standing: Option<&ModelStanding>| standing.map(|standing| plain(standing.objective));
    let tested = |of: fn(&ModelTest) -> Option<f64>| test.map(|test| plain(of(test)));
    let cells = [
        objective(*winner),
        objective(*baseline),
        tested(|test| test.winner).filter(|_| winner.is_some()),
        tested(|test| test.baseline),
        test.and_then(hits),
        test.and_then(|test| placed(test, winner.is_some())),
        shown.and_then(|standing| standing.prompt_tokens).map(|tokens| format!("{tokens:.0}")),
        shown.map(|standing| standing.invalid.to_string()),
    ];
    let cell = |cell: Option<String>| {
        let text = cell.unwrap_or_else(|| "\u{2013}".into()).replace('-', "\u{2212}");
        format!("<td>{text}</td>")
    };
    let cells: String = cells.into_iter().map(cell).collect();
    format!(r#"<tr><th scope="row">{}</th>{cells}</tr>"#, escaped(name))
}

fn hits(test: &ModelTest) -> Option<String> {
    Some(points(test.hits?, test.hits_interval))
}
