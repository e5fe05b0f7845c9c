//! A suite compared with its golden file.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::outputs::Outputs;
use super::recompute::{Outcome as Recomputing, recompute};
use super::standing::Standing;
use super::{outputs, settings};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, Outcome, Settled};
use crate::golden::{
    Checked, Conclusion, Diff, Golden, GoldenEntry, Input, KeptOutputs, Latencies, Locked, OutputChange,
    Pending, SetupChange, Strictness, Update, Watch, gates, other_outputs, store,
};
use crate::judge::{Reading, Reason};
use crate::suite::config::{Config, Inconclusive};
use crate::suite::judges::Suite;
use crate::suite::loaded_models::NamedModels;
use crate::suite::run::{MAX_UNSCORED, RunOptions};
use crate::suite::shell::{Exit, quoted};
use crate::suite::subjects;
use crate::summary::{Prices, Tally};

/// A suite and its golden file, before anything is asked.
pub(crate) struct Held<'a> {
    pub(crate) suite: &'a Suite,
    pub(crate) standing: Standing,
    path: PathBuf,
    golden: Option<Golden>,
    /// The scores it is compared with, under the checks and weights of now.
    entry: Option<GoldenEntry>,
    /// What was computed anew of them, where checks or weights changed.
    recomputed: Vec<String>,
    /// The model whose scores it is compared with.
    golden_model: String,
    prices: Prices,
    /// The outputs that the locked scores are of, where they are kept.
    kept: KeptOutputs,
    /// What is to be known where recorded replies answer.
    replayed: Option<String>,
}

/// What a run of it gave.
pub(crate) struct Now {
    pub(crate) folder: PathBuf,
    pub(crate) outcomes: Vec<Outcome>,
    /// The outputs of records that are new, or have another one, where outputs are kept.
    outputs: Outputs,
    new: Vec<Locked>,
    /// The locked records that are compared.
    pub(crate) golden: Vec<Locked>,
}

impl<'a> Held<'a> {
    /// # Errors
    /// The suite has neither golden file nor gates, or its judge setup changed: what, and what to do.
    pub(crate) fn open(
        suite: &'a Suite,
        config: &Config,
        against: Option<&str>,
        options: &RunOptions,
    ) -> Result<Self> {
        let path = store::path(&settings::folder(config), &suite.name);
        let golden = store::read(&path)?;
        if golden.is_none() && !suite.file.gates.is_set() {
            return Err(nothing(suite, &path));
        }
        let standing = Standing::of(suite, config, options)?;
        let prices = NamedModels::of(suite, config, options)?.silent(config)?.prices();
        let mut golden_model = standing.model.clone();
        let kept = KeptOutputs::read(&settings::folder(config), &suite.name)?;
        let (mut held, mut recomputed) = (None, Vec::new());
        if let Some(golden) = &golden {
            same_side(golden, &standing, &path)?;
            let (name, entry) = golden.entry(&standing.model, against)?;
            name.clone_into(&mut golden_model);
            let mut why = None;
            let mut under_today = entry.clone();
            match recompute(suite, config, &standing, entry, &kept)? {
                Recomputing::Unchanged => {}
                Recomputing::Impossible(reason) => why = Some(reason),
                Recomputing::Recomputed(anew) => {
                    recomputed = anew.notes(&quoted(&suite.name));
                    under_today = anew.entry;
                }
            }
            let entry = under_today;
            let pairs =
                entry.records.iter().filter_map(|locked| Some((locked, standing.records.get(&locked.id)?)));
            let changes = standing.fingerprints.setup_changes(&entry.fingerprints, pairs);
            if !changes.is_empty() {
                return Err(other_setup(&suite.name, &path, &changes, why.as_deref()));
            }
            held = Some(entry);
        }
        let replayed = options.replies.as_ref().map(|_| varying(suite, config)).transpose()?.flatten();
        Ok(Self {
            suite,
            standing,
            path,
            golden,
            entry: held,
            recomputed,
            golden_model,
            prices,
            kept,
            replayed,
        })
    }

    /// Reads a run.
    pub(crate) fn read(&self, config: &Config, folder: &Path) -> Result<Now> {
        let outcomes = Journal::read(folder)?;
        let new: Vec<Locked> = outcomes.iter().map(|outcome| self.standing.locked(outcome)).collect();
        let judged: HashSet<&str> = outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
        // A record that is there and was not judged was left out on purpose: by a filter, or a calibration.
        let counts = |locked: &&Locked| {
            judged.contains(locked.id.as_str()) || !self.standing.records.contains_key(&locked.id)
        };
        let golden = self.entry().map(|entry| entry.records.iter().filter(counts).cloned().collect());
        let outputs = self.new_outputs(config, &new, &outcomes)?;
        Ok(Now { folder: folder.to_owned(), golden: golden.unwrap_or_default(), new, outcomes, outputs })
    }

