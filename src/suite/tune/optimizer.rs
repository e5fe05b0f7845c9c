//! The optimizer that was asked for.

use std::fs;
use std::path::Path;

use super::options::search_calls;
use super::request::{OptimizerName, TuneRequest};
use super::setup::Setup;
use crate::error::{Error, ErrorKind, Result};
use crate::optimizer::{
    Bootstrap, InstructionSearch, InstructionSources, KNearest, Labelled, Proposer, RandomSearch,
    SearchContext,
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
        OptimizerName::Labelled => Box::new(Labelled::new(context)),
        OptimizerName::Knn => Box::new(KNearest::new(context)),
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
