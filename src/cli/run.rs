//! `evenhand run`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::args::{Global, RetryWhich, RunArgs};
use super::calibrations;
use super::config::{Config, load};
use super::console::{Console, Say};
use super::exit::Exit;
use super::fetch;
use super::judges::{Asked, Overrides, Suite};
use super::loaded_models::{LoadedModel, LoadedModels, plain, silent};
use super::models::ModelConfig;
use super::replies::Before;
use super::shared::{Models, Shared};
use super::subjects::{self, Means};
use super::summary_file::SummaryFile;
use super::{budgets, cache, checked_file, dry_run, golden, repeats, runs};
use crate::calibration::CalibrationFile;
use crate::data::IdSet;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{
    Ended, Journal, Outcome, Panel, Plan, RunHead, Settled, Stop, Survey, run as run_plan, survey,
};
use crate::judge::{Calibration, Reason};
use crate::model::Model;
use crate::report::count;
use crate::subject::{JoinFaults, Shelf, Subject};

pub(super) async fn run(global: &Global, args: &RunArgs) -> Result<Exit> {
    let config = load(global)?;
    let suites = suites(&config, args)?;
    let shared = Shared::new(global, &config, args)?;
    let turns = suites.iter().map(|suite| Turn::new(suite, args, &config, &shared));
    let turns = turns.collect::<Result<Vec<Turn<'_>>>>()?;
    if args.dry_run {
        return dry_run::dry_run(&config, &suites, args, &shared.overrides).await;
    }
    Turn::fetch_missing(&turns, &config, args, &shared).await?;
    listen_for_interrupts(&shared.stop);
    let mut folders = Vec::new();
    let ended = every(turns, &config, args, &shared, &mut folders).await;
    match ended {
        Ok(exit) => args.files.write_after(exit, &config, &folders),
        Err(error) => {
            // What is done is reported, also where a later suite failed; but that failure is what counts.
            let _ = args.files.write_after(Exit::Internal, &config, &folders);
            Err(error)
        }
    }
}

/// Judges suite by suite, and notes the runs' folders.
async fn every(
    turns: Vec<Turn<'_>>,
    config: &Config,
    args: &RunArgs,
    shared: &Shared,
    folders: &mut Vec<PathBuf>,
) -> Result<Exit> {
    let mut exit = Exit::Success;
    let mut loaded_models = LoadedModels::default();
    for turn in by_model(turns) {
        let suite = turn.suite;
        let (own, folder) = turn.take(&mut loaded_models, config, args, shared).await?;
        exit = exit.worse(own);
        folders.push(folder.clone());
        if args.lock {
            golden::lock_run(config, suite, args, own, &folder)?;
        }
        if shared.stop.is_wished() {
            break;
        }
    }
    Ok(exit)
}

/// A suite and the models that it needs.
struct Turn<'a> {
    suite: &'a Suite,
    judge: Option<ModelConfig>,
    subject: Option<ModelConfig>,
}

impl<'a> Turn<'a> {
    fn new(suite: &'a Suite, args: &RunArgs, config: &Config, shared: &Shared) -> Result<Self> {
        let answered = |model_config: ModelConfig| model_config.answered_from(shared.replies_of(&suite.name));
        let judge = judging(suite, args, config)?.map(answered);
        let subject = subjects::model_config(suite.file.outputs.as_ref(), config)?.map(answered);
        for model_config in judge.iter().chain(&subject) {
            budgets::check_price(model_config, suite.file.budget, shared.budget.as_deref())?;
        }
        Ok(Self { suite, judge, subject })
    }

