//! The models of a tuning, made ready: who judges, who teaches, who writes.

use super::request::TuneRequest;
use super::setup::Setup;
use super::targets::Targets;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::JudgeOptions;
use crate::optimizer::Models;
use crate::suite::config::Config;
use crate::suite::loaded_models::{LoadedModel, LoadedModels};
use crate::suite::model_config::ModelConfig;
use crate::suite::shared::Models as Shelf;

/// The models of a tuning.
pub(super) struct TuneModels {
    pub(super) judge: LoadedModel,
    others: Vec<LoadedModel>,
    teacher: Option<LoadedModel>,
    writer: Option<LoadedModel>,
}

impl TuneModels {
    pub(super) async fn new(targets: &Targets, request: &TuneRequest, config: &Config) -> Result<Self> {
        let [teacher, writer] = named(request, config)?;
        let mut loaded_models = LoadedModels::default();
        let judge = loaded(&mut loaded_models, &targets.judge, config).await?;
        let mut others = Vec::new();
        for other in &targets.others {
            others.push(loaded(&mut loaded_models, other, config).await?);
        }
        let teacher = loaded_models.take(teacher, config).await?;
        let writer = loaded_models.take(writer, config).await?;
        Ok(Self { judge, others, teacher, writer })
    }

    /// Who judges: the judge's model first, which the teacher and the writer stand beside.
    pub(super) fn examiners(&self, setup: &Setup, kept: &Shelf<'_>, at_once: usize) -> Vec<Models> {
        let model = |loaded: &LoadedModel| kept.model(loaded, at_once);
        let options = setup.judge.options();
        let judged = |loaded: &LoadedModel, options: JudgeOptions| {
            let mut models = Models::new(model(loaded), options);
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

async fn loaded(
    loaded_models: &mut LoadedModels,
    model_config: &ModelConfig,
    config: &Config,
) -> Result<LoadedModel> {
    let loaded = loaded_models.take(Some(model_config.clone()), config).await?;
    loaded.ok_or_else(|| Error::new(ErrorKind::Internal, "a model that was named is not there"))
}
