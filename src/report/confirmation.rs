//! What confirmation made of records that got worse, for the terminal and for machines.

use serde_json::{Value, json};

use super::json::JSON_FORMAT;
use super::number::count;
use super::text::Lines;
use crate::golden::{Ballot, Confirmation, Confirmed};

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
    for (id, ballot) in confirmation.records.iter().take(MOST_SHOWN) {
        lines.whole(&format!("    {id}: {}", one(ballot)));
    }
    if confirmation.records.len() > MOST_SHOWN {
        let more = count((confirmation.records.len() - MOST_SHOWN) as u64);
        lines.whole(&format!("    and {more} more"));
    }
    lines.text
}

fn one(ballot: &Ballot) -> String {
    let state = match ballot.confirmed() {
        Confirmed::Upheld => "worse",
        Confirmed::Flaky => "flaky",
        Confirmed::Open => "not confirmed",
    };
    let unscored = match ballot.unscored {
        0 => String::new(),
        n => format!(", {n} without a score"),
    };
    format!("{state}; worse in {} of {} draws{unscored}", ballot.worse, ballot.draws())
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
        let ballot = |draws: &[Draw]| {
            let mut ballot = Ballot::new(most);
            for draw in draws {
                ballot.take(*draw);
            }
            ballot
        };
        let records = [
            ("r1", ballot(&[Draw::Worse, Draw::NotWorse, Draw::Worse])),
            ("r2", ballot(&[Draw::NotWorse, Draw::NotWorse])),
            ("r3", ballot(&[Draw::Unscored, Draw::Unscored])),
        ];
        let confirmation = Confirmation {
            most,
            flip_rate: Some(0.136),
            temperature: Some(0.7),
            records: records.into_iter().map(|(id, ballot)| (id.to_owned(), ballot)).collect(),
        };
        insta::assert_snapshot!(confirmation_text(&confirmation), @"");
    }
}
