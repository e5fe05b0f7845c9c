//! Suites checked: judged or taken from an earlier run, compared with their golden files, confirmed, concluded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::compared::{Held, Now};
use super::{lock, settings, strict};
use crate::error::{Error, ErrorKind, Result};
use crate::golden::{Checked, Conclusion, Confirmation, Diff, Input, Update, compare, hold_strictly, store};
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::run::{Run, RunOptions};
use crate::suite::shared::Shared;
use crate::suite::shell::{Exit, quoted};
use crate::suite::{checked_file, confirm};

/// Suites that are checked, before anything is asked.
pub(crate) struct Checks<'a> {
    config: &'a Config,
    options: &'a RunOptions,
    held: Vec<Held<'a>>,
    /// What becomes of changed scores.
    update: Update,
}

/// How a suite's run ended, and its folder.
pub(crate) type EndedRun = (Exit, PathBuf);

/// A suite compared with its golden file, before it is confirmed.
pub(crate) struct Case<'c> {
    held: &'c Held<'c>,
    now: Now,
    /// `None` for a suite with gates alone.
    diff: Option<Diff>,
    ended: Exit,
}

/// What a check came to.
#[derive(Clone, Debug)]
pub(crate) struct Concluded {
    pub(crate) checked: Checked,
    /// How the records were confirmed that got worse, where they were.
    pub(crate) confirmation: Option<Confirmation>,
    pub(crate) exit: Exit,
}

/// What changed since the scores were locked.
pub(crate) struct Changed {
    /// How many scores; none where only the subject changed.
    pub(crate) scores: usize,
    /// What became of them.
    pub(crate) update: Update,
}

/// The suites that are checked: those named, or all with a golden file or gates.
pub(crate) fn checkable(config: &Config, wished: &[String]) -> Result<Vec<String>> {
    if !wished.is_empty() {
        return Ok(wished.to_vec());
    }
    let folder = settings::folder(config);
    let locked = store::suites(&folder);
    let wanted =
        config.file.suites.iter().filter(|(name, suite)| locked.contains(name) || suite.gates.is_set());
    let names: Vec<String> = wanted.map(|(name, _)| name.clone()).collect();
    if names.is_empty() {
        return Err(Error::new(
            ErrorKind::Golden,
            format!(
                "there is nothing to check: no suite has gates, or a golden file in {}",
                folder.display()
            ),
        )
        .help("lock a suite's scores first: evenhand golden lock SUITE"));
    }
    Ok(names)
}

/// The folder of recorded replies.
pub(crate) fn replies(config: &Config) -> PathBuf {
    settings::folder(config).join("replies")
}

impl<'a> Checks<'a> {
    /// # Errors
    /// A suite has neither golden file nor gates, or its judge setup changed: what, and what to do.
    pub(crate) fn open(
        config: &'a Config,
        suites: impl IntoIterator<Item = &'a Suite>,
        against: Option<&str>,
        options: &'a RunOptions,
        update: Update,
    ) -> Result<Self> {
        let held = suites.into_iter().map(|suite| Held::open(suite, config, against, options));
        let held = held.collect::<Result<Vec<Held<'_>>>>()?;
        for held in &held {
            strict::confirm(held.suite, &held.standing)?;
        }
        Ok(Self { config, options, held, update })
    }