    /// Fetches the models that are missing, if that is permitted; what is wrong with a suite is found before.
    async fn fetch_missing(
        turns: &[Turn<'_>],
        config: &Config,
        args: &RunArgs,
        shared: &Shared,
    ) -> Result<()> {
        let models = turns.iter().flat_map(|turn| turn.judge.iter().chain(&turn.subject));
        let missing = fetch::missing(models, config).await?;
        if !missing.is_empty() {
            turns.iter().try_for_each(|turn| turn.look(config, args, shared))?;
        }
        fetch::fetch_permitted(&missing, config).await
    }

    /// Reads all that the suite needs, without its models.
    fn look(&self, config: &Config, args: &RunArgs, shared: &Shared) -> Result<()> {
        let loaded = |model_config: &Option<ModelConfig>| {
            model_config
                .clone()
                .map(|model_config| silent(self.suite, config, args, model_config))
                .transpose()
        };
        let (judge, subject) = (loaded(&self.judge)?, loaded(&self.subject)?);
        let both = [judge.as_ref(), subject.as_ref()];
        let Prospect { mut plan, panel, .. } = prospect(config, self.suite, both, args, &shared.overrides)?;
        plan.settled.clone_from(&shared.skip);
        repeats::check(self.suite, &plan, &panel, subject.as_ref())?;
        match survey(&panel, &plan, self.suite.dataset(config)?)?.records {
            0 => Err(nothing(self.suite, args, &plan.dataset)),
            _ => Ok(()),
        }
    }

    /// Judges the suite, and tells how it went and the run's folder.
    async fn take(
        self,
        loaded_models: &mut LoadedModels,
        config: &Config,
        args: &RunArgs,
        shared: &Shared,
    ) -> Result<(Exit, PathBuf)> {
        loaded_models.keep_only(&[self.judge.as_ref(), self.subject.as_ref()]);
        let judge = loaded_models.take(self.judge, config).await?;
        let subject = loaded_models.take(self.subject, config).await?;
        one(config, self.suite, judge.as_ref(), subject.as_ref(), args, shared).await
    }
}

/// The suites with those of one model together, in the order the models are
/// first named: each is loaded once.
fn by_model(turns: Vec<Turn<'_>>) -> Vec<Turn<'_>> {
    let mut groups: Vec<Vec<Turn<'_>>> = Vec::new();
    for turn in turns {
        let same = |of: &&mut Vec<Turn<'_>>| of.first().is_some_and(|first| first.judge == turn.judge);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(turn),
            None => groups.push(vec![turn]),
        }
    }
    groups.into_iter().flatten().collect()
}

/// Judges a suite's records but for those of `skip`, and reports nothing: gives how it ended and the
/// run's folder. `resume` is the command that goes on with it.
pub(super) async fn judge_quietly(
    global: &Global,
    config: &Config,
    suite: &Suite,
    args: &RunArgs,
    skip: IdSet,
    resume: String,
) -> Result<(Exit, PathBuf)> {
    let mut shared = Shared::new(global, config, args)?;
    shared.skip = skip;
    shared.say = Say::Progress { resume };
    let turn = Turn::new(suite, args, config, &shared)?;
    Turn::fetch_missing(std::slice::from_ref(&turn), config, args, &shared).await?;
    listen_for_interrupts(&shared.stop);
    turn.take(&mut LoadedModels::default(), config, args, &shared).await
}

/// A suite's run that was judged quietly.
pub(super) struct Judged {
    pub(super) suite: String,
    pub(super) exit: Exit,
    pub(super) folder: PathBuf,
}

/// Judges suites and tells as much as `shared` says; it ends with the first that is broken off.
pub(super) async fn judge_all(
    config: &Config,
    suites: &[&Suite],
    args: &RunArgs,
    shared: &Shared,
) -> Result<Vec<Judged>> {
    let turns = suites.iter().map(|suite| Turn::new(suite, args, config, shared));
    let turns = turns.collect::<Result<Vec<Turn<'_>>>>()?;
    Turn::fetch_missing(&turns, config, args, shared).await?;
    listen_for_interrupts(&shared.stop);
    let (mut loaded_models, mut judged) = (LoadedModels::default(), Vec::new());
    for turn in by_model(turns) {
        let suite = turn.suite.name.clone();
        let (exit, folder) = turn.take(&mut loaded_models, config, args, shared).await?;
        judged.push(Judged { suite, exit, folder });
        if shared.stop.is_wished() {
            break;
        }
    }
    Ok(judged)
}

/// The model that judges a suite, if a model does.
pub(super) fn judging(suite: &Suite, args: &RunArgs, config: &Config) -> Result<Option<ModelConfig>> {
    let named = args.judging.model.as_deref().or(suite.file.model.as_deref());
    suite.has_judges().then(|| ModelConfig::new(named, config)).transpose()
}

pub(super) fn suites(config: &Config, args: &RunArgs) -> Result<Vec<Suite>> {
    let all: Vec<String> = config.file.suites.keys().cloned().collect();
    let names = if args.suites.is_empty() { &all } else { &args.suites };
    if names.is_empty() {
        return Err(Error::new(ErrorKind::Config, "evenhand.toml has no suites").help("add a [suites.NAME]"));
    }
    let mut suites = names.iter().map(|name| Suite::open(name, config)).collect::<Result<Vec<Suite>>>()?;
    if let Some(file) = &args.judging.outputs {
        for suite in &mut suites {
            suite.judge_file(file);
        }
    }
    Ok(suites)
}

/// The first Ctrl-C lets what is in flight finish; the second ends the command.
pub(super) fn listen_for_interrupts(stop: &Stop) {
    let stop = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        stop.wish();
        let tell =
            async { eprintln!("\nfinishing what is in flight; Ctrl-C again ends at once, and loses it") };
        // It listens for the second before it tells of the first, or one that comes at once would be lost.
        let (second, ()) = tokio::join!(biased; tokio::signal::ctrl_c(), tell);
        if second.is_ok() {
            #[expect(clippy::exit, reason = "asked for twice")]
            std::process::exit(130);
        }
    });
}

