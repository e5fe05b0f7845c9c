//! What a tuning took, beside what it was expected to take.

use crate::optimizer::{Spending, TunePage};
use crate::report::number::{count, duration};
use crate::report::tuning::EXPECTED;

/// A row for each expectation, and one for what was spent; nothing where it was not noted.
pub(super) fn spending(page: &TunePage) -> String {
    let Some(spent) = &page.spent else {
        return String::new();
    };
    let expected = page.expected.iter().zip(EXPECTED);
    let mut rows: String =
        expected.map(|(spending, when)| row(&format!("expected {when}"), spending)).collect();
    rows += &row("spent, with the test", spent);
    let heads = ["", "calls", "tokens in prompts", "in answers", "cost", "time"];
    let heads: Vec<String> = heads.iter().map(|head| format!(r#"<th scope="col">{head}</th>"#)).collect();
    let heads = heads.concat();
    format!(
        r#"<div class="wide"><table class="table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"#
    )
}

fn row(name: &str, spending: &Spending) -> String {
    let cells = [
        Some(count(spending.calls)),
        spending.prompt_tokens.map(count),
        spending.completion_tokens.map(count),
        spending.cost_usd.map(|cost| format!("${cost:.4}")),
        spending.seconds.map(duration),
    ];
    let cells: Vec<String> = cells
        .into_iter()
        .map(|cell| format!("<td>{}</td>", cell.unwrap_or_else(|| "\u{2013}".into())))
        .collect();
    let cells = cells.concat();
    format!(r#"<tr><th scope="row">{name}</th>{cells}</tr>"#)
}
