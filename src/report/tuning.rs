//! What a tuning found, for the terminal and for machines.

use serde_json::{Value, json};

use super::export::JSON_FORMAT;
use super::formatting::Detail;
use super::formatting::{Lines, count, count_of, p_value, plain, points};
use super::tuning_models::each_model;
use super::tuning_words::headline;
use crate::optimizer::{
    CandidateStanding, Fate, Objective, SearchEnd, TestFigures, ThresholdFigures, TunePage, TuneSpending,
};
use crate::stats::Interval;

/// The most candidates that are listed.
const MOST_LISTED: usize = 20;

/// When a tuning's expectations were formed.
pub(super) const EXPECTED: [&str; 2] = ["before the start", "once the baseline was judged"];

impl TunePage {
    /// A tuning as lines of plain text: the answer first.
    #[must_use]
    pub fn text(&self, detail: Detail) -> String {
        let mut lines = Lines::default();
        lines.whole(&format!("{}: {}", self.suite, headline(self)));
        lines.blank();
        lines.folded_under("tuned", &tuned(self));
        outcome(&mut lines, self);
        match &self.test {
            Some(test) => tested(&mut lines, test, self, detail),
            None => lines.folded_under("test part", "not judged"),
        }
        let [train, validation, test] = self.parts;
        lines.folded_under(
            "records",
            &format!(
                "{} to learn from, {} to compare on, {} to test on, which no choice depended on",
                count(train),
                count(validation),
                count(test)
            ),
        );
        lines.folded_under("calls", &calls(self));
        spending(&mut lines, self);
        each_model(&mut lines, self);
        candidates(&mut lines, self);
        lines.text
    }
}

fn tuned(page: &TunePage) -> String {
    let TunePage { signature, reading, optimizer, seed, .. } = page;
    let models = page.models().join(" and ");
    format!(
        "signature {signature}, by {optimizer} (seed {seed}) for {}, judged by {models}, read {reading}",
        page.objective.name()
    )
}

/// A tuning as a line: `{"type": "tune", "format": 1, "page": …}`.
#[must_use]
pub(crate) fn tune_line(page: &TunePage) -> Value {
    json!({"type": "tune", "format": JSON_FORMAT, "page": page})
}

fn outcome(lines: &mut Lines, page: &TunePage) {
    let baseline = page.standings.first().and_then(|standing| standing.objective);
    let name = page.objective.name();
    let Some(winner) = page.winner() else {
        lines.folded_under("validation", &format!("{name} of the signature as it is: {}", plain(baseline)));
        return;
    };
    lines.folded_under(
        "validation",
        &format!(
            "\"{}\" is best: {name} {} instead of {}",
            winner.candidate.origin,
            plain(winner.objective),
            plain(baseline)
        ),
    );
    let [more, less] = page.lines;
    lines.folded_under(
        "validation",
        &format!(
            "its prompt shows {} and has {} more and {} less",
            demos(winner.demos),
            count_of(more, "line"),
            count(less)
        ),
    );
}

fn demos(number: usize) -> String {
    match number {
        0 => "no demos".into(),
        n => count_of(n as u64, "demo"),
    }
}

fn tested(lines: &mut Lines, test: &TestFigures, page: &TunePage, detail: Detail) {
    let name = page.objective.name();
    if page.winner().is_none() {
        lines.folded_under(
            "test part",
            &format!("{name} of the signature as it is: {}", plain(test.baseline)),
        );
    } else {
        let (winner, baseline) = (plain(test.winner), plain(test.baseline));
        let difference = signed(test.difference);
        let interval = interval(test.interval);
        lines.folded_under(
            "test part",
            &format!("{name} {winner} instead of {baseline}: {difference}{interval}"),
        );
        if let Some(hits) = test.hits {
            lines.folded_under("test part", &format!("right verdicts {}", points(hits, test.hits_interval)));
        }
        if let (Some(p), Detail::Statistics) = (test.p_value, detail) {
            let over = if test.models.is_empty() { "" } else { " over the models" };
            lines.folded_under(
                "test part",
                &format!("p {} for the mean difference in loss{over}", p_value(p)),
            );
        }
    }
    if let Some(figures) = &test.threshold {
        thresholds(lines, figures, page.winner().is_some());
    }
}

/// What a threshold that was placed on the validation part does on the test part.
fn thresholds(lines: &mut Lines, figures: &ThresholdFigures, has_winner: bool) {
    lines.folded_under("threshold", "placed on the validation part; κ on the test part:");
    let mut row = |who: &str, at: f64, [before, after]: [Option<f64>; 2]| {
        let (before, after) = (plain(before), plain(after));
        lines.folded_under(
            "threshold",
            &format!("{who} {before}; counting scores from {at:.2} up as a pass {after}"),
        );
    };
    let ThresholdFigures { baseline_at, winner_at, .. } = *figures;
    row("signature as it is", baseline_at, [figures.baseline_before, figures.baseline_after]);
    if has_winner {
        row("new prompt", winner_at, [figures.winner_before, figures.winner_after]);
    }
    if let Some(hits) = figures.hits {
        let what = if has_winner { "new prompt and threshold" } else { "threshold" };
        let gain = points(hits, figures.hits_interval);
        lines.folded_under("threshold", &format!("{what}: right verdicts {gain}, compared with now"));
    }
}

