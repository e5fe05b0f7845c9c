//! The assertion.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::broken::Broken;
use super::scored::{JudgedBy, Scored};
use crate::error::{Error, ErrorKind};
use crate::golden::{
    Checked, Conclusion, Diff, Fingerprints, Golden, GoldenEntry, HeldBy, Input, Locked, Pending, Policy,
    Rule, Strictness, Update, Watch, compare, hold_strictly, store,
};
use crate::judge::Reason;
use crate::summary::Rate;

/// A golden file and how strictly it is held.
///
/// ```no_run
/// use evenhand::golden::Policy;
/// use evenhand::testing::{Assertion, Broken, Scored};
///
/// fn hold(judge: &evenhand::judge::Judge, scored: Vec<Scored>) -> Result<(), Broken> {
///     let assertion = Assertion::new("tickets", env!("CARGO_MANIFEST_DIR"), judge).policy(Policy::Strict);
///     let checked = assertion.check(scored)?;
///     println!("{:?}", checked.conclusion);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Assertion {
    suite: String,
    folder: PathBuf,
    judged_by: JudgedBy,
    watch: Watch,
    rule: Rule,
    strictness: Strictness,
    every_record: EveryRecord,
    /// The command that locks scores anew, as messages name it.
    relock: String,
}

/// Whether single records decide too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EveryRecord {
    /// The suite's scores together decide.
    Counts,
    /// Every record must be as it was locked.
    Holds,
}

