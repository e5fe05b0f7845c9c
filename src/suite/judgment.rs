//! One judgment outside of any suite: a signature, its inputs, a model.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::config::{BudgetFile, Config};
use super::judges::model_options;
use super::loaded_models::LoadedModels;
use super::missing::missing;
use super::model_config::ModelConfig;
use super::run::Spending;
use super::{shared, signatures};
use crate::data::Record;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Event, Outcome, Panel, Plan, Reasons, RecordFields, Stop, TrajectoryField, run};
use crate::judge::{Judge, JudgeOptions};
use crate::model::catalogue::CatalogueEntry;
use crate::model::{Model, ModelOptions};
use crate::signature::Spec;

/// What is judged, and by what.
#[derive(Clone, Debug, Default)]
pub struct JudgeRequest {
    /// The signature: a bundled one, one in `signatures/`, or a file.
    pub signature: String,
    /// Its inputs, by name.
    pub inputs: BTreeMap<String, String>,
    /// The model that judges: a role of evenhand.toml, or PROVIDER/NAME. Without one, the project's `default_model`.
    pub model: Option<String>,
}

/// One judgment before anything is asked.
pub(crate) struct Judging<'c> {
    config: &'c Config,
    spec: Spec,
    record: Record,
    model_config: ModelConfig,
}

impl<'c> Judging<'c> {
    pub(crate) fn new(config: &'c Config, request: JudgeRequest) -> Result<Self> {
        let spec = signatures::find(&request.signature, config)?;
        check(&spec, &request.inputs)?;
        let model_config = ModelConfig::new(request.model.as_deref(), config)?;
        let fields: Map<String, Value> =
            request.inputs.into_iter().map(|(name, text)| (name, Value::from(text))).collect();
        Ok(Self { config, spec, record: Record { id: String::new(), line: 1, fields }, model_config })
    }

    /// The embedded model that is asked, where it is not on this machine.
    pub(crate) async fn missing(&self) -> Result<Vec<&'static CatalogueEntry>> {
        missing(self.model_config.in_catalogue(), self.config).await
    }

    /// Asks the judge. A verdict without reasons is asked for them. Nothing is kept.
    pub(crate) async fn judge(self) -> Result<Outcome> {
        let Self { config, spec, record, model_config } = self;
        let budget = shared::of_command(config, Spending::default())?;
        shared::check_price(&model_config, BudgetFile::default(), budget.as_deref())?;
        let mut models = LoadedModels::default();
        let loaded = models.take(model_config, config).await?;
        let reading = loaded.opened.reading;
        let parameters = loaded.model_config.parameters(reading);
        let budgets = budget.into_iter().collect();
        let own = ModelOptions { budgets, ..model_options(&loaded.model_config) };
        let model = Model::new(loaded.opened.provider, own);
        let plan = Plan { place: place(&spec, &record), reasons: Reasons::Always, ..Plan::default() };
        let judge = Judge::new(spec, model, JudgeOptions { reading, parameters, ..JudgeOptions::default() })?;
        let mut outcome = None;
        let listen = |event: Event<'_>| {
            if let Event::Settled(settled) = event {
                outcome = Some(settled.clone());
            }
            Ok(())
        };
        let records = std::iter::once(Ok(record));
        run(&Panel::from(judge), plan, records, None, &Stop::default(), listen).await?;
        let none = || Error::new(ErrorKind::Internal, "something was judged, and there is no outcome");
        outcome.ok_or_else(none)
    }
}

/// Whether the signature has inputs of these names, and all that it needs.
fn check(spec: &Spec, inputs: &BTreeMap<String, String>) -> Result<()> {
    let names: Vec<&str> = spec.inputs.iter().map(|field| field.name.as_str()).collect();
    if let Some(unknown) = inputs.keys().find(|name| !names.contains(&name.as_str())) {
        let help = match closest(unknown, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its inputs: {}", names.join(", ")),
        };
        let detail = format!("signature `{}` has no input `{unknown}`", spec.name);
        return Err(Error::new(ErrorKind::Usage, detail).help(help));
    }
    let lacking = spec.inputs.iter().filter(|field| field.required && !inputs.contains_key(&field.name));
    let lacking: Vec<String> = lacking.map(|field| format!("`{}`", field.name)).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let detail = format!("signature `{}` needs {}", spec.name, lacking.join(" and "));
    Err(Error::new(ErrorKind::Usage, detail)
        .help("--set NAME=TEXT, --set NAME=@FILE, or --set NAME=- for the standard input"))
}

/// An agent's run as JSON is shown as its steps, as a suite with `trajectory` shows it.
fn place(spec: &Spec, record: &Record) -> RecordFields {
    const FIELD: &str = "trajectory";
    let is_json = |text: &str| text.trim_start().starts_with(['{', '[']);
    let is_run = spec.inputs.iter().any(|field| field.name == FIELD)
        && record.get(FIELD).and_then(Value::as_str).is_some_and(is_json);
    let field = TrajectoryField { field: FIELD.to_owned(), ..TrajectoryField::default() };
    RecordFields { output: None, trajectory: is_run.then_some(field) }
}
