//! `evenhand calibrate`: a judge held against labels.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::args::Global;
use super::calibrate_args::{CalibrateArgs, ChosenBy, Labeller};
use super::fetch::fetch_missing;
use super::judging_args::options;
use super::print;
use super::run::judge_one;
use crate::calibration::{
    CalibrationFile, Fingerprints, LabelsBy, Measured, Metric, Options, Origin, Page, PageOptions, Pilot,
    cases, page, plan, verdicts_of,
};
use crate::data::IdSet;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, Outcome, Panel, RunHead};
use crate::judge::Reading;
use crate::model::Model;
use crate::report::{calibration_line, calibration_text, label_plan_line, label_plan_text};
use crate::signature::Scale;
use crate::suite::Exit;
use crate::suite::calibrations::{self, fingerprints};
use crate::suite::config::{Config, load};
use crate::suite::judges::{Asked, Suite, model_options};
use crate::suite::labels::{Labels, Wanted};
use crate::suite::model_config::{ModelConfig, default_reading};
use crate::suite::nobody::nobody;
use crate::suite::runs;
use crate::suite::shell::quoted;
use crate::suite::{Resume, RunOptions};

pub(super) async fn calibrate(global: &Global, args: &CalibrateArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let mut suite = Suite::open(&args.suite, &config)?;
    if let Some(file) = &args.judging.outputs {
        suite.judge_file(file);
    }
    if let Some(pilot) = guessed(args)? {
        return tell_plan(args, pilot, "by guesses");
    }
    if let Some(file) = &args.check {
        return check(&suite, &config, args, file.as_deref()).await;
    }
    let from = args.from.as_deref().map(|name| earlier(&config, &suite, name)).transpose()?;
    let model_config = model_config(&suite, &config, args, from.as_ref())?;
    let scale = scale(&suite, &model_config, args)?;
    let fields = label_fields(&suite, args)?;
    let wanted = Wanted {
        fields: &fields,
        cluster: args.cluster.as_deref(),
        filters: args.selection.filters()?,
        limit: args.selection.limit,
    };
    let labels = Labels::read(&suite, &config, &scale, &wanted)?;
    let (exit, run) = if let Some(run) = from {
        (Exit::Success, run)
    } else {
        suite.file.label = fields.first().filter(|_| fields.len() == 1 && !labels.several).cloned();
        judged(&config, &suite, args, &labels).await?
    };
    if matches!(exit, Exit::Interrupted | Exit::Budget) {
        return Ok(exit);
    }
    let outcomes = labels.put_on(run.outcomes()?);
    let content_free = if args.content_free {
        Some(content_free(&config, &suite, &model_config, &outcomes).await?)
    } else {
        None
    };
    let held = Held {
        config: &config,
        suite: &suite,
        args,
        scale: &scale,
        fields: &fields,
        labels: &labels,
        content_free,
    };
    let page = held.page(&outcomes, &run, &model_config)?;
    if args.plan.plan {
        tell_plan(args, pilot(&page, &outcomes, &scale, args)?, "by the labels there are")?;
        return Ok(exit);
    }
    print(&if args.json {
        format!("{}\n", calibration_line(&page))
    } else {
        format!("\n{}", calibration_text(&page))
    })?;
    if let Some(file) = &args.write {
        held.write(&outcomes, &run, &model_config, &page, file.as_deref())?;
    }
    Ok(exit)
}

/// What the judge says to records without content.
async fn content_free(
    config: &Config,
    suite: &Suite,
    model_config: &ModelConfig,
    outcomes: &[Outcome],
) -> Result<Vec<f64>> {
    fetch_missing([model_config], config).await?;
    let opened = model_config.open(config).await?;
    let model = Model::new(opened.provider, model_options(model_config));
    let panel = suite.panel(Some(&Asked { model, ..Held::asked(outcomes, model_config) }))?;
    let judge = panel
        .alone()
        .ok_or_else(|| Error::new(ErrorKind::Config, format!("suite {} is no judge alone", suite.name)))?;
    judge.content_free().await.map_err(|unscored| {
        Error::new(ErrorKind::Model, format!("the records without content: {unscored}"))
            .help("leave out --content-free")
    })
}

/// A run whose journal is read.
struct Run {
    folder: PathBuf,
    head: RunHead,
}

impl Run {
    fn outcomes(&self) -> Result<Vec<Outcome>> {
        Journal::read(&self.folder)
    }
}

