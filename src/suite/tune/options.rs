//! How the search is run, and what candidates are ranked by.

use super::request::{ObjectiveName, TuneRequest};
use super::setup::Setup;
use crate::error::{Error, ErrorKind, Result};
use crate::optimizer::{CostTable, Objective, TuneOptions};

pub(super) fn options(setup: &Setup, request: &TuneRequest) -> Result<TuneOptions> {
    let default = TuneOptions::default();
    if !(0.0..1.0).contains(&request.race_error) {
        let detail = format!("--race-error {} is not a share from 0 to below 1", request.race_error);
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    Ok(TuneOptions {
        objective: objective(setup, request)?,
        token_penalty: request.token_penalty,
        race_error: (request.race_error > 0.0).then_some(request.race_error),
        most_calls: search_calls(setup)?,
        seed: request.seed,
        concurrency: request.concurrency.unwrap_or(default.concurrency),
        ..default
    })
}

/// What is left for the search when the test part is set aside.
pub(super) fn search_calls(setup: &Setup) -> Result<Option<u64>> {
    let Some(most) = setup.most_calls else {
        return Ok(None);
    };
    let test = setup.calls_of_the_test();
    let two = 2 * setup.calls_of_a_candidate();
    if most < test + two {
        let detail = format!(
            "{most} calls are too few: the test takes {test}, and comparing one candidate with the baseline {two}"
        );
        return Err(Error::new(ErrorKind::Usage, detail)
            .help("raise --calls or --max-calls, or take fewer records with --limit, or smaller shares with --split"));
    }
    Ok(Some(most - test))
}

pub(super) fn objective(setup: &Setup, request: &TuneRequest) -> Result<Objective> {
    if !request.cost.is_empty() {
        return costs(setup, request);
    }
    Ok(match request.objective {
        ObjectiveName::Kappa => Objective::Kappa,
        ObjectiveName::Ac1 => Objective::Ac1,
        ObjectiveName::Rank => Objective::Rank,
        ObjectiveName::Nmse => Objective::Nmse,
        ObjectiveName::Cost => {
            Objective::Cost { false_pass: request.false_pass, false_fail: request.false_fail }
        }
    })
}

fn costs(setup: &Setup, request: &TuneRequest) -> Result<Objective> {
    if request.objective != ObjectiveName::Cost {
        return Err(Error::new(ErrorKind::Usage, "--cost is for --objective cost")
            .help("add --objective cost, or leave --cost out"));
    }
    let scale = setup.judge.spec().scale.as_ref();
    let scale = scale.ok_or_else(|| Error::new(ErrorKind::Internal, "a judge without a scale"))?;
    CostTable::parse(&request.cost, scale).map(Objective::Costs)
}
