//! What is locked, what waits, and what can be kept, as text; and what confirmation made of records
//! that got worse.

use serde_json::{Map, Value, json};

use super::export::JSON_FORMAT;
use super::formatting::{Lines, MOST_RECORDS, WIDTH, count, count_of, whole_points, wrapped};
use super::golden_records::change_of;
use super::side_by_side;
use crate::golden::{
    Change, Confirmation, ConfirmationVotes, Confirmed, Golden, Kept, Migration, OutputChange, PendingRecord,
    Sight,
};

/// The longest piece of a record's field that is shown, in characters.
const LONGEST: usize = 400;

/// The most ids that are named on a line.
const MOST_NAMED: usize = 8;

/// What was locked of a model's scores, and what that changed.
#[must_use]
pub(crate) fn locked_text(
    file: &str,
    before: Option<&Golden>,
    after: &Golden,
    model: &str,
    sight: Sight,
) -> String {
    let Some(entry) = after.models.get(model) else {
        return String::new();
    };
    let mut lines = Lines::default();
    let mean = entry.mean.map_or_else(|| "undefined".to_owned(), |mean| format!("{mean:.3}"));
    let unscored = entry.records.iter().filter(|record| !record.is_scored()).count() as u64;
    let unscored = if unscored == 0 { String::new() } else { format!(", {} unscored", count(unscored)) };
    let records = entry.records.len() as u64;
    lines.folded(&format!(
        "{file}: {} by {model} locked{unscored}, mean score {mean}",
        count_of(records, "record")
    ));
    if let Some(before) = before.and_then(|before| before.models.get(model)) {
        let changed = entry
            .records
            .iter()
            .filter(|now| {
                let change = Change::between(before.record(&now.id), Some(now), 0.0);
                change != Change::Same
            })
            .map(|record| record.id.clone())
            .collect::<Vec<String>>();
        let said = if changed.is_empty() { "none".to_owned() } else { named(&changed) };
        lines.folded(&format!("  changed since it was locked before: {said}"));
    }
    if let Some((loss, needed)) = sight.loss().zip(sight.records_for_a_tenth()) {
        lines.folded(&format!("  {}", seen(sight, loss, needed)));
    }
    lines.text
}

/// What such a suite can see, and what would help.
fn seen(sight: Sight, loss: f64, needed: u64) -> String {
    let flips = match sight.flip_rate {
        0.0 => String::new(),
        rate => format!(", for a judge that flips {:.1} %", 100.0 * rate),
    };
    let small = format!(
        "{}: a loss under {} will hardly be noticed{flips}",
        count_of(sight.n, "record"),
        whole_points(loss)
    );
    if needed <= sight.n {
        return small;
    }
    let steadier = if sight.flip_rate > 0.0 {
        ", or a judge that flips less: a weighted reading, --repeats"
    } else {
        ""
    };
    format!("{small}; about {} records would show a loss of 10 points{steadier}", count(needed))
}

/// A changed score that waits for a decision, with the record's fields, and its output where that is another one.
#[must_use]
pub(crate) fn pending_text(
    suite: &str,
    pending: &PendingRecord,
    fields: Option<&Map<String, Value>>,
    output: Option<&OutputChange>,
) -> String {
    let mut lines = Lines::default();
    lines.whole(&format!("{suite}, {}: {}", pending.id, pending.change));
    let change = match pending.change {
        Change::MissingRecord => format!("it was {}", change_of(pending.was.as_ref(), None)),
        _ => change_of(pending.was.as_ref(), pending.now.as_ref()),
    };
    lines.folded(&format!("  {change}"));
    let expected = pending.now.as_ref().or(pending.was.as_ref()).and_then(|locked| locked.expected.as_ref());
    if let Some(expected) = expected {
        lines.whole(&format!("  its label is {expected}"));
    }
    if let Some(reasoning) = &pending.reasoning {
        block(&mut lines, "reasons", reasoning);
    }
    for (name, value) in fields.into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        block(&mut lines, name, &text);
    }
    if let Some(output) = output {
        side_by_side::add(&mut lines, output);
    }
    lines.text
}

/// A name and a text of several lines, shortened.
fn block(lines: &mut Lines, name: &str, text: &str) {
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push_str(" ...");
    }
    for (at, line) in wrapped(&shown, WIDTH - 16).iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        lines.whole(&format!("  {name:<12} {line}"));
    }
}

