//! From a suite of `karat.toml` to a judge and a plan.

use std::time::Duration;

use super::config::{Config, SuiteFile};
use super::models::Chosen;
use super::signatures;
use crate::data::{Dataset, Filter, Layout};
use crate::error::Result;
use crate::eval::{Mapping, Plan, Reasons};
use crate::judge::{Judge, JudgeOptions, Reading};
use crate::model::{Model, Retry, Wrappers};
use crate::signature::Spec;
use crate::subject::{OutputsFile, OutputsLayout, Subject};

/// A suite with everything that is read from files, but without its model.
pub(super) struct Suite {
    pub(super) name: String,
    pub(super) file: SuiteFile,
    pub(super) spec: Spec,
}

/// What the command line says over what the suite says.
#[derive(Clone, Debug, Default)]
pub(super) struct Overrides {
    pub(super) filters: Vec<Filter>,
    pub(super) limit: Option<u64>,
    pub(super) concurrency: Option<usize>,
    pub(super) explain: Option<usize>,
}

impl Suite {
    pub(super) fn open(name: &str, config: &Config) -> Result<Self> {
        let file = config.suite(name)?.clone();
        let spec = signatures::find(&file.signature, config)?;
        Ok(Self { name: name.to_owned(), file, spec })
    }

    /// The records, from the start.
    pub(super) fn dataset(&self, config: &Config) -> Result<Dataset> {
        let layout = match &self.file.id {
            Some(id) => Layout { id: id.clone() },
            None => Layout::default(),
        };
        Dataset::open(&config.path(&self.file.dataset), layout)
    }

    pub(super) fn plan(&self, config: &Config, chosen: &Chosen, overrides: &Overrides) -> Result<Plan> {
        let concurrency =
            overrides.concurrency.or(self.file.concurrency).unwrap_or_else(|| chosen.concurrency());
        Ok(Plan {
            dataset: config.path(&self.file.dataset).display().to_string(),
            mapping: Mapping { fields: self.file.fields.clone() },
            subject: self.subject(config)?,
            label: self.file.label.clone(),
            label_values: self.file.label_values.clone(),
            filters: overrides.filters.clone(),
            limit: overrides.limit,
            concurrency,
            on_fault: self.file.on_fault,
            deadline: self.file.deadline_s.map(Duration::from_secs),
            reasons: match overrides.explain.unwrap_or(self.file.explain) {
                0 => Reasons::Never,
                most => Reasons::Differing(most),
            },
            ..Plan::default()
        })
    }

    pub(super) fn subject(&self, config: &Config) -> Result<Subject> {
        let Some(outputs) = &self.file.outputs else {
            return Ok(Subject::Record);
        };
        let named = |name: &Option<String>, default: &str| name.clone().unwrap_or_else(|| default.to_owned());
        let layout = OutputsLayout {
            id: named(&outputs.id, "id"),
            field: named(&outputs.field, "output"),
            into: named(&outputs.into, "artifact"),
        };
        Ok(Subject::File(OutputsFile::open(&config.path(&outputs.file), layout)?))
    }

    /// The judge, with a model inside these wrappers.
    pub(super) fn judge(&self, model: Model, chosen: &Chosen, reading: Reading) -> Result<Judge> {
        let default = JudgeOptions::default();
        let options = JudgeOptions {
            reading,
            aggregation: self.file.aggregation,
            retries: self.file.retries.unwrap_or(default.retries),
            parameters: chosen.parameters(),
        };
        Judge::new(self.spec.clone(), model, options)
    }
}

/// The wrappers a model gets besides what a run adds.
pub(super) fn wrappers(chosen: &Chosen) -> Wrappers {
    let default = Retry::default();
    Wrappers {
        concurrency: chosen.concurrency(),
        price: chosen.budget_price(),
        retry: Retry { max_retries: chosen.file.transport_retries.unwrap_or(default.max_retries), ..default },
        ..Wrappers::default()
    }
}

/// A model that answers nothing: for looking at prompts.
pub(super) fn nobody() -> Model {
    use crate::model::{Failure, FailureKind, Provider};
    let provider = Provider::from_fn("nobody", |_| async {
        Err(Failure::new(FailureKind::Unsupported, "nobody is asked here"))
    });
    Model::new(provider, Wrappers::default())
}
