//! Locking a suite's scores, by a run that is made for it or by an earlier one; and which locked scores
//! can be kept after a change of the dataset or the judge setup.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::recompute::{Outcome as Recomputing, recompute};
use super::standing::Standing;
use super::{outputs, settings, strict};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, Outcome, RunHead};
use crate::golden::{
    Golden, GoldenEntry, Kept, KeptOutputs, Locked, Migration, Sight, Watch, migrate as what_can_be_kept,
    store,
};
use crate::judge::Reading;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::run::{Run, RunOptions};
use crate::suite::runs;
use crate::suite::shell::{Exit, quoted};
use crate::summary::Tally;

/// How often a judge flips that nothing is known of.
const FLIPS: f64 = 0.05;

/// A suite that is to be locked.
pub(crate) struct Locking<'a> {
    config: &'a Config,
    suite: &'a Suite,
    standing: Standing,
    /// Where the replies of its run are kept, if they are.
    replies: Option<PathBuf>,
}

/// A golden file that was written.
#[derive(Clone, Debug)]
pub(crate) struct LockedFile {
    pub(crate) path: PathBuf,
    pub(crate) before: Option<Golden>,
    pub(crate) after: Golden,
    /// The model whose scores were locked.
    pub(crate) model: String,
    /// How small a loss the suite will notice.
    pub(crate) sight: Sight,
}

impl<'a> Locking<'a> {
    /// The suite as it is now, before anything is asked.
    pub(crate) fn open(config: &'a Config, suite: &'a Suite, options: &RunOptions) -> Result<Self> {
        let standing = Standing::of(suite, config, options)?;
        Ok(Self { config, suite, standing, replies: None })
    }

    /// The same, keeping every reply of its run beside the golden file.
    pub(crate) fn with_replies(self) -> Self {
        let path = store::replies_path(&settings::folder(self.config), &self.suite.name);
        Self { replies: Some(path), ..self }
    }

    /// How the suite is run for it.
    ///
    /// # Errors
    /// The suite is strict, and its judge flips too often for so few repeats.
    pub(crate) fn options(&self, options: &RunOptions) -> Result<RunOptions> {
        let repeats = self.suite.repeats(options.repeats);
        strict::enough_repeats(self.suite, &self.standing, u64::from(repeats))?;
        let record = self.half().or_else(|| options.record.clone());
        Ok(RunOptions { record, ..options.clone() })
    }

    /// Locks its run, if its scores can be had; says why where they cannot.
    pub(crate) fn after(&self, ended: Exit, folder: &Path) -> Result<Option<LockedFile>> {
        let locks = locks(self.config, self.suite, ended);
        self.keep_replies(locks)?;
        if locks { self.write(folder).map(Some) } else { Ok(None) }
    }

    /// Keeps the replies of its run, if the run was finished, and locks nothing; says why where it keeps none.
    pub(crate) fn after_replies(&self, ended: Exit) -> Result<()> {
        let kept = ends_well(ended);
        if let Err(why) = kept {
            self.config.environment.tell(&format!("no replies of {} are recorded: {why}", self.suite.name));
        }
        self.keep_replies(kept.is_ok())
    }

    /// Locks an earlier run by its name.
    pub(crate) fn earlier(&self, name: &str) -> Result<LockedFile> {
        self.write(&earlier(self.config, self.suite, name, &self.standing)?)
    }

    /// Whether [`Locking::earlier`] would lock this run.
    pub(crate) fn would_take(&self, name: &str) -> bool {
        let Ok(folder) = earlier(self.config, self.suite, name, &self.standing) else { return false };
        let repeats = Journal::head(&folder).map(|head| u64::from(head.repeats));
        repeats.and_then(|repeats| strict::enough_repeats(self.suite, &self.standing, repeats)).is_ok()
    }

