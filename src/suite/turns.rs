//! Suites are judged: their models made ready, their records judged, their numbers kept.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::calibrations::Stored;
use super::config::Config;
use super::judges::Suite;
use super::keep_warm::kept_warm;
use super::loaded_models::{LoadedModel, LoadedModels, NamedModels, SuiteModels};
use super::missing::missing;
use super::model_config::ModelConfig;
use super::prospect::{Prospect, prospect};
use super::run::{Listener, MAX_UNSCORED, Resume, Run, RunEvent, RunOptions};
use super::runs::SummaryFile;
use super::shared::{Before, Models, Shared};
use super::shell::Exit;
use super::subjects::Means;
use super::{cache, checked_file, repeats, runs, shared, subjects};
use crate::data::DataFault;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Ended, Event, Journal, Outcome, Panel, RunHead, Settled, Survey, run as run_plan, survey};
use crate::golden::{Latencies, gates};
use crate::judge::Reason;
use crate::model::catalogue::CatalogueEntry;
use crate::report::{count, count_of, promised};
use crate::subject::{JoinFaults, Shelf, Subject};
use crate::summary::{Prices, Summary, Tally};

/// A suite and the models that it needs.
pub(crate) struct Turn<'a> {
    suite: &'a Suite,
    models: NamedModels,
}

/// The turns of suites, before anything is asked.
pub(crate) fn turns<'a>(
    suites: impl IntoIterator<Item = &'a Suite>,
    config: &Config,
    options: &RunOptions,
    shared: &Shared,
) -> Result<Vec<Turn<'a>>> {
    suites.into_iter().map(|suite| Turn::new(suite, config, options, shared)).collect()
}

/// The embedded models that the suites need and that are not here. What is wrong with a suite is found before.
pub(crate) async fn missing_models(
    turns: &[Turn<'_>],
    config: &Config,
    options: &RunOptions,
    shared: &Shared,
) -> Result<Vec<&'static CatalogueEntry>> {
    let models = turns.iter().flat_map(|turn| turn.models.all());
    let missing = missing(models.filter_map(ModelConfig::in_catalogue), config).await?;
    if !missing.is_empty() {
        turns.iter().try_for_each(|turn| turn.look(config, options, shared))?;
    }
    Ok(missing)
}

/// Judges suite by suite, those of one model together. Gives the runs in the order in which they were made; a
/// wish to stop ends it after the suite that is being judged.
pub(crate) async fn run_all(
    turns: Vec<Turn<'_>>,
    config: &Config,
    options: &RunOptions,
    shared: &Shared,
    listener: &mut Listener<'_>,
) -> Result<Vec<Run>> {
    let (mut loaded_models, mut runs) = (LoadedModels::default(), Vec::new());
    for turn in by_model(turns) {
        runs.push(turn.take(&mut loaded_models, config, options, shared, listener).await?);
        if options.stop.is_wished() {
            break;
        }
    }
    Ok(runs)
}

impl<'a> Turn<'a> {
    fn new(suite: &'a Suite, config: &Config, options: &RunOptions, shared: &Shared) -> Result<Self> {
        let models = NamedModels::of(suite, config, options)?;
        for model_config in models.all() {
            shared::check_price(model_config, suite.file.budget, shared.budget.as_deref())?;
        }
        Ok(Self { suite, models })
    }

    /// Reads all that the suite needs, without its models.
    fn look(&self, config: &Config, options: &RunOptions, shared: &Shared) -> Result<()> {
        let models = self.models.clone().silent(config)?;
        let Prospect { mut plan, panel, .. } =
            prospect(config, self.suite, &models, options, &shared.overrides)?;
        plan.settled.clone_from(&options.skip);
        repeats::check(self.suite, config, &plan, &panel, models.subject.as_ref())?;
        let survey = survey(&panel, &plan, self.suite.dataset(config)?)?;
        match survey.records {
            0 => Err(nothing(self.suite, options, &plan.dataset, survey.fitted_on)),
            _ => Ok(()),
        }
    }

    /// Judges the suite.
    async fn take(
        self,
        loaded_models: &mut LoadedModels,
        config: &Config,
        options: &RunOptions,
        shared: &Shared,
        listener: &mut Listener<'_>,
    ) -> Result<Run> {
        let models = loaded_models.of(self.models, config).await?;
        let judging = one(config, self.suite, &models, options, shared, listener);
        kept_warm(&models, options.keep_warm, judging).await
    }
}

