//! A table of judgments, read and scored, and the lines of its file that cannot be used.

use std::path::Path;
use std::time::Instant;

use super::runs::{Listener, Runs, ScoreEvent, ScoreOptions, ScoredRun};
use crate::data::{DataFault, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::OnFault;
use crate::imported::{JudgmentFormat, Scored, Scorer, Stretch, Truths, observed};
use crate::report::count_of;
use crate::suite::config::Config;
use crate::suite::scores::Judgments;
use crate::suite::shell::Exit;
use crate::summary::{PeopleAgreement, Tally};

/// Scores the judgments of a table: a run for each judge.
pub(crate) fn score(
    config: &Config,
    name: &str,
    options: &ScoreOptions,
    listener: &mut Listener<'_>,
) -> Result<Vec<ScoredRun>> {
    let judgments = Judgments::open(name, options.replies.as_deref(), config)?;
    match judgments.imported(&options.filters)? {
        Some(imported) => judged(&judgments, imported, config, options, listener),
        None => people(&judgments, listener),
    }
}

/// Which tables are meant: the named one, the only one, or all that name their file.
pub(crate) fn names(config: &Config, wanted: Option<&str>, replies: Option<&Path>) -> Result<Vec<String>> {
    if let Some(name) = wanted {
        return Ok(vec![name.to_owned()]);
    }
    let all: Vec<&String> = config.file.scores.keys().collect();
    let known = || all.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    match (all.as_slice(), replies) {
        ([], _) => Err(Error::new(ErrorKind::Config, "evenhand.toml has no [scores.NAME]")
            .help("add one that says how the judgments are read; docs/guides/scoring.md shows how")),
        ([only], _) => Ok(vec![(*only).clone()]),
        (_, Some(_)) => Err(Error::new(ErrorKind::Usage, "evenhand.toml has several [scores.NAME]")
            .help(format!("say which one reads this file: --suite NAME, one of {}", known()))),
        (_, None) => {
            let with_file = config.file.scores.iter().filter(|(_, score)| score.replies.is_some());
            let names: Vec<String> = with_file.map(|(name, _)| name.clone()).collect();
            if names.is_empty() {
                return Err(Error::new(ErrorKind::Usage, "no file of judgments is named")
                    .help(format!("evenhand score FILE --suite NAME, one of {}", known())));
            }
            Ok(names)
        }
    }
}

/// Nobody judged: people are compared with each other.
fn people(judgments: &Judgments, listener: &mut Listener<'_>) -> Result<Vec<ScoredRun>> {
    let items = judgments.items()?;
    let head = judgments.tally_head(None, "");
    let people = PeopleAgreement::of(items.people(), head.near_ties);
    let summary = Tally::of(head).among(people).summary(0.0);
    if summary.people.is_none() {
        let detail = format!("no record of {} has labels of two people", judgments.replies.display());
        return Err(Error::new(ErrorKind::Dataset, detail)
            .help(format!("look at `fields` in [scores.{}.people]", judgments.name)));
    }
    let run = ScoredRun { folder: None, summary, exit: Exit::Success };
    listener(ScoreEvent::Ended(&run))?;
    Ok(vec![run])
}

fn judged(
    judgments: &Judgments,
    mut imported: JudgmentFormat,
    config: &Config,
    options: &ScoreOptions,
    listener: &mut Listener<'_>,
) -> Result<Vec<ScoredRun>> {
    let started = Instant::now();
    if imported.needs_range()
        && let Some((min, max)) = observed(&imported, judgments.lines()?.flatten())
    {
        imported.reader.stretch = Stretch::From { min, max };
    }
    let truths = judgments.truths(config)?;
    let found = survey(judgments, &imported, &truths)?;
    let mut runs = Runs::start(judgments, &imported, config, options, found)?;
    let mut scorer = Scorer::new(&imported, &truths);
    let mut skipped = 0;
    for record in judgments.lines()? {
        match record.and_then(|record| scorer.add(&record)) {
            Ok(outcomes) => runs.settled(outcomes, listener)?,
            Err(fault) => {
                left_out(judgments, &fault)?;
                skipped += 1;
                listener(ScoreEvent::LeftOut(&fault))?;
            }
        }
    }
    let read = scorer.finish();
    if read.left_out > 0 {
        let (name, lines) = (&judgments.name, count_of(read.left_out, "line"));
        config.environment.tell(&format!("{name}: {lines} left out by filters"));
    }
    runs.finish(read, skipped, started.elapsed().as_secs_f64(), listener)
}

/// With more judges than these a field is named that does not tell judges.
const MOST_JUDGES: usize = 200;

/// What to do about a line that cannot be used.
const SKIP: &str = "mend it, or set `on_fault = \"skip\"` to leave such lines out and count them";

/// Reads everything through once, so that a fault on the last line is found before a run is begun.
pub(super) fn survey(judgments: &Judgments, imported: &JudgmentFormat, truths: &Truths) -> Result<Scored> {
    let mut scorer = Scorer::new(imported, truths);
    let mut outcomes = 0;
    let mut lines = judgments.lines()?;
    while let Some(record) = lines.next() {
        match record.and_then(|record| scorer.add(&record)) {
            Ok(opened) => outcomes += opened.len(),
            Err(fault) => {
                left_out(judgments, &fault)
                    .map_err(|error| with_all_labels(error, fault.help, &mut scorer, lines.by_ref()))?;
            }
        }
    }
    let found = scorer.finish();
    if outcomes + found.rest.len() == 0 {
        return Err(nothing(judgments, &found));
    }
    if found.counts.len() > MOST_JUDGES {
        let detail = format!(
            "{} has {} different judges by its fields {}",
            judgments.replies.display(),
            found.counts.len(),
            judgments.file.judge_fields.join(", ")
        );
        return Err(Error::new(ErrorKind::Dataset, detail)
            .help("`judge_fields` names the fields that say who judged; each judge is a run of its own"));
    }
    if let Some(field) = label_field(judgments).filter(|_| !found.has_labels) {
        let file = judgments.file.dataset.as_ref().unwrap_or(&judgments.replies);
        let detail = format!("no record of {} has the label's field \"{field}\"", file.display());
        return Err(Error::new(ErrorKind::Dataset, detail).help(format!(
            "look at `label` in [scores.{}]: paths have dots, as in human.overall",
            judgments.name
        )));
    }
    Ok(found)
}

/// A line that cannot be used is left out, or ends it all.
pub(super) fn left_out(judgments: &Judgments, fault: &DataFault) -> Result<()> {
    if judgments.file.on_fault == OnFault::Stop || fault.fatal {
        return Err(fatal(fault));
    }
    Ok(())
}

/// An error about a label off the scale, with all such labels that the rest of the lines have too.
fn with_all_labels(
    error: Error,
    help: Option<String>,
    scorer: &mut Scorer<'_>,
    rest: impl Iterator<Item = Result<Record, DataFault>>,
) -> Error {
    let Some(first) = help else {
        return error;
    };
    let later = rest.flatten().filter_map(|record| scorer.add(&record).err()?.help).last();
    error.help(format!("{}\nor {SKIP}", later.unwrap_or(first)))
}

fn label_field(judgments: &Judgments) -> Option<&str> {
    let people = judgments.file.people.as_ref().and_then(|people| people.fields.first());
    judgments.file.label.as_ref().or(people).map(String::as_str)
}

fn nothing(judgments: &Judgments, found: &Scored) -> Error {
    let file = judgments.replies.display();
    let unknown: u64 = found.counts.values().map(|counts| counts.unknown).sum();
    let detail = match (unknown, found.left_out) {
        (0, 0) => format!("{file} holds no judgments"),
        (0, _) => format!("no line of {file} is left by the filters"),
        _ => format!("no line of {file} is about a record of the dataset"),
    };
    let help = if unknown > 0 {
        "look at `id` and `dataset_id`: they are joined"
    } else {
        "an empty run is not a success"
    };
    Error::new(ErrorKind::Dataset, format!("scores {}: {detail}", judgments.name)).help(help)
}

fn fatal(fault: &DataFault) -> Error {
    let detail = format!("replies line {}: {} ({})", fault.line, fault.problem, fault.file);
    let help = if fault.problem.starts_with("field ") {
        "paths in evenhand.toml have dots, as in order_ab.raw; `filter` leaves lines out, `on_fault = \"skip\"` those that cannot be used"
    } else {
        SKIP
    };
    Error::new(ErrorKind::Dataset, detail).help(help)
}
