//! A correction by what the judge says to a run's records, without labels.

use std::path::{Path, PathBuf};

use super::calibrated::only_judge;
use super::calibrator::judged_alone;
use super::judge::{JudgedRun, asked, earlier, model_config, scale};
use super::options::CalibrateOptions;
use crate::calibration::{BatchCase, BatchFile, BatchPage, Fingerprints, Verdicts, batch_mean, verdicts_of};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Outcome;
use crate::model::catalogue::CatalogueEntry;
use crate::signature::Scale;
use crate::suite::calibrations::{self, fingerprints};
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;
use crate::suite::one_judge::OneJudge;
use crate::suite::run::{Listener, Run, RunOptions};
use crate::suite::runs;
use crate::suite::shared::Shared;
use crate::suite::shell::Exit;
use crate::suite::turns::{missing_models, run_all, turns};

/// How fitting ended.
pub(crate) enum BatchEnd<'p> {
    /// There is a mean.
    Calibrated(Box<BatchCalibrated<'p>>),
    /// The run was interrupted or reached its budget before that.
    Unfinished(Box<Run>),
}

/// A judge, and the run whose distributions are taken, before anything is asked.
pub(crate) struct BatchCalibrator<'p> {
    config: &'p Config,
    suite: Suite,
    model_config: ModelConfig,
    scale: Scale,
    /// The run whose judgments are taken; without one the records are judged.
    from: Option<JudgedRun>,
    options: RunOptions,
    shared: Shared,
}

impl<'p> BatchCalibrator<'p> {
    /// Reads what is said of an earlier run.
    pub(crate) fn new(config: &'p Config, suite: Suite, options: &CalibrateOptions) -> Result<Self> {
        let is_part = suite.has_parts();
        let OneJudge { mut suite, has_others } =
            suite.judge_for_labels(options.judge.as_deref(), &options.run, config)?;
        if has_others {
            return Err(only_judge(&suite.name));
        }
        suite.overridden(&options.run, config)?;
        let from = options.from.as_deref().map(|name| earlier(config, &suite, name)).transpose()?;
        let model_config = model_config(&suite, config, &options.run, from.as_ref())?;
        let scale = scale(&suite, &model_config, &options.run)?;
        if let Some(run) = from.as_ref().filter(|_| is_part) {
            judged_alone(run, &suite, &model_config)?;
        }
        let mut options = RunOptions { explain: Some(0), uncalibrated: true, ..options.run.clone() };
        options.skip.join(suite.decided().clone());
        let shared = Shared::new(config, &options)?;
        Ok(Self { config, suite, model_config, scale, from, options, shared })
    }

    /// The embedded models that are needed and that are not here.
    pub(crate) async fn missing(&self) -> Result<Vec<&'static CatalogueEntry>> {
        if self.from.is_some() {
            return Ok(Vec::new());
        }
        let turns = turns([&self.suite], self.config, &self.options, &self.shared)?;
        missing_models(&turns, self.config, &self.options, &self.shared).await
    }

    /// Judges what is to be judged, and takes the mean.
    pub(crate) async fn calibrate(mut self, listener: &mut Listener<'_>) -> Result<BatchEnd<'p>> {
        let (exit, run) = if let Some(run) = self.from.take() {
            (Exit::Success, run)
        } else {
            let turns = turns([&self.suite], self.config, &self.options, &self.shared)?;
            let runs = run_all(turns, self.config, &self.options, &self.shared, listener).await?;
            let none = || Error::new(ErrorKind::Internal, "a suite was run, and there is no run");
            let run = runs.into_iter().next().ok_or_else(none)?;
            if matches!(run.exit, Exit::Interrupted | Exit::Budget) {
                return Ok(BatchEnd::Unfinished(Box::new(run)));
            }
            (run.exit, JudgedRun::open(run.folder)?)
        };
        let outcomes = run.outcomes()?;
        let Self { config, suite, model_config, scale, .. } = self;
        let unusable = |why: String| {
            Error::new(ErrorKind::Dataset, format!("there is no batch calibration: {why}"))
                .help("it needs a weighted or a sampled reading, which gives every record a distribution")
        };
        let verdicts =
            verdicts_of(&scale).ok_or_else(|| unusable("the verdicts are not a short list".to_owned()))?;
        let cases: Vec<BatchCase> = outcomes.iter().filter_map(|outcome| case(&verdicts, outcome)).collect();
        let mean = batch_mean(&verdicts, &cases).map_err(unusable)?;
        let page = BatchPage::new(suite.name.clone(), &verdicts, &mean, &cases);
        let fitted =
            BatchCalibrated { config, suite, model_config, verdicts, mean, page, outcomes, run, exit };
        Ok(BatchEnd::Calibrated(Box::new(fitted)))
    }
}

fn case(verdicts: &Verdicts, outcome: &Outcome) -> Option<BatchCase> {
    let score = outcome.score().filter(|score| !score.distribution.is_empty())?;
    let share = |label: &String| {
        let found = score.distribution.iter().find(|(known, _)| known == label);
        found.map_or(0.0, |(_, share)| *share)
    };
    Some(BatchCase {
        id: outcome.id.clone(),
        shares: verdicts.labels.iter().map(share).collect(),
        label: outcome.expected.as_ref().map(|expected| expected.label.clone()),
    })
}

/// A mean that was taken, and what it does.
pub(crate) struct BatchCalibrated<'p> {
    config: &'p Config,
    suite: Suite,
    model_config: ModelConfig,
    verdicts: Verdicts,
    mean: Vec<f64>,
    page: BatchPage,
    outcomes: Vec<Outcome>,
    run: JudgedRun,
    exit: Exit,
}

impl BatchCalibrated<'_> {
    /// What it does to the records that it is of.
    pub(crate) fn page(&self) -> &BatchPage {
        &self.page
    }

    /// How the run ended whose judgments these are.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Stores it: in the file, or else in `calibration/SUITE.json` beside evenhand.toml. Gives the file.
    ///
    /// # Errors
    /// The run was judged by another prompt or with other parameters, or the file cannot be written.
    pub(crate) fn write(&self, file: Option<&Path>) -> Result<PathBuf> {
        let Self { config, suite, run, .. } = self;
        let panel = suite.panel(&[asked(&self.outcomes, &self.model_config)])?;
        let now = fingerprints(&panel).filter(|_| panel.fingerprint() == run.head.judge);
        let now = now.ok_or_else(|| {
            let folder = run.folder.display();
            let detail = format!("the run in {folder} was judged by another prompt or with other parameters");
            Error::new(ErrorKind::Journal, detail)
                .help("what is written would not hold for the suite as it is: judge again, without --from")
        })?;
        let now = Fingerprints { model: run.head.model.clone(), ..now };
        let of = (suite.name.clone(), runs::hash(&config.path(&suite.file.dataset))?);
        let stored = BatchFile::new(now, of, self.verdicts.clone(), self.mean.clone(), self.page.records);
        let path = file.map_or_else(|| calibrations::default_path(config, &suite.name), Path::to_owned);
        calibrations::store(&path, &stored)?;
        Ok(path)
    }
}
