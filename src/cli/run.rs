//! `karat run`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::args::{Global, RunArgs};
use super::calibrations;
use super::config::{Config, load};
use super::exit::Exit;
use super::judges::{Asked, Overrides, Suite, wrappers};
use super::models::{Chosen, Ready};
use super::runs;
use super::subjects::{self, Means};
use super::teller::{Say, Teller};
use crate::calibration::CalibrationFile;
use crate::data::Filter;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Ended, Journal, Outcome, Settled, Stop, run as run_plan, survey};
use crate::judge::Reason;
use crate::model::{Budget, Model, RecordedTimes, Recorder, Recording, Wrappers};
use crate::subject::{JoinFaults, Shelf, Subject};

pub(super) async fn run(global: &Global, args: &RunArgs) -> Result<Exit> {
    let config = load(global)?;
    let suites = suites(&config, args)?;
    let shared = Shared::new(global, args)?;
    listen_for_interrupts(&shared.stop);
    let mut exit = Exit::Success;
    let mut loaded = Loaded::default();
    for suite in &suites {
        let judge = judging(suite, args, &config)?;
        let subject = subjects::chosen(suite.file.outputs.as_ref(), &config)?;
        loaded.keep_only(&[judge.as_ref(), subject.as_ref()]);
        let judge = loaded.take(judge, &config).await?;
        let subject = loaded.take(subject, &config).await?;
        exit = exit.max(one(&config, suite, judge.as_ref(), subject.as_ref(), args, &shared).await?.0);
        if shared.stop.is_wished() {
            break;
        }
    }
    Ok(exit)
}

/// Judges a suite's records but for those of `skip`, and reports nothing: gives how it ended and the
/// run's folder. `resume` is the command that goes on with it.
pub(super) async fn judge_quietly(
    global: &Global,
    config: &Config,
    suite: &Suite,
    args: &RunArgs,
    skip: HashSet<String>,
    resume: String,
) -> Result<(Exit, PathBuf)> {
    let shared = Shared { skip, say: Say::Progress { resume }, ..Shared::new(global, args)? };
    listen_for_interrupts(&shared.stop);
    let judge = judging(suite, args, config)?;
    let subject = subjects::chosen(suite.file.outputs.as_ref(), config)?;
    let mut loaded = Loaded::default();
    let judge = loaded.take(judge, config).await?;
    let subject = loaded.take(subject, config).await?;
    one(config, suite, judge.as_ref(), subject.as_ref(), args, &shared).await
}

/// The model that judges a suite, if a model does.
fn judging(suite: &Suite, args: &RunArgs, config: &Config) -> Result<Option<Chosen>> {
    let named = args.model.as_deref().or(suite.file.model.as_deref());
    suite.has_judges().then(|| Chosen::new(named, config)).transpose()
}

/// Models that are there, so that suites which share one load it once.
#[derive(Default)]
struct Loaded {
    models: Vec<There>,
}

/// A model that is there, and how it was named.
#[derive(Clone)]
struct There {
    chosen: Chosen,
    ready: Ready,
}

impl Loaded {
    /// The models of the suite before go first: two large ones need not be in memory together.
    fn keep_only(&mut self, needed: &[Option<&Chosen>]) {
        self.models.retain(|model| needed.contains(&Some(&model.chosen)));
    }

    async fn take(&mut self, chosen: Option<Chosen>, config: &Config) -> Result<Option<There>> {
        let Some(chosen) = chosen else {
            return Ok(None);
        };
        if let Some(there) = self.models.iter().find(|model| model.chosen == chosen) {
            return Ok(Some(there.clone()));
        }
        let ready = chosen.ready(config).await?;
        let there = There { chosen, ready };
        self.models.push(there.clone());
        Ok(Some(there))
    }
}

fn suites(config: &Config, args: &RunArgs) -> Result<Vec<Suite>> {
    let all: Vec<String> = config.file.suites.keys().cloned().collect();
    let names = if args.suites.is_empty() { &all } else { &args.suites };
    if names.is_empty() {
        return Err(Error::new(ErrorKind::Config, "karat.toml has no suites").help("add a [suites.NAME]"));
    }
    let mut suites = names.iter().map(|name| Suite::open(name, config)).collect::<Result<Vec<Suite>>>()?;
    if let Some(file) = &args.outputs {
        for suite in &mut suites {
            suite.judge_file(file);
        }
    }
    Ok(suites)
}