/// The suites with those of the same judging models together, in the order the models are
/// first named: each is loaded once.
fn by_model(turns: Vec<Turn<'_>>) -> Vec<Turn<'_>> {
    let mut groups: Vec<Vec<Turn<'_>>> = Vec::new();
    for turn in turns {
        let same = |of: &&mut Vec<Turn<'_>>| {
            of.first().is_some_and(|first| first.models.judges == turn.models.judges)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(turn),
            None => groups.push(vec![turn]),
        }
    }
    groups.into_iter().flatten().collect()
}

/// Runs one suite.
async fn one(
    config: &Config,
    suite: &Suite,
    loaded: &SuiteModels,
    options: &RunOptions,
    shared: &Shared,
    listener: &mut Listener<'_>,
) -> Result<Run> {
    let Prospect { mut plan, panel: bare, head, stored, calibration } =
        prospect(config, suite, loaded, options, &shared.overrides)?;
    plan.settled.clone_from(&options.skip);
    repeats::check(suite, config, &plan, &bare, loaded.subject.as_ref())?;
    let survey = survey(&bare, &plan, suite.dataset(config)?)?;
    if survey.records == 0 {
        return Err(nothing(suite, options, &plan.dataset, survey.fitted_on));
    }
    tell_left_out(config, suite, stored.as_ref(), survey.fitted_on)?;
    let (mut journal, before) = if options.resume == Resume::No {
        (Journal::start(&runs::new_folder(config, &suite.name)?, &head)?, Before::default())
    } else {
        resumed(&runs::last_folder(config, &suite.name)?, &head, options)?
    };
    tell_unlabelled(config, suite, &survey);
    tell_unrouted(config, suite, &survey);
    SummaryFile::forget(journal.folder());
    checked_file::forget(journal.folder());
    let models = Models::new(config, suite, shared, journal.folder(), &before, loaded)?;
    let kept = |loaded: &LoadedModel| models.model(loaded, plan.judged_at_once);
    let panel = suite.panel(&loaded.asked(suite, options, calibration.as_ref(), kept))?;
    tell_not_asked(config, &panel);
    plan.subject = produced(suite, loaded.subject.as_ref(), options, &models, journal.folder())?;
    listener(RunEvent::Started { suite: &suite.name, model: &panel.model(), records: survey.records })?;
    let mut counted = Counted::new(suite, &panel, loaded.prices(), survey.records);
    before.earlier.each(|outcome| counted.settled(&outcome, listener))?;
    plan.settled.join(before.earlier.into_settled());
    let started = Instant::now();
    let records = suite.dataset(config)?;
    let events = |event: Event<'_>| match event {
        Event::Settled(outcome) => counted.settled(outcome, listener),
        Event::Skipped(fault) => counted.skipped(fault, listener),
    };
    let (ended, subject) = run_plan(&panel, plan, records, Some(&mut journal), &options.stop, events).await?;
    cache::tell_trouble(config, shared.opened());
    let joined = if ended == Ended::Complete { subject.faults() } else { JoinFaults::default() };
    let run = counted.ended(ended, started.elapsed().as_secs_f64(), journal.folder(), joined)?;
    listener(RunEvent::Ended(&run))?;
    Ok(run)
}

/// What a run's settled records come to.
struct Counted<'a> {
    suite: &'a Suite,
    tally: Tally,
    latencies: Latencies,
    records: u64,
    settled: u64,
}

impl<'a> Counted<'a> {
    fn new(suite: &'a Suite, panel: &Panel, prices: Prices, records: u64) -> Self {
        Self {
            suite,
            tally: tally(suite, panel, prices),
            latencies: Latencies::default(),
            records,
            settled: 0,
        }
    }

    fn settled(&mut self, outcome: &Outcome, listener: &mut Listener<'_>) -> Result<()> {
        self.tally.add(outcome);
        self.latencies.add(outcome, &self.suite.file.gates);
        self.settled += 1;
        listener(RunEvent::Settled(outcome))
    }

    fn skipped(&mut self, fault: &DataFault, listener: &mut Listener<'_>) -> Result<()> {
        self.tally.skip();
        listener(RunEvent::LeftOut(fault))
    }