    /// Writes the golden file.
    fn write(&self, folder: &Path) -> Result<LockedFile> {
        let Self { config, suite, standing, .. } = self;
        let outcomes = Journal::read(folder)?;
        let records: Vec<Locked> = outcomes.iter().map(|outcome| standing.locked(outcome)).collect();
        if records.is_empty() {
            return Err(Error::new(
                ErrorKind::Journal,
                format!("the run in {} has no outcomes", folder.display()),
            )
            .help("judge again, without --from"));
        }
        let repeats = records.iter().map(|record| record.repeats.unwrap_or(1)).min();
        strict::enough_repeats(suite, standing, repeats.unwrap_or(1))?;
        let golden = settings::folder(config);
        let path = store::path(&golden, &suite.name);
        let before = store::read(&path)?;
        let mut after = before.clone().unwrap_or_else(|| Golden::new(&suite.name, standing.watch));
        after.watch = standing.watch;
        let entry = GoldenEntry::new(records, standing.fingerprints.clone());
        after.models.insert(standing.model.clone(), entry);
        let kept = outputs::to_keep(suite, config, standing, &outcomes)?;
        outputs::write(&golden, &suite.name, &after, kept.as_ref())?;
        store::remove(&store::pending_path(&golden, &suite.name))?;
        Ok(LockedFile { path, before, after, model: standing.model.clone(), sight: self.sight(&outcomes) })
    }

    /// What the suite will see: by the flips that it says or that the run's repeats show, else by an assumption.
    fn sight(&self, outcomes: &[Outcome]) -> Sight {
        let mut tally = Tally::new(&self.suite.name, &self.standing.prospect.panel);
        for outcome in outcomes {
            tally.add(outcome);
        }
        let measured = || tally.summary(0.0).repeats.and_then(|repeats| repeats.flip_rate);
        let steady = !self.suite.has_judges() || self.standing.prospect.panel.reading() == Reading::Weighted;
        let assumed = if steady { 0.0 } else { FLIPS };
        let sources: BTreeSet<&String> = self.standing.clusters.values().collect();
        let alone =
            outcomes.iter().filter(|outcome| !self.standing.clusters.contains_key(&outcome.id)).count();
        Sight {
            n: (sources.len() + alone) as u64,
            flip_rate: self.suite.file.golden.flip_rate.or_else(measured).unwrap_or(assumed),
        }
    }

    /// Where replies are written during the run.
    fn half(&self) -> Option<PathBuf> {
        self.replies.as_ref().map(|path| path.with_extension("jsonl.half"))
    }

    /// Puts recorded replies in their place, in an order that does not hang on which came first.
    fn keep_replies(&self, wanted: bool) -> Result<()> {
        let (Some(half), Some(path)) = (self.half(), &self.replies) else {
            return Ok(());
        };
        let refused = |error: std::io::Error| {
            Error::new(ErrorKind::Io, format!("cannot write {}: {error}", path.display()))
        };
        if !half.exists() {
            return Ok(());
        }
        if wanted {
            let text = fs::read_to_string(&half).map_err(refused)?;
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            lines.dedup();
            let text: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
            fs::write(path, text).map_err(refused)?;
            self.config.environment.tell(&format!("replies: {}", path.display()));
        }
        fs::remove_file(half).map_err(refused)
    }
}

/// Locks a run that was made just now, if its scores can be had; says why where they cannot.
pub(crate) fn lock_run(
    config: &Config,
    suite: &Suite,
    options: &RunOptions,
    run: &Run,
) -> Result<Option<LockedFile>> {
    if !locks(config, suite, run.exit()) {
        return Ok(None);
    }
    Locking::open(config, suite, options)?.write(run.folder()).map(Some)
}

/// Whether a run that ended like this is worth locking; it says why where it is not.
fn locks(config: &Config, suite: &Suite, ended: Exit) -> bool {
    let kept = ends_well(ended);
    if let Err(why) = kept {
        config.environment.tell(&format!("{} is not locked: {why}", suite.name));
    }
    kept.is_ok()
}

