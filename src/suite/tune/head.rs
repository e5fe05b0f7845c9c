//! What a tuning is, for going on with it.

use super::folder::TuneHead;
use super::optimizer::instructions;
use super::options::objective;
use super::request::TuneRequest;
use super::setup::Setup;
use crate::error::Result;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;
use crate::suite::runs;

pub(super) fn head(
    suite: &Suite,
    config: &Config,
    setup: &Setup,
    model_config: &ModelConfig,
    request: &TuneRequest,
) -> Result<TuneHead> {
    let written = request.instructions.as_deref().map(instructions).transpose()?;
    let split = request.split;
    let records = (
        &request.labels,
        &request.group,
        &request.stratum,
        [split.train, split.validation, split.test],
        &request.filters,
        request.limit,
    );
    let file = &suite.file;
    let suite_options = (&file.id, &file.fields, &file.label, &file.label_values, &file.outputs);
    let search = (
        (
            request.optimizer,
            (request.candidates, request.calls),
            objective(setup, request)?,
            request.token_penalty,
            request.demos,
            request.harvested,
        ),
        (
            &setup.also_for,
            written,
            &request.proposer,
            request.proposals,
            &request.teacher,
            request.seed,
            request.race_error,
            request.budget.calls,
        ),
    );
    Ok(TuneHead {
        format: 1,
        suite: suite.name.clone(),
        model: format!("{}/{}", model_config.provider, model_config.name),
        judge: setup.judge.fingerprint(),
        dataset: runs::hash(&config.path(&suite.file.dataset))?,
        options: format!("{:?}", (records, suite_options, search)),
    })
}
