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
use crate::cli::judging_args::spending;
use crate::cli::run::listen_for_interrupts;
use crate::error::{Error, ErrorKind, Result};
use crate::optimizer::{
    Found, HeldOut, Proposer, SearchEnd, Subject, Tested, TuneOptions, TunePage, search, test,
};
use crate::signature::Spec;
use crate::suite::Exit;
use crate::suite::cache;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::replies::Before;
use crate::suite::shared::{Models as Shelf, Shared};
use crate::suite::{CacheUse, RunOptions};

/// A tuning at work.
pub(super) struct Work<'a> {
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
        let run = RunOptions {
            budget: spending(args.budget),
            cache: if args.no_cache { CacheUse::Ignore } else { CacheUse::Use },
            ..RunOptions::default()
        };
        let shared = Shared::new(config, &run)?;
        let mut options = self.options.clone();
        options.concurrency = self.forecast.forecaster.at_once;
        let models = TuneModels::new(targets, args, config).await?;
        let mut folder = if args.resume {
            TuneFolder::resume(config, &self.head)?
        } else {
            TuneFolder::start(config, &self.head)?
        };
        listen_for_interrupts(&run.stop);
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
            search(subject, &models, proposer, options.clone(), &run.stop, |event| told.hear(event)).await?;
        let mut figures = None;
        let mut end = found.end.clone();
        if matches!(found.end, SearchEnd::Complete | SearchEnd::OutOfCalls) {
            let tested =
                test(subject, &found, held_out, &models, options, &run.stop, |event| told.hear(event))
                    .await?;
            match tested {
                Tested::Figures(tested) => figures = Some(*tested),
                Tested::Not(Some(refused)) => end = SearchEnd::Budget(refused.to_string()),
                Tested::Not(None) => end = SearchEnd::Interrupted,
            }
        }
        let (spent, sharper) = told.ended();
        cache::tell_trouble(config, shared.opened());
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