    /// The outputs of records that are new or have another one, where outputs are kept.
    fn new_outputs(&self, config: &Config, new: &[Locked], outcomes: &[Outcome]) -> Result<Outputs> {
        let Some(entry) = self.entry().filter(|_| self.suite.file.golden.keep_outputs) else {
            return Ok(Outputs::default());
        };
        let is_new = |locked: &&Locked| {
            locked.outputs().iter().any(Option::is_some)
                && entry.record(&locked.id).is_none_or(|was| was.outputs() != locked.outputs())
        };
        let wanted = new.iter().filter(is_new).map(|locked| locked.id.as_str()).collect();
        outputs::of_run(self.suite, config, &self.standing, outcomes, &wanted)
    }

    /// What is compared; nothing for a suite with gates alone.
    pub(crate) fn case<'n>(&self, now: &'n Now) -> Option<Input<'n>> {
        self.golden.as_ref()?;
        Some(Input {
            suite: self.suite.name.clone(),
            golden_model: self.golden_model.clone(),
            model: self.standing.model.clone(),
            golden: &now.golden,
            new: &now.new,
            rule: settings::rule(self.suite, self.standing.clusters.clone()),
        })
    }

    /// What follows.
    pub(crate) fn checked(&self, now: &Now, diff: Option<Diff>, ended: Exit) -> Checked {
        let mut tally =
            Tally::new(&self.suite.name, &self.standing.prospect.panel).priced(self.prices.clone());
        let mut latencies = Latencies::default();
        for outcome in &now.outcomes {
            tally.add(outcome);
            latencies.add(outcome, &self.suite.file.gates);
        }
        let summary = tally.summary(0.0);
        let checked = Checked {
            suite: self.suite.name.clone(),
            model: self.standing.model.clone(),
            golden: self.golden.as_ref().map(|_| self.path.display().to_string()),
            run: now.folder.display().to_string(),
            conclusion: Conclusion::Inconclusive,
            notes: self.recomputed.iter().chain(&self.replayed).cloned().collect(),
            diff: diff.map(|diff| self.told(diff, now)),
            gates: gates(&self.suite.file.gates, &summary, latencies),
            records: summary.records,
            passed: summary.passed,
            unscored: summary.unscored,
            unscored_examples: examples(now),
        };
        // A run that was stopped early, because every call failed, is not judged by what came before; a broken rule
        // stays broken.
        if ended == Exit::Unscored && checked.not_recorded() == 0 && !checked.breaks_a_rule() {
            return Checked { conclusion: Conclusion::Unscored, ..checked };
        }
        checked.concluded(Strictness {
            max_unscored: self.suite.file.max_unscored.unwrap_or(MAX_UNSCORED),
            inconclusive: match self.suite.file.golden.inconclusive {
                Inconclusive::Fail => Conclusion::Inconclusive,
                Inconclusive::Pass => Conclusion::Undecided,
            },
        })
    }

    /// A diff with reasons, tags, and what changed about the subject.
    fn told(&self, mut diff: Diff, now: &Now) -> Diff {
        let outcomes: HashMap<&str, &Outcome> =
            now.outcomes.iter().map(|outcome| (outcome.id.as_str(), outcome)).collect();
        for record in &mut diff.records {
            let Some(outcome) = outcomes.get(record.id.as_str()) else { continue };
            record.tags.clone_from(&outcome.tags);
            record.reasoning = match &outcome.result {
                Settled::Scored(score) => score.reasoning.clone(),
                Settled::Unscored(unscored) => Some(unscored.to_string()),
            };
        }
        for broken in &mut diff.broken {
            let Some(outcome) = outcomes.get(broken.record.as_str()) else { continue };
            broken.reason = match &broken.check {
                Some(name) => found(outcome, name),
                None => outcome.score().and_then(|score| score.reasoning.clone()),
            };
        }
        diff.subject = self.subject(now);
        diff.outputs = self.changed_outputs(now);
        diff
    }

    fn changed_outputs(&self, now: &Now) -> BTreeMap<String, OutputChange> {
        let change = |(id, output): (&String, &Value)| {
            let mark = self.entry()?.record(id)?.marks.output.as_ref()?;
            let was = self.kept.get(id, mark).filter(|was| *was != output)?;
            Some((id.clone(), OutputChange::new(was.clone(), output.clone())))
        };
        now.outputs.shown.iter().filter_map(change).collect()
    }

    fn subject(&self, now: &Now) -> Vec<String> {
        let Some(entry) = self.entry() else {
            return Vec::new();
        };
        let mut changes = self.standing.fingerprints.subject_changes(&entry.fingerprints);
        match other_outputs(&entry.records, &now.new).len() {
            0 => {}
            1 => changes.push("the output of 1 record".to_owned()),
            n => changes.push(format!("the outputs of {n} records")),
        }
        changes
    }

    fn entry(&self) -> Option<&GoldenEntry> {
        self.entry.as_ref()
    }

    /// Writes what waits for a decision, or locks it; says how many scores it is about: none where only
    /// the subject changed, and nothing where that did not either.
    pub(crate) fn update(
        &self,
        config: &Config,
        now: &Now,
        diff: &Diff,
        update: Update,
    ) -> Result<Option<usize>> {
        let (Some(golden), Some(entry)) = (&self.golden, self.entry()) else {
            return Ok(None);
        };
        let path = store::pending_path(&settings::folder(config), &self.suite.name);
        let mut pending = Pending {
            watch: self.standing.watch,
            run: now.folder.display().to_string(),
            outputs: now.outputs.shown.clone(),
            further: now.outputs.further.clone(),
            recomputed: (!self.recomputed.is_empty()).then(|| entry.clone()),
            ..Pending::of(diff, entry, &now.new, &self.standing.fingerprints)
        };
        let waiting = pending.records.len();
        let subject = self.standing.fingerprints.subject_changes(&entry.fingerprints);
        let something = waiting > 0 || (!subject.is_empty() && now.new.iter().all(Locked::is_scored));
        match update {
            Update::Nothing => {}
            _ if !something => store::remove(&path)?,
            Update::Pending => store::write_pending(&path, &pending)?,
            Update::Lock => {
                let mut golden = golden.clone();
                pending.accept(&mut golden, None);
                let new = Some(&now.outputs).filter(|_| self.suite.file.golden.keep_outputs);
                outputs::write(&settings::folder(config), &self.suite.name, &golden, new)?;
                store::remove(&path)?;
            }
        }
        Ok(something.then_some(waiting))
    }
}

