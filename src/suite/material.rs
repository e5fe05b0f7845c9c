//! What was judged in a run that is over: the prompts, the inputs and the agent's steps, made again from the suite and the
//! dataset. A journal does not hold them; it holds the keys of what was sent, and only a prompt with one of these keys is
//! shown. Inputs are shown where a prompt is, or where the files are what they were.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::config::Config;
use super::judges::{Asked, Overrides, Suite};
use super::model_config::ModelConfig;
use super::run::RunOptions;
use super::runs;
use super::subjects::nobody;
use crate::data::Record;
use crate::error::Result;
use crate::eval::{Outcome, Panel, Plan, RunHead, inputs_of};
use crate::judge::{Planned, Reading};
use crate::report::{AgentRun, RecordMaterial, ShownPrompt, SuiteMaterial};
use crate::subject::Subject;
use crate::trajectory::{Format, Trajectory};

/// What was judged in a run, as far as the suite still makes it.
pub(crate) fn material(
    head: &RunHead,
    reading: Reading,
    outcomes: &[Outcome],
    suite: &Suite,
    config: &Config,
) -> SuiteMaterial {
    let made = made(head, reading, outcomes, suite, config).unwrap_or_else(|error| SuiteMaterial {
        missing: Some(error.to_string()),
        ..SuiteMaterial::default()
    });
    let asked = outcomes.iter().any(|outcome| !outcome.attempts.is_empty());
    let has_prompts = made.by_record.values().any(|record| !record.prompts.is_empty());
    if made.missing.is_none() && !has_prompts && asked {
        let why = "the suite, the dataset or the model's settings changed since the run";
        return SuiteMaterial { missing: Some(why.to_owned()), ..made };
    }
    made
}

fn made(
    head: &RunHead,
    reading: Reading,
    outcomes: &[Outcome],
    suite: &Suite,
    config: &Config,
) -> Result<SuiteMaterial> {
    let models = models(config, suite, head);
    let panel = panel(suite, &models, reading)?;
    let mut plan = suite.plan(config, &models, &Overrides::default())?;
    let files = match plan.subject {
        // Outputs of files may have changed by themselves.
        Subject::File(_) | Subject::Files(_) => Files::MayHaveChanged,
        _ if runs::hash(&config.path(&suite.file.dataset))? != head.dataset => Files::MayHaveChanged,
        _ => Files::AsTheyWere,
    };
    let outcomes: BTreeMap<&str, &Outcome> =
        outcomes.iter().map(|outcome| (outcome.id.as_str(), outcome)).collect();
    let mut by_record = BTreeMap::new();
    for mut record in suite.dataset(config)?.flatten() {
        let Some(outcome) = outcomes.get(record.id.as_str()) else {
            continue;
        };
        if let Some(material) = of_record(&mut record, outcome, &panel, &mut plan, files) {
            by_record.insert(record.id, material);
        }
    }
    Ok(SuiteMaterial { by_record, missing: None })
}

/// Whether what the records hold is what was judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Files {
    AsTheyWere,
    MayHaveChanged,
}

/// What was judged of a record; nothing where it is not what it was.
fn of_record(
    record: &mut Record,
    outcome: &Outcome,
    panel: &Panel,
    plan: &mut Plan,
    files: Files,
) -> Option<RecordMaterial> {
    plan.subject.join(record).ok()?;
    if let Subject::Produced { into, .. } = &plan.subject {
        let output = outcome.subject.as_ref().and_then(|subject| subject.output.clone())?;
        record.fields.insert(into.clone(), output);
    }
    let inputs = inputs_of(record, panel, plan).unwrap_or_default();
    let prompts = prompts(outcome, panel, record, &inputs);
    if prompts.is_empty() && files == Files::MayHaveChanged {
        return None;
    }
    Some(RecordMaterial { prompts, input: preview(panel, &inputs, record), run: agent_run(record, plan) })
}

