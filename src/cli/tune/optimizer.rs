//! The optimizer that was asked for.

use std::fs;
use std::path::Path;

use super::args::{OptimizerName, TuneArgs};
use crate::error::{Error, ErrorKind, Result};
use crate::optimizer::{
    Bootstrap, Ground, InstructionSearch, InstructionSources, KNearest, Labelled, Proposer, RandomSearch,
};

pub(super) fn proposer<'a>(ground: Ground<'a>, args: &TuneArgs) -> Result<Box<dyn Proposer + 'a>> {
    Ok(match args.optimizer {
        OptimizerName::RandomSearch => Box::new(RandomSearch::new(ground, args.candidates.unwrap_or(16))),
        OptimizerName::Bootstrap => Box::new(Bootstrap::new(ground)),
        OptimizerName::Labelled => Box::new(Labelled::new(ground)),
        OptimizerName::Knn => Box::new(KNearest::new(ground)),
        OptimizerName::Tpe => {
            let sources = InstructionSources {
                written: args.instructions.as_deref().map(instructions).transpose()?.unwrap_or_default(),
                asked_for: args.proposer.as_ref().map_or(0, |_| args.proposals),
                demo_sets: if args.demos == 0 { 0 } else { 5 },
                trials: args.candidates,
            };
            Box::new(InstructionSearch::new(ground, sources))
        }
    })
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
