//! A tuning at work: the search, the test, and what is kept of them.

use super::args::TuneArgs;
use super::command::tell;
use super::estimate::TuneEstimate;
use super::folder::{TuneFolder, TuneHead};
use super::forecast::Forecaster;
use super::models::TuneModels;
use super::rates::Rates;
use super::setup::Setup;
use super::targets::Targets;
use super::telling::{Telling, broken_off};
use crate::cli::args::{Global, RunArgs};
use crate::cli::cache;
use crate::cli::config::Config;
use crate::cli::exit::Exit;
use crate::cli::judges::Suite;
use crate::cli::replies::Before;
use crate::cli::run::listen_for_interrupts;
use crate::cli::shared::{Models as Shelf, Shared};
use crate::error::{Error, ErrorKind, Result};
use crate::optimizer::{
    Found, HeldOut, Proposer, SearchEnd, Subject, Tested, TuneOptions, TunePage, search, test,
};
use crate::signature::Spec;

/// A tuning at work.
pub(super) struct Work<'a> {
    pub(super) global: &'a Global,
    pub(super) config: &'a Config,
    pub(super) suite: &'a Suite,
    pub(super) args: &'a TuneArgs,
    pub(super) setup: &'a Setup,
    pub(super) options: TuneOptions,
    pub(super) head: TuneHead,
    pub(super) forecast: Forecast<'a>,
}

/// What was expected before the start, and what it takes to expect anew.
pub(super) struct Forecast<'a> {
    pub(super) forecaster: &'a Forecaster<'a>,
    pub(super) rates: Rates,
    pub(super) estimate: TuneEstimate,
}

impl Work<'_> {
    pub(super) async fn run(
        &self,
        spec: &Spec,
        proposer: &mut dyn Proposer,
        held_out: HeldOut,
        targets: Targets,
    ) -> Result<Exit> {
        let Self { config, suite, args, setup, .. } = self;
        let shared = Shared::new(self.global, config, &run_args(args))?;
        let mut options = self.options.clone();
        options.concurrency = self.forecast.forecaster.at_once;
        let models = TuneModels::new(targets, args, config).await?;
        let mut folder = if args.resume {
            TuneFolder::resume(config, &self.head)?
        } else {
            TuneFolder::start(config, &self.head)?
        };
        listen_for_interrupts(&shared.stop);
        let nothing = Before::default();
        let kept = Shelf::new(config, suite, &shared, &folder.path, &nothing, [Some(&models.judge), None])?;
        let models = models.examiners(setup, &kept, options.concurrency);
        let scale =
            spec.scale.as_ref().ok_or_else(|| Error::new(ErrorKind::Internal, "a judge without a scale"))?;
        let reading = setup.judge.options().reading;
        let subject = Subject { spec, scale, reading, learning: &setup.learning };
        let Forecast { forecaster, rates, estimate } = &self.forecast;
        let mut told = Telling::new(&mut folder, forecaster, rates, estimate.most.all.calls);
        let found =
            search(subject, &models, proposer, options.clone(), &shared.stop, |event| told.hear(event))
                .await?;
        let mut figures = None;
        let mut end = found.end.clone();
        if matches!(found.end, SearchEnd::Complete | SearchEnd::OutOfCalls) {
            let tested =
                test(subject, &found, held_out, &models, options, &shared.stop, |event| told.hear(event))
                    .await?;
            match tested {
                Tested::Figures(tested) => figures = Some(*tested),
                Tested::Not(Some(refused)) => end = SearchEnd::Budget(refused.to_string()),
                Tested::Not(None) => end = SearchEnd::Interrupted,
            }
        }
        let (spent, sharper) = told.ended();
        cache::tell_trouble(shared.opened());
        match end {
            SearchEnd::Complete | SearchEnd::OutOfCalls => {}
            other => return Ok(broken_off(&other, &folder)),
        }
        let found = Found { end, ..found };
        let expected = [Some(estimate.expected.all), sharper].into_iter().flatten().collect();
        let page = TunePage {
            spent: Some(spent),
            expected,
            ..self.page(spec, found.clone(), figures, proposer.name(), &folder)?
        };
        folder.keep(&page)?;
        tell(&page, &folder.path, args)?;
        self.keep_winner(spec, &page, &folder)?;
        if let Some(own) = models.first() {
            self.keep_threshold(spec, &found, &own.judge)?;
        }
        eprintln!("log: {}", folder.path.display());
        Ok(Exit::Success)
    }
}

/// What the shared parts of a command need to know.
fn run_args(args: &TuneArgs) -> RunArgs {
    RunArgs { budget: args.budget, no_cache: args.no_cache, ..RunArgs::default() }
}