fn prompts(
    outcome: &Outcome,
    panel: &Panel,
    record: &Record,
    inputs: &[Map<String, Value>],
) -> Vec<ShownPrompt> {
    let sent: HashSet<&str> = outcome.attempts.iter().map(|attempt| attempt.key.0.as_str()).collect();
    let several = panel.judges.len() > 1;
    let mut shown = Vec::new();
    for (member, inputs) in panel.judges.iter().zip(inputs) {
        for Planned { request, order, .. } in
            first(member.judge.for_record(record).plan(inputs).unwrap_or_default())
        {
            let order = order.map(|order| format!("order {}", order.name()));
            if sent.contains(request.key().0.as_str()) {
                let name = several.then(|| member.name.clone());
                let names: Vec<String> = name.into_iter().chain(order).collect();
                let part = (!names.is_empty()).then(|| names.join(", "));
                shown.push(ShownPrompt { part, messages: request.messages, stable: request.stable });
            }
        }
    }
    shown
}

/// Of the draws of a question the first.
fn first(planned: Vec<Planned>) -> impl Iterator<Item = Planned> {
    planned.into_iter().filter(|planned| planned.draw == 0)
}

/// The most characters of an input in a list of records.
const PREVIEW: usize = 160;

/// The beginning of the first judge's first input that every record has; without a judge, of the record's first text
/// besides its id.
fn preview(panel: &Panel, inputs: &[Map<String, Value>], record: &Record) -> Option<String> {
    let of_judge = panel.judges.first().zip(inputs.first()).and_then(|(member, inputs)| {
        let fields = &member.judge.spec().inputs;
        let field = fields.iter().find(|field| field.required).or(fields.first())?;
        inputs.get(&field.name)
    });
    let of_record =
        || record.fields.values().find(|value| value.as_str().is_some_and(|text| text != record.id));
    let value = of_judge.or_else(of_record)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    let cut = line.chars().take(PREVIEW).collect::<String>();
    Some(if cut.len() < line.len() { format!("{cut}…") } else { cut })
}

/// What an agent did, where records hold that and its steps are known.
fn agent_run(record: &Record, plan: &Plan) -> Option<AgentRun> {
    let place = plan.place.trajectory.as_ref()?;
    let raw = record.get(&place.field)?;
    let did = Trajectory::read_ignoring(raw, &place.ignore).ok()?;
    if did.format == Format::Text {
        return None;
    }
    Some(AgentRun { steps: did.steps, answer: did.answer, raw: raw.clone() })
}

/// A suite's panel, with nobody who answers, as it was asked.
pub(crate) fn panel(suite: &Suite, models: &[ModelConfig], reading: Reading) -> Result<Panel> {
    let asked = |(judge, model_config)| {
        let model_config: &ModelConfig = model_config;
        let reading = if models.len() > 1 { suite.reading(judge, None) } else { None }.unwrap_or(reading);
        Asked::plainly(nobody(model_config.decision_limits()), model_config, reading)
    };
    suite.panel(&models.iter().enumerate().map(asked).collect::<Vec<_>>())
}

/// The models that judged a run, with the settings of the roles they have now: one for all judges, or one for each.
pub(crate) fn models(config: &Config, suite: &Suite, head: &RunHead) -> Vec<ModelConfig> {
    if head.judges.is_empty() {
        return model_config(config, suite, &head.model).into_iter().collect();
    }
    let each = suite.judge_names().map(|judge| head.judges.get(judge).map_or("", String::as_str));
    each.filter_map(|model| model_config(config, suite, model)).collect()
}

/// The model of a name, with the settings of the role it has now. A recording that stood for one of several models ends
/// with its name.
fn model_config(config: &Config, suite: &Suite, model: &str) -> Option<ModelConfig> {
    let model = model.split_once('#').map_or(model, |(_, stood_for)| stood_for);
    let is_it = |model_config: &ModelConfig| model_config.full_name() == model;
    let own = suite.models(&RunOptions::default(), config).unwrap_or_default();
    let roles = config.file.models.keys().map(|role| Some(role.as_str()));
    let named = std::iter::once(config.file.default_model.as_deref()).chain(roles);
    let named = named.filter_map(|name| ModelConfig::new(name, config).ok());
    own.into_iter().chain(named).find(is_it).or_else(|| ModelConfig::new(Some(model), config).ok())
}