/// What the suites of one command share.
struct Shared {
    global: Global,
    stop: Stop,
    overrides: Overrides,
    budget: Option<Arc<Budget>>,
    record: Option<PathBuf>,
    recorder: OnceLock<Arc<Recorder>>,
    /// Records that are not judged, by id.
    skip: HashSet<String>,
    say: Say,
}

impl Shared {
    fn new(global: &Global, args: &RunArgs) -> Result<Self> {
        let filters: Result<Vec<Filter>> = args.filter.iter().map(|text| Filter::parse(text)).collect();
        Ok(Self {
            global: global.clone(),
            stop: Stop::default(),
            overrides: Overrides {
                filters: filters?,
                limit: args.limit,
                concurrency: args.concurrency,
                explain: args.explain,
            },
            budget: args.max_calls.map(Budget::calls).map(Arc::new),
            record: args.record.clone(),
            recorder: OnceLock::new(),
            skip: HashSet::new(),
            say: Say::Report,
        })
    }

    /// The recording that was asked for. It is emptied only now, when there is
    /// something to record: a mistake before leaves it as it was.
    fn recorder(&self) -> Result<Option<Arc<Recorder>>> {
        let Some(path) = &self.record else {
            return Ok(None);
        };
        if let Some(recorder) = self.recorder.get() {
            return Ok(Some(Arc::clone(recorder)));
        }
        let recorder = Arc::new(Recorder::create(path, RecordedTimes::Drop)?);
        Ok(Some(Arc::clone(self.recorder.get_or_init(|| recorder))))
    }
}

/// The first Ctrl-C lets what is in flight finish; the second ends the command.
fn listen_for_interrupts(stop: &Stop) {
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
    judge: Option<&There>,
    subject: Option<&There>,
    args: &RunArgs,
    shared: &Shared,
) -> Result<(Exit, PathBuf)> {
    let chosen = judge.map(|there| &there.chosen);
    let folder = if args.resume {
        runs::last_folder(config, &suite.name)?
    } else {
        runs::new_folder(config, &suite.name)
    };
    let mut plan = suite.plan(config, chosen, &shared.overrides)?;
    let mut bare = suite.panel(judge.map(|there| asked(suite, there, plain(there), args)).as_ref())?;
    let stored = suite.file.calibration.as_ref().filter(|_| !args.no_calibration);
    let stored = calibrations::stored(stored.map(|path| config.path(path)).as_deref(), &bare)?;
    let calibration = stored.as_ref().and_then(calibrations::map).map(Arc::new);
    if let Some(stored) = &stored {
        plan.fitted_on = stored.fitted_on.iter().cloned().collect();
        let asked = judge.map(|there| asked(suite, there, plain(there), args));
        bare =
            suite.panel(asked.map(|asked| Asked { calibration: calibration.clone(), ..asked }).as_ref())?;
    }
    let means = Means { model: subject.map(plain), ..Means::default() };
    plan.subject = subjects::subject(suite.file.outputs.as_ref(), config, &means)?;
    plan.settled.clone_from(&shared.skip);
    let head = runs::head(suite, config, &bare, &plan.subject, selection(suite, args))?;
    let survey = survey(&bare, &plan, suite.dataset(config)?)?;
    if survey.records == 0 {
        return Err(nothing(suite, args, &plan.dataset));
    }
    if let Some(stored) = &stored {
        tell_calibration(stored, survey.fitted_on);
    }
    let (mut journal, before) = if args.resume {
        Journal::resume(&folder, &head)?
    } else {
        (Journal::start(&folder, &head)?, Vec::new())
    };
    let kept = judge.map(|there| model(there, wrappers(&there.chosen), shared, &folder)).transpose()?;
    let asked = judge.zip(kept).map(|(there, model)| asked(suite, there, model, args));
    let panel = suite.panel(asked.map(|asked| Asked { calibration, ..asked }).as_ref())?;
    plan.subject = produced(suite, subject, config, args, shared, &folder)?;
    let price = chosen.and_then(Chosen::price);
    let mut teller =
        Teller::new(suite, &panel, args, survey.records, &shared.global, price).saying(&shared.say);
    let before: Vec<Outcome> = before.into_iter().filter(is_final).collect();
    plan.settled.extend(before.iter().map(|outcome| outcome.id.clone()));
    for outcome in before {
        teller.settled(&outcome)?;
    }
    let started = Instant::now();
    let records = suite.dataset(config)?;
    let (ended, subject) =
        run_plan(&panel, plan, records, Some(&mut journal), &shared.stop, |event| teller.event(event))
            .await?;
    let joined = if ended == Ended::Complete { subject.faults() } else { JoinFaults::default() };
    let exit = teller.finish(&ended, started.elapsed().as_secs_f64(), &journal, &joined)?;
    Ok((exit, folder))
}