impl Assertion {
    /// What is compared with `golden/NAME.json` in a crate's folder. It fails where a one-sided test against no change
    /// says at 5 % that the scores are worse.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        crate_folder: impl AsRef<Path>,
        judged_by: impl Into<JudgedBy>,
    ) -> Self {
        Self {
            suite: name.into(),
            folder: crate_folder.as_ref().join("golden"),
            judged_by: judged_by.into(),
            watch: Watch::Subject,
            rule: Rule::default(),
            strictness: Strictness { max_unscored: 0.1, inconclusive: Conclusion::Inconclusive },
            every_record: EveryRecord::Counts,
            relock: "EVENHAND_UPDATE=always cargo test".to_owned(),
        }
    }

    /// Names another command that locks scores anew, for another test runner than cargo's.
    #[doc(hidden)]
    #[must_use]
    pub fn relocked_by(self, command: &str) -> Self {
        Self { relock: command.to_owned(), ..self }
    }

    /// Asks for a proof that the mean score is worse by no more than this, in `0..1`; what cannot be proved fails as
    /// inconclusive.
    #[must_use]
    pub fn prove(mut self, margin: f64) -> Self {
        self.rule.prove = Some(margin);
        self
    }

    /// What fails: by default what the test calls worse.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.rule.policy = policy;
        self
    }

    /// The level of the intervals, and of what [`Assertion::prove`] asks for, inside `0..1`.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.rule.level = level;
        self
    }

    /// Scores of a record that differ by no more than this are the same, in `0..=1`.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.rule.tolerance = tolerance;
        self
    }

    /// The largest share of outputs without a score by which the rest still counts, in `0..=1`.
    #[must_use]
    pub fn max_unscored(mut self, share: f64) -> Self {
        self.strictness.max_unscored = share;
        self
    }

    /// Lets pass what cannot be proved at this number of records.
    #[must_use]
    pub fn let_inconclusive_pass(mut self) -> Self {
        self.strictness.inconclusive = Conclusion::Undecided;
        self
    }

    /// Watches the judge instead of the outputs: its prompt and parameters may change, and are compared.
    #[must_use]
    pub fn watch_the_judge(mut self) -> Self {
        self.watch = Watch::Judge;
        self
    }

    /// Fails on every score that changed by more than the tolerance, whatever all of them together say.
    #[must_use]
    pub fn every_record(mut self) -> Self {
        self.every_record = EveryRecord::Holds;
        self
    }

    /// Compares what was judged with the golden file.
    ///
    /// # Errors
    /// [`Broken`]: the scores are worse, too few, or cannot be compared.
    pub fn check<S: Into<Scored>>(&self, scored: impl IntoIterator<Item = S>) -> Result<Checked, Broken> {
        let scored: Vec<Scored> = scored.into_iter().map(Into::into).collect();
        self.check_with(&scored, Update::from_variables(|name| std::env::var_os(name))?)
    }

    pub(super) fn check_with(&self, scored: &[Scored], update: Update) -> Result<Checked, Broken> {
        distinct(scored)?;
        let path = store::path(&self.folder, &self.suite);
        let fingerprints = self.fingerprints();
        let new: Vec<Locked> = scored.iter().map(|scored| scored.locked.clone()).collect();
        let Some(golden) = store::read(&path)? else {
            return self.lock_first(&path, scored, new, update);
        };
        let (golden_model, entry) = golden.entry(&self.judged_by.model, None)?;
        self.same_ruler(&path, entry, &fingerprints, &new)?;
        let mut diff = self.diff(golden_model, entry, &new);
        diff.subject = fingerprints.subject_changes(&entry.fingerprints);
        tell_reasons(&mut diff, scored);
        hold_strictly(&mut diff, &self.rule);
        let pending = Pending { watch: self.watch, ..Pending::of(&diff, entry, &new, &fingerprints) };
        let waiting = self.keep(&golden, pending, update)?;
        let checked = self.checked(&path, Some(diff), scored);
        if self.holds(&checked) {
            Ok(checked)
        } else {
            Err(Broken::Quality { checked: Box::new(checked), waiting })
        }
    }

    /// The first scores: locked only where that is wished, so that no test passes for want of anything to be
    /// compared with.
    fn lock_first(
        &self,
        path: &Path,
        scored: &[Scored],
        new: Vec<Locked>,
        update: Update,
    ) -> Result<Checked, Broken> {
        if update != Update::Lock {
            let detail = format!("there is no golden file {}", path.display());
            let help = format!("lock the first scores on your machine: {}", self.relock);
            return Err(Error::new(ErrorKind::Golden, detail).help(help).into());
        }
        let mut golden = Golden { held_by: HeldBy::Test, ..Golden::new(&self.suite, self.watch) };
        golden.models.insert(self.judged_by.model.clone(), GoldenEntry::new(new, self.fingerprints()));
        store::write(path, &golden)?;
        Ok(self.checked(path, None, scored))
    }

    fn same_ruler(
        &self,
        path: &Path,
        entry: &GoldenEntry,
        now: &Fingerprints,
        new: &[Locked],
    ) -> Result<(), Broken> {
        let pairs = new.iter().filter_map(|locked| Some((entry.record(&locked.id)?, locked)));
        let changes = now.setup_changes(&entry.fingerprints, pairs);
        if changes.is_empty() {
            return Ok(());
        }
        let named: Vec<String> = changes
            .iter()
            .map(|change| match change.records.as_slice() {
                [] => change.part.clone(),
                records => format!("{} of {}", change.part, records.join(", ")),
            })
            .collect();
        let detail = format!(
            "{} was locked with another judge setup; since then changed: {}",
            path.display(),
            named.join("; ")
        );
        let help = format!(
            "only scores of the same judge setup are compared: delete the file and lock anew, {}",
            self.relock
        );
        Err(Error::new(ErrorKind::Golden, detail).help(help).into())
    }

    fn fingerprints(&self) -> Fingerprints {
        let judge = BTreeMap::from([("judge".to_owned(), self.judged_by.fingerprint.clone())]);
        match self.watch {
            Watch::Subject => Fingerprints { ruler: judge, subject: BTreeMap::new() },
            Watch::Judge => Fingerprints { ruler: BTreeMap::new(), subject: judge },
        }
    }

    fn diff(&self, golden_model: &str, entry: &GoldenEntry, new: &[Locked]) -> Diff {
        let case = Input {
            suite: self.suite.clone(),
            golden_model: golden_model.to_owned(),
            model: self.judged_by.model.clone(),
            golden: &entry.records,
            new,
            rule: self.rule.clone(),
        };
        compare(&[case]).pop().expect("one case gives one diff")
    }

    /// Keeps what is to be decided about, or locks it at once; says how many scores wait.
    fn keep(&self, golden: &Golden, mut pending: Pending, update: Update) -> Result<usize, Broken> {
        let waits = store::pending_path(&self.folder, &self.suite);
        let waiting = pending.records.len();
        match update {
            Update::Nothing => return Ok(0),
            Update::Pending if waiting > 0 => store::write_pending(&waits, &pending)?,
            Update::Lock if waiting > 0 => {
                let mut golden = golden.clone();
                pending.accept(&mut golden, None);
                store::write(&store::path(&self.folder, &self.suite), &golden)?;
                store::remove(&waits)?;
            }
            Update::Pending | Update::Lock => store::remove(&waits)?,
        }
        Ok(waiting)
    }

    fn checked(&self, path: &Path, diff: Option<Diff>, scored: &[Scored]) -> Checked {
        let mut unscored: BTreeMap<Reason, u64> = BTreeMap::new();
        let mut unscored_examples = BTreeMap::new();
        for scored in scored {
            if let (Some(reason), Some(why)) = (scored.locked.unscored, &scored.why_unscored) {
                *unscored.entry(reason).or_default() += 1;
                unscored_examples.entry(reason).or_insert_with(|| why.clone());
            }
        }
        let passed = |wanted: bool| {
            let passes = |scored: &&Scored| scored.locked.score.map(|score| score >= self.rule.pass_at);
            scored.iter().filter(|scored| passes(scored) == Some(wanted)).count() as u64
        };
        let checked = Checked {
            notes: Vec::new(),
            suite: self.suite.clone(),
            model: self.judged_by.model.clone(),
            golden: Some(path.display().to_string()),
            run: String::new(),
            conclusion: Conclusion::Pass,
            diff,
            gates: Vec::new(),
            records: scored.len() as u64,
            passed: Rate::of(passed(true), passed(true) + passed(false)),
            unscored,
            unscored_examples,
        };
        checked.concluded(self.strictness)
    }

    fn holds(&self, checked: &Checked) -> bool {
        let concluded =
            matches!(checked.conclusion, Conclusion::Pass | Conclusion::Improvement | Conclusion::Undecided);
        let changed = checked.diff.as_ref().is_some_and(|diff| !diff.is_same());
        concluded && (self.every_record == EveryRecord::Counts || !changed)
    }
}

