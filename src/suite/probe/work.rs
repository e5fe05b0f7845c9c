//! A judge is probed: one pass over the records for each version of its question, each with a journal of its own.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::gates::gates;
use super::options::{Listener, ProbeEvent, Probed};
use super::prober::{Prober, repeat};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Ended, Event, Journal, Outcome, Plan, Reasons, Rewrite, run as run_plan};
use crate::golden::GateVerdict;
use crate::judge::Reason;
use crate::probe::{Aim, LeftOut, Pass, Passes, ProbeName, ProbeReport, Version, measure};
use crate::report::pretty_json;
use crate::suite::judges::Suite;
use crate::suite::loaded_models::{LoadedModel, LoadedModels, SuiteModels};
use crate::suite::prospect::{Prospect, prospect};
use crate::suite::run::{MAX_UNSCORED, Resume};
use crate::suite::shared::{Before, Models};
use crate::suite::shell::Exit;
use crate::suite::turns::{is_final, produced};
use crate::suite::{cache, runs, subjects};

/// The pass on the question as it is.
const UNCHANGED: &str = "unchanged";

/// One pass over the records.
struct PlannedPass<'a> {
    /// Its name, which is that of its folder.
    name: &'a str,
    suite: &'a Suite,
    /// The number of its requests.
    repeat: u32,
    rewrite: Option<Arc<dyn Rewrite>>,
    /// What was found before, whose records with a verdict are asked about.
    before: Option<&'a [Outcome]>,
}

/// Why no more is asked.
struct BrokenOff {
    exit: Exit,
    why: Option<String>,
}

/// What a probing works with.
struct Work<'w> {
    prober: &'w Prober<'w>,
    folder: PathBuf,
    loaded: SuiteModels,
    /// The probes with their versions, the rewritings of a model among them.
    wanted: Vec<(ProbeName, Vec<Version>)>,
}

impl Prober<'_> {
    /// Asks all versions of the question, and says what they show.
    pub(crate) async fn probe(&self, listener: &mut Listener<'_>) -> Result<Probed> {
        let mut all = LoadedModels::default();
        let loaded = all.of(self.models.clone(), self.config).await?;
        let writer = match &self.writer {
            Some(writer) => Some(all.take(writer.clone(), self.config).await?),
            None => None,
        };
        let (folder, none) = (folder(self)?, Before::default());
        let models = Models::new(self.config, &self.suite, &self.shared, &folder, &none, &loaded)?;
        let written = self.with_rewritings(&models, writer.as_ref(), &folder).await?;
        let ended = written.as_ref().err().copied();
        let work = Work { prober: self, folder, loaded, wanted: written.unwrap_or_default() };
        let found = match ended {
            Some(exit) => Err(BrokenOff { exit, why: None }),
            None => work.passes(&models, listener).await?,
        };
        cache::tell_trouble(self.config, self.shared.opened());
        let (report, broken) = match found {
            Ok(passes) => (Some(work.report(&passes)), None),
            Err(broken) => (None, Some(broken)),
        };
        let gates = report.as_ref().map(|report| gates(&self.suite.file.gates.probes, report));
        let gates = gates.unwrap_or_default();
        let exit = match (&broken, &report) {
            (Some(broken), _) => broken.exit,
            (None, Some(report)) if self.is_unscored(report) => Exit::Unscored,
            _ if gates.iter().any(|gate| gate.verdict == GateVerdict::Fails) => Exit::Quality,
            _ => Exit::Success,
        };
        if let Some(report) = &report {
            let text = pretty_json(&json!({"report": report, "gates": gates}))?;
            runs::to_file(&work.folder.join("probe.json"), &text)?;
        }
        let stopped = broken.and_then(|broken| broken.why);
        Ok(Probed { suite: self.suite.name.clone(), folder: work.folder, report, gates, exit, stopped })
    }

    fn is_unscored(&self, report: &ProbeReport) -> bool {
        let all = report.records + report.unscored;
        let most = self.suite.file.max_unscored.unwrap_or(MAX_UNSCORED);
        report.records == 0 || crate::number::real(report.unscored) > most * crate::number::real(all)
    }
}

