//! The same record's answers side by side, as text and as Markdown: the label first.

use super::table::Names;
use crate::bench::{Bench, CellAnswer, RecordAnswers};
use crate::report::formatting::{Lines, WIDTH, folded, printable};
use crate::report::pull_request::code;

/// So many characters of an answer are shown.
const LONGEST: usize = 600;

/// The records that a user wants, as text.
pub(super) fn add(lines: &mut Lines, bench: &Bench, wanted: usize, names: &Names<'_>) {
    let width = names.width();
    for record in bench.answers.iter().take(wanted) {
        lines.blank();
        lines.whole(&printable(&format!("{}: {}", record.record, label(record))));
        for answer in &record.answers {
            let name = names.short(&answer.cell);
            let said = cut(&said(answer));
            let line = format!("  {name:<width$}  {}{said}", printable(&verdict(answer)));
            lines.whole(&folded(&line, WIDTH, width + 4));
        }
    }
}

/// Where to look further: the records on which the models differ most.
pub(super) fn most_apart(bench: &Bench) -> Option<String> {
    let mut differ: Vec<&RecordAnswers> = bench.answers.iter().filter(|record| record.apart > 0.0).collect();
    differ.sort_by(|a, b| b.apart.total_cmp(&a.apart));
    let ids: Vec<String> = differ.iter().take(3).map(|record| printable(&record.record)).collect();
    let [first, rest @ ..] = ids.as_slice() else { return None };
    let others = if rest.is_empty() { String::new() } else { format!(", then on {}", rest.join(", ")) };
    Some(format!("the verdicts lie farthest apart on {first}{others}; --show {first} prints the answers"))
}

/// All of them, as Markdown.
pub(super) fn markdown(bench: &Bench) -> String {
    if bench.answers.is_empty() {
        return String::new();
    }
    let mut text = "\n### side by side\n".to_owned();
    for record in &bench.answers {
        text += &format!(
            "\n**{}**: {}\n\n| model | verdict | score | answer |\n|---|---|---|---|\n",
            cell(&record.record),
            cell(&label(record))
        );
        for answer in &record.answers {
            let score = answer.score.map_or_else(String::new, |score| format!("{score:.2}"));
            let verdict = answer.verdict.as_deref().unwrap_or("-");
            let row = [cell(&answer.cell), cell(verdict), score, cell(&said(answer))];
            text += &format!("| {} |\n", row.join(" | "));
        }
    }
    text
}

fn label(record: &RecordAnswers) -> String {
    record.label.as_ref().map_or_else(|| "no label".to_owned(), |label| format!("label {label}"))
}

fn verdict(answer: &CellAnswer) -> String {
    let score = answer.score.map_or_else(String::new, |score| format!(" {score:.2}"));
    let steady = if answer.is_steady { "" } else { ", not each time" };
    match &answer.verdict {
        Some(verdict) => format!("{verdict}{score}{steady}. "),
        None => "no verdict. ".to_owned(),
    }
}

/// What it wrote, or why it wrote nothing.
fn said(answer: &CellAnswer) -> String {
    let text = answer.text.as_deref().or(answer.failure.as_deref());
    text.map_or_else(|| "(its probabilities were read)".to_owned(), printable)
}

pub(in crate::report) fn cut(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    if text.chars().count() <= LONGEST {
        text
    } else {
        text.chars().take(LONGEST).collect::<String>() + " ..."
    }
}

/// A text in a cell of a Markdown table, whatever it holds.
fn cell(text: &str) -> String {
    code(&cut(text)).replace('|', "\\|")
}
