//! A tuning at work: the search, the test, and what is kept of them.

use super::estimate::{TuneEstimate, estimate};
use super::folder::{TuneFolder, TuneHead};
use super::forecast::Forecaster;
use super::head::head;
use super::models::{TuneModels, named};
use super::optimizer::proposer;
use super::options::options;
use super::rates::{Prices, Rates};
use super::request::TuneRequest;
use super::setup::Setup;
use super::sizes::Sizes;
use super::telling::Telling;
use super::tuned::{Listener, TuneEvent, Tuned};
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalogue::CatalogueEntry;
use crate::optimizer::{
    HeldOut, Proposer, SearchContext, SearchEnd, Subject, Tested, TunePage, search, test,
};
use crate::suite::cache;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::missing::missing;
use crate::suite::model_config::ModelConfig;
use crate::suite::options::RunOptions;
use crate::suite::replies::Before;
use crate::suite::shared::{Models as Shelf, Shared};

/// A tuning at work.
pub(crate) struct Work<'a> {
    pub(super) config: &'a Config,
    pub(super) suite: &'a Suite,
    pub(super) request: &'a TuneRequest,
    pub(super) setup: &'a Setup,
    pub(super) head: TuneHead,
    pub(super) forecaster: Forecaster<'a>,
    proposer: Box<dyn Proposer + 'a>,
    rates: Rates,
    /// What was expected before the start.
    pub(crate) estimate: TuneEstimate,
}

impl<'a> Work<'a> {
    /// A tuning before anything is asked.
    pub(crate) fn new(
        suite: &'a Suite,
        config: &'a Config,
        request: &'a TuneRequest,
        setup: &'a Setup,
    ) -> Result<Self> {
        let context = SearchContext {
            spec: setup.judge.spec(),
            reading: setup.judge.options().reading,
            train: &setup.learning.train,
            limits: setup.limits,
            seed: request.seed,
        };
        let model_config = &setup.targets.judge;
        let proposer = proposer(context, setup, request)?;
        let options = options(setup, request)?;
        let sizes = Sizes::new(setup, &context);
        let forecaster = Forecaster {
            setup,
            request,
            context,
            options,
            prices: Prices::new(&setup.targets, config, request)?,
            at_once: request
                .concurrency
                .unwrap_or_else(|| model_config.calls_at_once(suite.file.concurrency)),
            candidates: proposer.most_candidates(),
            sizes,
        };
        let bytes = forecaster.sizes.all_calls(setup.validation_bytes);
        let rates = Rates::earlier(setup, model_config, config, bytes);
        let estimate = estimate(&forecaster, &model_config.file.model, proposer.as_ref(), &rates)?;
        let head = head(suite, config, setup, model_config, request)?;
        Ok(Self { config, suite, request, setup, head, forecaster, proposer, rates, estimate })
    }

    /// What its models share.
    pub(crate) fn shared(&self) -> Result<Shared> {
        let options =
            RunOptions { budget: self.request.budget, cache: self.request.cache, ..RunOptions::default() };
        Shared::new(self.config, &options)
    }

    /// Its embedded models that are not on this machine.
    pub(crate) async fn missing_models(&self) -> Result<Vec<&'static CatalogueEntry>> {
        let [teacher, writer] = named(self.request, self.config)?;
        let models = self.setup.targets.all().chain(&teacher).chain(&writer);
        missing(models.filter_map(ModelConfig::in_catalogue), self.config).await
    }

    /// Searches, tests what was found, and keeps it.
    pub(crate) async fn run(
        mut self,
        held_out: HeldOut,
        shared: &Shared,
        listener: &mut Listener<'_>,
    ) -> Result<Tuned> {
        let Self { config, suite, request, setup, .. } = self;
        let mut options = self.forecaster.options.clone();
        options.concurrency = self.forecaster.at_once;
        let models = TuneModels::new(&setup.targets, request, config).await?;
        let mut folder = if request.resume {
            TuneFolder::resume(config, &self.head)?
        } else {
            TuneFolder::start(config, &self.head)?
        };
        let nothing = Before::default();
        let kept = Shelf::new(config, suite, shared, &folder.path, &nothing, [Some(&models.judge), None])?;
        let models = models.examiners(setup, &kept, options.concurrency);
        let spec = setup.judge.spec();
        let scale =
            spec.scale.as_ref().ok_or_else(|| Error::new(ErrorKind::Internal, "a judge without a scale"))?;
        let reading = setup.judge.options().reading;
        let subject = Subject { spec, scale, reading, learning: &setup.learning };
        let (proposer, stop) = (self.proposer.as_mut(), &request.stop);
        let mut told =
            Telling::start(&mut folder, &mut *listener, &self.forecaster, &self.rates, &self.estimate)?;
        let found =
            search(subject, &models, proposer, options.clone(), stop, |event| told.hear(event)).await?;
        let mut figures = None;
        let mut end = found.end.clone();
        if matches!(found.end, SearchEnd::Complete | SearchEnd::OutOfCalls) {
            let tested =
                test(subject, &found, held_out, &models, options, stop, |event| told.hear(event)).await?;
            match tested {
                Tested::Figures(tested) => figures = Some(*tested),
                Tested::Not(Some(refused)) => end = SearchEnd::Budget(refused.to_string()),
                Tested::Not(None) => end = SearchEnd::Interrupted,
            }
        }
        let (spent, sharper) = told.ended()?;
        cache::tell_trouble(config, shared.opened());
        let mut tuned =
            Tuned { folder: folder.path.clone(), end, page: None, signature: None, calibration: None };
        if !matches!(tuned.end, SearchEnd::Complete | SearchEnd::OutOfCalls) {
            return Ok(tuned);
        }
        let expected = [Some(self.estimate.expected.all), sharper].into_iter().flatten().collect();
        let page = TunePage {
            spent: Some(spent),
            expected,
            ..self.page(spec, found.clone(), figures, self.proposer.name(), &folder)?
        };
        folder.keep(&page)?;
        listener(TuneEvent::Found { page: &page, folder: &folder.path })?;
        tuned.signature = self.keep_winner(spec, &page, &folder)?;
        if let Some(own) = models.first() {
            tuned.calibration = self.keep_threshold(spec, &found, &own.judge)?;
        }
        tuned.page = Some(page);
        Ok(tuned)
    }
}