/// An earlier run of the suite.
fn earlier(config: &Config, suite: &Suite, name: &str) -> Result<Run> {
    let folder = runs::named_folder(config, &suite.name, name)?;
    let head = Journal::head(&folder)?;
    if head.suite != suite.name {
        let detail = format!("{} is a run of suite {}, not of {}", folder.display(), head.suite, suite.name);
        return Err(Error::new(ErrorKind::Journal, detail).help("name a run of this suite, or `last`"));
    }
    Ok(Run { folder, head })
}

/// A run that differs from another one in nothing but chance.
fn same_judge(again: Run, run: &Run) -> Result<Run> {
    if (&again.head.judge, &again.head.model) == (&run.head.judge, &run.head.model) {
        return Ok(again);
    }
    let detail =
        format!("the run in {} was judged by another prompt, reading or model", again.folder.display());
    Err(Error::new(ErrorKind::Journal, detail).help("verdicts flip only between runs of the same judge"))
}

/// The model that judges; where nobody names one, that of the earlier run.
fn model_config(
    suite: &Suite,
    config: &Config,
    args: &CalibrateArgs,
    from: Option<&Run>,
) -> Result<ModelConfig> {
    let named = ModelConfig::new(args.judging.model.as_deref().or(suite.file.model.as_deref()), config);
    match (named, from) {
        (Err(_), Some(run)) if args.judging.model.is_none() => {
            ModelConfig::new(Some(&run.head.model), config)
        }
        (named, _) => named,
    }
}

/// The suite's panel without a model that answers.
fn silent(suite: &Suite, model_config: &ModelConfig, reading: Reading) -> Result<Panel> {
    let panel = suite.panel(Some(&Asked {
        model: nobody(),
        model_config,
        reading,
        calibration: None,
        samples: None,
    }))?;
    if panel.alone().is_none() {
        let detail = format!("suite {} has several parts: {}", suite.name, panel.title());
        return Err(Error::new(ErrorKind::Config, detail)
            .help("a calibration holds for one judge: make a suite of that judge alone"));
    }
    Ok(panel)
}

fn scale(suite: &Suite, model_config: &ModelConfig, args: &CalibrateArgs) -> Result<Scale> {
    let reading =
        args.judging.reading.or(suite.file.reading).unwrap_or_else(|| default_reading(model_config));
    silent(suite, model_config, reading)?.scale().ok_or_else(|| {
        Error::new(ErrorKind::Signature, format!("suite {}: its judge gives no verdict", suite.name))
            .help("its signature needs a [score]")
    })
}

fn label_fields(suite: &Suite, args: &CalibrateArgs) -> Result<Vec<String>> {
    let fields: Vec<String> =
        if args.labels.is_empty() { suite.file.label.iter().cloned().collect() } else { args.labels.clone() };
    if fields.is_empty() {
        let detail = format!("suite {} names no label to hold its judge against", suite.name);
        return Err(Error::new(ErrorKind::Usage, detail).help("name the record's field with --labels FIELD"));
    }
    Ok(fields)
}

/// Judges what has a label, and with --unlabelled all.
async fn judged(
    config: &Config,
    suite: &Suite,
    args: &CalibrateArgs,
    labels: &Labels,
) -> Result<(Exit, Run)> {
    let skip = if args.unlabelled { IdSet::default() } else { labels.unlabelled().collect() };
    let options = RunOptions {
        explain: Some(0),
        record: args.record.clone(),
        resume: if args.resume { Resume::Last } else { Resume::No },
        uncalibrated: true,
        skip,
        ..options(&args.judging, &args.selection, args.budget)
    };
    let (exit, folder) = judge_one(config, suite, &options, &resume_command()).await?;
    let head = Journal::head(&folder)?;
    Ok((exit, Run { folder, head }))
}

/// This very command, to go on with.
fn resume_command() -> String {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--resume").collect();
    let words: Vec<String> = words.iter().map(|word| quoted(word).into_owned()).collect();
    format!("evenhand {} --resume", words.join(" "))
}

/// What the page is made of, besides outcomes.
struct Held<'a> {
    config: &'a Config,
    suite: &'a Suite,
    args: &'a CalibrateArgs,
    scale: &'a Scale,
    fields: &'a [String],
    labels: &'a Labels,
    content_free: Option<Vec<f64>>,
}

