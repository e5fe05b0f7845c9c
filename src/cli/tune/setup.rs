//! What a tuning starts from: the judge, the parts of the records, and what may be spent.

use super::args::{OptimizerName, TuneArgs};
use super::data::{Labelled, shares};
use crate::cli::config::Config;
use crate::cli::judges::{Asked, Suite, nobody};
use crate::cli::models::Chosen;
use crate::cli::prompt::default_reading;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{Aggregation, Judge, Reading};
use crate::optimizer::{DemoLimits, HeldOut, Learning, split};
use crate::report::count;

/// What a tuning starts from.
pub(super) struct Setup {
    pub(super) suite: String,
    pub(super) judge: Judge,
    pub(super) learning: Learning,
    /// How many records are held out.
    pub(super) held_out: usize,
    pub(super) calls_each: u64,
    pub(super) max_calls: Option<u64>,
    pub(super) limits: DemoLimits,
    pub(super) optimizer: OptimizerName,
}

pub(super) fn setup(
    suite: &Suite,
    config: &Config,
    chosen: &Chosen,
    args: &TuneArgs,
) -> Result<(Setup, HeldOut)> {
    let reading = args.reading.or(suite.file.reading).unwrap_or_else(|| default_reading(chosen));
    let asked = Asked { model: nobody(), chosen, reading, calibration: None, samples: None };
    let panel = suite.panel(Some(&asked))?;
    let judge = panel.alone().cloned().ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("suite {} has several parts: {}", suite.name, panel.title()))
            .help("one judge is tuned at a time: make a suite of that judge alone")
    })?;
    if judge.spec().scale.is_none() {
        let detail = format!("suite {}: its judge gives no verdict", suite.name);
        return Err(Error::new(ErrorKind::Signature, detail).help("its signature needs a [score]"));
    }
    let labelled = Labelled::read(suite, config, chosen, &panel, args)?;
    for (number, why) in
        [(labelled.unlabelled, "have no label"), (labelled.without_output, "have no output to judge")]
    {
        if number > 0 {
            eprintln!("left out: {} records {why}", count(number));
        }
    }
    let (learning, held_out) = split(labelled.examples, shares(args)?, args.seed)?;
    let questions = match (&judge.spec().rubric, judge.options().aggregation) {
        (Some(rubric), Aggregation::Criteria) => rubric.criteria.len() as u64,
        _ => 1,
    };
    let draws = if reading == Reading::Sampled { u64::from(judge.options().samples) } else { 1 };
    let setup = Setup {
        suite: suite.name.clone(),
        judge,
        held_out: held_out.len(),
        learning,
        calls_each: questions * draws,
        max_calls: args.max_calls,
        limits: DemoLimits { demos: args.demos, harvested: args.harvested, ..DemoLimits::default() },
        optimizer: args.optimizer,
    };
    Ok((setup, held_out))
}
