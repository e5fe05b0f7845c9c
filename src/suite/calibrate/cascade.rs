//! A cascade compared with labels: every stage is asked about every labelled record, and thresholds with a guarantee
//! are found.

use std::path::{Path, PathBuf};

use super::calibrator::{Calibrator, Judged, Labelled};
use super::judge::JudgedRun;
use super::options::{AgainstLabels, CalibrateOptions};
use crate::calibration::{
    AskedStage, CascadeFile, CascadePage, CascadePageOptions, Origin, StoredStage, cascade_cases,
    cascade_page,
};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Outcome, Panel};
use crate::judge::Judge;
use crate::model::catalogue::CatalogueEntry;
use crate::stats::Promise;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::loaded_models::{NamedModels, plain};
use crate::suite::run::{Listener, Run, RunOptions};
use crate::suite::shell::Exit;
use crate::suite::{calibrations, runs};

/// How comparing a cascade with labels ended.
pub enum CascadeEnd<'p> {
    /// Thresholds were looked for.
    Calibrated(Box<CascadeCalibrated<'p>>),
    /// The run was interrupted or reached its budget before that. `Resume::Last` goes on with it.
    Unfinished(Box<Run>),
}

/// A cascade and the labels it is compared with, before anything is asked.
pub(crate) struct CascadeCalibrator<'p> {
    calibrator: Calibrator<'p>,
    judge: String,
    promise: Promise,
}

impl<'p> CascadeCalibrator<'p> {
    /// Reads the labels, and what is said of an earlier run. The judge is the one that is named, or the suite's only
    /// cascade.
    pub(crate) fn new(
        config: &'p Config,
        mut suite: Suite,
        judge: Option<&str>,
        promise: Promise,
        options: CalibrateOptions,
    ) -> Result<Self> {
        for (name, share) in [("alpha", promise.alpha), ("delta", promise.delta)] {
            if !(share > 0.0 && share < 1.0) {
                let detail = format!("--{name} {share} is not a share between 0 and 1");
                return Err(Error::new(ErrorKind::Usage, detail).help("0.1 promises 90 %"));
            }
        }
        let judge = suite.leave_every_stage(judge)?;
        let options = CalibrateOptions { judge: None, ..options };
        Ok(Self { calibrator: Calibrator::new(config, suite, options)?, judge, promise })
    }

    /// The embedded models that are needed and that are not here.
    pub(crate) async fn missing(&self) -> Result<Vec<&'static CatalogueEntry>> {
        self.calibrator.missing().await
    }

    /// Judges what is to be judged, and looks for thresholds.
    pub(crate) async fn calibrate(self, listener: &mut Listener<'_>) -> Result<CascadeEnd<'p>> {
        let Self { calibrator, judge, promise } = self;
        match calibrator.judged(listener).await? {
            Judged::Unfinished(run) => Ok(CascadeEnd::Unfinished(run)),
            Judged::Labelled(labelled) => {
                let calibrated = CascadeCalibrated::new(*labelled, judge, promise)?;
                Ok(CascadeEnd::Calibrated(Box::new(calibrated)))
            }
        }
    }
}

/// A cascade that was compared with labels.
pub struct CascadeCalibrated<'p> {
    held: AgainstLabels<'p>,
    outcomes: Vec<Outcome>,
    stages: Vec<AskedStage>,
    panel: Panel,
    page: CascadePage,
    run: JudgedRun,
    exit: Exit,
}

impl<'p> CascadeCalibrated<'p> {
    fn new(labelled: Labelled<'p>, judge: String, promise: Promise) -> Result<Self> {
        let Labelled { held, run, outcomes, exit } = labelled;
        let AgainstLabels { config, suite, options, fields, .. } = &held;
        let panel = every_stage(config, suite, &options.run)?;
        let stages = asked(config, suite, &options.run, &panel)?;
        let cases = cascade_cases(&outcomes, &stages);
        if cases.is_empty() || cases.iter().any(|case| !case.is_complete) {
            let folder = run.folder.display();
            let detail =
                format!("not every stage was asked about every labelled record of the run in {folder}");
            let remedy = match options.from {
                Some(_) => "a run of the cascade leaves some out: judge again, without --from",
                None => "go on with it: --resume",
            };
            return Err(Error::new(ErrorKind::Journal, detail).help(remedy));
        }
        let labelled = outcomes.iter().filter(|outcome| outcome.expected.is_some()).count();
        let options = CascadePageOptions {
            suite: suite.name.clone(),
            judge,
            label_field: fields.join(", "),
            labels_by: options.labels_by,
            promise,
            unscored: labelled.saturating_sub(cases.len()) as u64,
        };
        let page = cascade_page(&cases, &stages, options);
        Ok(Self { held, outcomes, stages, panel, page, run, exit })
    }