/// The folder of a new probing, or of the last one where that is gone on with.
fn folder(prober: &Prober<'_>) -> Result<PathBuf> {
    let (all, suite) = (prober.config.state_dir.join("probes"), &prober.suite.name);
    if prober.options.run.resume == Resume::No {
        return runs::new_folder_in(&all, suite);
    }
    let is_of_suite = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.split_once('-').is_some_and(|(_, rest)| rest == suite)
    };
    let folders = fs::read_dir(&all).into_iter().flatten().flatten().map(|entry| entry.path());
    folders.filter(is_of_suite).max().ok_or_else(|| {
        let detail = format!("there is no probing of {suite} in {}", all.display());
        Error::new(ErrorKind::Journal, detail).help("start one, without --resume")
    })
}

impl Work<'_> {
    /// Asks all; or says why it broke off.
    async fn passes(
        &self,
        models: &Models<'_>,
        listener: &mut Listener<'_>,
    ) -> Result<std::result::Result<Passes, BrokenOff>> {
        let Prober { suite, options, .. } = self.prober;
        let verdicts = self.prober.verdicts();
        listener(ProbeEvent::Started { suite: &suite.name, model: &self.model(), verdicts })?;
        let first = PlannedPass { name: UNCHANGED, suite, repeat: 0, rewrite: None, before: None };
        let unchanged = match self.pass(&first, models, listener).await? {
            Ok(outcomes) => outcomes,
            Err(broken) => return Ok(Err(broken)),
        };
        let mut passes = Passes { unchanged: unchanged.iter().collect(), ..Passes::default() };
        let before = Some(unchanged.as_slice());
        for number in 1..=options.controls {
            let name = format!("{UNCHANGED}-{}", number + 1);
            let asked = PlannedPass { name: &name, suite, repeat: number, rewrite: None, before };
            match self.pass(&asked, models, listener).await? {
                Ok(outcomes) => passes.controls.push(outcomes.iter().collect::<Pass>()),
                Err(broken) => return Ok(Err(broken)),
            }
        }
        let aims = self.aims(&unchanged);
        for version in self.wanted.iter().flat_map(|(_, versions)| versions) {
            match self.version(version, &aims, &unchanged, models, listener).await? {
                Ok(outcomes) => passes.versions.insert(version.key(), outcomes.iter().collect::<Pass>()),
                Err(broken) => return Ok(Err(broken)),
            };
        }
        Ok(Ok(passes))
    }

    /// What each record's text asks for.
    fn aims(&self, unchanged: &[Outcome]) -> BTreeMap<String, Aim> {
        let scored = unchanged.iter().filter_map(|outcome| Some((outcome, outcome.score()?)));
        scored
            .map(|(outcome, score)| (outcome.id.clone(), self.prober.aim((&score.label, score.value))))
            .collect()
    }

    async fn version(
        &self,
        version: &Version,
        aims: &BTreeMap<String, Aim>,
        unchanged: &[Outcome],
        models: &Models<'_>,
        listener: &mut Listener<'_>,
    ) -> Result<std::result::Result<Vec<Outcome>, BrokenOff>> {
        let aims = if version.probe.is_aimed() { aims.clone() } else { BTreeMap::new() };
        let (suite, rewritten) = self.prober.changed(version, aims)?;
        let key = version.key();
        let asked = PlannedPass {
            name: &key,
            suite: suite.as_ref().unwrap_or(&self.prober.suite),
            repeat: 0,
            rewrite: rewritten,
            before: Some(unchanged),
        };
        self.pass(&asked, models, listener).await
    }

    /// One pass over the records, or the rest of it.
    async fn pass(
        &self,
        asked: &PlannedPass<'_>,
        models: &Models<'_>,
        listener: &mut Listener<'_>,
    ) -> Result<std::result::Result<Vec<Outcome>, BrokenOff>> {
        let Prober { config, options, shared, .. } = self.prober;
        let run = &options.run;
        let Prospect { mut plan, mut head, .. } =
            prospect(config, asked.suite, &self.loaded, run, &shared.overrides)?;
        if !self.changes(&mut plan, asked, models)? {
            return Ok(Ok(Vec::new()));
        }
        head.selection += &format!(", {:?}", (asked.name, asked.repeat));
        let folder = self.folder.join(asked.name);
        let (mut journal, earlier) = if folder.join("run.json").exists() {
            Journal::resume(&folder, &head, |outcome| is_final(outcome, run))?
        } else {
            (Journal::start(&folder, &head)?, crate::eval::Earlier::default())
        };
        let mut tell = |outcome: &Outcome| listener(ProbeEvent::Judged { version: asked.name, outcome });
        earlier.each(|outcome| tell(&outcome))?;
        plan.settled = earlier.into_settled();
        plan.settled.join(run.skip.clone());
        let kept = |loaded: &LoadedModel| models.model(loaded, plan.judged_at_once);
        let panel = asked.suite.panel(&self.loaded.asked(asked.suite, run, None, kept))?;
        let records = asked.suite.dataset(config)?;
        let events = |event: Event<'_>| match event {
            Event::Settled(outcome) => tell(outcome),
            Event::Skipped(_) => Ok(()),
        };
        let (ended, _) = run_plan(&panel, plan, records, Some(&mut journal), &run.stop, events).await?;
        drop(journal);
        let outcomes = Journal::read(&folder)?;
        Ok(match broken(&ended, &outcomes) {
            Some(broken) => Err(broken),
            None => Ok(outcomes),
        })
    }

    /// Changes a plan to that of a pass; whether anything is left to ask about.
    fn changes(&self, plan: &mut Plan, asked: &PlannedPass<'_>, models: &Models<'_>) -> Result<bool> {
        repeat(plan, asked.repeat);
        plan.reasons = Reasons::Never;
        plan.rewrite.clone_from(&asked.rewrite);
        let outputs = asked.suite.file.outputs.as_ref();
        match asked.before {
            None => {
                let subject = self.loaded.subject.as_ref();
                let folder = self.subject_folder(asked.name)?;
                plan.subject = produced(asked.suite, subject, &self.prober.options.run, models, &folder)?;
                Ok(true)
            }
            Some(before) => {
                if let Some(kept) = subjects::kept(outputs, before) {
                    plan.subject = kept;
                }
                let scored = before.iter().filter(|outcome| outcome.score().is_some());
                plan.only = scored.map(|outcome| outcome.id.clone()).collect::<HashSet<String>>();
                Ok(!plan.only.is_empty())
            }
        }
    }

    fn subject_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        let refused =
            |source| Error::new(ErrorKind::Io, format!("cannot make {}: {source}", Path::display(&folder)));
        fs::create_dir_all(&folder).map_err(refused)?;
        Ok(folder)
    }

    /// The models that judge, by name.
    fn model(&self) -> String {
        let names = self.loaded.judges.iter().map(|loaded| loaded.opened.provider.name());
        let mut names: Vec<String> = names.collect();
        names.dedup();
        names.join(" + ")
    }

    fn report(&self, passes: &Passes) -> ProbeReport {
        let (Prober { suite, left_out, .. }, wanted) = (self.prober, &self.wanted);
        let mut measured = measure(wanted, passes, self.prober.pair());
        for finding in &mut measured.probes {
            let versions =
                wanted.iter().filter(|(probe, _)| *probe == finding.probe).flat_map(|(_, all)| all);
            for version in &mut finding.versions {
                let asked = versions.clone().find(|asked| asked.name == version.name);
                version.text = asked.and_then(|asked| asked.text()).map(str::to_owned);
            }
        }
        let found = |probe: ProbeName| measured.probes.iter().any(|finding| finding.probe == probe);
        let nowhere = wanted.iter().filter(|(probe, _)| !found(*probe)).map(|(probe, _)| LeftOut {
            probe: *probe,
            why: "no question differs from the unchanged one: the prompt does not show what it changes"
                .to_owned(),
        });
        ProbeReport {
            model: self.model(),
            judge: suite.seat_names().next().unwrap_or_default().to_owned(),
            left_out: left_out.iter().cloned().chain(nowhere).collect(),
            ..measured
        }
    }
}

/// Whether a pass broke off.
fn broken(ended: &Ended, outcomes: &[Outcome]) -> Option<BrokenOff> {
    let is_spent =
        |outcome: &Outcome| outcome.result.as_ref().is_err_and(|unscored| unscored.reason == Reason::Budget);
    match ended {
        Ended::Interrupted => Some(BrokenOff { exit: Exit::Interrupted, why: None }),
        Ended::StoppedEarly(why) => Some(BrokenOff { exit: Exit::Unscored, why: Some(why.clone()) }),
        Ended::Complete if outcomes.iter().any(is_spent) => Some(BrokenOff { exit: Exit::Budget, why: None }),
        Ended::Complete => None,
    }
}
