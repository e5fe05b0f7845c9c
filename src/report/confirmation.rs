//! What confirmation made of records that got worse, for the terminal and for machines.

use serde_json::{Value, json};

use super::json::JSON_FORMAT;
use super::lines::Lines;
use super::number::count;
use crate::golden::{Confirmation, ConfirmationVotes, Confirmed};

/// The most records that are shown.
const MOST_SHOWN: usize = 20;

/// A confirmation as a line: `{"type": "confirmation", "format": 1, "suite": …, "confirmation": …}`.
#[must_use]
pub fn confirmation_line(suite: &str, confirmation: &Confirmation) -> Value {
    json!({"type": "confirmation", "format": JSON_FORMAT, "suite": suite, "confirmation": confirmation})
}

/// A confirmation as lines of plain text.
#[must_use]
pub fn confirmation_text(confirmation: &Confirmation) -> String {
    let mut lines = Lines::default();
    lines.blank();
    let temperature = confirmation
        .temperature
        .map_or_else(String::new, |temperature| format!(", at temperature {temperature}"));
    let looked = records(confirmation.records.len() as u64);
    let most = confirmation.most.most();
    lines.under(
        "confirmed",
        &format!(
            "{looked} looked worse: judged again up to {most} times each, {} times in all{temperature}",
            count(confirmation.draws())
        ),
    );
    if let Some(rate) = confirmation.flip_rate {
        let why = format!("{most} is enough for a judge whose single verdicts flip with probability {rate}");
        lines.under("confirmed", &why);
    }
    let open = match confirmation.count(Confirmed::Open) {
        0 => String::new(),
        n => format!(", {} could not be confirmed and stay worse", count(n)),
    };
    let (upheld, flaky) = (confirmation.count(Confirmed::Upheld), confirmation.count(Confirmed::Flaky));
    lines.under("confirmed", &format!("{} worse again, {} flaky{open}", count(upheld), count(flaky)));
    for (id, votes) in confirmation.records.iter().take(MOST_SHOWN) {
        lines.whole(&format!("    {id}: {}", one(votes)));
    }
    if confirmation.records.len() > MOST_SHOWN {
        let more = count((confirmation.records.len() - MOST_SHOWN) as u64);
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

fn records(number: u64) -> String {
    if number == 1 { "1 record".to_owned() } else { format!("{} records", count(number)) }
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
  confirmed   3 records looked worse: judged again up to 3 times each, 7 times in all, at temperature 0.7
              3 is enough for a judge whose single verdicts flip with probability 0.136
              1 worse again, 1 flaky, 1 could not be confirmed and stay worse
    r1: worse; worse in 2 of 3 draws
    r2: flaky; worse in 0 of 2 draws
    r3: not confirmed; worse in 0 of 2 draws, 2 without a score
";
        assert_eq!(confirmation_text(&confirmation), expected);
    }
}
