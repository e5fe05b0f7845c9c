//! A run before anything is asked: who would be asked what.

use std::sync::Arc;

use serde_json::json;

use super::config::Config;
use super::judges::{Overrides, Suite};
use super::loaded_models::{SuiteModels, plain};
use super::run::RunOptions;
use super::subjects::Means;
use super::{calibrations, runs, subjects};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, Plan, RunHead};
use crate::golden::fingerprint;
use crate::judge::Calibration;

/// Suites by their names; all of them where none is named.
pub(crate) fn suites(config: &Config, named: &[String], options: &RunOptions) -> Result<Vec<Suite>> {
    let all: Vec<String> = config.file.suites.keys().cloned().collect();
    let wanted = if named.is_empty() { &all } else { named };
    if wanted.is_empty() {
        return Err(Error::new(ErrorKind::Config, "evenhand.toml has no suites").help("add a [suites.NAME]"));
    }
    let mut suites = wanted.iter().map(|name| Suite::open(name, config)).collect::<Result<Vec<Suite>>>()?;
    for suite in &mut suites {
        suite.change(options, config)?;
    }
    Ok(suites)
}

/// A run before anything is asked.
pub(crate) struct Prospect {
    pub(crate) plan: Plan,
    /// The panel, with models that keep nothing.
    pub(crate) panel: Panel,
    pub(crate) head: RunHead,
    pub(crate) stored: Option<calibrations::Stored>,
    pub(crate) calibration: Option<Arc<Calibration>>,
}

/// What a run would be.
pub(crate) fn prospect(
    config: &Config,
    suite: &Suite,
    models: &SuiteModels,
    options: &RunOptions,
    overrides: &Overrides,
) -> Result<Prospect> {
    let mut plan = suite.plan(config, models.judge_configs(), overrides)?;
    let panel = |calibration| suite.panel(&models.asked(suite, options, calibration, plain));
    let stored = suite.file.calibration.as_ref().filter(|_| !options.uncalibrated);
    let stored = stored.map(|path| config.path(path));
    let stored = calibrations::stored(stored.as_deref(), &panel(None)?)?;
    let calibration = stored.as_ref().and_then(calibrations::map).map(Arc::new);
    let panel = panel(calibration.as_ref())?;
    calibrations::check_thresholds(suite, &panel)?;
    if let Some(stored) = &stored {
        plan.fitted_on.extend(stored.fitted_on().iter().cloned());
    }
    for (_, thresholds) in suite.thresholds() {
        plan.fitted_on.extend(thresholds.file()?.fitted_on.iter().cloned());
    }
    let means = Means { model: models.subject.as_ref().map(plain), ..Means::default() };
    plan.subject = subjects::subject(suite.file.outputs.as_ref(), &suite.given, config, &means)?;
    let (selection, strategy) = (selection(suite, options), options.strategy.as_ref());
    let head = runs::head(suite, config, &panel, &plan.subject, selection, plan.repeats.end, strategy)?;
    Ok(Prospect { plan, panel, head, stored, calibration })
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
    // A table without a strategy or a prompt is in the words that runs were begun with before there were any.
    let selection = selection.replace(", strategy: None", "").replace(", prompt: None", "");
    if suite.given.is_empty() {
        selection
    } else {
        selection + &format!(", given {}", fingerprint(&json!(suite.given)))
    }
}
