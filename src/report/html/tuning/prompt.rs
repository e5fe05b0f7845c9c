//! The winner's prompt beside the baseline's, line by line.

use crate::optimizer::TunePage;
use crate::report::html::escape::escaped;
use crate::report::number::count;

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