/// Runs one suite and reports.
async fn one(
    config: &Config,
    suite: &Suite,
    judge: Option<&LoadedModel>,
    subject: Option<&LoadedModel>,
    args: &RunArgs,
    shared: &Shared,
) -> Result<(Exit, PathBuf)> {
    let model_config = judge.map(|loaded| &loaded.model_config);
    let Prospect { mut plan, panel: bare, head, stored, calibration } =
        prospect(config, suite, [judge, subject], args, &shared.overrides)?;
    plan.settled.clone_from(&shared.skip);
    repeats::check(suite, &plan, &bare, subject)?;
    let survey = survey(&bare, &plan, suite.dataset(config)?)?;
    if survey.records == 0 {
        return Err(nothing(suite, args, &plan.dataset));
    }
    if let Some(stored) = &stored {
        tell_calibration(stored, survey.fitted_on);
    }
    let (mut journal, before) = if args.resumes() {
        resumed(&runs::last_folder(config, &suite.name)?, &head, args)?
    } else {
        (Journal::start(&runs::new_folder(config, &suite.name)?, &head)?, Before::default())
    };
    tell_unlabelled(suite, &survey);
    SummaryFile::forget(journal.folder());
    checked_file::forget(journal.folder());
    let models = Models::new(config, suite, shared, journal.folder(), &before, [judge, subject])?;
    let kept = judge.map(|loaded| models.model(loaded, plan.judged_at_once));
    let panel = panel_of(suite, judge, kept, calibration.as_ref(), args)?;
    plan.subject = produced(suite, subject, args, &models, journal.folder())?;
    let price = model_config.and_then(ModelConfig::price);
    let mut console =
        Console::new(suite, &panel, args, survey.records, &shared.global, price).saying(&shared.say);
    before.earlier.each(|outcome| console.settled(&outcome))?;
    plan.settled.join(before.earlier.into_settled());
    let started = Instant::now();
    let records = suite.dataset(config)?;
    let (ended, subject) =
        run_plan(&panel, plan, records, Some(&mut journal), &shared.stop, |event| console.event(event))
            .await?;
    cache::tell_trouble(shared.opened());
    let joined = if ended == Ended::Complete { subject.faults() } else { JoinFaults::default() };
    let exit = console.finish(&ended, started.elapsed().as_secs_f64(), &journal, &joined)?;
    Ok((exit, journal.folder().to_owned()))
}

/// The run in a folder, and what it left.
fn resumed(folder: &Path, head: &RunHead, args: &RunArgs) -> Result<(Journal, Before)> {
    let (journal, earlier) = Journal::resume(folder, head, |outcome| is_final(outcome, args))?;
    let mut invalid = HashSet::new();
    earlier.each_open(|outcome| Before::again(&mut invalid, outcome))?;
    Ok((journal, Before { earlier, invalid }))
}

/// A run before anything is asked.
pub(super) struct Prospect {
    pub(super) plan: Plan,
    /// The panel, with models that keep nothing.
    pub(super) panel: Panel,
    pub(super) head: RunHead,
    stored: Option<CalibrationFile>,
    calibration: Option<Arc<Calibration>>,
}

