//! A table of judgments, read and scored.

use std::path::Path;
use std::time::Instant;

use super::event::{Listener, ScoreEvent, ScoreOptions, ScoredRun};
use super::lines::{left_out, survey};
use super::runs::Runs;
use crate::error::{Error, ErrorKind, Result};
use crate::imported::{JudgmentFormat, Scorer, Stretch, observed};
use crate::report::count;
use crate::suite::config::Config;
use crate::suite::exit::Exit;
use crate::suite::scores::Judgments;
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
            .help("add one that says how the judgments are read; docs/scoring.md shows how")),
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

/// Nobody judged: people are held against each other.
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
        let (name, lines) = (&judgments.name, count(read.left_out));
        config.environment.tell(&format!("{name}: {lines} lines left out by filters"));
    }
    runs.finish(read, skipped, started.elapsed().as_secs_f64(), listener)
}
