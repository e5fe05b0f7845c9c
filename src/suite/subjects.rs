//! From a suite's `outputs` to a subject, and models that answer nothing: for looking at what would be asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::config::{Config, OutputsFrom, OutputsTable};
use super::model_config::ModelConfig;
use super::signatures;
use crate::ask::Mapping;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Outcome;
use crate::judge::{JudgeOptions, Reading};
use crate::model::{
    CustomModel, DecisionLimits, Failure, FailureKind, Model, ModelOptions, Parameters, Pending, Provider,
    Request,
};
use crate::subject::{
    CommandOptions, CommandSubject, ModelSubject, OutputCache, OutputFiles, OutputFormat, OutputsFile,
    OutputsLayout, Producer, PromptSubject, Shelf, Stdin, Subject,
};

/// The field that an output becomes where nobody says.
pub(crate) const INTO: &str = "artifact";

/// What subjects that are produced are kept on, and answered by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Means {
    /// Where outputs are kept.
    pub(crate) shelves: Vec<Arc<Shelf>>,
    /// Where they are kept for other runs, if the suite wants that.
    pub(crate) cache: Option<OutputCache>,
    /// The model whose answers are judged; without one, nobody answers.
    pub(crate) model: Option<Model>,
}

/// The model that produces the outputs, if one does.
pub(crate) fn model_config(outputs: Option<&OutputsTable>, config: &Config) -> Result<Option<ModelConfig>> {
    let named = outputs.and_then(|outputs| outputs.model.as_deref());
    named.map(|name| ModelConfig::new(Some(name), config)).transpose()
}

/// The most outputs that are produced at the same time; 0 where none are.
pub(crate) fn concurrency(outputs: Option<&OutputsTable>) -> usize {
    let produced =
        |outputs: &&OutputsTable| matches!(outputs.from(), Some(OutputsFrom::Command | OutputsFrom::Model));
    outputs.filter(produced).map_or(0, |outputs| outputs.concurrency.unwrap_or(4))
}

/// The outputs that were judged in a run, where they were produced: they are not produced again.
pub(crate) fn kept(outputs: Option<&OutputsTable>, outcomes: &[Outcome]) -> Option<Subject> {
    let outputs = outputs?;
    if !matches!(outputs.from(), Some(OutputsFrom::Command | OutputsFrom::Model)) {
        return None;
    }
    let output = |outcome: &Outcome| Some((outcome.id.clone(), outcome.subject.as_ref()?.output.clone()?));
    let kept: BTreeMap<String, Value> = outcomes.iter().filter_map(output).collect();
    let layout = OutputsLayout {
        id: "id".to_owned(),
        field: "output".to_owned(),
        into: outputs.into.clone().unwrap_or_else(|| INTO.to_owned()),
    };
    Some(Subject::File(OutputsFile::of("the run", layout, kept)))
}

/// The subject; `given` are the suite's inputs that are the same for every record.
pub(crate) fn subject(
    outputs: Option<&OutputsTable>,
    given: &BTreeMap<String, String>,
    config: &Config,
    means: &Means,
) -> Result<Subject> {
    let Some(outputs) = outputs else {
        return Ok(Subject::Record);
    };
    let into = outputs.into.clone().unwrap_or_else(|| INTO.to_owned());
    let produced = |producer| Subject::Produced { producer, into: into.clone() };
    match (outputs.from(), &outputs.file, &outputs.files) {
        (Some(OutputsFrom::File), Some(file), _) => file_of_all(outputs, config, file, into),
        (Some(OutputsFrom::Files), _, Some(template)) => {
            Ok(Subject::Files(OutputFiles::new(&config.root, template, outputs.format, into)?))
        }
        (Some(OutputsFrom::Command), ..) => {
            let command =
                CommandSubject::new(command(outputs, config), means.shelves.clone(), means.cache.clone())?;
            Ok(produced(Producer::Command(command)))
        }
        (Some(OutputsFrom::Model), ..) => match &outputs.prompt {
            Some(field) => Ok(produced(Producer::Prompt(prompted(outputs, field, config, means)?))),
            None => Ok(produced(Producer::Model(model(outputs, given, config, means)?))),
        },
        _ => Err(Error::new(ErrorKind::Config, "the outputs come from nowhere")),
    }
}

fn file_of_all(outputs: &OutputsTable, config: &Config, file: &Path, into: String) -> Result<Subject> {
    let named = |name: &Option<String>, default: &str| name.clone().unwrap_or_else(|| default.to_owned());
    let layout = OutputsLayout { id: named(&outputs.id, "id"), field: named(&outputs.field, "output"), into };
    Ok(Subject::File(OutputsFile::open(&config.path(file), layout)?))
}