    fn suites(&self) -> impl Iterator<Item = &'a Suite> {
        self.held.iter().map(|held| held.suite)
    }

    /// An earlier run of each, by its name.
    pub(crate) fn earlier(&self, name: &str) -> Result<Vec<EndedRun>> {
        let folder = |held: &Held<'_>| lock::earlier(self.config, held.suite, name, &held.standing);
        self.held.iter().map(|held| Ok((Exit::Success, folder(held)?))).collect()
    }

    /// The suites that are to be judged; where recorded replies answer, each has some.
    pub(crate) fn to_judge(&self) -> Result<Vec<&'a Suite>> {
        if let Some(folder) = &self.options.replies {
            self.suites().try_for_each(|suite| recorded(suite, folder))?;
        }
        Ok(self.suites().collect())
    }

    /// The suites' runs in the order of the suites; or how the judging was broken off.
    pub(crate) fn judged(&self, runs: &[Run]) -> Result<Vec<EndedRun>, Exit> {
        if let Some(broken_off) = runs.iter().find(|one| matches!(one.exit, Exit::Interrupted | Exit::Budget))
        {
            return Err(broken_off.exit);
        }
        // They were judged in the order of their models.
        let of = |suite: &Suite| {
            let one = runs.iter().find(|one| one.suite == suite.name)?;
            Some((one.exit, one.folder.clone()))
        };
        self.suites().map(of).collect::<Option<Vec<_>>>().ok_or(Exit::Interrupted)
    }

    /// Compares the runs with the golden files.
    pub(crate) fn compare(&self, runs: &[EndedRun]) -> Result<Vec<Case<'_>>> {
        let nows = self.held.iter().zip(runs).map(|(held, (_, folder))| held.read(self.config, folder));
        let nows = nows.collect::<Result<Vec<Now>>>()?;
        let cases: Vec<Option<Input<'_>>> =
            self.held.iter().zip(&nows).map(|(held, now)| held.case(now)).collect();
        let compared: Vec<bool> = cases.iter().map(Option::is_some).collect();
        let mut diffs = compare(&cases.into_iter().flatten().collect::<Vec<Input<'_>>>()).into_iter();
        let all = self.held.iter().zip(nows).zip(compared).zip(runs);
        let cases = all.map(|(((held, now), compared), (ended, _))| {
            let diff = if compared { diffs.next() } else { None };
            Case { held, now, diff, ended: *ended }
        });
        Ok(cases.collect())
    }

    /// Concludes, once what got worse is judged again; an earlier run, without `shared`, is taken as it is: nobody
    /// is asked.
    pub(crate) async fn conclude(&self, case: &mut Case<'_>, shared: Option<&Shared>) -> Result<Concluded> {
        let mut diff = case.diff.take();
        let confirmation = match (&mut diff, shared) {
            (Some(diff), Some(shared)) => self.confirmed(case, shared, diff).await?,
            _ => None,
        };
        if let Some(diff) = &mut diff {
            hold_strictly(diff, &settings::rule(case.held.suite, BTreeMap::new()));
        }
        let checked = case.held.checked(&case.now, diff, case.ended);
        let exit = code(checked.conclusion);
        Ok(Concluded { checked, confirmation, exit })
    }

    /// Keeps a conclusion beside its run, and has changed scores wait for a decision, or locks them.
    pub(crate) fn keep(&self, case: &Case<'_>, concluded: &Concluded) -> Result<Option<Changed>> {
        let Concluded { checked, exit, .. } = concluded;
        checked_file::write(&case.now.folder, checked, *exit)?;
        let Some(diff) = &checked.diff else {
            return Ok(None);
        };
        let scores = case.held.update(self.config, &case.now, diff, self.update)?;
        Ok(scores.map(|scores| Changed { scores, update: self.update }))
    }

    /// Judges the records again that got worse, where the suite wants that.
    async fn confirmed(
        &self,
        case: &Case<'_>,
        shared: &Shared,
        diff: &mut Diff,
    ) -> Result<Option<Confirmation>> {
        let suite = case.held.suite;
        let Some(wished) = strict::confirm(suite, &case.held.standing)? else {
            return Ok(None);
        };
        let tolerance = settings::rule(suite, BTreeMap::new()).tolerance;
        let Now { folder, outcomes, golden, .. } = &case.now;
        let checked = confirm::Checked { folder, outcomes, golden, tolerance };
        confirm::confirm(self.config, suite, self.options, shared, wished, &checked, diff).await
    }
}

/// The exit code of a conclusion.
fn code(conclusion: Conclusion) -> Exit {
    match conclusion {
        Conclusion::Pass | Conclusion::Improvement | Conclusion::Undecided => Exit::Success,
        Conclusion::Inconclusive => Exit::Inconclusive,
        Conclusion::NotRecorded | Conclusion::Unscored => Exit::Unscored,
        Conclusion::BelowGate | Conclusion::Regression => Exit::Quality,
    }
}

/// Whether a suite that asks a model has recorded replies.
fn recorded(suite: &Suite, folder: &Path) -> Result<()> {
    let path = folder.join(format!("{}.jsonl", suite.name));
    if !suite.has_judges() || path.exists() {
        return Ok(());
    }
    let detail = format!("suite {} has no recorded replies ({})", suite.name, path.display());
    Err(Error::new(ErrorKind::Golden, detail)
        .help(format!("record them: evenhand golden replies {}", quoted(&suite.name))))
}