fn calls(page: &TunePage) -> String {
    let saved = if page.saved > 0 {
        format!("; judging every record by every candidate would have taken {} more", count(page.saved))
    } else {
        String::new()
    };
    let short = match page.end {
        SearchEnd::OutOfCalls => "; the calls were used up before every candidate was tried",
        _ => "",
    };
    format!("{} for the search{saved}{short}", count(page.calls))
}

/// What was expected, when, and what was spent. How long it took is no part of the text: it differs each time.
fn spending(lines: &mut Lines, page: &TunePage) {
    let words = |spending: &TuneSpending| {
        let tokens = spending.prompt_tokens.map(|prompts| {
            let answers = spending
                .completion_tokens
                .map_or_else(String::new, |n| format!(" and {} in answers", count(n)));
            format!(", {} tokens in prompts{answers}", count(prompts))
        });
        let cost = spending.cost_usd.map(|cost| format!(", ${cost:.4}"));
        format!(
            "{}{}{}",
            count_of(spending.calls, "call"),
            tokens.unwrap_or_default(),
            cost.unwrap_or_default()
        )
    };
    if let Some(spent) = &page.spent {
        lines.folded_under("spent", &format!("{}, with the test", words(spent)));
    }
    for (expected, when) in page.expected.iter().zip(EXPECTED) {
        lines.folded_under("expected", &format!("{}, {when}", words(expected)));
    }
}

fn candidates(lines: &mut Lines, page: &TunePage) {
    lines.blank();
    let order = ranked(page);
    let name = match &page.objective {
        Objective::Rank => "rank corr.",
        other => other.name(),
    };
    lines.whole(&format!("  candidates  {name:>10}  mean loss  judged  tokens  demos  what"));
    for (place, standing) in order.iter().take(MOST_LISTED) {
        let mark = if *place == page.best { "->" } else { "  " };
        let number = |number: Option<f64>, decimals: usize| {
            number.map_or_else(|| "-".to_owned(), |number| format!("{number:.decimals$}"))
        };
        let fate = match standing.fate {
            Fate::Running => String::new(),
            Fate::Beaten { by } => {
                let by = page.standings.get(by).map_or("another", |one| one.candidate.origin.as_str());
                format!("; dropped: worse than \"{by}\"")
            }
            Fate::Cut => "; cut, no calls left for it".into(),
        };
        let invalid = match standing.invalid {
            0 => String::new(),
            n => format!("; {n} invalid answers"),
        };
        lines.whole(&format!(
            "          {mark}  {:>10}  {:>9}  {:>6}  {:>6}  {:>5}  {}{invalid}{fate}",
            number(standing.objective, 2),
            number(standing.mean_loss, 3),
            standing.judged,
            number(standing.prompt_tokens, 0),
            standing.demos,
            standing.candidate.origin
        ));
    }
    if order.len() > MOST_LISTED {
        lines.whole(&format!("              and {} more, in candidates.jsonl", order.len() - MOST_LISTED));
    }
}

/// The candidates, the best first, then those that came farthest.
pub(super) fn ranked(page: &TunePage) -> Vec<(usize, &CandidateStanding)> {
    let mut order: Vec<(usize, &CandidateStanding)> = page.standings.iter().enumerate().collect();
    order.sort_by(|a, b| {
        let rank = |standing: &CandidateStanding| (standing.worth.is_none(), -standing.judged.cast_signed());
        let worth = |standing: &CandidateStanding| standing.worth.unwrap_or(f64::NEG_INFINITY);
        worth(b.1).total_cmp(&worth(a.1)).then(rank(a.1).cmp(&rank(b.1))).then(a.0.cmp(&b.0))
    });
    order
}

fn signed(number: Option<f64>) -> String {
    number.map_or_else(|| "undefined".into(), |number| format!("{number:+.2}"))
}

fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(String::new, |interval| format!(" (95 % {interval:.2})"))
}

/// What changed from one text to another, line by line: `+` for new lines, `-` for old ones, and a
/// space for lines that stayed; and how many are new and old.
#[must_use]
pub(crate) fn line_difference(old: &str, new: &str) -> (String, [u64; 2]) {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // longest[i][j]: how many lines old[i..] and new[j..] have in common, in order.
    let mut longest = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    let at = |longest: &[Vec<usize>], i: usize, j: usize| -> usize {
        longest.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0)
    };
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            let best = if left == right {
                at(&longest, i + 1, j + 1) + 1
            } else {
                at(&longest, i + 1, j).max(at(&longest, i, j + 1))
            };
            if let Some(cell) = longest.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j, mut text, mut changed) = (0, 0, String::new(), [0, 0]);
    let [added, removed] = &mut changed;
    loop {
        match (old.get(i), new.get(j)) {
            (Some(left), Some(right)) if left == right => {
                text += &format!("  {left}\n");
                (i, j) = (i + 1, j + 1);
            }
            (Some(left), right) if right.is_none() || at(&longest, i + 1, j) >= at(&longest, i, j + 1) => {
                text += &format!("- {left}\n");
                *removed += 1;
                i += 1;
            }
            (_, Some(right)) => {
                text += &format!("+ {right}\n");
                *added += 1;
                j += 1;
            }
            _ => return (text, changed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_changed_are_marked_and_counted() {
        let (text, changed) = line_difference("a\nb\nc", "a\nx\nc\nd");
        assert_eq!((text.as_str(), changed), ("  a\n- b\n+ x\n  c\n+ d\n", [2, 1]));
        assert_eq!(line_difference("", "").1, [0, 0]);
    }
}