/// Whether a run ended so that what it gave can be kept; or why not.
fn ends_well(ended: Exit) -> Result<(), &'static str> {
    match ended {
        Exit::Success | Exit::Quality | Exit::Inconclusive => Ok(()),
        Exit::Unscored => Err("too many records are unscored"),
        _ => Err("the run was not finished"),
    }
}

/// An earlier run of the suite as it is now.
pub(super) fn earlier(config: &Config, suite: &Suite, name: &str, standing: &Standing) -> Result<PathBuf> {
    let folder = if name == "last" {
        let without =
            |error: Error| Error::new(error.kind(), error.detail()).help("judge it, without --from");
        runs::last_folder(config, &suite.name).map_err(without)?
    } else {
        runs::named_folder(config, &suite.name, name)?
    };
    let before = Journal::head(&folder)?;
    // How often a record was taken is how sure its score is, and not another judge setup.
    let head = RunHead { repeats: before.repeats, ..standing.prospect.head.clone() };
    let differences = head.differences(&before);
    if differences.is_empty() {
        return Ok(folder);
    }
    let detail = format!(
        "the run in {} is not of {} as it is now: {} changed",
        folder.display(),
        suite.name,
        differences.join(" and ")
    );
    Err(Error::new(ErrorKind::Journal, detail).help("judge again, without --from"))
}

/// A golden file, and what of it can be kept.
pub(crate) struct Migrating {
    suite: String,
    pub(crate) path: PathBuf,
    pending_path: PathBuf,
    /// The model whose scores they are.
    pub(crate) model: String,
    pub(crate) migration: Migration,
    /// What was computed anew, or why it could not be.
    pub(crate) notes: Vec<String>,
    golden: Golden,
    watch: Watch,
}

impl Migrating {
    pub(crate) fn of(config: &Config, suite: &Suite, options: &RunOptions) -> Result<Self> {
        let folder = settings::folder(config);
        let path = store::path(&folder, &suite.name);
        let Some(golden) = store::read(&path)? else {
            return Err(not_locked(suite));
        };
        let standing = Standing::of(suite, config, options)?;
        let (model, entry) = golden.entry(&standing.model, None)?;
        let kept = KeptOutputs::read(&folder, &suite.name)?;
        let mut notes = Vec::new();
        let mut migration = None;
        match recompute(suite, config, &standing, entry, &kept)? {
            Recomputing::Unchanged => {}
            Recomputing::Impossible(why) => {
                notes.push(format!("changed checks cannot be recomputed: {why}"));
            }
            Recomputing::Recomputed(anew) => {
                notes.push(anew.told());
                let mut kept = what_can_be_kept(&anew.entry, &standing.records, &standing.fingerprints);
                for id in anew.unjudged {
                    kept.records.insert(id, Kept::Anew(vec!["no judge was asked".to_owned()]));
                }
                migration = Some(kept);
            }
        }
        let migration =
            migration.unwrap_or_else(|| what_can_be_kept(entry, &standing.records, &standing.fingerprints));
        let model = model.to_owned();
        let pending_path = store::pending_path(&folder, &suite.name);
        let suite = suite.name.clone();
        Ok(Self { suite, path, pending_path, model, migration, notes, golden, watch: standing.watch })
    }

    /// Writes what can be kept; what waited for a decision waits no more.
    pub(crate) fn write(self) -> Result<()> {
        let Self { suite, path, pending_path, model, migration, mut golden, watch, .. } = self;
        let Some(kept) = migration.entry else {
            let detail = format!("nothing of {} can be kept", path.display());
            let help = format!("lock anew: evenhand golden lock {}", quoted(&suite));
            return Err(Error::new(ErrorKind::Golden, detail).help(help));
        };
        golden.watch = watch;
        golden.models.insert(model, kept);
        store::write(&path, &golden)?;
        store::remove(&pending_path)
    }
}

fn not_locked(suite: &Suite) -> Error {
    Error::new(ErrorKind::Golden, format!("suite {} has no golden file", suite.name))
        .help(format!("lock its scores: evenhand golden lock {}", quoted(&suite.name)))
}
