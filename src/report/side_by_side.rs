//! What an output was and what it is, in two columns with each difference marked.

use super::formatting::{Lines, WIDTH, count_of};
use crate::golden::{ChangedLine, OutputChange};

/// How far the columns are from the edge.
const INDENT: usize = 8;

/// The characters of a column.
const COLUMN: usize = (WIDTH - INDENT - 3) / 2;

/// So many lines around a difference are shown too.
const AROUND: usize = 2;

/// The most rows of one output.
const MOST_ROWS: usize = 60;

/// A row: what stands left, the mark between, what stands right.
struct Row<'a> {
    left: &'a str,
    mark: char,
    right: &'a str,
}

/// Adds an output's two columns: `|` marks what is another line, `<` what is gone, `>` what is new.
pub(super) fn add(lines: &mut Lines, change: &OutputChange) {
    lines.whole(&format!("{:INDENT$}{:COLUMN$}   output now", "", "locked output"));
    let rows = rows(&change.lines);
    let shown = shown(&rows);
    let mut written = 0;
    let mut left_out = 0_u64;
    for (row, is_shown) in rows.iter().zip(shown) {
        if !is_shown || written >= MOST_ROWS {
            left_out += 1;
            continue;
        }
        gap(lines, &mut left_out, "the same");
        written += cells(lines, row);
    }
    gap(lines, &mut left_out, if written >= MOST_ROWS { "more; --json has them" } else { "the same" });
}

fn gap(lines: &mut Lines, left_out: &mut u64, what: &str) {
    if *left_out > 0 {
        lines.whole(&format!("{:INDENT$}... {} {what}", "", count_of(*left_out, "line")));
        *left_out = 0;
    }
}

/// Lines that went stand beside lines that came in their place.
fn rows(lines: &[ChangedLine]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    // The first removed line that no added line stands beside.
    let mut free = 0;
    for line in lines {
        match line {
            ChangedLine::Same(text) => {
                rows.push(Row { left: text, mark: ' ', right: text });
                free = rows.len();
            }
            ChangedLine::Removed(text) => rows.push(Row { left: text, mark: '<', right: "" }),
            ChangedLine::Added(text) => {
                if let Some(row) = rows.get_mut(free).filter(|row| row.mark == '<') {
                    (row.mark, row.right) = ('|', text);
                    free += 1;
                } else {
                    rows.push(Row { left: "", mark: '>', right: text });
                    free = rows.len();
                }
            }
        }
    }
    rows
}

/// Which rows are shown: differences, and what stands around them.
fn shown(rows: &[Row<'_>]) -> Vec<bool> {
    let changed: Vec<usize> =
        rows.iter().enumerate().filter(|(_, row)| row.mark != ' ').map(|(at, _)| at).collect();
    let mut near = changed.iter().copied().peekable();
    let mut shown = Vec::new();
    for at in 0..rows.len() {
        while near.next_if(|changed| changed + AROUND < at).is_some() {}
        shown.push(near.peek().is_some_and(|changed| *changed <= at + AROUND));
    }
    shown
}

/// A row's lines, folded; how many.
fn cells(lines: &mut Lines, row: &Row<'_>) -> usize {
    let (left, right) = (folded(row.left), folded(row.right));
    let height = left.len().max(right.len()).max(1);
    let cell = |side: &'_ [String], at: usize| side.get(at).cloned().unwrap_or_default();
    for at in 0..height {
        let (left, right) = (cell(&left, at), cell(&right, at));
        lines.whole(format!("{:INDENT$}{left:COLUMN$} {} {right}", "", row.mark).trim_end());
    }
    height
}

/// A line folded to the column's width; control characters are shown as spaces.
fn folded(line: &str) -> Vec<String> {
    let characters: Vec<char> =
        line.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    characters.chunks(COLUMN).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn text(was: &str, now: &str) -> String {
        let mut lines = Lines::default();
        add(&mut lines, &OutputChange::new(json!(was), json!(now)));
        lines.text
    }

    #[test]
    fn every_difference_is_marked_and_the_rest_left_out() {
        let was = "1\n2\n3\n4\n5\nfive is odd\n7\n8\n9\n10\n11\nlast";
        let now = "1\n2\n3\n4\n5\nfive is still odd, as it was before, and it is longer than one column is\n6\n7\n8\n9\n10\n11";
        assert_snapshot!(text(was, now));
        assert_snapshot!("a_long_output_is_cut", text("x", &"y\n".repeat(100)));
    }
}
