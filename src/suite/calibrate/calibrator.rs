//! Compares a judge with labels, step by step.

use super::calibrated::Calibrated;
use super::judge::{JudgedRun, asked, content_free, earlier, model_config, scale};
use super::options::{AgainstLabels, CalibrateOptions};
use crate::data::IdSet;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Outcome;
use crate::model::catalogue::CatalogueEntry;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::labels::{Labels, Wanted};
use crate::suite::missing::missing;
use crate::suite::model_config::ModelConfig;
use crate::suite::one_judge::OneJudge;
use crate::suite::run::{Listener, Run, RunOptions};
use crate::suite::shared::Shared;
use crate::suite::shell::Exit;
use crate::suite::turns::{missing_models, run_all, turns};

/// How comparing a judge with labels ended.
pub enum CalibrateEnd<'p> {
    /// The judge was compared with its labels.
    Calibrated(Box<Calibrated<'p>>),
    /// The run was interrupted or reached its budget before that. `Resume::Last` goes on with it.
    Unfinished(Box<Run>),
}

/// What came of judging the labelled records.
pub(super) enum Judged<'p> {
    /// They were judged.
    Labelled(Box<Labelled<'p>>),
    /// The run was interrupted or reached its budget before that.
    Unfinished(Box<Run>),
}

/// Every outcome with its label, the run that they are of, and how it ended.
pub(super) struct Labelled<'p> {
    pub(super) held: AgainstLabels<'p>,
    pub(super) run: JudgedRun,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) exit: Exit,
}

/// A judge and the labels it is compared with, before anything is asked.
pub(crate) struct Calibrator<'p> {
    held: AgainstLabels<'p>,
    /// The run whose judgments are taken; without one the records are judged.
    from: Option<JudgedRun>,
    run_options: RunOptions,
    shared: Shared,
}

impl<'p> Calibrator<'p> {
    /// Reads the labels, and what is said of an earlier run.
    pub(crate) fn new(config: &'p Config, suite: Suite, options: CalibrateOptions) -> Result<Self> {
        let is_part = suite.has_parts();
        let OneJudge { mut suite, has_others } =
            suite.judge_for_labels(options.judge.as_deref(), &options.run, config)?;
        suite.overridden(&options.run, config)?;
        let from = options.from.as_deref().map(|name| earlier(config, &suite, name)).transpose()?;
        let model_config = model_config(&suite, config, &options.run, from.as_ref())?;
        let scale = scale(&suite, &model_config, &options.run)?;
        if let Some(run) = from.as_ref().filter(|_| is_part) {
            judged_alone(run, &suite, &model_config)?;
        }
        let fields = label_fields(&suite, &options)?;
        let wanted = Wanted {
            fields: &fields,
            cluster: options.cluster.as_deref(),
            filters: options.run.filters()?,
            limit: options.run.limit,
        };
        let labels = Labels::read(&suite, config, &scale, &wanted)?;
        if from.is_none() {
            suite.file.label = fields.first().filter(|_| fields.len() == 1 && !labels.several).cloned();
        }
        let mut run_options = run_options(&options, &labels);
        run_options.skip.join(suite.decided().clone());
        let shared = Shared::new(config, &run_options)?;
        let held = AgainstLabels { config, suite, options, model_config, scale, fields, labels, has_others };
        Ok(Self { held, from, run_options, shared })
    }

    /// The embedded models that are needed and that are not here.
    pub(crate) async fn missing(&self) -> Result<Vec<&'static CatalogueEntry>> {
        let AgainstLabels { config, suite, options, model_config, .. } = &self.held;
        if self.from.is_none() {
            let turns = turns([suite], config, &self.run_options, &self.shared)?;
            return missing_models(&turns, config, &self.run_options, &self.shared).await;
        }
        let needed = options.content_free.then(|| model_config.in_catalogue()).flatten();
        missing(needed, config).await
    }

    /// Judges what is to be judged, and compares it with the labels.
    pub(crate) async fn calibrate(self, listener: &mut Listener<'_>) -> Result<CalibrateEnd<'p>> {
        let Labelled { held, run, outcomes, exit } = match self.judged(listener).await? {
            Judged::Unfinished(run) => return Ok(CalibrateEnd::Unfinished(run)),
            Judged::Labelled(labelled) => *labelled,
        };
        let content_free = if held.options.content_free {
            Some(content_free(held.config, &held.suite, &held.model_config, &outcomes).await?)
        } else {
            None
        };
        let calibrated = Calibrated::new(held, run, outcomes, content_free, exit)?;
        Ok(CalibrateEnd::Calibrated(Box::new(calibrated)))
    }

    /// The judgments of an earlier run, or new ones, each with its label and no other.
    pub(super) async fn judged(mut self, listener: &mut Listener<'_>) -> Result<Judged<'p>> {
        let (exit, run) = if let Some(run) = self.from.take() {
            (Exit::Success, run)
        } else {
            let run = Box::pin(self.run(listener)).await?;
            if matches!(run.exit, Exit::Interrupted | Exit::Budget) {
                return Ok(Judged::Unfinished(Box::new(run)));
            }
            (run.exit, JudgedRun::open(run.folder)?)
        };
        let outcomes = self.held.labels.put_on(run.outcomes()?);
        Ok(Judged::Labelled(Box::new(Labelled { held: self.held, run, outcomes, exit })))
    }

    /// Judges what has a label, or all where that is wished.
    async fn run(&self, listener: &mut Listener<'_>) -> Result<Run> {
        let AgainstLabels { config, suite, .. } = &self.held;
        let turns = turns([suite], config, &self.run_options, &self.shared)?;
        let runs = run_all(turns, config, &self.run_options, &self.shared, listener).await?;
        let none = || Error::new(ErrorKind::Internal, "a suite was run, and there is no run");
        runs.into_iter().next().ok_or_else(none)
    }
}

/// A run of the whole suite has one score of all parts: the judge's own cannot be taken from it.
pub(super) fn judged_alone(run: &JudgedRun, suite: &Suite, model_config: &ModelConfig) -> Result<()> {
    let panel = suite.panel(&[asked(&run.outcomes()?, model_config)])?;
    if panel.fingerprint() == run.head.judge {
        return Ok(());
    }
    let detail = format!("the run in {} is not of this judge alone", run.folder.display());
    Err(Error::new(ErrorKind::Journal, detail)
        .help("leave --from out: the judge is asked alone, and what is in the cache costs nothing"))
}

/// How the records are judged.
fn run_options(options: &CalibrateOptions, labels: &Labels) -> RunOptions {
    let skip = if options.unlabelled { IdSet::default() } else { labels.unlabelled().collect() };
    RunOptions { explain: Some(0), uncalibrated: true, skip, ..options.run.clone() }
}

fn label_fields(suite: &Suite, options: &CalibrateOptions) -> Result<Vec<String>> {
    let named = &options.labels;
    let fields: Vec<String> =
        if named.is_empty() { suite.file.label.iter().cloned().collect() } else { named.clone() };
    if fields.is_empty() {
        let detail = format!("suite {} names no label to compare its judge with", suite.name);
        return Err(Error::new(ErrorKind::Usage, detail).help("name the record's field with --labels FIELD"));
    }
    Ok(fields)
}
