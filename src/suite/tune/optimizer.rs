//! The optimizer that was asked for, how its search is run, and what candidates are ranked by.

use std::fs;
use std::path::Path;

use super::request::{ObjectiveName, OptimizerName, TuneRequest};
use super::setup::Setup;
use crate::error::{Error, ErrorKind, Result};
use crate::optimizer::{
    Bootstrap, CostTable, InstructionSearch, InstructionSources, KNearest, LabelledDemos, Leap, Objective,
    Proposer, RandomSearch, SearchContext, TuneOptions,
};

/// Where calls are to be spent, so many candidates are tried at most for each that could judge every validation
/// record: a race drops few before a quarter of the records.
const TRIED: u64 = 4;

pub(super) fn proposer<'a>(
    context: SearchContext<'a>,
    setup: &Setup,
    request: &TuneRequest,
) -> Result<Box<dyn Proposer + 'a>> {
    let candidates = match setup.to_spend {
        Some(_) => Some(candidates_for_calls(setup)?),
        None => request.candidates,
    };
    Ok(match request.optimizer {
        OptimizerName::RandomSearch => {
            let search = RandomSearch::new(context, candidates.unwrap_or(16));
            Box::new(if setup.to_spend.is_some() { search.in_batches() } else { search })
        }
        OptimizerName::Bootstrap => Box::new(Bootstrap::new(context)),
        OptimizerName::Labelled => Box::new(LabelledDemos::new(context)),
        OptimizerName::Knn => Box::new(KNearest::new(context)),
        OptimizerName::Leap => {
            own_mistakes(request)?;
            Box::new(Leap::new(context))
        }
        OptimizerName::Tpe => {
            let sources = InstructionSources {
                written: request.instructions.as_deref().map(instructions).transpose()?.unwrap_or_default(),
                asked_for: request.proposer.as_ref().map_or(0, |_| request.proposals),
                demo_sets: if request.demos == 0 { 0 } else { 5 },
                trials: candidates,
            };
            Box::new(InstructionSearch::new(context, sources))
        }
    })
}

/// Refuses a teacher where the judge's own mistakes are learned from.
fn own_mistakes(request: &TuneRequest) -> Result<()> {
    if request.teacher.is_none() {
        return Ok(());
    }
    let detail =
        "--optimizer leap learns from the judge's own mistakes, and --teacher names another model to answer";
    Err(Error::new(ErrorKind::Usage, detail)
        .help("leave --teacher out; --proposer names the model that writes principles"))
}

/// How many candidates are tried at most, where as many are as the calls reach for.
fn candidates_for_calls(setup: &Setup) -> Result<usize> {
    if !matches!(setup.optimizer, OptimizerName::RandomSearch | OptimizerName::Tpe) {
        return Err(Error::new(
            ErrorKind::Usage,
            "--calls is for optimizers that can draw further candidates",
        )
        .help(
            "use --optimizer random-search or tpe, or leave --calls out; --max-calls bounds every optimizer",
        ));
    }
    let reached = search_calls(setup)?.unwrap_or(0) / setup.calls_of_a_candidate().max(1);
    Ok(usize::try_from(TRIED * reached).unwrap_or(usize::MAX))
}

/// The instructions of a file, set apart by lines of `---`.
pub(super) fn instructions(path: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(path).map_err(|source| {
        Error::new(ErrorKind::Usage, format!("cannot read the instructions of {}: {source}", path.display()))
    })?;
    let mut instructions = vec![String::new()];
    for line in text.lines() {
        match instructions.last_mut() {
            Some(last) if line.trim() != "---" => *last += &format!("{line}\n"),
            _ => instructions.push(String::new()),
        }
    }
    let instructions = instructions.iter().map(|text| text.trim().to_owned());
    Ok(instructions.filter(|text| !text.is_empty()).collect())
}

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