fn tell_reasons(diff: &mut Diff, scored: &[Scored]) {
    let by_id: BTreeMap<&str, &Scored> =
        scored.iter().map(|scored| (scored.locked.id.as_str(), scored)).collect();
    for record in &mut diff.records {
        let Some(scored) = by_id.get(record.id.as_str()) else { continue };
        record.reasoning = scored.reasoning.clone().or_else(|| scored.why_unscored.clone());
    }
}

fn distinct(scored: &[Scored]) -> Result<(), Broken> {
    if scored.is_empty() {
        return Err(Broken::Nothing);
    }
    let mut seen = HashSet::new();
    match scored.iter().find(|scored| !seen.insert(scored.locked.id.as_str())) {
        Some(twice) => Err(Broken::Twice(twice.locked.id.clone())),
        None => Ok(()),
    }
}

/// Compares what was judged with `golden/NAME.json` of the crate that the test is in, and fails if the scores
/// are worse, too few, or not comparable: `assert_golden!(name, judge, scored)`.
///
/// Settings of [`Assertion`](crate::testing::Assertion) may follow: `prove = 0.1, tolerance = 0.02`. What is
/// returned is the [`Checked`](crate::golden::Checked) comparison.
///
/// # Panics
/// Where the assertion does not hold, with everything that was compared.
#[macro_export]
macro_rules! assert_golden {
    (@set $assertion:expr, margin, $value:expr) => {
        compile_error!(
            "`margin` is called `prove` now: `prove = 0.05` asks for a proof that nothing is worse by 0.05"
        )
    };
    (@set $assertion:expr, $setting:ident, $value:expr) => {
        $assertion.$setting($value)
    };
    ($name:expr, $judge:expr, $scored:expr $(, $setting:ident = $value:expr)* $(,)?) => {{
        let assertion = $crate::testing::Assertion::new($name, env!("CARGO_MANIFEST_DIR"), $judge);
        $(let assertion = $crate::assert_golden!(@set assertion, $setting, $value);)*
        match assertion.check($scored) {
            Ok(checked) => checked,
            Err(broken) => panic!("{broken}"),
        }
    }};
}
