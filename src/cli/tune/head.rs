//! What a tuning is, for going on with it.

use super::args::TuneArgs;
use super::folder::TuneHead;
use super::optimizer::instructions;
use super::options::objective;
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
    args: &TuneArgs,
) -> Result<TuneHead> {
    let written = args.instructions.as_deref().map(instructions).transpose()?;
    let records =
        (&args.labels, &args.group, &args.stratum, &args.split, &args.selection.filter, args.selection.limit);
    let file = &suite.file;
    let suite_options = (&file.id, &file.fields, &file.label, &file.label_values, &file.outputs);
    let search = (
        (
            args.optimizer,
            (args.candidates, args.calls),
            objective(setup, args)?,
            args.token_penalty,
            args.demos,
            args.harvested,
        ),
        (
            &setup.also_for,
            written,
            &args.proposer,
            args.proposals,
            &args.teacher,
            args.seed,
            args.race_error,
            args.budget.max_calls,
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