impl Held<'_> {
    fn page(&self, outcomes: &[Outcome], run: &Run, model_config: &ModelConfig) -> Result<Page> {
        let Self { config, suite, args, labels, .. } = self;
        let read = |name: &String| earlier(config, suite, name)?.outcomes();
        let again = |name: &String| same_judge(earlier(config, suite, name)?, run)?.outcomes();
        let judged: HashSet<&str> = outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
        let missing = labels.unlabelled().filter(|id| !judged.contains(id.as_str())).count() as u64;
        let options = PageOptions {
            suite: suite.name.clone(),
            signature: suite.panel(Some(&Self::asked(outcomes, model_config)))?.title(),
            model: run.head.model.clone(),
            label_field: self.fields.join(", "),
            labels_by: labels_by(args),
            pass_at: suite.file.pass_at.unwrap_or(0.5),
            people: labels.people.clone(),
            clusters: labels.clusters.clone(),
            again: args.again.iter().map(again).collect::<Result<_>>()?,
            swapped: args.swapped.as_ref().map(read).transpose()?,
            epsilon: args.epsilon,
            price: model_config.price().filter(|_| name(model_config) == run.head.model),
            unlabelled_not_judged: missing.saturating_sub(labels.ties),
            ties: labels.ties,
            fit: Options {
                metric: metric(args),
                content_free: self.content_free.clone(),
                ..Options::default()
            },
        };
        Ok(page(outcomes, self.scale, &options))
    }

    fn asked<'c>(outcomes: &[Outcome], model_config: &'c ModelConfig) -> Asked<'c> {
        let reading =
            outcomes.first().map_or_else(|| default_reading(model_config), |outcome| outcome.reading);
        Asked { model: nobody(), model_config, reading, calibration: None, samples: None }
    }

    /// Stores the calibration, if there is one and it would hold for the suite as it is.
    fn write(
        &self,
        outcomes: &[Outcome],
        run: &Run,
        model_config: &ModelConfig,
        page: &Page,
        file: Option<&Path>,
    ) -> Result<()> {
        let Self { config, suite, args, scale, labels, .. } = self;
        let fitted = match &page.maps {
            Measured::Value(fitted) => fitted.clone(),
            Measured::Missing(why) => {
                return Err(Error::new(
                    ErrorKind::Dataset,
                    format!("there is no calibration to write: {why}"),
                ));
            }
        };
        let panel = suite.panel(Some(&Self::asked(outcomes, model_config)))?;
        if panel.fingerprint() != run.head.judge {
            let detail = format!(
                "the run in {} was judged by another prompt or with other parameters",
                run.folder.display()
            );
            return Err(Error::new(ErrorKind::Journal, detail)
                .help("what is written would not hold for the suite as it is: judge again, without --from"));
        }
        let (Some(now), Some(verdicts)) = (fingerprints(&panel), verdicts_of(scale)) else {
            return Err(Error::new(ErrorKind::Internal, "a page with maps is of one judge and its verdicts"));
        };
        let origin = Origin {
            suite: suite.name.clone(),
            dataset: runs::hash(&config.path(&suite.file.dataset))?,
            label_field: page.label_field.clone(),
            labels_by: labels_by(args),
        };
        let cases = cases(outcomes, scale, &labels.clusters);
        let now = Fingerprints { model: run.head.model.clone(), ..now };
        let stored = CalibrationFile::new(now, origin, verdicts, &cases, fitted);
        let path = file.map_or_else(|| calibrations::default_path(config, &suite.name), Path::to_owned);
        calibrations::store(&path, &stored)?;
        eprintln!("calibration: {}", path.display());
        Ok(())
    }
}

fn name(model_config: &ModelConfig) -> String {
    format!("{}/{}", model_config.provider, model_config.name)
}

fn labels_by(args: &CalibrateArgs) -> LabelsBy {
    match args.labels_by {
        Labeller::Human => LabelsBy::Human,
        Labeller::Model => LabelsBy::Model,
    }
}

fn metric(args: &CalibrateArgs) -> Metric {
    match args.metric {
        ChosenBy::LogLoss => Metric::LogLoss,
        ChosenBy::Brier => Metric::Brier,
        ChosenBy::Kappa => Metric::Kappa,
    }
}

