//! A run before anything is asked: who would be asked what.

use std::sync::Arc;

use serde_json::json;

use super::config::Config;
use super::judges::{Asked, Overrides, Suite};
use super::loaded_models::{LoadedModel, plain};
use super::model_config::ModelConfig;
use super::run::RunOptions;
use super::subjects::Means;
use super::{calibrations, runs, subjects};
use crate::calibration::CalibrationFile;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, Plan, RunHead};
use crate::golden::fingerprint;
use crate::judge::Calibration;
use crate::model::Model;

/// The model that judges a suite, if a model does.
pub(crate) fn judging(suite: &Suite, options: &RunOptions, config: &Config) -> Result<Option<ModelConfig>> {
    let named = options.model.as_deref().or(suite.file.model.as_deref());
    suite.has_judges().then(|| ModelConfig::new(named, config)).transpose()
}

/// Suites by their names; all of them where none is named.
pub(crate) fn suites(config: &Config, named: &[String], options: &RunOptions) -> Result<Vec<Suite>> {
    let all: Vec<String> = config.file.suites.keys().cloned().collect();
    let wanted = if named.is_empty() { &all } else { named };
    if wanted.is_empty() {
        return Err(Error::new(ErrorKind::Config, "evenhand.toml has no suites").help("add a [suites.NAME]"));
    }
    let mut suites = wanted.iter().map(|name| Suite::open(name, config)).collect::<Result<Vec<Suite>>>()?;
    if let Some(file) = &options.outputs {
        for suite in &mut suites {
            suite.judge_file(file);
        }
    }
    Ok(suites)
}

/// A run before anything is asked.
pub(crate) struct Prospect {
    pub(crate) plan: Plan,
    /// The panel, with models that keep nothing.
    pub(crate) panel: Panel,
    pub(crate) head: RunHead,
    pub(crate) stored: Option<CalibrationFile>,
    pub(crate) calibration: Option<Arc<Calibration>>,
}

/// What a run would be: by a judge, of a subject.
pub(crate) fn prospect(
    config: &Config,
    suite: &Suite,
    [judge, subject]: [Option<&LoadedModel>; 2],
    options: &RunOptions,
    overrides: &Overrides,
) -> Result<Prospect> {
    let mut plan = suite.plan(config, judge.map(|loaded| &loaded.model_config), overrides)?;
    let panel = |calibration| panel_of(suite, judge, judge.map(plain), calibration, options);
    let stored = suite.file.calibration.as_ref().filter(|_| !options.uncalibrated);
    let stored = stored.map(|path| config.path(path));
    let stored = calibrations::stored(stored.as_deref(), &panel(None)?)?;
    let calibration = stored.as_ref().and_then(calibrations::map).map(Arc::new);
    let panel = panel(calibration.as_ref())?;
    if let Some(stored) = &stored {
        plan.fitted_on = stored.fitted_on.iter().cloned().collect();
    }
    let means = Means { model: subject.map(plain), ..Means::default() };
    plan.subject = subjects::subject(suite.file.outputs.as_ref(), config, &means)?;
    let head = runs::head(suite, config, &panel, &plan.subject, selection(suite, options), plan.repeats.end)?;
    Ok(Prospect { plan, panel, head, stored, calibration })
}

pub(crate) fn panel_of(
    suite: &Suite,
    judge: Option<&LoadedModel>,
    model: Option<Model>,
    calibration: Option<&Arc<Calibration>>,
    options: &RunOptions,
) -> Result<Panel> {
    let asked = judge.zip(model).map(|(loaded, model)| asked(suite, loaded, model, calibration, options));
    suite.panel(asked.as_ref())
}

/// Who is asked for a suite's verdicts.
fn asked<'a>(
    suite: &Suite,
    loaded: &'a LoadedModel,
    model: Model,
    calibration: Option<&Arc<Calibration>>,
    options: &RunOptions,
) -> Asked<'a> {
    let reading = options.reading.or(suite.file.reading).unwrap_or(loaded.opened.reading);
    let calibration = calibration.cloned();
    Asked { model, model_config: &loaded.model_config, reading, calibration, samples: options.samples }
}

/// Which records are asked about what, in words that are only compared.
fn selection(suite: &Suite, options: &RunOptions) -> String {
    let file = &suite.file;
    let selection = format!(
        "{:?}",
        (
            &options.filters,
            options.limit,
            &file.id,
            &file.fields,
            &file.label,
            &file.label_values,
            &file.outputs
        )
    );
    if suite.given.is_empty() {
        selection
    } else {
        selection + &format!(", given {}", fingerprint(&json!(suite.given)))
    }
}
