//! A run's requests as a file for a server that answers later: `evenhand run SUITE --export-batch FILE`.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::calibrations;
use super::config::Config;
use super::estimate::{Cached, panel_of_nobody};
use super::judges::{Overrides, Suite};
use super::model_config::one_model;
use super::run::RunOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::preview;
pub(crate) use crate::model::BatchForm;
use crate::model::{BatchRequest, Key};
use crate::subject::Subject;

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exported {
    pub(crate) suite: String,
    pub(crate) model: String,
    pub(crate) form: BatchForm,
    pub(crate) records: u64,
    pub(crate) requests: usize,
    /// Requests that the cache has a reply to.
    pub(crate) cached: u64,
    /// Calls that hang on a reply, so that nobody can write them yet.
    pub(crate) later: u64,
}

/// Writes the requests that a run would make first, but for those that the cache answers.
///
/// # Errors
/// The judges ask several models, the model's server has no batches as files, the outputs are still to be produced, or
/// the file cannot be written.
pub(crate) async fn export(
    config: &Config,
    suite: &Suite,
    options: &RunOptions,
    path: &Path,
) -> Result<Exported> {
    let models = suite.models(options, config)?;
    let model_config = one_model(&suite.name, &models)?;
    let provider = model_config.open(config).await?.provider;
    let panel = panel_of_nobody(suite, &models, options)?;
    let mut plan = suite.plan(config, &models, &Overrides::of(options)?)?;
    // A run leaves these out.
    if let Some(path) = suite.file.calibration.as_ref().filter(|_| !options.uncalibrated) {
        plan.fitted_on.extend(calibrations::open(&config.path(path))?.fitted_on().iter().cloned());
    }
    if matches!(plan.subject, Subject::Produced { .. }) {
        let detail = format!("suite {}: the outputs are still to be produced", suite.name);
        return Err(Error::new(ErrorKind::Config, detail)
            .help("run it once with --record-outputs FILE, then export with --outputs FILE"));
    }
    let cache = Cached::open(config, model_config, options).await?;
    let (mut planned, mut later, mut cached) = (Vec::new(), 0, 0);
    let mut seen: HashSet<Key> = HashSet::new();
    let survey = preview(&panel, &plan, suite.dataset(config)?, |_, one| {
        later += u64::from(one.follow_ups);
        if cache.as_ref().is_some_and(|cache| cache.has(&one.request)) {
            cached += 1;
        } else if seen.insert(one.request.key()) {
            planned.push(one.request);
        }
    })?;
    let unknown = || {
        let detail = format!("{} has no batches as files", provider.name());
        Error::new(ErrorKind::Config, detail)
            .help("ask it without --export-batch; openai/ and anthropic/ have them")
    };
    let mut form = None;
    let mut requests = Vec::with_capacity(planned.len());
    for request in &planned {
        let (of, body) = provider.batched(request).ok_or_else(unknown)?;
        form = Some(of);
        requests.push(BatchRequest { key: request.key(), body });
    }
    let Some(form) = form else {
        let detail = format!("suite {}: there is nothing to ask", suite.name);
        let help =
            if cached > 0 { "the cache has all replies: run it" } else { "see its filters and its limit" };
        return Err(Error::new(ErrorKind::Dataset, detail).help(help));
    };
    fs::write(path, form.text(&requests))
        .map_err(|source| Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display())))?;
    let requests = requests.len();
    let model = provider.name();
    Ok(Exported { suite: suite.name.clone(), model, form, records: survey.records, requests, cached, later })
}
