//! `evenhand score`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use super::args::{Global, ScoreArgs};
use super::print;
use crate::data::{DataFault, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Ended, InOrder, Journal, OnFault, Outcome, RunHead};
use crate::imported::{JudgmentFormat, Scored, Scorer, Stretch, Truths, observed};
use crate::report::{count, outcome_line, summary_line, summary_text};
use crate::suite::Exit;
use crate::suite::config::{Config, load};
use crate::suite::run::MAX_UNSCORED;
use crate::suite::runs;
use crate::suite::scores::Judgments;
use crate::suite::summary_file::SummaryFile;
use crate::suite::turns;
use crate::summary::{PeopleAgreement, Tally};

/// With more judges than these a field is named that does not tell judges.
const MOST_JUDGES: usize = 200;

pub(super) fn score(global: &Global, args: &ScoreArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let mut exit = Exit::Success;
    for name in names(&config, args)? {
        let judgments = Judgments::open(&name, args.replies.as_deref(), &config)?;
        let one = match judgments.imported(&args.filter)? {
            Some(imported) => judged(&judgments, imported, &config, args)?,
            None => people(&judgments, args)?,
        };
        exit = exit.max(one);
    }
    Ok(exit)
}

/// Which tables are meant: the named one, the only one, or all that name their file.
fn names(config: &Config, args: &ScoreArgs) -> Result<Vec<String>> {
    if let Some(name) = &args.suite {
        return Ok(vec![name.clone()]);
    }
    let all: Vec<&String> = config.file.scores.keys().collect();
    let known = || all.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    match (all.as_slice(), &args.replies) {
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
fn people(judgments: &Judgments, args: &ScoreArgs) -> Result<Exit> {
    let items = judgments.items()?;
    let head = judgments.tally_head(None, "");
    let people = PeopleAgreement::of(items.people(), head.near_ties);
    let summary = Tally::of(head).among(people).summary(0.0);
    if summary.people.is_none() {
        let detail = format!("no record of {} has labels of two people", judgments.replies.display());
        return Err(Error::new(ErrorKind::Dataset, detail)
            .help(format!("look at `fields` in [scores.{}.people]", judgments.name)));
    }
    if args.json {
        print(&format!("{}\n", summary_line(&summary, "complete", "")))?;
    } else {
        print(&format!("\n{}\n", summary_text(&summary)))?;
    }
    Ok(Exit::Success)
}

fn judged(
    judgments: &Judgments,
    mut imported: JudgmentFormat,
    config: &Config,
    args: &ScoreArgs,
) -> Result<Exit> {
    let started = Instant::now();
    if imported.needs_range()
        && let Some((min, max)) = observed(&imported, judgments.lines()?.flatten())
    {
        imported.reader.stretch = Stretch::From { min, max };
    }
    let truths = judgments.truths(config)?;
    let found = survey(judgments, &imported, &truths)?;
    let mut runs = Runs::start(judgments, &imported, config, args, found)?;
    let mut scorer = Scorer::new(&imported, &truths);
    let mut skipped = Skipped::told(judgments);
    for record in judgments.lines()? {
        match record.and_then(|record| scorer.add(&record)) {
            Ok(outcomes) => runs.settled(outcomes)?,
            Err(fault) => skipped.take(&fault)?,
        }
    }
    let read = scorer.finish();
    if read.left_out > 0 {
        eprintln!("{}: {} lines left out by filters", judgments.name, count(read.left_out));
    }
    runs.finish(read, skipped.number, started.elapsed().as_secs_f64())
}

/// Reads everything through once, so that a fault on the last line is found before a run is begun.
fn survey(judgments: &Judgments, imported: &JudgmentFormat, truths: &Truths) -> Result<Scored> {
    let mut scorer = Scorer::new(imported, truths);
    let mut skipped = Skipped::silent(judgments);
    let mut outcomes = 0;
    let mut lines = judgments.lines()?;
    while let Some(record) = lines.next() {
        match record.and_then(|record| scorer.add(&record)) {
            Ok(opened) => outcomes += opened.len(),
            Err(fault) => {
                skipped
                    .take(&fault)
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

/// Lines that cannot be used: the end of the command, or left out and counted.
struct Skipped {
    on_fault: OnFault,
    tells: bool,
    number: u64,
}

impl Skipped {
    fn told(judgments: &Judgments) -> Self {
        Self { on_fault: judgments.file.on_fault, tells: true, number: 0 }
    }

    fn silent(judgments: &Judgments) -> Self {
        Self { tells: false, ..Self::told(judgments) }
    }

    fn take(&mut self, fault: &DataFault) -> Result<()> {
        if self.on_fault == OnFault::Stop || fault.fatal {
            return Err(fatal(fault));
        }
        self.number += 1;
        if self.tells {
            eprintln!("left out: replies line {}: {} ({})", fault.line, fault.problem, fault.file);
        }
        Ok(())
    }
}

/// What to do about a line that cannot be used.
const SKIP: &str = "mend it, or set `on_fault = \"skip\"` to leave such lines out and count them";

fn fatal(fault: &DataFault) -> Error {
    let detail = format!("replies line {}: {} ({})", fault.line, fault.problem, fault.file);
    let help = if fault.problem.starts_with("field ") {
        "paths in evenhand.toml have dots, as in order_ab.raw; `filter` leaves lines out, `on_fault = \"skip\"` those that cannot be used"
    } else {
        SKIP
    };
    Error::new(ErrorKind::Dataset, detail).help(help)
}

/// The runs of the judges of one file.
struct Runs<'a> {
    judgments: &'a Judgments,
    args: &'a ScoreArgs,
    by_judge: BTreeMap<String, OneRun>,
}

/// One judge's run.
struct OneRun {
    journal: Journal,
    folder: PathBuf,
    tally: Tally,
    in_order: InOrder,
}

impl<'a> Runs<'a> {
    fn start(
        judgments: &'a Judgments,
        imported: &JudgmentFormat,
        config: &Config,
        args: &'a ScoreArgs,
        found: Scored,
    ) -> Result<Self> {
        let replies = runs::hash(&judgments.replies)?;
        let dataset = match &judgments.file.dataset {
            Some(dataset) => runs::hash(&config.path(dataset))?,
            None => replies.clone(),
        };
        let how = format!("{:?}", judgments.file);
        let people = PeopleAgreement::of(&found.people, judgments.tally_head(None, "").near_ties);
        let mut by_judge = BTreeMap::new();
        for (judge, counts) in found.counts {
            let folder = runs::new_folder(config, &judgments.name)?;
            let head = RunHead {
                format: RunHead::FORMAT,
                suite: judgments.name.clone(),
                model: judge.clone(),
                judge: blake3::hash(how.as_bytes()).to_hex().to_string(),
                dataset: dataset.clone(),
                outputs: Some(replies.clone()),
                selection: format!("{:?}", (&judgments.file.filter, &args.filter)),
                repeats: 1,
            };
            let journal = Journal::start(&folder, &head)?;
            let tally = Tally::of(judgments.tally_head(Some(imported), &judge))
                .showing(judgments.file.show.iter().cloned())
                .read_from(counts)
                .among(people.clone());
            by_judge.insert(judge, OneRun { journal, folder, tally, in_order: InOrder::default() });
        }
        Ok(Self { judgments, args, by_judge })
    }

    fn settled(&mut self, outcomes: Vec<Outcome>) -> Result<()> {
        for outcome in outcomes {
            let Some(run) = self.by_judge.get_mut(&outcome.model) else { continue };
            run.journal.write(&outcome)?;
            run.tally.add(&outcome);
            if self.args.json {
                for outcome in run.in_order.push(outcome) {
                    print(&format!("{}\n", outcome_line(&self.judgments.name, &outcome)))?;
                }
            }
        }
        Ok(())
    }

    fn finish(mut self, scored: Scored, skipped: u64, wall_s: f64) -> Result<Exit> {
        self.settled(scored.rest)?;
        let mut exit = Exit::Success;
        for mut run in self.by_judge.into_values() {
            (0..skipped).for_each(|_| run.tally.skip());
            let summary = run.tally.summary(wall_s);
            let most = self.judgments.file.max_unscored.unwrap_or(MAX_UNSCORED);
            let own = turns::exit(&Ended::Complete, &summary, most);
            if self.args.json {
                for outcome in run.in_order.rest() {
                    print(&format!("{}\n", outcome_line(&self.judgments.name, &outcome)))?;
                }
                let journal = run.folder.display().to_string();
                print(&format!("{}\n", summary_line(&summary, "complete", &journal)))?;
            } else {
                print(&format!("\n{}\n", summary_text(&summary)))?;
            }
            eprintln!("journal: {}", run.folder.join("journal.jsonl").display());
            if own == Exit::Unscored {
                eprintln!("{}: too many records are unscored to judge by the rest", summary.model);
            }
            SummaryFile::new("complete", Some(own), None, summary).write(&run.folder)?;
            exit = exit.max(own);
        }
        Ok(exit)
    }
}