    /// The run, with its numbers in its folder.
    fn ended(self, ended: Ended, wall_s: f64, folder: &Path, joined: JoinFaults) -> Result<Run> {
        let file = &self.suite.file;
        let mut summary = self.tally.summary(wall_s);
        summary.pending = self.records.saturating_sub(self.settled);
        let exit = exit(&ended, &summary, file.max_unscored.unwrap_or(MAX_UNSCORED));
        SummaryFile::new(name(&ended), Some(exit), file.pass_at, summary.clone()).write(folder)?;
        Ok(Run {
            suite: self.suite.name.clone(),
            folder: folder.to_owned(),
            exit,
            gates: gates(&file.gates, &summary, self.latencies),
            summary,
            joined,
            ended,
            inconclusive: file.golden.inconclusive,
        })
    }
}

/// An empty tally for a suite's outcomes.
pub(super) fn tally(suite: &Suite, panel: &Panel, prices: Prices) -> Tally {
    let tally = Tally::new(&suite.name, panel).priced(prices).showing(suite.file.show.iter().cloned());
    tally.ranking(suite.ranking())
}

/// The name of an ending, in files and on JSON lines.
pub(crate) fn name(ended: &Ended) -> &'static str {
    match ended {
        Ended::Complete => "complete",
        Ended::Interrupted => "interrupted",
        Ended::StoppedEarly(_) => "stopped_early",
    }
}

/// How a run ends, before its gates.
pub(crate) fn exit(ended: &Ended, summary: &Summary, max_unscored: f64) -> Exit {
    match ended {
        Ended::Interrupted => return Exit::Interrupted,
        Ended::StoppedEarly(_) => return Exit::Unscored,
        Ended::Complete => {}
    }
    if summary.unscored.contains_key(&Reason::Budget) {
        return Exit::Budget;
    }
    let unscored = summary.scored.complement().unwrap_or(1.0);
    if summary.scored.count == 0 || unscored > max_unscored { Exit::Unscored } else { Exit::Success }
}

/// The run in a folder, and what it left.
fn resumed(folder: &Path, head: &RunHead, options: &RunOptions) -> Result<(Journal, Before)> {
    let (journal, earlier) = Journal::resume(folder, head, |outcome| is_final(outcome, options))?;
    let mut invalid = HashSet::new();
    earlier.each_open(|outcome| Before::again(&mut invalid, outcome))?;
    Ok((journal, Before { earlier, invalid }))
}

/// Records without a label are judged but not compared. Their number is printed.
fn tell_unlabelled(config: &Config, suite: &Suite, survey: &Survey) {
    let (Some(field), &Survey { records, unlabelled, missing_words, .. }) = (&suite.file.label, survey)
    else {
        return;
    };
    if unlabelled == 0 {
        return;
    }
    let words = match missing_words {
        0 => String::new(),
        n => format!(
            " ({} NaN or another word for it)",
            if n == 1 { "1 says".into() } else { format!("{} say", count(n)) }
        ),
    };
    let (all, none) = (count(records), count(unlabelled));
    config.environment.tell(&format!(
        "labels: {none} of {all} records have none in field \"{field}\"{words}; they are judged and not compared"
    ));
}

/// A record that no rule fits stays without a score: that is said before anything is asked.
fn tell_unrouted(config: &Config, suite: &Suite, survey: &Survey) {
    for (judge, records) in survey.routing.unrouted() {
        let stay = if records == 1 { "stays" } else { "stay" };
        let records = count_of(records, "record");
        config.environment.tell(&format!(
            "suite {}: no rule of the route of judge {judge} fits {records}, which {stay} without a score; a last rule \
             without conditions takes them",
            suite.name
        ));
    }
}

/// What a decision model cannot give, or is not shown.
fn tell_not_asked(config: &Config, panel: &Panel) {
    let mut told = Vec::new();
    for (model, what) in panel.judges.iter().flat_map(|member| member.judge.left_out()) {
        let text = format!("{model} gives probabilities and writes nothing; left out: {what}");
        if !told.contains(&text) {
            config.environment.tell(&text);
            told.push(text);
        }
    }
}

