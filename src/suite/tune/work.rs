//! A tuning at work: its models made ready, the search, the test, and what is kept of them.

use super::earlier::Finished;
use super::estimate::{Forecaster, TuneEstimate, estimate};
use super::folder::{TuneFolder, TuneHead, head};
use super::optimizer::{options, proposer};
use super::rates::{Prices, Rates, Sizes};
use super::request::{OptimizerName, TuneRequest};
use super::setup::{Setup, Targets};
use super::telling::{Listener, Telling, TuneEvent, Tuned};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::JudgeOptions;
use crate::model::catalogue::CatalogueEntry;
use crate::optimizer::{
    ExaminerModels, HeldOut, Proposer, SearchContext, SearchEnd, Subject, Tested, TunePage, search, test,
};
use crate::suite::cache;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::loaded_models::{LoadedModel, LoadedModels, SuiteModels};
use crate::suite::missing::missing;
use crate::suite::model_config::ModelConfig;
use crate::suite::run::RunOptions;
use crate::suite::shared::{Before, Models, Shared};

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
        let kept = Models::new(config, suite, shared, &folder.path, &nothing, &models.judging())?;
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
        self.keep_winner(spec, &page, &folder)?;
        let kept =
            models.first().map(|own| self.keep_threshold(spec, &found, &own.judge, &folder)).transpose()?;
        folder.keep(&page)?;
        listener(TuneEvent::Found { page: &page, folder: &folder.path })?;
        let finished = Finished { page, folder: folder.path };
        tuned.signature = self.write_signature(&finished)?;
        if let Some(kept) = kept {
            tuned.calibration = self.write_threshold(&finished, kept)?;
        }
        let page = finished.page;
        tuned.page = Some(page);
        Ok(tuned)
    }
}

/// The models of a tuning.
pub(super) struct TuneModels {
    pub(super) judge: LoadedModel,
    others: Vec<LoadedModel>,
    teacher: Option<LoadedModel>,
    writer: Option<LoadedModel>,
}

impl TuneModels {
    pub(super) async fn new(targets: &Targets, request: &TuneRequest, config: &Config) -> Result<Self> {
        let mut loaded_models = LoadedModels::default();
        let judge = loaded_models.take(targets.judge.clone(), config).await?;
        let mut others = Vec::new();
        for other in &targets.others {
            others.push(loaded_models.take(other.clone(), config).await?);
        }
        let mut beside = [None, None];
        for (place, named) in beside.iter_mut().zip(named(request, config)?) {
            if let Some(model_config) = named {
                *place = Some(loaded_models.take(model_config, config).await?);
            }
        }
        let [teacher, writer] = beside;
        let own = (request.optimizer == OptimizerName::Leap).then(|| judge.clone());
        Ok(Self { judge, others, teacher, writer: writer.or(own) })
    }

    /// The judge's model, as a run has it.
    fn judging(&self) -> SuiteModels {
        SuiteModels { judges: vec![self.judge.clone()], subject: None }
    }

    /// Who judges: the judge's model first, which the teacher and the writer stand beside.
    pub(super) fn examiners(&self, setup: &Setup, kept: &Models<'_>, at_once: usize) -> Vec<ExaminerModels> {
        let model = |loaded: &LoadedModel| kept.model(loaded, at_once);
        let options = setup.judge.options();
        let judged = |loaded: &LoadedModel, options: JudgeOptions| {
            let mut models = ExaminerModels::new(model(loaded), options);
            models.calls_each = setup.calls_each;
            models
        };
        let mut first = judged(&self.judge, options.clone());
        first.teacher = self.teacher.as_ref().map(|loaded| (model(loaded), teaching(loaded, options)));
        first.writer = self.writer.as_ref().map(model);
        // All are read the same way: it is one prompt, and demos fit a reading.
        let of_model = |loaded: &LoadedModel| {
            let parameters = loaded.model_config.parameters(options.reading);
            judged(loaded, JudgeOptions { parameters, ..options.clone() })
        };
        std::iter::once(first).chain(self.others.iter().map(of_model)).collect()
    }
}

/// The teacher and the writer, where there are any.
pub(super) fn named(request: &TuneRequest, config: &Config) -> Result<[Option<ModelConfig>; 2]> {
    let named =
        |name: &Option<String>| name.as_deref().map(|name| ModelConfig::new(Some(name), config)).transpose();
    Ok([named(&request.teacher)?, named(&request.proposer)?])
}

fn teaching(teacher: &LoadedModel, options: &JudgeOptions) -> JudgeOptions {
    let reading = teacher.opened.reading;
    let parameters = teacher.model_config.parameters(reading);
    JudgeOptions { reading, parameters, ..options.clone() }
}
