//! The suite of a run that is over, and what its outcomes are counted by.

use super::config::Config;
use super::judges::Suite;
use super::loaded_models::{NamedModels, plain};
use super::run::RunOptions;
use super::{material, turns};
use crate::error::Result;
use crate::eval::RunHead;
use crate::judge::Reading;
use crate::summary::{NEAR_TIES, Tally, TallyHead};

/// The run's suite, with each judge as it was asked: a model or a route that was named stood in for its own, and a
/// strategy too.
pub(super) fn opened(head: &RunHead, config: &Config) -> Result<Suite> {
    let mut suite = Suite::open(&head.suite, config)?;
    suite.as_in(head, config)?;
    if let Some(strategy) = &head.strategy {
        suite.ask_by(&strategy.parse()?);
    }
    Ok(suite)
}

/// An empty tally for a run's outcomes: that of its suite, if it is still there.
pub(super) fn tally(head: &RunHead, reading: Reading, config: &Config) -> Tally {
    of_suite(head, reading, config).unwrap_or_else(|_| {
        Tally::of(TallyHead {
            suite: head.suite.clone(),
            signature: "signature not found".to_owned(),
            model: head.model.clone(),
            reading,
            scale: None,
            by: Vec::new(),
            pair: None,
            near_ties: NEAR_TIES,
        })
    })
}

fn of_suite(head: &RunHead, reading: Reading, config: &Config) -> Result<Tally> {
    let suite = opened(head, config)?;
    let judges = material::models(config, &suite, head);
    let models = NamedModels { judges, subject: None }.silent(config)?;
    let reading = (models.judges.len() == 1).then_some(reading);
    let options = RunOptions { reading, ..RunOptions::default() };
    let panel = suite.panel(&models.asked(&suite, &options, None, plain))?;
    Ok(turns::tally(&suite, &panel, models.prices()))
}