/// Whether the stored calibration still holds.
async fn check(suite: &Suite, config: &Config, args: &CalibrateArgs, file: Option<&Path>) -> Result<Exit> {
    let path = file.map_or_else(|| calibrations::default_path(config, &suite.name), Path::to_owned);
    let stored = calibrations::open(&path)?;
    let model_config = model_config(suite, config, args, None)?;
    let reading = match args.judging.reading.or(suite.file.reading) {
        Some(reading) => reading,
        // A recording's reading is what it holds; an embedded model would be loaded for nothing.
        None if model_config.provider == "replay" => model_config.open(config).await?.reading,
        None => default_reading(&model_config),
    };
    let panel = silent(suite, &model_config, reading)?;
    let Some(now) = fingerprints(&panel) else {
        return Err(Error::new(ErrorKind::Internal, "a panel of one judge has fingerprints"));
    };
    match stored.check(&Fingerprints { model: name(&model_config), ..now }) {
        Ok(()) => {
            let map = stored
                .map()
                .map_or_else(|| "no map was worth it".to_owned(), crate::stats::CalibrationMap::name);
            let by = match stored.origin.labels_by {
                LabelsBy::Human => "people's labels",
                LabelsBy::Model => "a model's labels, so it is no calibration",
            };
            print(&format!("{} holds: {map}, fitted on {} of {by}\n", path.display(), stored.fitted.n))?;
            Ok(Exit::Success)
        }
        Err(changes) => {
            let list: Vec<String> = changes.iter().map(|change| format!("  {change}\n")).collect();
            print(&format!("{} no longer holds:\n{}", path.display(), list.concat()))?;
            eprintln!("judge the labelled records again: evenhand calibrate {} --write", quoted(&suite.name));
            Ok(Exit::Quality)
        }
    }
}

/// Sensitivity, specificity and rate as they were guessed.
fn guessed(args: &CalibrateArgs) -> Result<Option<Pilot>> {
    let plan = &args.plan;
    let (Some(sensitivity), Some(specificity), Some(rate)) = (plan.sensitivity, plan.specificity, plan.rate)
    else {
        return Ok(None);
    };
    for (flag, share) in [("sensitivity", sensitivity), ("specificity", specificity), ("rate", rate)] {
        if !(0.0..=1.0).contains(&share) {
            let detail = format!("--{flag} {share} is not a share between 0 and 1");
            return Err(Error::new(ErrorKind::Usage, detail));
        }
    }
    let judged_rate = rate * sensitivity + (1.0 - rate) * (1.0 - specificity);
    Ok(Some(Pilot { sensitivity, specificity, judged_rate, judged: plan.judged.unwrap_or(1000) }))
}

/// The same from the labels there are.
fn pilot(page: &Page, outcomes: &[Outcome], scale: &Scale, args: &CalibrateArgs) -> Result<Pilot> {
    let few = |why: &str| {
        Error::new(ErrorKind::Dataset, format!("there is no plan by these labels: {why}"))
            .help("guess: --sensitivity S --specificity S --rate R")
    };
    let errors = match &page.errors {
        Measured::Value(errors) => errors,
        Measured::Missing(why) => return Err(few(why)),
    };
    let verdicts = verdicts_of(scale);
    let value = |label: &str| {
        let verdicts = verdicts.as_ref()?;
        let place = verdicts.labels.iter().position(|one| one == label)?;
        verdicts.values.get(place).copied().flatten()
    };
    let passes: Vec<bool> =
        outcomes.iter().filter_map(|outcome| Some(value(&outcome.score()?.label)? >= page.pass_at)).collect();
    let rate = crate::stats::Proportion::of(&passes).rate();
    let without = page.counts.unlabelled + page.counts.unlabelled_not_judged;
    match (errors.sensitivity.rate, errors.specificity.rate, rate) {
        (Some(sensitivity), Some(specificity), Some(judged_rate)) => Ok(Pilot {
            sensitivity,
            specificity,
            judged_rate,
            judged: args.plan.judged.unwrap_or(if without > 0 { without } else { 1000 }),
        }),
        _ => Err(few("no verdict decides")),
    }
}

fn tell_plan(args: &CalibrateArgs, pilot: Pilot, basis: &str) -> Result<Exit> {
    let plan = plan(pilot, args.plan.budget, args.plan.half_width);
    print(&if args.json {
        format!("{}\n", label_plan_line(&args.suite, &plan))
    } else {
        label_plan_text(&args.suite, basis, &plan)
    })?;
    Ok(Exit::Success)
}