/// Why outputs may be others than those whose replies are recorded, where they are produced and may.
fn varying(suite: &Suite, config: &Config) -> Result<Option<String>> {
    let outputs = suite.file.outputs.as_ref();
    if outputs.is_some_and(|outputs| outputs.command.is_some()) {
        let note = "a command makes the outputs at each check: the judge's reply to an output that is not the recorded \
                    one is not recorded";
        return Ok(Some(note.to_owned()));
    }
    let Some(model_config) = subjects::model_config(outputs, config)? else { return Ok(None) };
    let temperature = match model_config.parameters(Reading::Text).temperature {
        Some(temperature) if temperature <= 0.0 => return Ok(None),
        Some(temperature) => format!("temperature {temperature}"),
        None => "its server's temperature".to_owned(),
    };
    let name = model_config.full_name();
    Ok(Some(format!(
        "the outputs are the recorded ones; {name} at {temperature} writes others from call to call"
    )))
}

/// What a check found, in words; or why it was not even tried.
fn found(outcome: &Outcome, check: &str) -> Option<String> {
    let examined = outcome.checks.iter().find(|examined| examined.name == check);
    let unscored = outcome.result.as_ref().err();
    examined.map(|examined| examined.detail.clone()).or_else(|| unscored.map(ToString::to_string))
}

fn examples(now: &Now) -> BTreeMap<Reason, String> {
    let mut examples = BTreeMap::new();
    let mut outcomes: Vec<&Outcome> = now.outcomes.iter().collect();
    outcomes.sort_by_key(|outcome| outcome.index);
    for outcome in outcomes {
        if let Settled::Unscored(unscored) = &outcome.result {
            examples.entry(unscored.reason).or_insert_with(|| unscored.detail.clone());
        }
    }
    examples
}

fn nothing(suite: &Suite, path: &Path) -> Error {
    let detail = format!("suite {} has no golden file ({}) and no gates", suite.name, path.display());
    Error::new(ErrorKind::Golden, detail)
        .help(format!("lock its scores first: evenhand golden lock {}", quoted(&suite.name)))
}

fn same_side(golden: &Golden, standing: &Standing, path: &Path) -> Result<()> {
    let name = |watch| match watch {
        Watch::Subject => "its subject",
        Watch::Judge => "its judge",
    };
    if golden.watch == standing.watch {
        return Ok(());
    }
    let detail = format!(
        "{} was locked to watch {}, and the suite watches {} now",
        path.display(),
        name(golden.watch),
        name(standing.watch)
    );
    Err(Error::new(ErrorKind::Golden, detail).help(format!(
        "set `watch` in [suites.{0}.golden], or lock anew: evenhand golden lock {0}",
        golden.suite
    )))
}

fn other_setup(suite: &str, path: &Path, changes: &[SetupChange], why: Option<&str>) -> Error {
    let named: Vec<String> = changes.iter().map(worded).collect();
    let detail = format!(
        "{} was locked with another judge setup; since then changed: {}",
        path.display(),
        named.join("; ")
    );
    let suite = quoted(suite);
    let (detail, keep) = match why {
        None => (detail, ""),
        Some(why) => (
            format!("{detail}. Changed checks cannot be recomputed: {why}"),
            "; with `keep_outputs = true` in [suites.NAME.golden] it keeps the outputs, and what they took and cost, for the \
             next change of a check",
        ),
    };
    Error::new(ErrorKind::Golden, detail).help(format!(
        "only scores of the same judge setup are compared. `evenhand golden migrate {suite}` says what can be kept; \
         `evenhand golden lock {suite}` locks anew{keep}"
    ))
}

fn worded(change: &SetupChange) -> String {
    const MOST: usize = 5;
    let shown: Vec<&str> = change.records.iter().take(MOST).map(String::as_str).collect();
    match change.records.len() {
        0 => change.part.clone(),
        n if n > MOST => format!("{} of {} and {} more", change.part, shown.join(", "), n - MOST),
        _ => format!("{} of {}", change.part, shown.join(", ")),
    }
}
