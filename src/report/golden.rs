//! A checked suite as text or JSON.

use serde_json::{Value, json};

use super::export::JSON_FORMAT;
use super::formatting::{Detail, Lines, WIDTH, count, wrapped};
use super::gates;
use super::golden_answer::{answer, broken};
use super::golden_measures::measures;
use super::golden_records::{other_outputs, records};
use crate::golden::{Change, Checked, Conclusion, Diff};

/// A checked suite as a line: `{"type": "check", "format": 1, "check": …}`.
#[must_use]
pub(crate) fn checked_line(checked: &Checked) -> Value {
    json!({"type": "check", "format": JSON_FORMAT, "check": checked})
}

impl Checked {
    /// A checked suite as lines of plain text: the answer, the records that broke a rule, what changed, the figures.
    #[must_use]
    pub fn text(&self, detail: Detail) -> String {
        let mut lines = Lines::default();
        lines.whole(&format!("{}: {}", self.suite, answer(self)));
        broken(&mut lines, self);
        lines.blank();
        compared(&mut lines, self);
        if let Some(diff) = &self.diff {
            subject(&mut lines, diff);
            counts(&mut lines, diff);
        }
        unscored(&mut lines, self);
        for note in &self.notes {
            for line in wrapped(note, WIDTH - 14) {
                lines.folded_under("note", &line);
            }
        }
        if let Some(diff) = &self.diff {
            measures(&mut lines, diff, detail);
        }
        gates::add(&mut lines, &self.gates, detail);
        if let Some(diff) = &self.diff {
            for change in Change::ALL {
                records(&mut lines, diff, change);
            }
            other_outputs(&mut lines, diff);
        }
        lines.text
    }
}

fn compared(lines: &mut Lines, checked: &Checked) {
    let gates = if checked.gates.is_empty() { "" } else { " and its gates" };
    match (&checked.golden, &checked.diff) {
        (Some(golden), Some(diff)) => {
            lines.folded_under("compared", &format!("with {golden}{gates}, policy {}", diff.policy));
        }
        (Some(golden), None) => lines.folded_under("compared", &format!("with {golden}{gates}")),
        (None, _) => lines.folded_under("compared", "with its gates; it has no golden file"),
    }
}

fn subject(lines: &mut Lines, diff: &Diff) {
    let judge = if diff.model == diff.golden_model {
        diff.model.clone()
    } else {
        format!("{}; locked were the scores of {}", diff.model, diff.golden_model)
    };
    lines.folded_under("judge", &judge);
    if !diff.subject.is_empty() {
        lines.folded_under("changed", &diff.subject.join("; "));
    }
}

fn counts(lines: &mut Lines, diff: &Diff) {
    let counted: Vec<String> =
        diff.counts.iter().map(|(change, n)| format!("{} {change}", count(*n))).collect();
    lines.folded_under("records", &counted.join(", "));
}

fn unscored(lines: &mut Lines, checked: &Checked) {
    for (reason, n) in &checked.unscored {
        let example = checked.unscored_examples.get(reason).map_or("", String::as_str);
        lines.folded_under("unscored", &format!("{} {reason}: {example}", count(*n)));
    }
    if checked.conclusion == Conclusion::NotRecorded {
        lines.folded_under("unscored", "these records were not judged at all: record what is asked now");
        lines.command(&format!("evenhand golden replies {}", checked.suite));
    }
}