/// What can be kept of a golden file, after what there is to tell about it.
#[must_use]
pub(crate) fn migration_text(file: &str, model: &str, migration: &Migration, notes: &[String]) -> String {
    let mut lines = Lines::default();
    lines.whole(&format!("{file}, scores by {model}:"));
    for note in notes {
        lines.folded(&format!("  {note}"));
    }
    if !migration.whole.is_empty() {
        lines.folded(&format!("  nothing can be kept: {} changed", migration.whole.join(", ")));
    }
    let ids = |is_meant: &dyn Fn(&Kept) -> bool| -> Vec<String> {
        migration.records.iter().filter(|(_, kept)| is_meant(kept)).map(|(id, _)| id.clone()).collect()
    };
    let mut say = |what: &str, ids: Vec<String>| {
        if !ids.is_empty() {
            lines.folded(&format!("  {:>6} {what}: {}", count(ids.len() as u64), named(&ids)));
        }
    };
    say("can be kept", ids(&|kept| *kept == Kept::Kept));
    say("can be kept, with another label", ids(&|kept| *kept == Kept::Relabelled));
    if migration.whole.is_empty() {
        say("must be judged anew", ids(&|kept| matches!(kept, Kept::Anew(_))));
    }
    say("new, to be judged", ids(&|kept| *kept == Kept::New));
    say("no longer in the dataset", ids(&|kept| *kept == Kept::Gone));
    lines.text
}

/// Some ids, and how many more there are.
pub(super) fn named(ids: &[String]) -> String {
    let shown: Vec<&str> = ids.iter().take(MOST_NAMED).map(String::as_str).collect();
    match ids.len().saturating_sub(MOST_NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), count(more as u64)),
    }
}

/// A confirmation as a line: `{"type": "confirmation", "format": 1, "suite": …, "confirmation": …}`.
#[must_use]
pub(crate) fn confirmation_line(suite: &str, confirmation: &Confirmation) -> Value {
    json!({"type": "confirmation", "format": JSON_FORMAT, "suite": suite, "confirmation": confirmation})
}

/// A confirmation as lines of plain text.
#[must_use]
pub(crate) fn confirmation_text(confirmation: &Confirmation) -> String {
    let mut lines = Lines::default();
    lines.blank();
    let temperature = confirmation
        .temperature
        .map_or_else(String::new, |temperature| format!(", at temperature {temperature}"));
    let looked = count_of(confirmation.records.len() as u64, "record");
    let most = confirmation.most.most();
    lines.folded_under(
        "confirmed",
        &format!(
            "{looked} looked worse: judged again up to {most} times each, {} times in all{temperature}",
            count(confirmation.draws())
        ),
    );
    if let Some(rate) = confirmation.flip_rate {
        let why = format!("{most} is enough for a judge whose single verdicts flip with probability {rate}");
        lines.folded_under("confirmed", &why);
    }
    let open = match confirmation.count(Confirmed::Open) {
        0 => String::new(),
        n => format!(", {} could not be confirmed and stay worse", count(n)),
    };
    let (upheld, flaky) = (confirmation.count(Confirmed::Upheld), confirmation.count(Confirmed::Flaky));
    lines.folded_under("confirmed", &format!("{} worse again, {} flaky{open}", count(upheld), count(flaky)));
    for (id, votes) in confirmation.records.iter().take(MOST_RECORDS) {
        lines.folded(&format!("    {id}: {}", one(votes)));
    }
    if confirmation.records.len() > MOST_RECORDS {
        let more = count((confirmation.records.len() - MOST_RECORDS) as u64);
        lines.whole(&format!("    and {more} more"));
    }
    lines.text
}

fn one(votes: &ConfirmationVotes) -> String {
    let state = match votes.confirmed() {
        Confirmed::Upheld => "worse",
        Confirmed::Flaky => "flaky",
        Confirmed::Open => "not confirmed",
    };
    let unscored = match votes.unscored {
        0 => String::new(),
        n => format!(", {n} without a score"),
    };
    format!("{state}; worse in {} of {} draws{unscored}", votes.worse, votes.draws())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{Confirm, Draw};

    #[test]
    fn every_state_reads_well() {
        let most = Confirm::new(3).unwrap();
        let votes = |draws: &[Draw]| {
            let mut votes = ConfirmationVotes::new(most);
            for draw in draws {
                votes.take(*draw);
            }
            votes
        };
        let records = [
            ("r1", votes(&[Draw::Worse, Draw::NotWorse, Draw::Worse])),
            ("r2", votes(&[Draw::NotWorse, Draw::NotWorse])),
            ("r3", votes(&[Draw::Unscored, Draw::Unscored])),
        ];
        let confirmation = Confirmation {
            most,
            flip_rate: Some(0.136),
            temperature: Some(0.7),
            records: records.into_iter().map(|(id, votes)| (id.to_owned(), votes)).collect(),
        };
        let expected = "
  confirmed   3 records looked worse: judged again up to 3 times each, 7 times
              in all, at temperature 0.7
              3 is enough for a judge whose single verdicts flip with
              probability 0.136
              1 worse again, 1 flaky, 1 could not be confirmed and stay worse
    r1: worse; worse in 2 of 3 draws
    r2: flaky; worse in 0 of 2 draws
    r3: not confirmed; worse in 0 of 2 draws, 2 without a score
";
        assert_eq!(confirmation_text(&confirmation), expected);
    }
}