    /// The thresholds that were found, and what they come to.
    #[must_use]
    pub fn page(&self) -> &CascadePage {
        &self.page
    }

    /// The folder of the run whose judgments these are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.run.folder
    }

    /// How the run ended whose judgments these are; an earlier run that was named has ended well.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Stores the thresholds: in the file, or else in `calibration/SUITE.cascade.json` beside evenhand.toml. Gives the
    /// file.
    ///
    /// # Errors
    /// No threshold holds, the run was judged by other stages than the suite has now, or the file cannot be written.
    pub fn write(&self, file: Option<&Path>) -> Result<PathBuf> {
        let AgainstLabels { config, suite, options, .. } = &self.held;
        if self.page.whole.is_none() {
            return Err(Error::new(ErrorKind::Dataset, "there is nothing to write: no threshold holds")
                .help("label more records, or promise less: --alpha, --delta"));
        }
        let is_same = self.panel.fingerprint() == self.run.head.judge
            && self.panel.judge_models() == self.run.head.judges
            && self.panel.model() == self.run.head.model.as_str();
        if !is_same {
            let detail = format!(
                "the stages of the run in {} had other models, prompts or parameters",
                self.run.folder.display()
            );
            return Err(Error::new(ErrorKind::Journal, detail)
                .help("what is written would not hold for the suite as it is: judge again, without --from"));
        }
        let origin = Origin {
            suite: suite.name.clone(),
            dataset: runs::hash(&config.path(&suite.file.dataset))?,
            label_field: self.page.label_field.clone(),
            labels_by: options.labels_by,
        };
        let stages = stored(&self.panel).into_iter().zip(&self.page.stages);
        let stages = stages.map(|(stage, page)| StoredStage { threshold: page.threshold, ..stage }).collect();
        let cases = cascade_cases(&self.outcomes, &self.stages);
        let stored = CascadeFile::new(self.page.promise, origin, stages, &cases);
        let path = file.map_or_else(
            || calibrations::thresholds_path(config, &suite.name, &self.page.judge),
            Path::to_owned,
        );
        calibrations::store(&path, &stored)?;
        Ok(path)
    }
}

/// The stages as they are asked, by models that are not there.
fn every_stage(config: &Config, suite: &Suite, options: &RunOptions) -> Result<Panel> {
    let models = NamedModels::of(suite, config, options)?.silent(config)?;
    suite.panel(&models.asked(suite, options, None, plain))
}

fn stored(panel: &Panel) -> Vec<StoredStage> {
    let stages = panel.alone().map(Judge::members).unwrap_or_default();
    stages.iter().map(calibrations::stage).collect()
}

fn asked(config: &Config, suite: &Suite, options: &RunOptions, panel: &Panel) -> Result<Vec<AskedStage>> {
    let models = suite.models(options, config)?;
    let stages = stored(panel).into_iter().zip(models);
    let asked = stages.map(|(stage, model_config)| AskedStage {
        name: stage.stage,
        model: stage.model,
        reading: stage.reading,
        price: model_config.budget_price(),
    });
    Ok(asked.collect())
}

/// Whether stored thresholds still hold for a suite's cascade: where they lie, what is promised, and what changed.
pub(crate) fn check_cascade(
    config: &Config,
    mut suite: Suite,
    judge: Option<&str>,
    options: &RunOptions,
    file: Option<&Path>,
) -> Result<(PathBuf, CascadeFile, Vec<String>)> {
    let judge = suite.leave_every_stage(judge)?;
    let path =
        file.map_or_else(|| calibrations::thresholds_path(config, &suite.name, &judge), Path::to_owned);
    let stages = stored(&every_stage(config, &suite, options)?);
    let (file, changes) = calibrations::changed_thresholds(&path, &stages)?;
    Ok((path, file, changes))
}