/// Who is asked for a suite's verdicts.
fn asked<'a>(suite: &Suite, there: &'a There, model: Model, args: &RunArgs) -> Asked<'a> {
    let reading = args.reading.or(suite.file.reading).unwrap_or(there.ready.reading);
    Asked { model, chosen: &there.chosen, reading, calibration: None, samples: args.samples }
}

fn tell_calibration(stored: &CalibrationFile, left_out: u64) {
    eprintln!("calibration: {}", stored.fitted.decision);
    if left_out > 0 {
        eprintln!("left out: {left_out} records that the calibration was fitted on");
    }
}

/// A model that keeps nothing: for looking at what would be asked.
fn plain(there: &There) -> Model {
    Model::new(there.ready.provider.clone(), wrappers(&there.chosen))
}

/// The subject, with everything it says kept in the run's folder.
fn produced(
    suite: &Suite,
    there: Option<&There>,
    config: &Config,
    args: &RunArgs,
    shared: &Shared,
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
    }
    if let Some(there) = there {
        let wrappers = subjects::model_wrappers(outputs, &there.chosen);
        means.model = Some(model(there, wrappers, shared, folder)?);
    }
    subjects::subject(Some(outputs), config, &means)
}

/// Which records are asked about what, in words that are only compared.
fn selection(suite: &Suite, args: &RunArgs) -> String {
    let file = &suite.file;
    format!(
        "{:?}",
        (&args.filter, args.limit, &file.id, &file.fields, &file.label, &file.label_values, &file.outputs)
    )
}

/// Outcomes that a resumed run keeps; the others are judged again.
fn is_final(outcome: &Outcome) -> bool {
    match &outcome.result {
        Settled::Scored(_) => true,
        Settled::Unscored(unscored) => {
            !unscored.lasting && !matches!(unscored.reason, Reason::Budget | Reason::Cancelled)
        }
    }
}

/// A model whose replies are kept in the run's folder.
fn model(there: &There, mut wrappers: Wrappers, shared: &Shared, folder: &Path) -> Result<Model> {
    let replies = folder.join("replies.jsonl");
    let record = shared.recorder()?;
    if replies.exists() {
        let kept = Recording::open(&replies)?;
        if let Some(record) = &record {
            record.copy(&kept)?;
        }
        wrappers.kept = Some(Arc::new(kept));
    }
    wrappers.recorders.push(Arc::new(Recorder::append(&replies, RecordedTimes::Keep)?));
    wrappers.recorders.extend(record);
    wrappers.budget.clone_from(&shared.budget);
    Ok(Model::new(there.ready.provider.clone(), wrappers))
}

fn nothing(suite: &Suite, args: &RunArgs, dataset: &str) -> Error {
    let detail = if args.filter.is_empty() && args.limit != Some(0) {
        format!("{dataset} holds no records")
    } else {
        format!("no record of {dataset} is left by the filters and the limit")
    };
    Error::new(ErrorKind::Dataset, format!("suite {}: {detail}", suite.name))
        .help("an empty run is not a success")
}