/// What a run would be: by a judge, of a subject.
pub(super) fn prospect(
    config: &Config,
    suite: &Suite,
    [judge, subject]: [Option<&LoadedModel>; 2],
    args: &RunArgs,
    overrides: &Overrides,
) -> Result<Prospect> {
    let mut plan = suite.plan(config, judge.map(|loaded| &loaded.model_config), overrides)?;
    let panel = |calibration| panel_of(suite, judge, judge.map(plain), calibration, args);
    let stored = suite.file.calibration.as_ref().filter(|_| !args.no_calibration);
    let stored = stored.map(|path| config.path(path));
    let stored = calibrations::stored(stored.as_deref(), &panel(None)?)?;
    let calibration = stored.as_ref().and_then(calibrations::map).map(Arc::new);
    let panel = panel(calibration.as_ref())?;
    if let Some(stored) = &stored {
        plan.fitted_on = stored.fitted_on.iter().cloned().collect();
    }
    let means = Means { model: subject.map(plain), ..Means::default() };
    plan.subject = subjects::subject(suite.file.outputs.as_ref(), config, &means)?;
    let head = runs::head(suite, config, &panel, &plan.subject, selection(suite, args), plan.repeats.end)?;
    Ok(Prospect { plan, panel, head, stored, calibration })
}

fn panel_of(
    suite: &Suite,
    judge: Option<&LoadedModel>,
    model: Option<Model>,
    calibration: Option<&Arc<Calibration>>,
    args: &RunArgs,
) -> Result<Panel> {
    let asked = judge.zip(model).map(|(loaded, model)| asked(suite, loaded, model, calibration, args));
    suite.panel(asked.as_ref())
}

/// Who is asked for a suite's verdicts.
fn asked<'a>(
    suite: &Suite,
    loaded: &'a LoadedModel,
    model: Model,
    calibration: Option<&Arc<Calibration>>,
    args: &RunArgs,
) -> Asked<'a> {
    let reading = args.judging.reading.or(suite.file.reading).unwrap_or(loaded.opened.reading);
    let calibration = calibration.cloned();
    Asked { model, model_config: &loaded.model_config, reading, calibration, samples: args.samples }
}

/// Records without a label are judged but not compared. Their number is printed.
fn tell_unlabelled(suite: &Suite, survey: &Survey) {
    let (Some(field), Survey { records, unlabelled, missing_words, .. }) = (&suite.file.label, *survey)
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
    eprintln!(
        "labels: {none} of {all} records have none in field \"{field}\"{words}; they are judged and not compared"
    );
}

fn tell_calibration(stored: &CalibrationFile, left_out: u64) {
    eprintln!("calibration: {}", stored.fitted.decision);
    if left_out > 0 {
        eprintln!("left out: {left_out} records that the calibration was fitted on");
    }
}

/// The subject, with everything it says kept in the run's folder.
fn produced(
    suite: &Suite,
    loaded: Option<&LoadedModel>,
    args: &RunArgs,
    models: &Models<'_>,
    folder: &Path,
) -> Result<Subject> {
    let Some(outputs) = &suite.file.outputs else {
        return Ok(Subject::Record);
    };
    let mut means = Means::default();
    if outputs.command.is_some() {
        let files = [Some(folder.join("outputs.jsonl")), args.record_outputs.clone()];
        for file in files.into_iter().flatten() {
            means.shelves.push(Arc::new(Shelf::open(&file)?));
        }
        if outputs.cache == Some(true) {
            means.cache = cache::outputs(models.config, models.shared.reuse);
        }
    }
    means.model = loaded.map(|loaded| models.model(loaded, subjects::concurrency(Some(outputs))));
    subjects::subject(Some(outputs), models.config, &means)
}

/// Which records are asked about what, in words that are only compared.
fn selection(suite: &Suite, args: &RunArgs) -> String {
    let file = &suite.file;
    format!(
        "{:?}",
        (
            &args.selection.filter,
            args.selection.limit,
            &file.id,
            &file.fields,
            &file.label,
            &file.label_values,
            &file.outputs
        )
    )
}

/// Outcomes that a resumed run keeps; the others are judged again.
fn is_final(outcome: &Outcome, args: &RunArgs) -> bool {
    match &outcome.result {
        Settled::Scored(_) => true,
        Settled::Unscored(_) if args.retry == Some(RetryWhich::Unscored) => false,
        Settled::Unscored(unscored) => {
            !unscored.lasting && !matches!(unscored.reason, Reason::Budget | Reason::Cancelled)
        }
    }
}

fn nothing(suite: &Suite, args: &RunArgs, dataset: &str) -> Error {
    let detail = if args.selection.filter.is_empty() && args.selection.limit != Some(0) {
        format!("{dataset} holds no records")
    } else {
        format!("no record of {dataset} is left by the filters and the limit")
    };
    Error::new(ErrorKind::Dataset, format!("suite {}: {detail}", suite.name))
        .help("an empty run is not a success")
}