/// Which score correction there is, and the records that are left out because something was learned from them.
fn tell_left_out(config: &Config, suite: &Suite, stored: Option<&Stored>, left_out: u64) -> Result<()> {
    if let Some(stored) = stored {
        config.environment.tell(&format!("calibration: {}", stored.decision()));
    }
    let mut is_fitted = stored.is_some();
    for (judge, thresholds) in suite.thresholds() {
        let promise = promised(thresholds.file()?.promise);
        config.environment.tell(&format!("calibration: {judge}: {promise}"));
        is_fitted = true;
    }
    if left_out == 0 {
        return Ok(());
    }
    let why = match (is_fitted, suite.learned_from(config)?.is_empty()) {
        (false, _) => "the judge's principles were learned from",
        (true, true) => "the calibration was fitted on",
        (true, false) => "the calibration was fitted on, or the judge's principles were learned from",
    };
    config.environment.tell(&format!("left out: {} that {why}", count_of(left_out, "record")));
    Ok(())
}

/// The subject, with everything it says kept in the run's folder.
pub(super) fn produced(
    suite: &Suite,
    loaded: Option<&LoadedModel>,
    options: &RunOptions,
    models: &Models<'_>,
    folder: &Path,
) -> Result<Subject> {
    let Some(outputs) = &suite.file.outputs else {
        return Ok(Subject::Record);
    };
    let mut means = Means::default();
    if outputs.command.is_some() {
        let files = [Some(folder.join("outputs.jsonl")), options.record_outputs.clone()];
        for file in files.into_iter().flatten() {
            means.shelves.push(Arc::new(Shelf::open(&file)?));
        }
        if outputs.cache == Some(true) {
            means.cache = cache::outputs(models.config, models.shared.reuse);
        }
    }
    if outputs.model.is_some() {
        let file = options.record_outputs.iter();
        means.shelves = file.map(|file| Shelf::open(file).map(Arc::new)).collect::<Result<_>>()?;
    }
    means.model = loaded.map(|loaded| models.model(loaded, subjects::concurrency(Some(outputs))));
    subjects::subject(Some(outputs), &suite.given, models.config, &means)
}

/// Outcomes that a resumed run keeps; the others are judged again.
pub(super) fn is_final(outcome: &Outcome, options: &RunOptions) -> bool {
    match &outcome.result {
        Settled::Scored(_) => true,
        Settled::Unscored(_) if options.resume == Resume::RetryUnscored => false,
        Settled::Unscored(unscored) => {
            !unscored.lasting && !matches!(unscored.reason, Reason::Budget | Reason::Cancelled)
        }
    }
}

pub(super) fn nothing(suite: &Suite, options: &RunOptions, dataset: &str, fitted_on: u64) -> Error {
    if fitted_on > 0 {
        let detail =
            format!("suite {}: the judge was fitted on every record of {dataset} that is left", suite.name);
        return Error::new(ErrorKind::Dataset, detail)
            .help("judge other records, or, where it is a calibration, these without it: --no-calibration");
    }
    let detail = if options.filters.is_empty() && options.limit != Some(0) {
        format!("{dataset} holds no records")
    } else {
        format!("no record of {dataset} is left by the filters and the limit")
    };
    Error::new(ErrorKind::Dataset, format!("suite {}: {detail}", suite.name))
        .help("an empty run is not a success")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Reason;
    use crate::summary::Rate;

    fn summary(scored: u64, n: u64) -> Summary {
        let mut summary = Tally::new("s", &Panel::default()).summary(0.0);
        summary.scored = Rate::of(scored, n);
        summary
    }

    #[test]
    fn the_limit_on_unscored_records_is_itself_allowed() {
        for (scored, n, limit) in [(7, 10, 0.3), (71, 100, 0.29), (9, 10, 0.1), (10, 10, 0.0)] {
            let ends = |scored| exit(&Ended::Complete, &summary(scored, n), limit);
            assert_eq!(ends(scored), Exit::Success, "{scored} of {n}");
            assert_eq!(ends(scored - 1), Exit::Unscored, "{scored} of {n}, less one");
        }
    }

    #[test]
    fn a_run_without_any_score_is_no_success_and_a_budget_is_named_first() {
        assert_eq!(exit(&Ended::Complete, &summary(0, 5), 1.0), Exit::Unscored);
        assert_eq!(exit(&Ended::Complete, &summary(0, 0), 1.0), Exit::Unscored);
        let mut stopped = summary(1, 5);
        stopped.unscored.insert(Reason::Budget, 4);
        assert_eq!(exit(&Ended::Complete, &stopped, 0.0), Exit::Budget);
        assert_eq!(exit(&Ended::Interrupted, &stopped, 0.0), Exit::Interrupted);
    }
}
