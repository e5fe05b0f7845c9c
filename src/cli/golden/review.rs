//! `evenhand golden review`: changed scores, one by one.

use std::io::{BufRead, IsTerminal};

use super::status::nothing;
use crate::cli::print;
use crate::error::{Error, ErrorKind, Result};
use crate::report::pending_text;
use crate::suite::Exit;
use crate::suite::config::Config;
use crate::suite::golden::status::Waiting;

/// What may be typed.
const KEYS: &str = "a accept, r reject, s skip, A accept all that are left, q quit";

/// What is done about one score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReviewAnswer {
    Accept,
    Reject,
    Skip,
    AcceptAll,
    Quit,
}

pub(super) fn review(config: &Config, suite: Option<&str>) -> Result<Exit> {
    let mut waiting = Waiting::open(config, suite)?;
    if waiting.is_empty() {
        return nothing(suite);
    }
    let mut lines = std::io::stdin().lock().lines();
    let mut tally = Tally::default();
    for one in &mut waiting {
        let go_on = walk(one, config, &mut lines, &mut tally)?;
        if !go_on {
            break;
        }
    }
    print(&format!("{} accepted, {} rejected, {} skipped\n", tally.accepted, tally.rejected, tally.skipped))?;
    Ok(Exit::Success)
}

#[derive(Default)]
struct Tally {
    accepted: usize,
    rejected: usize,
    skipped: usize,
}

/// Goes through a suite's scores, writing each decision at once. Whether the next suite follows.
fn walk(
    waiting: &mut Waiting,
    config: &Config,
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    tally: &mut Tally,
) -> Result<bool> {
    let records = waiting.pending.records.clone();
    if records.is_empty() {
        return subject_alone(waiting, lines, tally);
    }
    if !waiting.pending.subject.is_empty() {
        print(&format!("{}: changed: {}\n\n", waiting.pending.suite, waiting.pending.subject.join("; ")))?;
    }
    let fields = waiting.fields(config);
    let number = records.len();
    for (at, record) in records.iter().enumerate() {
        print(&format!(
            "[{} of {number}] {}",
            at + 1,
            pending_text(
                &waiting.pending.suite,
                record,
                fields.get(&record.id),
                waiting.output(record).as_ref()
            )
        ))?;
        let decision = ask(lines)?;
        match decision {
            ReviewAnswer::Accept => tally.accepted += waiting.accept(Some(&record.id)),
            ReviewAnswer::Reject => tally.rejected += waiting.reject(Some(&record.id)),
            ReviewAnswer::Skip => tally.skipped += 1,
            ReviewAnswer::AcceptAll => {
                for left in records.iter().skip(at) {
                    tally.accepted += waiting.accept(Some(&left.id));
                }
            }
            ReviewAnswer::Quit => {
                tally.skipped += number - at;
                return Ok(false);
            }
        }
        if decision != ReviewAnswer::Skip {
            waiting.write()?;
        }
        if decision == ReviewAnswer::AcceptAll {
            break;
        }
    }
    Ok(true)
}

/// No score changed, but what was scored did.
fn subject_alone(
    waiting: &mut Waiting,
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    tally: &mut Tally,
) -> Result<bool> {
    let (suite, subject) = (&waiting.pending.suite, waiting.pending.subject.join("; "));
    print(&format!("{suite}: no score changed, but the subject did: {subject}\n"))?;
    match ask(lines)? {
        ReviewAnswer::Accept | ReviewAnswer::AcceptAll => {
            waiting.accept(None);
            tally.accepted += 1;
            waiting.write()?;
        }
        ReviewAnswer::Reject => {
            tally.rejected += 1;
            waiting.write()?;
        }
        ReviewAnswer::Skip => tally.skipped += 1,
        ReviewAnswer::Quit => return Ok(false),
    }
    Ok(true)
}

/// A line that is one of the keys; the end of the input quits.
fn ask(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Result<ReviewAnswer> {
    loop {
        print(&format!("  {KEYS}: "))?;
        let Some(line) = lines.next() else {
            print("\n")?;
            return Ok(ReviewAnswer::Quit);
        };
        let line = line
            .map_err(|error| Error::new(ErrorKind::Io, format!("cannot read the standard input: {error}")))?;
        if !std::io::stdin().is_terminal() {
            print(&format!("{line}\n"))?;
        }
        match line.trim() {
            "a" => return Ok(ReviewAnswer::Accept),
            "r" => return Ok(ReviewAnswer::Reject),
            "s" | "" => return Ok(ReviewAnswer::Skip),
            "A" => return Ok(ReviewAnswer::AcceptAll),
            "q" => return Ok(ReviewAnswer::Quit),
            _ => {}
        }
    }
}