fn command(outputs: &OutputsTable, config: &Config) -> CommandOptions {
    let default = CommandOptions::default();
    let stdin = match (&outputs.stdin, &outputs.stdin_json) {
        (Some(text), _) => Some(Stdin::Text(text.clone())),
        (None, Some(fields)) => Some(Stdin::Json(fields.clone())),
        (None, None) => None,
    };
    CommandOptions {
        arguments: outputs.command.clone().unwrap_or_default(),
        stdin,
        folder: config.path(outputs.folder.as_deref().unwrap_or(Path::new(""))),
        environment: outputs.env.clone().unwrap_or_default(),
        timeout: outputs.timeout_s.map_or(default.timeout, Duration::from_secs),
        format: outputs.format.unwrap_or(OutputFormat::Text),
        exit_codes: outputs.exit_codes.clone().unwrap_or(default.exit_codes),
        watch: outputs.watch.clone().unwrap_or_default(),
        concurrency: concurrency(Some(outputs)),
        max_bytes: default.max_bytes,
    }
}

/// The inputs that a model which produces the outputs may share with the judges: those of its signature for which
/// `fields` names no field of the record.
pub(crate) fn shared_inputs(outputs: Option<&OutputsTable>, config: &Config) -> Result<Vec<String>> {
    let asks =
        |outputs: &&OutputsTable| outputs.from() == Some(OutputsFrom::Model) && outputs.prompt.is_none();
    let Some(outputs) = outputs.filter(asks) else {
        return Ok(Vec::new());
    };
    let spec = signatures::find(outputs.signature.as_deref().unwrap_or_default(), config)?;
    let is_mapped = |name: &str| outputs.fields.as_ref().is_some_and(|fields| fields.contains_key(name));
    Ok(spec.inputs.into_iter().map(|field| field.name).filter(|name| !is_mapped(name)).collect())
}

fn model(
    outputs: &OutputsTable,
    given: &BTreeMap<String, String>,
    config: &Config,
    means: &Means,
) -> Result<ModelSubject> {
    let spec = signatures::find(outputs.signature.as_deref().unwrap_or_default(), config)?;
    let parameters = parameters(outputs, config)?;
    let model = means.model.clone().unwrap_or_else(|| nobody(None));
    let shared = shared_inputs(Some(outputs), config)?;
    let given = shared.into_iter().filter_map(|name| Some((name.clone(), given.get(&name)?.clone())));
    let mapping = Mapping { fields: outputs.fields.clone().unwrap_or_default(), given: given.collect() };
    let retries = JudgeOptions::default().retries;
    let strategy = outputs.strategy.clone().unwrap_or_default();
    let at_once = concurrency(Some(outputs));
    let subject = ModelSubject::new(spec, model, mapping, parameters, retries, strategy, at_once)?;
    Ok(subject.recorded(means.shelves.clone()))
}

/// A model that is asked the prompts of the records.
fn prompted(outputs: &OutputsTable, field: &str, config: &Config, means: &Means) -> Result<PromptSubject> {
    let model = means.model.clone().unwrap_or_else(|| nobody(None));
    let at_once = concurrency(Some(outputs));
    let subject = PromptSubject::new(model, field.to_owned(), parameters(outputs, config)?, at_once);
    Ok(subject.recorded(means.shelves.clone()))
}

fn parameters(outputs: &OutputsTable, config: &Config) -> Result<Parameters> {
    let model = model_config(Some(outputs), config)?;
    Ok(model.map(|model| model.parameters(Reading::Text)).unwrap_or_default())
}

/// A model that answers nothing, for looking at prompts; in the place of a decision model that takes so much.
pub(crate) fn nobody(limits: Option<DecisionLimits>) -> Model {
    Model::new(nobody_named("nobody", limits), ModelOptions::default())
}

/// The same under the name of a model that is not there yet.
pub(crate) fn nobody_named(name: &str, limits: Option<DecisionLimits>) -> Provider {
    Provider::custom(Nobody { name: name.to_owned(), limits })
}

struct Nobody {
    name: String,
    limits: Option<DecisionLimits>,
}

impl CustomModel for Nobody {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn complete<'a>(&'a self, _: &'a Request) -> Pending<'a> {
        Box::pin(async { Err(Failure::new(FailureKind::Unsupported, "nobody is asked here")) })
    }

    fn decision_limits(&self) -> Option<DecisionLimits> {
        self.limits
    }
}
