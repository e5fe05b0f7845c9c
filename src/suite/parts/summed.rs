//! Parts summed up: the head and the numbers of the one run that they are of.

use std::path::{Path, PathBuf};

use super::found::{Found, Part, parts};
use super::index::Index;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Ended, Journal, Outcome, RunHead};
use crate::judge::Reading;
use crate::report::{count, count_of};
use crate::suite::config::{Config, Folders, Missing, load_or_default};
use crate::suite::environment::Environment;
use crate::suite::run::MAX_UNSCORED;
use crate::suite::run_tally::{opened, tally};
use crate::suite::runs::SummaryFile;
use crate::suite::turns;
use crate::summary::Summary;

/// The numbers of a run that was judged in parts, from a folder with the runs' folders or files of results:
/// `evenhand report FOLDER`. They do not depend on the order of the parts.
///
/// # Errors
/// The folder holds no part, the parts are not of one judge, or a record has two different outcomes.
pub fn sum_up(folder: &Path, project: Option<PathBuf>, environment: Environment) -> Result<Summary> {
    let folders =
        Folders { config: project, state_dir: None, models_dir: None, missing: Missing::Refuse, environment };
    let config = load_or_default(&folders)?;
    Ok(Summed::open(folder, &config)?.file(&config)?.summary)
}

/// The parts of one run.
pub(crate) struct Summed {
    pub(crate) head: RunHead,
    reading: Reading,
    index: Index,
    parts: Vec<Part>,
}

impl Summed {
    /// Reads the parts in a folder through.
    pub(crate) fn open(folder: &Path, config: &Config) -> Result<Self> {
        let Found { parts, left_out } = parts(folder)?;
        if let [first, rest @ ..] = left_out.as_slice() {
            let more = if rest.is_empty() {
                String::new()
            } else {
                format!(" and {}", count_of(rest.len() as u64, "more file"))
            };
            config
                .environment
                .tell(&format!("no parts, since they hold no outcomes: {}{more}", first.display()));
        }
        let mut same = None;
        let mut index = Index::read(&parts, |outcome, part| one_judge(&mut same, outcome, part))?;
        let Some((_, model, reading)) = same else {
            let detail = format!("nothing is settled in the parts in {}", folder.display());
            return Err(Error::new(ErrorKind::Journal, detail).help("a report needs one record at least"));
        };
        let head = match head(&parts)? {
            Some(head) => head,
            None => no_suite(folder, model),
        };
        if let Ok(suite) = opened(&head, config)
            && let Ok(dataset) = suite.dataset(config)
        {
            index.order_by(dataset.flatten().map(|record| record.id));
        }
        let summed = Self { head, reading, index, parts };
        config.environment.tell(&format!("{}: {}", folder.display(), summed.told()));
        Ok(summed)
    }

    /// Gives every record's outcome to `take`, each once and in one order, whatever the order of the parts.
    pub(crate) fn each(&self, take: impl FnMut(Outcome)) -> Result<()> {
        self.index.each(take)
    }

    /// The numbers of the one run.
    pub(crate) fn file(&self, config: &Config) -> Result<SummaryFile> {
        let ends = Ends::of(&self.parts);
        let mut tally = tally(&self.head, self.reading, config);
        (0..ends.skipped).for_each(|_| tally.skip());
        let mut elapsed_s = 0.0;
        self.each(|outcome| {
            elapsed_s += outcome.elapsed_ms / 1000.0;
            tally.add(&outcome);
        })?;
        let mut summary = tally.summary(if ends.wall_s > 0.0 { ends.wall_s } else { elapsed_s });
        summary.pending = ends.pending;
        let suite = opened(&self.head, config).ok().map(|suite| suite.file);
        let most = suite.as_ref().and_then(|file| file.max_unscored).unwrap_or(MAX_UNSCORED);
        let exit = ends.complete.then(|| turns::exit(&Ended::Complete, &summary, most));
        let pass_at = suite.and_then(|file| file.pass_at);
        let ended = if ends.complete { "complete" } else { "unfinished" };
        Ok(SummaryFile::new(ended, exit, pass_at, summary))
    }

    /// What was summed up, in words.
    fn told(&self) -> String {
        let records = count_of(self.index.len() as u64, "record");
        let parts = count_of(self.parts.len() as u64, "part");
        match self.index.twice {
            0 => format!("{records} of {parts}"),
            twice => format!(
                "{records} of {parts}; {} outcomes stand in two parts, the same in both, and are counted once",
                count(twice)
            ),
        }
    }
}

/// What the parts say of their own ends.
struct Ends {
    complete: bool,
    skipped: u64,
    pending: u64,
    /// What all runs took together.
    wall_s: f64,
}

impl Ends {
    fn of(parts: &[Part]) -> Self {
        let mut ends = Self { complete: true, skipped: 0, pending: 0, wall_s: 0.0 };
        for part in parts {
            let Part::Run(folder) = part else { continue };
            let Some(file) = SummaryFile::read(folder) else {
                ends.complete = false;
                continue;
            };
            ends.complete &= file.ended == "complete";
            ends.skipped += file.summary.skipped;
            ends.pending += file.summary.pending;
            ends.wall_s += file.summary.wall_s;
        }
        ends
    }
}

/// All outcomes are by one judge.
fn one_judge(same: &mut Option<(Part, String, Reading)>, outcome: &Outcome, part: &Part) -> Result<()> {
    let Some((first, model, reading)) = same else {
        *same = Some((part.clone(), outcome.model.clone(), outcome.reading));
        return Ok(());
    };
    if *model == outcome.model && *reading == outcome.reading {
        return Ok(());
    }
    let what = if *model == outcome.model { "reading" } else { "model" };
    Err(not_one(first, part, &format!("the {what}")))
}

/// The one head of all runs. Their records differ: so may the dataset, the outputs and the selection.
fn head(parts: &[Part]) -> Result<Option<RunHead>> {
    let mut one: Option<(&Part, RunHead)> = None;
    for part in parts {
        let Part::Run(folder) = part else { continue };
        let head = Journal::head(folder)?;
        let Some((first, before)) = &mut one else {
            one = Some((part, head));
            continue;
        };
        let same_records = RunHead {
            dataset: before.dataset.clone(),
            outputs: before.outputs.clone(),
            selection: before.selection.clone(),
            ..head.clone()
        };
        let differences = same_records.differences(before);
        if !differences.is_empty() {
            return Err(not_one(first, part, &differences.join(" and ")));
        }
        if head.dataset != before.dataset {
            before.dataset.clear();
        }
    }
    Ok(one.map(|(_, head)| head))
}

fn not_one(one: &Part, other: &Part, what: &str) -> Error {
    let (one, other) = (one.file(), other.file());
    let detail =
        format!("{} and {} are no parts of one run: they differ in {what}", one.display(), other.display());
    Error::new(ErrorKind::Journal, detail).help("put the parts of each run in a folder of their own")
}

/// The head of results that no suite made.
fn no_suite(folder: &Path, model: String) -> RunHead {
    let name = folder.file_stem().map(|name| name.to_string_lossy().into_owned());
    RunHead {
        format: RunHead::FORMAT,
        suite: name.unwrap_or_else(|| "parts".to_owned()),
        model,
        judges: std::collections::BTreeMap::new(),
        judge: String::new(),
        dataset: String::new(),
        outputs: None,
        selection: String::new(),
        repeats: 1,
        strategy: None,
        routes: std::collections::BTreeMap::new(),
    }
}
